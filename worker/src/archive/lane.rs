//! Encoding the rows of one table, block by block, for every format at once.

mod pieces;

use super::{
    Meter,
    members::{Contents, Packer},
    preview::Preview,
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
    rows::RowBlock,
};
use std::sync::Arc;
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
    pub(super) preview: Preview,
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
    let mut preview = Preview::default();
    while let Some(block) = blocks.recv().await {
        meter.count(block.rows(), block.bytes())?;
        preview.look(&table.columns, &block).map_err(malformed)?;
        if block.is_giant() {
            let block = Arc::new(block);
            csv = pieces::encode(csv, &block, |encoder, block, out| encoder.encode(block, out), malformed).await?;
            sql = pieces::encode(sql, &block, |encoder, block, out| encoder.encode(block, out), malformed).await?;
            jsonl = pieces::encode(jsonl, &block, |encoder, block, out| encoder.encode(block, out), malformed).await?;
            continue;
        }
        if let Some(lane) = &mut csv {
            lane.encoder.encode(&block, &mut lane.bytes).map_err(malformed)?;
            lane.hand_on().await?;
        }
        if let Some(lane) = &mut sql {
            lane.encoder.encode(&block, &mut lane.bytes).map_err(malformed)?;
            lane.hand_on().await?;
        }
        if let Some(lane) = &mut jsonl {
            lane.encoder.encode(&block, &mut lane.bytes).map_err(malformed)?;
            lane.hand_on().await?;
        }
    }
    let mut encoded = Encoded { preview, ..Encoded::default() };
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
    /// Gives what was encoded to the packer.
    async fn hand_on(&mut self) -> Result<(), ExportError> {
        self.packer.push(&self.bytes).await?;
        self.bytes.clear();
        Ok(())
    }
}
