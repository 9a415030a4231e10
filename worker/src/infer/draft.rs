//! The draft of a catalog, and how it is written.

mod order;
mod text;

pub(super) use text::{bare_or_quoted, comment, quoted};

use super::{
    secret::{ColumnDecision, ColumnVerdict},
    verdict::{Decision, Verdict},
};
use crate::catalog::{Placement, Share};
use shared::export::Engine;

/// How a text begins that a person must replace.
pub(crate) const UNDECIDED: &str = "undecided";

/// A whole catalog with its evidence.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) engine: Engine,
    pub(super) schemas: Vec<String>,
    pub(super) tenant: TenantDraft,
    pub(super) subjects: Vec<SubjectDraft>,
    pub(super) tables: Vec<TableDraft>,
    /// Views, as the catalog would name them.
    pub(super) views: Vec<String>,
    /// What the reviewer should know about the whole.
    pub(super) notes: Vec<String>,
}

/// The tenants.
#[derive(Debug, Clone)]
pub(super) struct TenantDraft {
    pub(super) table: String,
    pub(super) key: String,
    pub(super) label: Option<String>,
    pub(super) setting: Option<String>,
    pub(super) placement: Option<Placement>,
    pub(super) notes: Vec<String>,
}

/// A kind of person.
#[derive(Debug, Clone)]
pub(super) struct SubjectDraft {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) key: String,
    pub(super) email: Option<String>,
    pub(super) notes: Vec<String>,
}

/// One table.
#[derive(Debug, Clone)]
pub(super) struct TableDraft {
    pub(super) name: String,
    pub(super) verdict: Verdict,
    /// What the source itself says of it: rows and comment.
    pub(super) about: Option<String>,
    pub(super) category: Option<String>,
    pub(super) references: Vec<ReferenceDraft>,
    /// For kinds of persons the key that leads to them.
    pub(super) in_subject: Vec<(String, String)>,
    pub(super) columns: Vec<ColumnVerdict>,
    /// The tables that it belongs through, as places in the draft.
    pub(super) parents: Vec<usize>,
}

/// A key that the database does not declare.
#[derive(Debug, Clone)]
pub(super) struct ReferenceDraft {
    pub(super) column: String,
    pub(super) table: String,
    /// Where it is not the primary key.
    pub(super) key: Option<String>,
    pub(super) evidence: String,
}

impl Draft {
    /// The file's text.
    pub(super) fn write(&self) -> String {
        let mut out = String::new();
        comment(
            &mut out,
            "What of this database belongs to whom and what may leave. Drafted by `handover catalog infer`: read every line, decide what is \
             undecided, and let `handover catalog check` run with every migration.",
        );
        for note in &self.notes {
            comment(&mut out, note);
        }
        out.push_str("\nversion = 1\n");
        out.push_str(&format!("engine  = {}\n", quoted(self.engine.as_str())));
        if self.engine == Engine::Postgres {
            let schemas: Vec<String> = self.schemas.iter().map(|schema| quoted(schema)).collect();
            out.push_str(&format!("schemas = [{}]\n", schemas.join(", ")));
        }
        self.tenant.write(&mut out);
        for subject in &self.subjects {
            out.push('\n');
            subject.write(&mut out);
        }
        let mut chapter = None;
        for place in order::reading(&self.tables, &self.tenant.table) {
            let table = &self.tables[place];
            let next = Chapter::of(&table.verdict.decision);
            if chapter != Some(next) {
                chapter = Some(next);
                out.push('\n');
                comment(&mut out, next.words());
            }
            out.push('\n');
            table.write(&mut out, false);
        }
        if !self.views.is_empty() {
            out.push('\n');
            comment(
                &mut out,
                &format!(
                    "Views are not exported; what they show comes from the tables above: {}.",
                    self.views.join(", ")
                ),
            );
        }
        out
    }
}

impl TenantDraft {
    fn write(&self, out: &mut String) {
        out.push('\n');
        self.notes.iter().for_each(|note| comment(out, note));
        out.push_str(&format!("[tenant]\ntable = {}\nkey   = {}\n", quoted(&self.table), quoted(&self.key)));
        if let Some(label) = &self.label {
            out.push_str(&format!("label = {}\n", quoted(label)));
        }
        if let Some(setting) = &self.setting {
            out.push_str(&format!("row_level_security = {{ setting = {} }}\n", quoted(setting)));
        }
        match &self.placement {
            None => {}
            Some(Placement::Schema(template)) => {
                out.push_str(&format!("placement = {{ schema = {} }}\n", quoted(&template.to_string())));
            }
            Some(Placement::Database(template)) => {
                out.push_str(&format!("placement = {{ database = {} }}\n", quoted(&template.to_string())));
                comment(
                    out,
                    "Printed in the archive: why nothing of the database with this table is delivered, or where else it is.",
                );
                out.push_str(&format!("control = \"{UNDECIDED}: what of it does a tenant get, and where?\"\n"));
            }
        }
    }
}

