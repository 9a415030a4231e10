//! Comparing restored large objects with those of the archive.

use crate::{
    archive::manifest::large_objects::LargeObjectsFacts,
    error::ExportError,
    source::{Snapshot, postgres::large_objects::PIECE},
};
use sha2::{Digest, Sha256};

/// Reads every object of the archive from the database, piece by piece; returns how many.
pub(super) async fn compare(
    snapshot: &mut Snapshot,
    facts: &LargeObjectsFacts,
    problems: &mut Vec<String>,
) -> Result<u64, ExportError> {
    for object in &facts.objects {
        let number = object.number;
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        let found = loop {
            let Some(piece) = snapshot.large_object(number, bytes).await? else {
                break false;
            };
            hash.update(&piece);
            bytes += piece.len() as u64;
            if piece.len() < PIECE {
                break true;
            }
        };
        if !found {
            problems.push(format!("The restored database has no large object {number}."));
        } else if bytes != object.file.bytes || hex::encode(hash.finalize()) != object.file.sha256 {
            problems.push(format!("The restored large object {number} is not {}.", object.file.path));
        }
    }
    let (found, expected) = (snapshot.count_large_objects().await?, facts.objects.len() as u64);
    if found != expected {
        problems.push(format!("The restored database has {found} large objects, but the archive has {expected}."));
    }
    Ok(expected)
}
