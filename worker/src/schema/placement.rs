//! One tenant's schema among many, as all of them look.

use super::{Column, Schema, Table};
use crate::plan::identifier::quote;

impl Schema {
    /// The tables of `fixed` and of `place`, with `place` called `name` everywhere; only what rules are compared with, nothing of what restores need. Of two
    /// tenants whose schemas are made alike the shapes are equal.
    pub(crate) fn shape(&self, fixed: &[String], place: &str, name: &str) -> Self {
        let tables = self.tables.iter().filter(|table| table.schema == place || fixed.contains(&table.schema));
        let mut tables: Vec<Table> = tables.map(|table| shape(table, place, name)).collect();
        tables.sort_by(|left, right| (&left.schema, &left.name).cmp(&(&right.schema, &right.name)));
        Self {
            engine: self.engine,
            version: self.version.clone(),
            prelude: Vec::new(),
            tables,
            hides_triggers: self.hides_triggers,
        }
    }
}

fn shape(table: &Table, place: &str, name: &str) -> Table {
    let rename = |schema: &mut String| {
        if schema == place {
            name.clone_into(schema);
        }
    };
    let mut shape = Table {
        constraints: Vec::new(),
        indexes: Vec::new(),
        sequences: Vec::new(),
        uncarried: Vec::new(),
        triggers: Vec::new(),
        estimated_rows: None,
        ..table.clone()
    };
    rename(&mut shape.schema);
    for key in &mut shape.foreign_keys {
        rename(&mut key.to_schema);
        key.definition = None;
    }
    for column in &mut shape.columns {
        let Column { type_name, equality, default, generated, collation, own_collation, .. } = column;
        *default = None;
        equality.iter_mut().for_each(rename);
        let texts = generated.iter_mut().map(|rule| &mut rule.expression);
        for text in texts.chain([type_name]).chain(collation).chain(own_collation) {
            *text = respelled(text, place, name);
        }
    }
    shape
}

/// The text with another name wherever the schema stands before a dot, quoted or not.
fn respelled(text: &str, place: &str, name: &str) -> String {
    let text = text.replace(&format!("{}.", quote(place)), &format!("{}.", quote(name)));
    let (bare, mut out, mut rest) = (format!("{place}."), String::with_capacity(text.len()), text.as_str());
    let inner = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$' | '"' | '.');
    while let Some(at) = rest.find(&bare) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        match out.ends_with(inner) {
            true => out.push_str(&bare),
            false => out.push_str(&format!("{}.", quote(name))),
        }
        rest = &after[bare.len()..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_renamed_where_it_stands_before_a_dot_and_nowhere_else() {
        for (text, expected) in [
            ("t7.mood", "\"t_{key}\".mood"),
            ("\"t7\".mood", "\"t_{key}\".mood"),
            ("xt7.mood", "xt7.mood"),
            ("lower(t7.f(note))", "lower(\"t_{key}\".f(note))"),
            ("t7", "t7"),
            ("public.t7.x", "public.t7.x"),
        ] {
            assert_eq!(respelled(text, "t7", "t_{key}"), expected, "{text}");
        }
    }
}