impl SubjectDraft {
    pub(super) fn write(&self, out: &mut String) {
        self.notes.iter().for_each(|note| comment(out, note));
        out.push_str(&format!("[subjects.{}]\n", bare_or_quoted(&self.name)));
        out.push_str(&format!("table = {}\nkey   = {}\n", quoted(&self.table), quoted(&self.key)));
        if let Some(email) = &self.email {
            out.push_str(&format!("email = {}\n", quoted(email)));
        }
    }
}

impl TableDraft {
    /// Writes the table's block; a new one in a reviewed file says so.
    pub(super) fn write(&self, out: &mut String, new: bool) {
        if new {
            comment(out, NEW_TABLE);
        }
        if let Some(about) = &self.about {
            comment(out, about);
        }
        self.verdict.notes.iter().for_each(|note| comment(out, note));
        let name = bare_or_quoted(&self.name);
        out.push_str(&format!("[tables.{name}]\n{}\n", decision(&self.verdict.decision)));
        if let Some(category) = &self.category {
            out.push_str(&format!("category = {}\n", quoted(category)));
        }
        for (kind, through) in &self.in_subject {
            out.push_str(&format!("in_subject.{} = {{ through = {} }}\n", bare_or_quoted(kind), quoted(through)));
        }
        if !self.references.is_empty() {
            out.push_str(&format!("[tables.{name}.references]\n"));
            for reference in &self.references {
                comment(out, &format!("Virtual, not declared by the database: {}.", reference.evidence));
                let key = reference.key.as_ref().map_or(String::new(), |key| format!(", key = {}", quoted(key)));
                out.push_str(&format!(
                    "{} = {{ table = {}{key} }}\n",
                    bare_or_quoted(&reference.column),
                    quoted(&reference.table)
                ));
            }
        }
        if !self.columns.is_empty() {
            out.push_str(&format!("[tables.{name}.columns]\n"));
            for column in &self.columns {
                if let Some(note) = &column.note {
                    comment(out, note);
                }
                out.push_str(&format!("{} = {}\n", bare_or_quoted(&column.column), column_decision(&column.decision)));
            }
        }
    }
}

/// Marks what a later run has added to a reviewed file.
pub(super) const NEW_TABLE: &str = "New: not yet reviewed.";

/// The line of a table's decision.
fn decision(decision: &Decision) -> String {
    match decision {
        Decision::Column(column) => format!("owner = {{ column = {} }}", quoted(column)),
        Decision::Through(keys) => match keys.as_slice() {
            [key] => format!("owner = {{ through = {} }}", quoted(key)),
            keys => {
                let keys: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
                format!("owner = {{ through = [{}] }}", keys.join(", "))
            }
        },
        Decision::Polymorphic { type_column, id_column, map } => {
            let pairs: Vec<String> =
                map.iter().map(|(word, table)| format!("{} = {}", bare_or_quoted(word), quoted(table))).collect();
            format!(
                "owner = {{ polymorphic = {{ type = {}, id = {}, map = {{ {} }} }} }}",
                quoted(type_column),
                quoted(id_column),
                pairs.join(", ")
            )
        }
        Decision::Placement => "owner = { placement = true }".to_owned(),
        Decision::Share(Share::All) => "share = \"all\"".to_owned(),
        Decision::Share(Share::Referenced) => "share = \"referenced\"".to_owned(),
        Decision::Exclude(reason) => format!("exclude = {}", quoted(reason)),
        Decision::Undecided(question) => format!("undecided = {}", quoted(question)),
        // Only tables of a reviewed file are so, and those are never written anew.
        Decision::Reviewed => "undecided = \"decided in another file\"".to_owned(),
    }
}

/// A column's rule as an inline table.
pub(super) fn column_decision(decision: &ColumnDecision) -> String {
    match decision {
        ColumnDecision::Omit(reason) => format!("{{ omit = {} }}", quoted(reason)),
        ColumnDecision::Undecided(question) => format!("{{ undecided = {} }}", quoted(question)),
    }
}

/// The parts of the file, in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Chapter {
    Owned,
    Shared,
    Excluded,
    Undecided,
}

impl Chapter {
    fn of(decision: &Decision) -> Self {
        match decision {
            Decision::Column(_)
            | Decision::Through(_)
            | Decision::Polymorphic { .. }
            | Decision::Placement
            | Decision::Reviewed => Self::Owned,
            Decision::Share(_) => Self::Shared,
            Decision::Exclude(_) => Self::Excluded,
            Decision::Undecided(_) => Self::Undecided,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Owned => "Tables whose rows belong to a tenant, each after the one that it belongs through.",
            Self::Shared => "Tables whose rows belong to nobody and are delivered where they are needed.",
            Self::Excluded => "Tables that are left out.",
            Self::Undecided => "Tables about which a person must decide: no export starts before.",
        }
    }
}
