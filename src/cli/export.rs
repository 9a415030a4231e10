//! `handover export`: one tenant, or one person in its data, into a file, by the same engine as the worker's, without queue or vault.

use super::{Interrupted, Misuse, Outcome, catalog::CatalogedSource};
use crate::{
    installation::{read_config, stop_signal},
    progress::Bar,
};
use anyhow::Context as _;
use bytes::Bytes;
use clap::Args;
use shared::{
    clock,
    config::Role,
    export::{CsvProfile, Format, Origin, SubjectId, TenantId},
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
    archive::{Meter, Request, manifest::Manifest},
    export::write_archive,
    signing::SigningKey,
    source::settle,
};

/// Export one tenant, or one person in its data, into a file, here and now, without queue or vault.
///
/// The file appears under its name only when it is complete; nothing is left behind otherwise. A password in a URL is
/// visible to other users of this machine: configure the source (`HANDOVER_SOURCES__NAME__URL`) and give its name instead.
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
    /// Add `sql/triggers.sql` with the triggers of the exported tables and the functions that they call, as they are: read them before you hand them out.
    /// `sql/restore.sql` does not run it.
    #[arg(long)]
    with_triggers: bool,
    /// Where the archive goes.
    #[arg(long, short, value_name = "FILE.zip")]
    output: PathBuf,
    /// Replace the file if it exists.
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
    if !command.force && command.output.exists() {
        return Err(Misuse(format!("{} exists; add --force to replace it", command.output.display())).into());
    }
    let unfinished = Unfinished::beside(&command.output)?;
    let manifest = tokio::select! {
        made = make(&command, file, &unfinished.path) => made?,
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

async fn make(command: &ExportCommand, file: Option<&Path>, path: &Path) -> anyhow::Result<Manifest> {
    let (source, catalog) = command.at.resolve(file)?;
    let signing = read_config(file, Role::Ledger)?.signing.key_file;
    let signing = signing.as_deref().map(SigningKey::read).transpose()?.map(Arc::new);
    let mut formats = command.formats.clone();
    formats.sort_unstable();
    formats.dedup();
    let request = Request {
        export: Uuid::now_v7(),
        tenant: command.tenant.clone(),
        subject: command.subject.clone(),
        origin: Origin::Cli,
        source: source.name.clone(),
        product: source.name.clone(),
        formats,
        csv_profile: command.csv_profile,
        with_triggers: command.with_triggers,
        now: clock::now(),
        signing,
    };
    let meter = Arc::<Meter>::default();
    let bar = Bar::of_meter(meter.clone());
    let (output, chunks) = mpsc::channel(8);
    let writing =
        async { write_archive(&source, &catalog, &request, &meter, output).await.map_err(anyhow::Error::from) };
    let made = tokio::try_join!(writing, save(path, chunks));
    bar.finish();
    let (manifest, ()) = made?;
    Ok(manifest)
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

/// A file beside the one asked for, readable by its owner only; removed unless it is finished.
struct Unfinished {
    path: tempfile::TempPath,
}

impl Unfinished {
    fn beside(output: &Path) -> anyhow::Result<Self> {
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new()
            .prefix(".handover-")
            .suffix(".partial")
            .tempfile_in(folder)
            .with_context(|| format!("cannot write into {}", folder.display()))?;
        Ok(Self { path: file.into_temp_path() })
    }

    fn finish(self, output: &Path) -> anyhow::Result<()> {
        self.path.persist(output).with_context(|| format!("cannot rename the finished file to {}", output.display()))
    }
}
