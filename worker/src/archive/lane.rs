//! Encoding the rows of one table, block by block, for every format at once.

use super::{
    Meter,
    members::{Contents, Packer},
};
use crate::{
    error::ExportError,
    format::{
        Malformed,
        csv::{CsvEncoder, Observed},
        jsonl::JsonlEncoder,
        sql::SqlEncoder,
    },
    plan::TablePlan,
    rows::{RowBlock, SqliteValue},
};
use tokio::sync::mpsc;

/// One format of a table on its way to its member.
pub(super) struct Lane<E> {
    pub(super) encoder: E,
    pub(super) packer: Packer,
    pub(super) bytes: Vec<u8>,
}

/// The wanted formats of a table.
pub(super) struct Lanes {
    pub(super) csv: Option<Lane<CsvEncoder>>,
    pub(super) sql: Option<Lane<SqlEncoder>>,
    pub(super) jsonl: Option<Lane<JsonlEncoder>>,
}

/// What became of the rows of a table: of each format its content and how many rows are in it.
#[derive(Default)]
pub(super) struct Encoded {
    pub(super) csv: Option<(Contents, u64)>,
    pub(super) sql: Option<(Contents, u64)>,
    pub(super) jsonl: Option<(Contents, u64)>,
    pub(super) observed: Vec<Observed>,
    /// See [`SqlEncoder::longest_statement`].
    pub(super) longest_statement: usize,
}

/// Encodes the blocks of a table for every wanted format, until no more come.
pub(super) async fn encode(
    table: &TablePlan,
    meter: &Meter,
    mut blocks: mpsc::Receiver<RowBlock>,
    Lanes { mut csv, mut sql, mut jsonl }: Lanes,
) -> Result<Encoded, ExportError> {
    let malformed =
        |error: Malformed| ExportError::Incomplete { table: table.name.clone(), message: error.to_string() };
    if let Some(lane) = &mut csv {
        lane.encoder.header(&table.columns, &mut lane.bytes);
    }
    if let Some(lane) = &mut sql {
        lane.encoder.header(&mut lane.bytes);
    }
    while let Some(mut block) = blocks.recv().await {
        meter.count(block.rows(), length(&block))?;
        if let Some(lane) = &mut csv {
            lane.encoder.encode(&block, &mut lane.bytes).map_err(malformed)?;
            lane.hand_on().await?;
        }
        if let Some(lane) = &mut sql {
            lane.encoder.encode(&block, &mut lane.bytes).map_err(malformed)?;
            if jsonl.is_none() {
                // A block may be one giant row: it need not wait for the packer.
                block = RowBlock::Sqlite(Vec::new());
            }
            lane.hand_on().await?;
        }
        if let Some(lane) = &mut jsonl {
            lane.encoder.encode(&block, &mut lane.bytes).map_err(malformed)?;
            drop(block);
            lane.hand_on().await?;
        }
    }
    let mut encoded = Encoded::default();
    if let Some(mut lane) = csv {
        lane.hand_on().await?;
        encoded.observed = lane.encoder.observed().to_vec();
        encoded.csv = Some((lane.packer.finish().await?, lane.encoder.rows()));
    }
    if let Some(mut lane) = sql {
        lane.encoder.footer(&mut lane.bytes);
        encoded.longest_statement = lane.encoder.longest_statement();
        lane.hand_on().await?;
        encoded.sql = Some((lane.packer.finish().await?, lane.encoder.rows()));
    }
    if let Some(mut lane) = jsonl {
        lane.hand_on().await?;
        encoded.jsonl = Some((lane.packer.finish().await?, lane.encoder.rows()));
    }
    Ok(encoded)
}

impl<E> Lane<E> {
    /// Gives what was encoded to the packer. A buffer that one giant row has stretched is given back.
    async fn hand_on(&mut self) -> Result<(), ExportError> {
        self.packer.push(&self.bytes).await?;
        self.bytes.clear();
        self.bytes.shrink_to(1024 * 1024);
        Ok(())
    }
}

fn length(block: &RowBlock) -> u64 {
    let value = |value: &SqliteValue| match value {
        SqliteValue::Null => 0,
        SqliteValue::Integer(_) | SqliteValue::Real(_) => 8,
        SqliteValue::Text(bytes) | SqliteValue::Blob(bytes) => bytes.len() as u64,
    };
    match block {
        RowBlock::CopyText { bytes, .. } => bytes.len() as u64,
        RowBlock::Mysql(rows) => rows.bytes(),
        RowBlock::Sqlite(rows) => rows.iter().flatten().map(value).sum(),
    }
}
