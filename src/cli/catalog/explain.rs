//! `handover catalog explain`.

use super::{
    super::{Misuse, Outcome},
    CatalogedSource, OneTenant,
};
use clap::{Args, ValueEnum};
use std::path::Path;
use worker::{check::placement::example, plan::explain};

/// Say why rows of a table are in a tenant's archive: each way to the tenant with its path, and the query of the slice.
///
/// `:tenant` in the query stands for the tenant's key, which an export binds. Works while findings keep exports from starting, and names those of the table.
#[derive(Args)]
pub(in crate::cli) struct Explain {
    /// The table, as the catalog names it.
    #[arg(value_name = "TABLE")]
    table: String,
    #[command(flatten)]
    at: CatalogedSource,
    #[command(flatten)]
    one: OneTenant,
    /// How it is printed: for people, or as one JSON object.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Sentences and a query.
    Text,
    /// One JSON object.
    Json,
}

#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(command: Explain, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let (source, catalog) = command.at.resolve(file)?;
    let tenant = command.one.of(&catalog)?;
    let (catalog, schema) = match &catalog.tenant.placement {
        Some(_) => example(&source, &catalog, tenant).await?.ok_or_else(|| {
            Misuse("no tenant has a schema or database of its own yet, so there is no table to explain".into())
        })?,
        None => {
            let schema = source.schema(&catalog.schemas).await?;
            (catalog, schema)
        }
    };
    let table = catalog.name_at_place(&command.table);
    let explanation = explain(&catalog, &schema, &table).map_err(|error| Misuse(error.to_string()))?;
    match command.format {
        Format::Text => print!("{explanation}"),
        Format::Json => println!("{}", serde_json::to_string_pretty(&explanation)?),
    }
    Ok(Outcome::Done)
}
