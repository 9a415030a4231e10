//! Reading one member to its end: its length, its hash, its rows.

use super::rows::SqlRows;
use sha2::{Digest, Sha256};
use std::io::Read;

/// How the rows of a member are counted.
pub(super) enum Counting {
    /// As records after the header.
    Csv,
    /// As lines of a COPY block or tuples of INSERT statements.
    Sql(SqlRows),
}

/// What was found.
pub(super) struct Measured {
    /// The length.
    pub(super) bytes: u64,
    /// The SHA-256, in lowercase hexadecimal.
    pub(super) sha256: String,
    /// The rows, or why they cannot be counted.
    pub(super) rows: Option<Result<u64, String>>,
}

/// Reads a member. The error says in which way it is damaged.
pub(super) fn measure(member: &mut impl Read, counting: Option<Counting>) -> Result<Measured, std::io::Error> {
    let mut meter = Metered { member, hash: Sha256::new(), bytes: 0 };
    let rows = match counting {
        None => None,
        Some(Counting::Csv) => Some(csv_rows(&mut meter)?),
        Some(Counting::Sql(mut rows)) => {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                match meter.read(&mut buffer)? {
                    0 => break,
                    length => rows.take(&buffer[..length]),
                }
            }
            Some(rows.finish())
        }
    };
    // A reader of rows may stop before the end.
    std::io::copy(&mut meter, &mut std::io::sink())?;
    Ok(Measured { bytes: meter.bytes, sha256: hex::encode(meter.hash.finalize()), rows })
}

fn csv_rows(reader: impl Read) -> Result<Result<u64, String>, std::io::Error> {
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(64 * 1024).from_reader(reader);
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => rows += 1,
            Ok(false) => return Ok(Ok(rows)),
            Err(error) => {
                let told = error.to_string();
                return match error.into_kind() {
                    csv::ErrorKind::Io(error) => Err(error),
                    _ => Ok(Err(told)),
                };
            }
        }
    }
}

/// Measures what is read through it.
struct Metered<'a, R> {
    member: &'a mut R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.member.read(buffer)?;
        self.hash.update(&buffer[..length]);
        self.bytes += length as u64;
        Ok(length)
    }
}
