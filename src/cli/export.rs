//! `handover export`: one tenant, or one person in its data, into a file or folder, by the same engine as the worker's, without queue or vault.

mod folder;

use super::{Interrupted, Misuse, Outcome, catalog::CatalogedSource};
use crate::{
    installation::{read_config, stop_signal},
    progress::Progress,
};
use anyhow::Context as _;
use bytes::Bytes;
use clap::Args;
use shared::{
    clock,
    config::Role,
    export::{Compression, CsvProfile, Format, Layout, Origin, SubjectId, TenantId},
    language::Language,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    fs::File,
    io::{AsyncWriteExt, BufWriter},
    sync::mpsc,
};
use uuid::Uuid;
use worker::{
    archive::{Meter, Output, Request, manifest::Manifest},
    error::ExportError,
    export::write_archive,
    signing::SigningKey,
    source::settle,
};

/// Export one tenant, or one person in its data, into a file or folder, here and now, without queue or vault.
///
/// It appears under its name only when it is complete; nothing is left behind otherwise.
#[derive(Args)]
pub(super) struct ExportCommand {
    #[command(flatten)]
    at: CatalogedSource,
    /// The tenant's key, as the source prints it.
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    tenant: TenantId,
    /// Only what belongs to one person in the tenant's data: a kind that the catalog knows, and the person's key, as in
    /// `customer:42`.
    #[arg(long, value_name = "KIND:KEY", value_parser = subject_id)]
    subject: Option<SubjectId>,
    /// The formats: csv, sql, jsonl.
    #[arg(long = "format", value_name = "FORMATS", value_delimiter = ',', default_value = "csv,sql")]
    formats: Vec<Format>,
    /// `lossless` for programs, `spreadsheet` for people.
    #[arg(long, value_name = "PROFILE", default_value = "lossless")]
    csv_profile: CsvProfile,
    /// The language of START-HERE.html: en, de, es, fr; default HANDOVER_LANGUAGE.
    #[arg(long, value_name = "TAG")]
    language: Option<Language>,
    /// Add `sql/triggers.sql` with the triggers of the exported tables and the functions that they call, as they are: read them before you hand them out.
    /// `sql/restore.sql` does not run it.
    #[arg(long)]
    with_triggers: bool,
    /// `zip` for one file, `files` for a folder with one file for each table and format.
    #[arg(long, value_name = "LAYOUT", default_value = "zip")]
    layout: Layout,
    /// How the files with data are compressed, with `--layout files`: `zstd` (the default), `gzip`.
    #[arg(long, value_name = "HOW")]
    compression: Option<Compression>,
    /// Where the archive goes: a file, or with `--layout files` a folder that does not exist or is empty.
    #[arg(long, short, value_name = "FILE.zip|FOLDER")]
    output: PathBuf,
    /// Replace the file if it exists. A folder is never replaced.
    #[arg(long)]
    force: bool,
}

fn subject_id(text: &str) -> Result<SubjectId, shared::export::SubjectIdError> {
    text.parse()
}

fn tenant_id(text: &str) -> Result<TenantId, shared::export::TenantIdError> {
    TenantId::new(text)
}

/// Exports; the archive's path is the result.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the result, and what it holds")]
pub(super) async fn run(command: ExportCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let stop = stop_signal()?;
    let unfinished = Unfinished::of(&command)?;
    let manifest = tokio::select! {
        made = make(&command, file, &unfinished) => made?,
        () = stop.cancelled() => {
            settle().await;
            return Err(Interrupted.into());
        }
    };
    unfinished.finish(&command.output)?;
    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    eprintln!("{} tables, {rows} rows.", manifest.tables.len());
    println!("{}", command.output.display());
    Ok(Outcome::Done)
}

