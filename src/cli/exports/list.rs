//! `handover exports list`.

use super::{
    List, Shape,
    text::{as_json, harmless, remark, time},
};
use crate::cli::Outcome;
use shared::ledger::{
    Ledger,
    exports::{self, Export, Filter},
};

const HEAD: [&str; 7] = ["number", "state", "source", "tenant", "origin", "asked for (UTC)", "remark"];

/// Lists the exports that were asked for.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(ledger: &Ledger, command: List) -> anyhow::Result<Outcome> {
    let filter = Filter {
        source: command.source,
        tenant: command.tenant,
        subject: None,
        state: command.state,
        origin: None,
        schedule: command.schedule,
        run: command.run,
        limit: command.limit.into(),
        ..Filter::default()
    };
    let exports = exports::list(ledger, &filter).await?;
    match command.format {
        Shape::Json => exports.iter().for_each(|export| println!("{}", as_json(export))),
        Shape::Table => print!("{}", table(&exports)),
    }
    Ok(Outcome::Done)
}

fn table(exports: &[Export]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(exports.iter().map(row));
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn row(export: &Export) -> [String; 7] {
    let tenant = harmless(export.tenant.as_str());
    let whose = match &export.subject.0 {
        None => tenant.into_owned(),
        Some(subject) => format!("{tenant} / {}:{}", subject.kind(), harmless(subject.key())),
    };
    let state = if export.cancel_requested && !export.state.is_final() {
        format!("{}, stopping", export.state)
    } else {
        export.state.to_string()
    };
    [
        export.id.to_string(),
        state,
        harmless(&export.source).into_owned(),
        whose,
        export.origin.to_string(),
        time(export.created_at),
        remark(export),
    ]
}
