//! Reading a slice by the text protocol.

use super::{cells, float};
use crate::{
    error::ExportError,
    plan::TablePlan,
    rows::{PrintedRows, RowBlock},
    source::{BLOCK, hand_on, tripwire::Tripwire},
};
use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, MySqlConnection, Row, mysql::MySqlRow};
use tokio::sync::mpsc;

use super::spelling::Spelling;

/// Why reading ended early.
pub(super) enum Failure {
    Database(sqlx::Error),
    Export(ExportError),
}

/// What the owner's cell of each row is held against.
pub(super) struct Watch {
    /// Its place among the planned columns.
    pub(super) index: usize,
    pub(super) tripwire: Tripwire,
    /// Asked about a cell that is not the key letter by letter.
    pub(super) spelling: Option<Spelling>,
}

/// Sends every row of the slice in blocks; the connection is in order again only when this returns a count.
///
/// Each row comes with a first cell of one letter. A row's packet begins with the length of its first cell, and the driver takes the mark of a length above 16 MiB
/// for the mark of the last packet: such a row would end the table without an error.
pub(super) async fn read(
    connection: &mut MySqlConnection,
    name: &str,
    table: &TablePlan,
    watch: &mut Option<Watch>,
    blocks: &mpsc::Sender<RowBlock>,
) -> Result<u64, Failure> {
    let Some(list) = table.select.strip_prefix("select ") else {
        return Err(Failure::Export(ExportError::Internal("a slice is no query".to_owned())));
    };
    let statement = format!("{name}select 0, {list}");
    let floats: Vec<bool> = table.columns.iter().map(|column| column.base_type == "float").collect();
    let mut rows = sqlx::raw_sql(AssertSqlSafe(statement)).fetch(connection);
    let mut block = PrintedRows::new(floats.len());
    let mut total = 0;
    while let Some(row) = rows.try_next().await.map_err(Failure::Database)? {
        if row.len() != floats.len() + 1 {
            return Err(Failure::Export(ExportError::SchemaChanged));
        }
        if let Some(watch) = watch
            && !is_own(&row, watch).await?
        {
            return Err(Failure::Export(ExportError::Tripwire { table: table.name.clone() }));
        }
        let size = size(&row).map_err(Failure::Database)?;
        if !block.is_empty() && block.size() + size > BLOCK {
            let full = std::mem::replace(&mut block, PrintedRows::new(floats.len()));
            total += hand_on(blocks, RowBlock::Mysql(full)).await.map_err(Failure::Export)?;
        }
        push(&row, &floats, &mut block).map_err(Failure::Database)?;
        drop(row);
        if block.size() > BLOCK {
            let full = std::mem::replace(&mut block, PrintedRows::new(floats.len()));
            total += hand_on(blocks, RowBlock::Mysql(full)).await.map_err(Failure::Export)?;
        }
    }
    if !block.is_empty() {
        total += hand_on(blocks, RowBlock::Mysql(block)).await.map_err(Failure::Export)?;
    }
    Ok(total)
}

async fn is_own(row: &MySqlRow, watch: &mut Watch) -> Result<bool, Failure> {
    let cell = cells::printed(row, watch.index + 1).map_err(Failure::Database)?;
    if watch.tripwire.allows(cell) {
        return Ok(true);
    }
    match (cell, &mut watch.spelling) {
        (Some(cell), Some(spelling)) => spelling.is_the_key(cell).await.map_err(Failure::Database),
        _ => Ok(false),
    }
}

fn size(row: &MySqlRow) -> sqlx::Result<usize> {
    (1..row.len()).try_fold(0, |size, index| Ok(size + cells::printed(row, index)?.map_or(0, <[u8]>::len)))
}

fn push(row: &MySqlRow, floats: &[bool], block: &mut PrintedRows) -> sqlx::Result<()> {
    for (index, single) in floats.iter().enumerate() {
        let cell = cells::printed(row, index + 1)?;
        match cell.filter(|_| *single).and_then(float::shortest) {
            Some(text) => block.push(Some(text.as_bytes())),
            None => block.push(cell),
        }
    }
    Ok(())
}
