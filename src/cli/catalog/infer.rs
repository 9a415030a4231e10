//! `handover catalog infer`.

use super::super::{Misuse, Outcome};
use crate::progress::Progress;
use anyhow::Context;
use chrono::Utc;
use clap::Args;
use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};
use worker::{
    catalog::{NotATemplate, Placement, Template},
    infer::{InferError, Request, SubjectRequest},
};

/// A catalog has at most so many bytes; a longer file is something else.
const LARGEST: u64 = 16 * 1024 * 1024;

#[derive(Args)]
pub(in crate::cli) struct Infer {
    /// A source's name in the configuration, or its URL: `postgres://user@host/database`, `mysql://user@host/database`, `sqlite://path`; `-` reads a URL with a
    /// password from standard input.
    #[arg(long, value_name = "NAME|URL")]
    source: String,
    /// The table of tenants: one row for each account whose data can be exported.
    #[arg(long, value_name = "TABLE")]
    tenant_table: String,
    /// The column that identifies a tenant; default its primary key, if that is one column.
    #[arg(long, value_name = "COLUMN")]
    tenant_key: Option<String>,
    /// A kind of person inside a tenant's data, as in `customer=customers` or `customer=customers.id`. May be given several times.
    #[arg(long = "subject", value_name = "NAME=TABLE[.KEY]")]
    subjects: Vec<String>,
    /// PostgreSQL: a schema to cover; default `public`, or those of the reviewed file. May be given several times.
    #[arg(long = "schema", value_name = "SCHEMA")]
    schemas: Vec<String>,
    /// PostgreSQL: each tenant has a schema of its own, named so, with `{key}` for the tenant's key, as in `tenant_{key}`. That of the first tenant that has one is read.
    #[arg(long, value_name = "TEMPLATE", value_parser = template, conflicts_with = "placement_database")]
    placement_schema: Option<Template>,
    /// Each tenant has a database of its own (SQLite: a file, named from the folder of the source's), named so, as in `shop_{key}` or `shops/{key}.db`.
    #[arg(long, value_name = "TEMPLATE", value_parser = template)]
    placement_database: Option<Template>,
    /// Where to write the catalog; default standard output. A file that is there is taken as reviewed: everything in it stays, and what is new is added.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[expect(clippy::print_stdout, reason = "the result, where no file was named")]
#[expect(clippy::print_stderr, reason = "a summary for the person at the terminal")]
#[expect(clippy::disallowed_methods, reason = "the edge: a command's own time")]
pub(super) async fn run(command: Infer, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let (source, _) = super::resolve(&command.source, file)?;
    let reviewed = command.output.as_deref().map(read).transpose()?.flatten();
    let schemas = &command.schemas;
    let placement = match (command.placement_schema, command.placement_database) {
        (Some(template), _) => Some(Placement::Schema(template)),
        (None, Some(template)) => Some(Placement::Database(template)),
        (None, None) => None,
    };
    let several = schemas.len() > 1 || matches!(placement, Some(Placement::Schema(_)));
    let request = Request {
        tenant_table: command.tenant_table,
        tenant_key: command.tenant_key,
        subjects: command.subjects.iter().map(|words| subject(words, several)).collect::<Result<_, Misuse>>()?,
        schemas: schemas.clone(),
        placement,
    };
    let progress = Progress::of("reading the schema and samples of the rows");
    let inferred = worker::infer::infer(&source, &request, reviewed.as_deref(), Utc::now()).await;
    drop(progress);
    let inferred = match inferred {
        Ok(inferred) => inferred,
        Err(error @ (InferError::Request(_) | InferError::Reviewed(_))) => return Err(Misuse(error.to_string()).into()),
        Err(InferError::Source(error)) => return Err(error.into()),
    };
    match &command.output {
        None => print!("{}", inferred.text),
        Some(path) if reviewed.as_deref() == Some(inferred.text.as_str()) => {
            eprintln!("{}: nothing is new", path.display());
        }
        Some(path) => write(path, &inferred.text).with_context(|| format!("{} cannot be written", path.display()))?,
    }
    eprintln!(
        "{} tables belong to a tenant, {} are shared, {} are left out; {} questions are open",
        inferred.owned, inferred.shared, inferred.excluded, inferred.undecided
    );
    Ok(Outcome::Done)
}

fn template(text: &str) -> Result<Template, NotATemplate> {
    Template::try_from(text.to_owned())
}

/// `NAME=TABLE[.KEY]`; with several schemas `NAME=SCHEMA.TABLE[.KEY]`.
fn subject(words: &str, several: bool) -> Result<SubjectRequest, Misuse> {
    let wrong = || Misuse(format!("`--subject {words}`: write NAME=TABLE or NAME=TABLE.KEY"));
    let (name, place) = words.split_once('=').ok_or_else(wrong)?;
    let (schema, rest) = match several {
        false => ("", place),
        true => place.split_once('.').ok_or_else(wrong)?,
    };
    let (table, key) = match rest.split_once('.') {
        Some((table, key)) => (table, Some(key)),
        None => (rest, None),
    };
    if name.is_empty() || table.is_empty() || key.is_some_and(str::is_empty) {
        return Err(wrong());
    }
    let table = if schema.is_empty() { table.to_owned() } else { format!("{schema}.{table}") };
    Ok(SubjectRequest { name: name.to_owned(), table, key: key.map(str::to_owned) })
}

/// The reviewed file's text; none where there is no file yet.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Ok(found) if found.len() > LARGEST => {
            return Err(Misuse(format!("{} is no catalog: it has more than {LARGEST} bytes", path.display())).into());
        }
        _ => {}
    }
    std::fs::read_to_string(path).map(Some).with_context(|| format!("{} cannot be read", path.display()))
}

/// Replaces the file as a whole or not at all; its rights stay as they are.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    // A link stays a link: what it points to is replaced.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".catalog-");
    let rights = match std::fs::metadata(&path) {
        Ok(found) => Some(found.permissions()),
        Err(_) => default_rights(),
    };
    if let Some(rights) = rights {
        builder.permissions(rights);
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// As any new file has them: reviewers read it.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there are none to set")]
fn default_rights() -> Option<std::fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn default_rights() -> Option<std::fs::Permissions> {
    None
}
