//! Secrets inside JSON.

use super::{
    looks_secret_alone, noun,
    shape::{self, Shape},
};
use crate::{check::secret::looks_secret, schema::Column};
use serde_json::Value;
use std::collections::BTreeSet;

/// What of a document looks secret.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Shapes of its texts.
    pub(super) shapes: BTreeSet<Shape>,
    /// Names of members that hold something and are named like a secret.
    pub(super) members: BTreeSet<String>,
}

/// Looks into a text that is a JSON object or array; none where it is neither.
pub(super) fn look(text: &str) -> Option<Found> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let document: Value = serde_json::from_str(text).ok()?;
    let mut found = Found::default();
    walk(&document, 0, &mut found);
    Some(found)
}

fn walk(value: &Value, depth: usize, found: &mut Found) {
    if depth > 32 {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let holds = match member {
                    Value::String(text) => !text.is_empty(),
                    Value::Number(_) => true,
                    Value::Array(items) => items.iter().any(Value::is_string),
                    _ => false,
                };
                if holds && is_secret(name, member) {
                    found.members.insert(name.clone());
                }
                walk(member, depth + 1, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, depth + 1, found)),
        Value::String(text) => found.shapes.extend(shape::whole(text)),
        _ => {}
    }
}

/// Whether a member's name says that it holds a secret. A name that is no plain word may itself be data, and is never repeated.
fn is_secret(name: &str, member: &Value) -> bool {
    let plain = name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char));
    let base_type = if member.is_number() { "int8" } else { "text" };
    let column = Column { name: name.to_owned(), base_type: base_type.to_owned(), ..Column::default() };
    plain
        && looks_secret(&crate::schema::Table::default(), &column)
        && (noun::words(name).len() > 1 || looks_secret_alone(name))
}
