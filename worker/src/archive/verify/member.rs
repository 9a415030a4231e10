//! Reading one member to its end: its length, its hash, its rows.

use super::rows::SqlRows;
use flate2::read::MultiGzDecoder;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use sha2::{Digest, Sha256};
use shared::export::Compression;
use std::io::Read;

/// How the rows of a member are counted.
pub(super) enum Counting {
    /// As records after the header.
    Csv,
    /// As lines of a COPY block or tuples of INSERT statements.
    Sql(Box<SqlRows>),
    /// As lines, each an object with so many keys.
    Jsonl(usize),
}

/// What was found.
#[derive(Clone)]
pub(super) struct Measured {
    /// The length.
    pub(super) bytes: u64,
    /// The SHA-256, in lowercase hexadecimal.
    pub(super) sha256: String,
    /// The rows, or why they cannot be counted.
    pub(super) rows: Option<Result<u64, String>>,
}

/// Reads a member. The error says in which way it is damaged.
pub(super) fn measure(member: &mut dyn Read, counting: Option<Counting>) -> Result<Measured, std::io::Error> {
    let mut meter = Metered { member, hash: Sha256::new(), bytes: 0 };
    let rows = match counting {
        None => None,
        Some(Counting::Csv) => Some(csv_rows(&mut meter)?),
        Some(Counting::Jsonl(keys)) => Some(jsonl_rows(&mut meter, keys)?),
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

/// Reads a member that is compressed by itself: what was found of it as it is kept, without rows, and of its content.
pub(super) fn measure_packed(
    member: &mut dyn Read,
    compression: Compression,
    counting: Option<Counting>,
) -> Result<(Measured, Measured), std::io::Error> {
    let mut meter = Metered { member, hash: Sha256::new(), bytes: 0 };
    let content = unpacked(&mut meter, compression, |content| measure(content, counting))??;
    // The unpacking may stop before the end.
    std::io::copy(&mut meter, &mut std::io::sink())?;
    let kept = Measured { bytes: meter.bytes, sha256: hex::encode(meter.hash.finalize()), rows: None };
    Ok((kept, content))
}

/// Reads the content of a member that is compressed by itself.
pub(super) fn unpacked<T>(
    member: &mut dyn Read,
    compression: Compression,
    read: impl FnOnce(&mut dyn Read) -> T,
) -> Result<T, std::io::Error> {
    Ok(match compression {
        Compression::Zstd => read(&mut zstd::stream::read::Decoder::new(member)?),
        Compression::Gzip => read(&mut MultiGzDecoder::new(member)),
    })
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

/// Counts objects and lines, which must be as many.
fn jsonl_rows(reader: impl Read, keys: usize) -> Result<Result<u64, String>, std::io::Error> {
    let mut lines = Lines { reader, ends: 0, last: b'\n', blank: false };
    let mut rows = 0;
    let buffered = std::io::BufReader::with_capacity(64 * 1024, &mut lines);
    for object in serde_json::Deserializer::from_reader(buffered).into_iter::<Keys>() {
        match object {
            Ok(Keys(found)) if found == keys => rows += 1,
            Ok(Keys(found)) => return Ok(Err(format!("an object has {found} keys instead of {keys}"))),
            Err(error) if error.is_io() => return Err(error.into()),
            Err(error) => return Ok(Err(error.to_string())),
        }
    }
    Ok(match lines.ends == rows && lines.last == b'\n' && !lines.blank {
        true => Ok(rows),
        false => Err("a row is not a line of its own".to_owned()),
    })
}

/// How many keys an object has, whatever its values are.
struct Keys(usize);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(CountKeys)
    }
}

struct CountKeys;

impl<'de> Visitor<'de> for CountKeys {
    type Value = Keys;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Keys, A::Error> {
        let mut keys = 0;
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            keys += 1;
        }
        Ok(Keys(keys))
    }
}

/// Counts the line ends of what is read through it.
struct Lines<R> {
    reader: R,
    ends: u64,
    last: u8,
    blank: bool,
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.reader.read(buffer)?;
        for end in memchr::memchr_iter(b'\n', &buffer[..length]) {
            self.ends += 1;
            self.blank |= end.checked_sub(1).map_or(self.last, |before| buffer[before]) == b'\n';
        }
        self.last = buffer[..length].last().copied().unwrap_or(self.last);
        Ok(length)
    }
}

/// Measures what is read through it.
struct Metered<'a> {
    member: &'a mut dyn Read,
    hash: Sha256,
    bytes: u64,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.member.read(buffer)?;
        self.hash.update(&buffer[..length]);
        self.bytes += length as u64;
        Ok(length)
    }
}
