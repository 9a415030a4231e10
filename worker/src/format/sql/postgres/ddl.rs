//! Tables, constraints, indexes and keys of a PostgreSQL slice.

mod triggers;

use crate::{
    format::sql::{
        Ddl,
        kept::{Kept, LeftOut},
        name::{comment, list, literal, qualified, quoted},
    },
    plan::{ColumnPlan, RowKind, TablePlan},
    schema::{Column, ForeignKey, Table},
};

/// The statements for a plan.
pub(in crate::format::sql) fn write(kept: &Kept<'_>) -> Ddl {
    let mut ddl = Ddl {
        schema: String::from("-- The tables of this archive. sql/restore.sql runs this file.\n\n"),
        constraints: String::from(
            "-- Keys, checks and indexes, added after the rows. sql/restore.sql runs this file.\n\n",
        ),
        triggers: String::new(),
        left_out: Vec::new(),
        left_out_triggers: Vec::new(),
    };
    for prelude in kept.plan.schema.prelude.iter().filter(|prelude| kept.needs(prelude)) {
        ddl.schema.push_str(&prelude.statement);
        ddl.schema.push_str(";\n");
    }
    ddl.schema.push('\n');
    for table in &kept.plan.tables {
        create(kept, table, &mut ddl);
    }
    let ranks: [fn(&str) -> bool; 4] = [
        |text| text.starts_with("PRIMARY KEY"),
        |text| text.starts_with("UNIQUE"),
        |text| text.starts_with("CHECK"),
        |text| !["PRIMARY KEY", "UNIQUE", "CHECK"].iter().any(|start| text.starts_with(start)),
    ];
    for rank in ranks {
        for (table, live) in with_live(kept) {
            constraints(kept, table, live, rank, &mut ddl);
        }
    }
    for (table, live) in with_live(kept) {
        indexes(kept, table, live, &mut ddl);
    }
    for (table, live) in with_live(kept) {
        foreign_keys(kept, table, live, &mut ddl);
    }
    for (table, live) in with_live(kept) {
        for left_out in kept.uncarried(table, live) {
            ddl.constraints.push_str(&left_out.comment());
            ddl.left_out.push(left_out);
        }
    }
    triggers::write(kept, &mut ddl);
    ddl
}

fn with_live<'a>(kept: &Kept<'a>) -> impl Iterator<Item = (&'a TablePlan, &'a Table)> {
    let plan = kept.plan;
    plan.tables.iter().filter_map(|table| Some((table, plan.live(table)?)))
}

fn create(kept: &Kept<'_>, table: &TablePlan, ddl: &mut Ddl) {
    let live = kept.plan.live(table);
    let target = qualified(&table.schema, &table.table);
    let mut notes = String::new();
    let mut lines = Vec::new();
    for planned in &table.columns {
        let column = live.and_then(|live| live.column(&planned.name));
        lines.push(match column {
            Some(column) if planned.mask.is_none() => define(kept, table, live, column, ddl, &mut notes),
            _ => masked(planned),
        });
    }
    for (name, reason) in &table.omitted {
        notes.push_str(&format!("-- Not delivered: column {}: {}\n", comment(name), comment(reason)));
    }
    ddl.schema.push_str(&notes);
    ddl.schema.push_str(&format!("create table {target} (\n    {}\n);\n", lines.join(",\n    ")));
    for sequence in live.iter().flat_map(|live| &live.sequences).filter(|sequence| sequence.owned) {
        let own = std::slice::from_ref(&sequence.column);
        let feeds = live.and_then(|live| live.column(&sequence.column)).is_some_and(|column| column.default.is_some());
        if feeds && kept.blocked(table, own).is_none() {
            ddl.schema.push_str(&format!("alter sequence {} owned by {target}.{};\n", sequence.name, list(own)));
        }
    }
    if let Some(text) = live.and_then(|live| live.comment.as_deref()) {
        ddl.schema.push_str(&format!("comment on table {target} is {};\n", literal(text)));
    }
    for planned in &table.columns {
        let column = live.and_then(|live| live.column(&planned.name));
        if let Some(text) = column.and_then(|column| column.comment.as_deref()) {
            ddl.schema.push_str(&format!(
                "comment on column {target}.{} is {};\n",
                quoted(&planned.name),
                literal(text)
            ));
        }
    }
    ddl.schema.push('\n');
}

/// A masked value fits into no type but text.
fn masked(planned: &ColumnPlan) -> String {
    let type_name = if planned.mask.is_some() { "text" } else { &planned.type_name };
    let nullable = if planned.nullable { "" } else { " not null" };
    format!("{} {type_name}{nullable}", quoted(&planned.name))
}

