//! Putting what is new into a reviewed file without touching what a person wrote.

use super::{
    InferError,
    draft::{Draft, bare_or_quoted, column_decision, comment},
    landscape::Landscape,
};
use std::collections::BTreeSet;
use toml_edit::{DocumentMut, InlineTable, Item, Key, Table, TableLike, Value};

const NEW_COLUMN: &str = "New: not yet reviewed.";
const VANISHED_TABLE: &str = "# Vanished: the source has no such table; take it out, or correct its name.\n";
const VANISHED_COLUMN: &str = "# Vanished: the table has no such column; take it out, or correct its name.\n";

/// The reviewed text with new tables at its end, new columns in their tables, and marks where something has vanished. Byte for byte the same text where
/// nothing has changed.
pub(super) fn merge(reviewed: &str, draft: &Draft, land: &Landscape<'_>) -> Result<String, InferError> {
    let refuse = |what: String| InferError::Reviewed(what);
    let mut document: DocumentMut =
        reviewed.parse().map_err(|error: toml_edit::TomlError| refuse(error.to_string()))?;
    let mut changed = false;
    let mut known: BTreeSet<String> = BTreeSet::new();
    if let Some(tables) = document.get_mut("tables").and_then(Item::as_table_like_mut) {
        known = tables.iter().map(|(name, _)| name.to_owned()).collect();
        for table in &draft.tables {
            let Some(entry) = tables.get_mut(&table.name).and_then(Item::as_table_like_mut) else { continue };
            for column in &table.columns {
                changed |=
                    add_column(entry, &column.column, &column_decision(&column.decision), column.note.as_deref())?;
            }
        }
        for name in &known {
            let live = land.named(name);
            if let Some(entry) = tables.get_mut(name) {
                changed |= mark_table(entry, live.is_none());
                if let Some(place) = live.filter(|place| !land.table(*place).is_virtual()) {
                    changed |= mark_columns(entry, |column| land.table(place).column(column).is_none());
                }
            }
        }
    }
    let mut text = if changed { document.to_string() } else { reviewed.to_owned() };
    let subjects: BTreeSet<String> = document
        .get("subjects")
        .and_then(Item::as_table_like)
        .map(|subjects| subjects.iter().map(|(name, _)| name.to_owned()).collect())
        .unwrap_or_default();
    let mut more = String::new();
    for subject in draft.subjects.iter().filter(|subject| !subjects.contains(&subject.name)) {
        more.push('\n');
        subject.write(&mut more);
    }
    for table in draft.tables.iter().filter(|table| !known.contains(&table.name)) {
        more.push('\n');
        table.write(&mut more, true);
    }
    if !more.is_empty() {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&more);
        text.parse::<DocumentMut>().map_err(|_| {
            refuse("new tables cannot be added; write the reviewed ones under headings of their own, as in `[tables.customers]`".to_owned())
        })?;
    }
    Ok(text)
}

/// Adds a column's rule unless the file has one; says whether it did.
fn add_column(table: &mut dyn TableLike, name: &str, rule: &str, note: Option<&str>) -> Result<bool, InferError> {
    if table.get("columns").is_none() {
        table.insert("columns", Item::Table(Table::new()));
    }
    let parse =
        || -> Option<Value> { format!("x = {rule}").parse::<DocumentMut>().ok()?.remove("x")?.into_value().ok() };
    let (Some(columns), Some(value)) = (table.get_mut("columns"), parse()) else {
        return Err(InferError::Reviewed("`columns` is no table".to_owned()));
    };
    let mut remark = String::new();
    comment(&mut remark, NEW_COLUMN);
    note.into_iter().for_each(|note| comment(&mut remark, note));
    match columns {
        Item::Table(columns) if !columns.contains_key(name) => {
            let mut key: Key = bare_or_quoted(name)
                .parse()
                .map_err(|_| InferError::Reviewed(format!("the column `{name}` cannot be written")))?;
            key.leaf_decor_mut().set_prefix(remark);
            columns.insert_formatted(&key, Item::Value(value.decorated(" ", "")));
            Ok(true)
        }
        Item::Value(Value::InlineTable(columns)) if !columns.contains_key(name) => {
            if let Some((_, last)) = columns.iter_mut().last() {
                last.decor_mut().set_suffix("");
            }
            InlineTable::insert(columns, name, value.decorated(" ", " "));
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Writes or takes away the mark of a vanished table; says whether anything changed.
fn mark_table(entry: &mut Item, vanished: bool) -> bool {
    let Some(table) = entry.as_table_mut().filter(|table| !table.is_dotted() && !table.is_implicit()) else {
        return false;
    };
    let before = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
    let after = marked(&before, VANISHED_TABLE, vanished);
    let changed = after != before;
    if changed {
        table.decor_mut().set_prefix(after);
    }
    changed
}

fn mark_columns(entry: &mut Item, vanished: impl Fn(&str) -> bool) -> bool {
    let Some(columns) = entry.as_table_mut().and_then(|table| table.get_mut("columns")).and_then(Item::as_table_mut)
    else {
        return false;
    };
    let dotted = columns.is_dotted();
    let names: Vec<String> = columns.iter().map(|(name, _)| name.to_owned()).collect();
    let mut changed = false;
    for name in names.iter().filter(|_| !dotted) {
        let Some(mut key) = columns.key_mut(name) else { continue };
        let before = key.leaf_decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
        let after = marked(&before, VANISHED_COLUMN, vanished(name));
        if after != before {
            key.leaf_decor_mut().set_prefix(after);
            changed = true;
        }
    }
    changed
}

/// What stands before an entry, with the mark or without it; the entry stays where it stood in its line.
fn marked(before: &str, mark: &str, wanted: bool) -> String {
    let indent = before.rsplit('\n').next().unwrap_or_default();
    let mark = format!("{mark}{indent}");
    match (before.contains(&mark), wanted) {
        (true, false) => before.replacen(&mark, "", 1),
        (false, true) => format!("{before}{mark}"),
        _ => before.to_owned(),
    }
}