async fn make(command: &ExportCommand, file: Option<&Path>, unfinished: &Unfinished) -> anyhow::Result<Manifest> {
    let (source, catalog) = command.at.resolve(file)?;
    let config = read_config(file, Role::Ledger)?;
    let signing = config.signing.key_file.as_deref().map(SigningKey::read).transpose()?.map(Arc::new);
    let mut formats = command.formats.clone();
    formats.sort_unstable();
    formats.dedup();
    let request = Request {
        export: Uuid::now_v7(),
        tenant: command.tenant.clone(),
        subject: command.subject.clone(),
        origin: Origin::Cli,
        source: source.name.clone(),
        product: config
            .brands
            .get(&source.name)
            .and_then(|own| own.name.clone())
            .unwrap_or_else(|| source.name.clone()),
        accent: config.brand(&source.name).accent,
        formats,
        csv_profile: command.csv_profile,
        language: command.language.unwrap_or(config.language),
        with_triggers: command.with_triggers,
        now: clock::now(),
        signing,
    };
    let meter = Arc::<Meter>::default();
    let progress = Progress::of_tables(meter.clone());
    let write = async |output: Output| {
        write_archive(&source, &catalog, &request, &meter, output).await.map_err(anyhow::Error::from)
    };
    let made = match unfinished {
        Unfinished::File(path) => {
            let (output, chunks) = mpsc::channel(8);
            both(write(Output::Zip(output)), save(path, chunks)).await
        }
        Unfinished::Folder(folder, compression) => {
            let (files, outgoing) = mpsc::channel(1);
            both(write(Output::Files(*compression, files)), folder::save(folder.path(), outgoing)).await
        }
    };
    drop(progress);
    made
}

/// What was written, once it is saved too. Where saving failed, the writer only knows that nobody took what it wrote.
async fn both(
    write: impl Future<Output = anyhow::Result<Manifest>>,
    save: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<Manifest> {
    let (written, saved) = tokio::join!(write, save);
    match (written, saved) {
        (Err(error), Err(saving)) if matches!(error.downcast_ref(), Some(ExportError::Cancelled)) => Err(saving),
        (written, saved) => {
            let manifest = written?;
            saved?;
            Ok(manifest)
        }
    }
}

async fn save(path: &Path, mut chunks: mpsc::Receiver<Bytes>) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::options().write(true).truncate(true).open(path).await.with_context(cannot)?);
    while let Some(chunk) = chunks.recv().await {
        file.write_all(&chunk).await.with_context(cannot)?;
    }
    file.flush().await.with_context(cannot)?;
    file.into_inner().sync_all().await.with_context(cannot)
}

/// A file or folder beside the one asked for, readable by its owner only; removed unless it is finished.
enum Unfinished {
    File(tempfile::TempPath),
    Folder(tempfile::TempDir, Compression),
}

impl Unfinished {
    fn of(command: &ExportCommand) -> anyhow::Result<Self> {
        let output = &command.output;
        let above = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let cannot = || format!("cannot write into {}", above.display());
        let mut partial = tempfile::Builder::new();
        partial.prefix(".handover-").suffix(".partial");
        match (command.layout, command.compression) {
            (Layout::Zip, Some(_)) => Err(Misuse("--compression is for --layout files".to_owned()).into()),
            (Layout::Zip, None) if !command.force && output.exists() => {
                Err(Misuse(format!("{} exists; add --force to replace it", output.display())).into())
            }
            (Layout::Zip, None) => Ok(Self::File(partial.tempfile_in(above).with_context(cannot)?.into_temp_path())),
            (Layout::Files, _) if !folder::is_free(output)? => {
                Err(Misuse(format!("{} exists and is not an empty folder", output.display())).into())
            }
            (Layout::Files, compression) => {
                let folder = partial.tempdir_in(above).with_context(cannot)?;
                Ok(Self::Folder(folder, compression.unwrap_or(Compression::Zstd)))
            }
        }
    }

    fn finish(self, output: &Path) -> anyhow::Result<()> {
        match self {
            Self::File(path) => {
                path.persist(output).with_context(|| format!("cannot rename the finished file to {}", output.display()))
            }
            Self::Folder(folder, _) => folder::finish(folder, output),
        }
    }
}