fn define(
    kept: &Kept<'_>,
    table: &TablePlan,
    live: Option<&Table>,
    column: &Column,
    ddl: &mut Ddl,
    notes: &mut String,
) -> String {
    let mut text = format!("{} {}", quoted(&column.name), column.type_name);
    if let Some(collation) = &column.collation {
        text.push_str(&format!(" collate {collation}"));
    }
    if let Some(rule) = &column.generated {
        match kept.blocked_generation(table, column, rule) {
            None => {
                let stored = if rule.stored { "stored" } else { "virtual" };
                text.push_str(&format!(" generated always as ({}) {stored}", rule.expression));
            }
            Some(reason) => {
                let left_out = LeftOut::new(table, "generation rule", &column.name, reason);
                notes.push_str(&left_out.comment());
                ddl.left_out.push(left_out);
            }
        }
    } else if let Some(identity) = &column.identity {
        text.push_str(&format!(" generated {identity} as identity"));
        // The statements that set sequences name them, so that they must be called as in the source.
        let sequence = live.and_then(|live| live.sequences.iter().find(|sequence| sequence.column == column.name));
        if let Some(sequence) = sequence {
            text.push_str(&format!(" (sequence name {}{})", sequence.name, sequence.options));
        }
    } else if let Some(default) = &column.default {
        match live.and_then(|live| kept.default_of_somebody(table, live, column)) {
            None => text.push_str(&format!(" default {default}")),
            Some(reason) => {
                let left_out = LeftOut::new(table, "default", &column.name, reason);
                notes.push_str(&left_out.comment());
                ddl.left_out.push(left_out);
            }
        }
    }
    if column.not_null {
        text.push_str(" not null");
    }
    text
}

fn constraints(kept: &Kept<'_>, table: &TablePlan, live: &Table, rank: fn(&str) -> bool, ddl: &mut Ddl) {
    for constraint in live.constraints.iter().filter(|one| rank(&one.text)) {
        let kind = match constraint.text.split([' ', '(']).next() {
            Some("PRIMARY") => "primary key",
            Some("UNIQUE") => "unique rule",
            Some("EXCLUDE") => "exclusion rule",
            _ => "check",
        };
        let blocked = kept
            .blocked(table, &constraint.columns)
            .or_else(|| kept.names_somebody(table, live, &constraint.columns, &constraint.text));
        match blocked {
            None => ddl.constraints.push_str(&format!(
                "alter table {} add constraint {} {};\n",
                qualified(&table.schema, &table.table),
                quoted(&constraint.name),
                constraint.text
            )),
            Some(reason) => leave_out(ddl, table, kind, &constraint.name, reason),
        }
    }
}

fn indexes(kept: &Kept<'_>, table: &TablePlan, live: &Table, ddl: &mut Ddl) {
    for index in &live.indexes {
        let blocked = kept
            .blocked(table, &index.columns)
            .or_else(|| kept.names_somebody(table, live, &index.columns, &index.text));
        match blocked {
            None => ddl.constraints.push_str(&format!("{};\n", index.text)),
            Some(reason) => leave_out(ddl, table, "index", &index.name, reason),
        }
    }
}

fn foreign_keys(kept: &Kept<'_>, table: &TablePlan, live: &Table, ddl: &mut Ddl) {
    for key in &live.foreign_keys {
        let name = key.name.clone().unwrap_or_else(|| list(&key.columns));
        match (kept.blocked_key(table, key), &key.definition) {
            (None, Some(definition)) => {
                let statement = format!(
                    "alter table {} add constraint {} {definition}",
                    qualified(&table.schema, &table.table),
                    quoted(&name)
                );
                let checked = !definition.ends_with(" NOT VALID") && !definition.ends_with(" NOT ENFORCED");
                match checked && may_lead_away(kept, table, key) {
                    true => ddl.constraints.push_str(&add_or_keep_unchecked(table, &name, &statement)),
                    false => ddl.constraints.push_str(&format!("{statement};\n")),
                }
            }
            (None, None) => ddl.constraints.push_str(&format!(
                "alter table {} add foreign key ({}) references {} ({});\n",
                qualified(&table.schema, &table.table),
                list(&key.columns),
                qualified(&key.to_schema, &key.to_table),
                list(&key.to_columns)
            )),
            (Some(reason), _) => leave_out(ddl, table, "foreign key", &name, reason),
        }
    }
}

/// Whether rows of the table may point to rows of another tenant: the slice of an owned table has only the tenant's own.
fn may_lead_away(kept: &Kept<'_>, table: &TablePlan, key: &ForeignKey) -> bool {
    let is_owner = |table: &TablePlan, columns: &[String]| {
        let owner = table.owner_column.and_then(|place| table.columns.get(place));
        owner.is_some_and(|owner| *columns == [owner.name.clone()])
    };
    kept.delivered(&key.to_schema, &key.to_table).is_some_and(|other| {
        other.kind == RowKind::Owned && !(is_owner(table, &key.columns) && is_owner(other, &key.to_columns))
    })
}

/// Adds the key, and where rows break it keeps it for new rows only, with a warning.
fn add_or_keep_unchecked(table: &TablePlan, name: &str, statement: &str) -> String {
    let body = format!(
        "begin {statement}; exception when foreign_key_violation then {statement} not valid; \
         raise warning 'some rows of % point to rows that are not in this archive: key % was added as not valid', {}, {}; end",
        literal(&table.table),
        literal(name)
    );
    let mut quote = "$handover$".to_owned();
    while body.contains(&quote) {
        quote.insert(quote.len() - 1, '_');
    }
    format!("do {quote}{body}{quote};\n")
}

fn leave_out(ddl: &mut Ddl, table: &TablePlan, kind: &str, name: &str, reason: String) {
    let left_out = LeftOut::new(table, kind, name, reason);
    ddl.constraints.push_str(&left_out.comment());
    ddl.left_out.push(left_out);
}
