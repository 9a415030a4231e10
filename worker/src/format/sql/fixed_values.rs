//! Rules that compare whose a row is with fixed values: their text may name another tenant.

use super::kept::Kept;
use crate::{
    plan::{RowKind, TablePlan},
    schema::Table,
};

impl Kept<'_> {
    /// Why the text of a rule over these columns must not leave; `None` if it may.
    ///
    /// The owner's column, and columns that point to owned tables, hold the keys of tenants and of what they own: a number or a text beside one of them in a
    /// check, a default or an index's condition may be another tenant's. Comments are the schema's own and stay.
    pub(super) fn names_somebody(
        &self,
        table: &TablePlan,
        live: &Table,
        columns: &[String],
        text: &str,
    ) -> Option<String> {
        let telling = self.telling_columns(table, live);
        let column = columns.iter().find(|column| telling.contains(&column.as_str()))?;
        has_fixed_value(text)
            .then(|| format!("it holds fixed values beside column {column}, which may be somebody else's"))
    }

    /// The columns whose values say whose a row is.
    fn telling_columns<'t>(&self, table: &'t TablePlan, live: &'t Table) -> Vec<&'t str> {
        let owner = table.owner_column.and_then(|place| table.columns.get(place));
        let keys = live.foreign_keys.iter().filter(|key| {
            self.delivered(&key.to_schema, &key.to_table).is_some_and(|other| other.kind == RowKind::Owned)
        });
        owner
            .map(|owner| owner.name.as_str())
            .into_iter()
            .chain(keys.flat_map(|key| key.columns.iter().map(String::as_str)))
            .collect()
    }
}

/// Whether a piece of SQL holds a number other than 0 or a text that is not empty. Names of settings and sequences are no values, nor are storage parameters.
fn has_fixed_value(sql: &str) -> bool {
    let mut before = String::with_capacity(sql.len());
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '`' => {
                while characters.next().is_some_and(|next| next != character) {}
                before.push('a');
            }
            '\'' => {
                let mut value = String::new();
                while let Some(next) = characters.next() {
                    match next {
                        '\'' if characters.peek() == Some(&'\'') => value.extend(characters.next()),
                        '\'' => break,
                        other => value.push(other),
                    }
                }
                let lower = before.trim_end().to_ascii_lowercase();
                let name = lower.ends_with("nextval(")
                    || lower.ends_with("current_setting(")
                    || lower.ends_with('=') && is_parameter(&lower);
                if !value.is_empty() && !name {
                    return true;
                }
                before.push('\'');
            }
            digit if digit.is_ascii_digit() => {
                let word = before.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == '$');
                let mut number = String::from(digit);
                while let Some(next) =
                    characters.next_if(|next| next.is_ascii_alphanumeric() || *next == '.' || *next == '_')
                {
                    number.push(next);
                }
                let zero = number.chars().all(|digit| digit == '0' || digit == '.');
                if !word && !zero {
                    return true;
                }
                before.push_str(&number);
            }
            other => before.push(other),
        }
    }
    false
}

/// Whether the text stops within `with (name=`.
fn is_parameter(lower: &str) -> bool {
    lower.rfind(" with (").is_some_and(|start| !lower[start..].contains(')'))
}

#[cfg(test)]
mod tests {
    use super::has_fixed_value;

    #[test]
    fn numbers_and_texts_are_fixed_values() {
        for text in [
            "CHECK ((account_id <> 'acme'::text))",
            "CREATE INDEX a ON t USING btree (b) WHERE (tenant_id = 42)",
            "CREATE INDEX a ON t USING btree (b) WITH (fillfactor='70') WHERE (tenant_id = '42'::bigint)",
            "tenant_id in (0, 7)",
            "CONSTRAINT `own` CHECK (`tenant_id` <> 7)",
            "'it''s'",
            "x='a'",
            "E'\\\\x'",
            "-1",
        ] {
            assert!(has_fixed_value(text), "{text}");
        }
    }

    #[test]
    fn names_empty_texts_zero_and_parameters_are_not() {
        for text in [
            "nextval('public.t_id_seq'::regclass)",
            "(current_setting('app.tenant'::text))::uuid",
            "CHECK ((account_id <> ''::text))",
            "CHECK ((tenant_id > 0))",
            "CREATE INDEX t_2 ON public.\"9'lives\" USING btree (tenant_id) WITH (fillfactor='70', deduplicate_items='off')",
            "PRIMARY KEY (id, v2)",
            "lower(slug)",
        ] {
            assert!(!has_fixed_value(text), "{text}");
        }
    }
}
