//! Reading a slice as COPY text.

use crate::{
    error::ExportError,
    plan::TablePlan,
    rows::RowBlock,
    source::{BLOCK, hand_on, tripwire::Tripwire},
};
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use sqlx::PgConnection;
use tokio::sync::mpsc;

/// Why reading ended early.
pub(super) enum Failure {
    Database(sqlx::Error),
    Export(ExportError),
}

/// Sends every row of the slice in blocks; the connection is in order again only when this returns a count.
pub(super) async fn read(
    connection: &mut PgConnection,
    table: &TablePlan,
    tripwire: Option<&(usize, Tripwire)>,
    blocks: &mpsc::Sender<RowBlock>,
) -> Result<u64, Failure> {
    let statement = format!("copy ({}) to stdout", table.select);
    let mut items = connection.copy_out_raw(&statement).await.map_err(Failure::Database)?;
    let mut lines = Lines::new(table, tripwire);
    let mut total = 0;
    while let Some(item) = items.try_next().await.map_err(Failure::Database)? {
        for block in lines.push(item).map_err(Failure::Export)? {
            total += hand_on(blocks, block).await.map_err(Failure::Export)?;
        }
    }
    if let Some(block) = lines.finish().map_err(Failure::Export)? {
        total += hand_on(blocks, block).await.map_err(Failure::Export)?;
    }
    Ok(total)
}

/// Gathers the pieces that the server sends (mostly one row each, though nothing promises that) into blocks of whole lines.
struct Lines<'t> {
    table: &'t TablePlan,
    tripwire: Option<&'t (usize, Tripwire)>,
    gathered: BytesMut,
    /// Where the line that is not complete yet begins.
    begin: usize,
    rows: u64,
}

impl<'t> Lines<'t> {
    fn new(table: &'t TablePlan, tripwire: Option<&'t (usize, Tripwire)>) -> Self {
        Self { table, tripwire, gathered: BytesMut::with_capacity(BLOCK), begin: 0, rows: 0 }
    }

    /// Takes a piece; returns the blocks that are full.
    fn push(&mut self, item: Bytes) -> Result<Vec<RowBlock>, ExportError> {
        let mut full = Vec::new();
        if self.gathered.len() + item.len() > BLOCK {
            full.extend(self.take());
        }
        if self.gathered.is_empty() && item.len() >= BLOCK && item.ends_with(b"\n") {
            let rows = self.check(&item)?;
            full.push(RowBlock::CopyText { bytes: item, rows });
            return Ok(full);
        }
        let fresh = self.gathered.len();
        self.gathered.extend_from_slice(&item);
        if let Some(last) = memchr::memrchr(b'\n', &self.gathered[fresh..]) {
            let end = fresh + last + 1;
            self.rows += self.check(&self.gathered[self.begin..end])?;
            self.begin = end;
        }
        Ok(full)
    }

    fn finish(mut self) -> Result<Option<RowBlock>, ExportError> {
        match self.begin == self.gathered.len() {
            true => Ok(self.take()),
            false => Err(ExportError::Incomplete {
                table: self.table.name.clone(),
                message: "the last row has no end".to_owned(),
            }),
        }
    }

    fn take(&mut self) -> Option<RowBlock> {
        let bytes = self.gathered.split_to(self.begin).freeze();
        let rows = std::mem::take(&mut self.rows);
        self.begin = 0;
        self.gathered.reserve(BLOCK);
        (rows > 0).then_some(RowBlock::CopyText { bytes, rows })
    }

    /// Counts whole lines, none of which may be somebody else's. A line break inside a value is written as `\n`, so every raw one ends a row.
    fn check(&self, lines: &[u8]) -> Result<u64, ExportError> {
        let mut rows = 0;
        let mut begin = 0;
        for end in memchr::memchr_iter(b'\n', lines) {
            if let Some((index, tripwire)) = self.tripwire
                && !tripwire.allows_line(&lines[begin..end], *index)
            {
                return Err(ExportError::Tripwire { table: self.table.name.clone() });
            }
            begin = end + 1;
            rows += 1;
        }
        Ok(rows)
    }
}

