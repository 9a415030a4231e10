//! The proof that an archive restores: its SQL is run in an empty database, and every restored table is compared with the rows of its member.

mod client;
mod database;
mod large_objects;

use super::{checksum::Checksum, opened::Opened, rows::SqlRows, target};
use crate::{
    archive::manifest::{ColumnFacts, FileFacts, Manifest, TableFacts},
    error::ExportError,
    format::sql::{SqlEncoder, Target},
    plan::{ColumnPlan, RowKind, TablePlan, identifier::quote_for, select},
    schema::Table,
    source::{Snapshot, Source},
};
pub use client::ClientError;
pub use database::KeyNotValid;
use secrecy::SecretString;
use serde::Serialize;
use shared::{clock, export::Engine};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// What a restore showed.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Restored {
    /// How many tables were compared.
    pub tables: usize,
    /// How many rows they have in the database.
    pub rows: u64,
    /// How many large objects were compared.
    #[serde(skip_serializing_if = "is_zero")]
    pub large_objects: u64,
    /// What differs, one sentence each.
    #[serde(skip)]
    pub problems: Vec<String>,
    /// Keys that are not valid because rows point to rows that are not in the archive, such as another tenant's.
    pub keys_not_valid: Vec<KeyNotValid>,
}

/// Why nothing could be restored or compared.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The archive was made without SQL.
    #[error("the archive holds no SQL, so there is nothing to restore")]
    NoSql,
    /// The database is of another engine.
    #[error("the archive is of {archive}, but the URL names {database}: give an empty {archive} database")]
    Engine {
        /// The archive's.
        archive: Engine,
        /// The URL's.
        database: Engine,
    },
    /// Something is in the database already.
    #[error(
        "the database is not empty ({found}), and nothing was changed in it: an archive is only restored into an empty one"
    )]
    NotEmpty {
        /// What was found, without names of the owner's things.
        found: String,
    },
    /// The engine's own client failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The database did not let us look.
    #[error("the database of the restore: {0}")]
    Database(#[from] ExportError),
    /// The database did not answer a question.
    #[error("the database of the restore did not answer")]
    Question(#[from] sqlx::Error),
    /// The archive could not be read a second time.
    #[error("the archive could not be read: {0}")]
    Archive(String),
    /// A file of this machine could not be written.
    #[error("the archive's SQL could not be unpacked")]
    Unpacking(#[from] std::io::Error),
}

/// Restores the sound archive at `path`, whose manifest this is, into the empty database at `url`, and compares every table.
///
/// A table's rows are compared as a whole: their number, and a checksum that does not depend on their order, over the rows as the same code writes them on both sides.
/// Memory does not grow with the archive; SQL that is compressed is unpacked into a temporary folder that only this user can read.
pub async fn restore(path: &Path, manifest: &Manifest, url: &SecretString) -> Result<Restored, RestoreError> {
    if manifest.sql.is_none() {
        return Err(RestoreError::NoSql);
    }
    let (archive, source) = (manifest.source.engine, Source::new("restored", url)?);
    if source.engine != archive {
        return Err(RestoreError::Engine { archive, database: source.engine });
    }
    database::require_empty(archive, url).await?;
    // It stays here, to be removed at once when nobody waits any more.
    let unpacked = tempfile::Builder::new().prefix("handover-restore-").tempdir()?;
    let (from, files, to) = (path.to_owned(), manifest.clone(), unpacked.path().to_owned());
    let (folder, sums) = in_background(move || read_archive(&from, &files, to)).await??;
    client::run(&manifest.source, url, &folder).await?;
    let mut restored = compare(&source, manifest, &sums).await?;
    restored.keys_not_valid = database::keys_not_valid(archive, url).await?;
    Ok(restored)
}

/// Makes the SQL ready to be run, in the folder that it returns, which is `to` unless the owner unpacked it; and sums up the rows of each table, in the
/// manifest's order.
fn read_archive(path: &Path, manifest: &Manifest, to: PathBuf) -> Result<(PathBuf, Vec<Checksum>), RestoreError> {
    let mut opened = Opened::open(path).map_err(RestoreError::Archive)?;
    let folder = match &opened {
        Opened::Folder(_) if manifest.files().all(|file| file.stored.is_none()) => path.canonicalize()?,
        Opened::Folder(_) | Opened::Zip(_) => {
            for file in manifest.files().filter(|file| file.path.starts_with("sql/")) {
                unpack(&mut opened, file, &to)?;
            }
            to
        }
    };
    let sums = manifest.tables.iter().map(|table| sum_of_member(&mut opened, manifest, table));
    Ok((folder, sums.collect::<Result<_, _>>()?))
}

/// Names were checked: none leads out of the folder.
fn unpack(opened: &mut Opened, facts: &FileFacts, folder: &Path) -> Result<(), RestoreError> {
    let to = folder.join(&facts.path);
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = std::fs::File::create(to)?;
    match opened.content(facts, |content| std::io::copy(content, &mut file)) {
        Some(copied) => Ok(copied.map(drop)?),
        None => Err(RestoreError::Archive(format!("the member {} is missing", facts.path))),
    }
}

fn sum_of_member(opened: &mut Opened, manifest: &Manifest, table: &TableFacts) -> Result<Checksum, RestoreError> {
    let Some(file) = &table.files.sql else {
        return Err(RestoreError::Archive(format!("table {} has no SQL", table.table)));
    };
    let mut rows = SqlRows::summing(&target(manifest, table));
    let read = opened.content(file, |content| {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match content.read(&mut buffer)? {
                0 => return Ok::<_, std::io::Error>(()),
                length => rows.take(&buffer[..length]),
            }
        }
    });
    read.ok_or_else(|| RestoreError::Archive(format!("the member {} is missing", file.path)))??;
    rows.finish_sum().map_err(|problem| RestoreError::Archive(format!("the rows of {}: {problem}", file.path)))
}

async fn compare(source: &Source, manifest: &Manifest, sums: &[Checksum]) -> Result<Restored, RestoreError> {
    let mut snapshot = source.snapshot("restored", clock::now()).await?;
    let compared = compare_tables(&mut snapshot, manifest, sums).await;
    snapshot.close().await;
    compared
}

async fn compare_tables(
    snapshot: &mut Snapshot,
    manifest: &Manifest,
    sums: &[Checksum],
) -> Result<Restored, RestoreError> {
    let mut schemas: Vec<String> = manifest.tables.iter().map(|table| table.schema.clone()).collect();
    schemas.sort_unstable();
    schemas.dedup();
    let schema = snapshot.schema(&schemas).await?;
    snapshot.read_whole_tables();
    let mut restored = Restored::default();
    for (table, expected) in manifest.tables.iter().zip(sums) {
        let name = &table.table;
        let Some(plan) = schema.table(&table.schema, name).and_then(|live| whole(manifest.source.engine, table, live))
        else {
            restored
                .problems
                .push(format!("The restored database has no table {name} with the columns of the archive."));
            continue;
        };
        let found = sum_of_table(snapshot, &plan, &target(manifest, table)).await?;
        restored.tables += 1;
        restored.rows += found.rows;
        if found.rows != expected.rows {
            let (found, expected) = (found.rows, expected.rows);
            restored
                .problems
                .push(format!("The restored table {name} has {found} rows, but its member has {expected}."));
        } else if found != *expected {
            restored
                .problems
                .push(format!("The restored table {name} has as many rows as its member, but not the same."));
        }
    }
    if let Some(facts) = &manifest.large_objects {
        restored.large_objects = large_objects::compare(snapshot, facts, &mut restored.problems).await?;
    }
    Ok(restored)
}

/// The checksum of a restored table: its rows go through the encoder that writes members, and are summed up as a member's are.
async fn sum_of_table(snapshot: &mut Snapshot, plan: &TablePlan, target: &Target) -> Result<Checksum, RestoreError> {
    let (mut encoder, mut rows) = (SqlEncoder::new(target, &plan.columns), SqlRows::summing(target));
    let (sender, mut blocks) = mpsc::channel(2);
    let sum = async {
        let mut text = Vec::new();
        encoder.header(&mut text);
        while let Some(block) = blocks.recv().await {
            encoder
                .encode(&block, &mut text)
                .map_err(|error| ExportError::Incomplete { table: plan.name.clone(), message: error.to_string() })?;
            rows.take(&text);
            text.clear();
            text.shrink_to(1024 * 1024);
        }
        encoder.footer(&mut text);
        rows.take(&text);
        rows.finish_sum().map_err(ExportError::Internal)
    };
    let (read, sum) = tokio::join!(snapshot.read(plan, sender), sum);
    let sum = match (read, sum) {
        // Who reads only says that nobody took the rows any more.
        (Err(ExportError::Cancelled), Err(error)) => return Err(error.into()),
        (read, sum) => {
            let read = read?;
            let sum = sum?;
            if read != sum.rows {
                let message = format!("{read} rows were read, but {} were summed up", sum.rows);
                return Err(ExportError::Incomplete { table: plan.name.clone(), message }.into());
            }
            sum
        }
    };
    Ok(sum)
}

/// The plan that reads a restored table whole, with the columns of its member; `None` if it lacks one.
fn whole(engine: Engine, facts: &TableFacts, live: &Table) -> Option<TablePlan> {
    let quote = |name: &str| quote_for(engine, name);
    let from = match engine {
        Engine::Mysql => quote(&facts.table),
        Engine::Postgres | Engine::Sqlite => format!("{}.{}", quote(&facts.schema), quote(&facts.table)),
    };
    let planned = |facts: &ColumnFacts| {
        let column = live.column(&facts.name)?;
        Some(ColumnPlan {
            name: column.name.clone(),
            type_name: column.type_name.clone(),
            base_type: column.base_type.clone(),
            nullable: !column.not_null,
            generated: column.generated.is_some(),
            mask: None,
        })
    };
    let columns: Vec<ColumnPlan> = facts.columns.iter().map(planned).collect::<Option<_>>()?;
    let list: Vec<String> =
        columns.iter().map(|column| select::exactly(engine, &quote(&column.name), column)).collect();
    Some(TablePlan {
        schema: facts.schema.clone(),
        table: facts.table.clone(),
        name: facts.table.clone(),
        file_stem: String::new(),
        category: String::new(),
        kind: RowKind::Owned,
        because: String::new(),
        columns,
        omitted: Vec::new(),
        masked: Vec::new(),
        select: format!("select {} from {from}", list.join(", ")),
        owner_column: None,
        owner_may_be_null: false,
        certain_keys: Vec::new(),
        large_objects: Vec::new(),
        json_texts: Vec::new(),
    })
}

async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, RestoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| RestoreError::Archive("its reader stopped".to_owned()))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
