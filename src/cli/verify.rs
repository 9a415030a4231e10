//! `handover verify`: whether an archive is sound.

use super::Outcome;
use clap::Args;
use std::path::PathBuf;
use worker::archive::verify::verify;

/// Check an archive: its structure, its checksums, and its row counts against its manifest.
///
/// Prints one line a problem and exits 1, or one line about what was found and exits 0.
#[derive(Args)]
pub(super) struct Verify {
    /// The archive.
    #[arg(value_name = "FILE.zip")]
    file: PathBuf,
}

/// Checks it.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(command: Verify) -> anyhow::Result<Outcome> {
    match tokio::task::spawn_blocking(move || verify(&command.file)).await? {
        Ok(sound) => {
            let rows: u64 = sound.manifest.tables.iter().map(|table| table.rows).sum();
            println!(
                "Sound: {} tables, {rows} rows, {} files, {} bytes unpacked; every checksum and count agrees.",
                sound.manifest.tables.len(),
                sound.members,
                sound.bytes
            );
            Ok(Outcome::Done)
        }
        Err(problems) => {
            problems.iter().for_each(|problem| println!("{problem}"));
            Ok(Outcome::No)
        }
    }
}