/// Whether the storage that was read is the one that the snapshot knows. `truncate` and every `alter table` that rewrites leave an old snapshot an empty
/// table without an error, a detached partition is no longer read, and a table that took the name of another one is another table.
pub(super) async fn is_unchanged(connection: &mut PgConnection, table: &TablePlan) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "with recursive part as (
             select c.oid, c.relkind, c.relfilenode from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')
             union all
             select c.oid, c.relkind, c.relfilenode from part p
             join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid
             where p.relkind = 'p'
         ), root as (
             select oid from part limit 1
         )
         select count(*) > 0
            and bool_and(r.oid = to_regclass(format('%I.%I', $1, $2)))
            and bool_and(p.relkind not in ('r', 'm') or p.relfilenode is not distinct from pg_relation_filenode(p.oid))
            and bool_and(p.oid = r.oid or exists (select 1 from pg_partition_tree(r.oid) live where live.relid = p.oid))
         from part p cross join root r",
    )
    .persistent(false)
    .bind(&table.schema)
    .bind(&table.table)
    .fetch_one(connection)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plan::RowKind, source::tripwire::Alike};
    use proptest::prelude::*;

    fn table() -> TablePlan {
        TablePlan {
            schema: "public".to_owned(),
            table: "sales".to_owned(),
            name: "sales".to_owned(),
            file_stem: "sales".to_owned(),
            category: "Other".to_owned(),
            kind: RowKind::Owned,
            because: String::new(),
            columns: Vec::new(),
            omitted: Vec::new(),
            masked: Vec::new(),
            select: String::new(),
            owner_column: Some(1),
            owner_may_be_null: false,
            certain_keys: Vec::new(),
            large_objects: Vec::new(),
            json_texts: Vec::new(),
        }
    }

    fn gather(pieces: Vec<Vec<u8>>) -> (Vec<RowBlock>, Vec<u8>, u64) {
        let table = table();
        let tripwire = (1, Tripwire::new("A", Alike::Exact));
        let mut lines = Lines::new(&table, Some(&tripwire));
        let mut blocks = Vec::new();
        for piece in pieces {
            blocks.extend(lines.push(Bytes::from(piece)).unwrap());
        }
        blocks.extend(lines.finish().unwrap());
        let rows = blocks.iter().map(RowBlock::rows).sum();
        let mut all = Vec::new();
        for block in &blocks {
            let RowBlock::CopyText { bytes, rows } = block else { unreachable!() };
            assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count() as u64, *rows);
            assert!(bytes.ends_with(b"\n"));
            all.extend_from_slice(bytes);
        }
        (blocks, all, rows)
    }

    #[test]
    fn a_foreign_row_stops_before_its_block_is_sent() {
        let table = table();
        let tripwire = (1, Tripwire::new("A", Alike::Exact));
        let mut lines = Lines::new(&table, Some(&tripwire));
        assert!(lines.push(Bytes::from_static(b"1\tA\tx\n")).unwrap().is_empty());
        let error = lines.push(Bytes::from_static(b"2\tB\tx\n")).unwrap_err();
        assert!(matches!(error, ExportError::Tripwire { table } if table == "sales"));
    }

    #[test]
    fn a_row_without_an_end_is_not_taken_for_one() {
        let table = table();
        let mut lines = Lines::new(&table, None);
        assert!(lines.push(Bytes::from_static(b"1\tA\n2\tA")).unwrap().is_empty());
        assert!(matches!(lines.finish(), Err(ExportError::Incomplete { .. })));
    }

    #[test]
    fn a_huge_row_is_a_block_of_its_own() {
        let mut huge = b"2\tA\t".to_vec();
        huge.resize(3 * BLOCK, b'x');
        huge.push(b'\n');
        let (blocks, _, rows) = gather(vec![b"1\tA\tx\n".to_vec(), huge, b"3\tA\tx\n".to_vec()]);
        assert_eq!(rows, 3);
        assert_eq!(blocks.iter().map(RowBlock::rows).collect::<Vec<_>>(), [1, 1, 1]);
    }

    proptest! {
        #[test]
        fn however_the_server_cuts_the_lines_are_the_same(
            sizes in prop::collection::vec(0_usize..70_000, 1..30),
            cuts in prop::collection::vec(1_usize..90_000, 1..40),
        ) {
            let mut text = Vec::new();
            for size in &sizes {
                text.extend_from_slice(b"7\tA\t");
                text.resize(text.len() + size, b'y');
                text.push(b'\n');
            }
            let mut pieces = Vec::new();
            let mut rest = text.as_slice();
            let mut cuts = cuts.iter().cycle();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                pieces.push(piece.to_vec());
                rest = after;
            }
            let (_, all, rows) = gather(pieces);
            prop_assert_eq!(rows, sizes.len() as u64);
            prop_assert_eq!(all, text);
        }
    }
}
