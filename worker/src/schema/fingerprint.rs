//! The fingerprint of a schema.

use super::{Column, Definition, ForeignKey, Need, Prelude, Schema, Sequence, Table, Trigger, Uncarried};
use sha2::{Digest, Sha256};

impl Schema {
    /// `sha256:…` over everything that slicing and restoring depend on: equal exactly when the schemas are.
    ///
    /// The server's version, comments and the planner's estimates take no part.
    pub fn fingerprint(&self) -> String {
        let mut digest = Canonical(Sha256::new());
        digest.text(self.engine.as_str());
        digest.prelude(&self.prelude);
        digest.number(self.tables.len());
        for table in &self.tables {
            digest.table(table);
        }
        format!("sha256:{}", hex::encode(digest.0.finalize()))
    }
}

/// Every text goes in behind its length and every list behind its count, so that no two schemas render alike.
struct Canonical(Sha256);

impl Canonical {
    fn number(&mut self, number: usize) {
        self.0.update((number as u64).to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.update(text.as_bytes());
    }

    fn texts(&mut self, texts: &[String]) {
        self.number(texts.len());
        for text in texts {
            self.text(text);
        }
    }

    fn optional(&mut self, text: Option<&str>) {
        self.number(usize::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    fn flags(&mut self, flags: &[bool]) {
        for flag in flags {
            self.number(usize::from(*flag));
        }
    }

    fn prelude(&mut self, prelude: &[Prelude]) {
        self.number(prelude.len());
        for Prelude { statement, needed_by } in prelude {
            self.text(statement);
            self.number(needed_by.len());
            for Need { schema, table, columns } in needed_by {
                self.text(schema);
                self.text(table);
                self.texts(columns);
            }
        }
    }

    fn table(&mut self, table: &Table) {
        let Table {
            schema,
            name,
            columns,
            primary_key,
            unique,
            foreign_keys,
            constraints,
            indexes,
            sequences,
            uncarried,
            triggers,
            row_level_security,
            partitioned,
            create_statement,
            foreign,
            untransacted,
            without_rowid,
            strict,
            comment: _,
            estimated_rows: _,
        } = table;
        self.text(schema);
        self.text(name);
        self.number(columns.len());
        for column in columns {
            self.column(column);
        }
        self.texts(primary_key);
        self.number(unique.len());
        for columns in unique {
            self.texts(columns);
        }
        self.number(foreign_keys.len());
        for key in foreign_keys {
            self.foreign_key(key);
        }
        self.definitions(constraints);
        self.definitions(indexes);
        self.number(sequences.len());
        for Sequence { column, name, owned, descending, bounds, options } in sequences {
            self.text(column);
            self.text(name);
            self.text(&format!("{bounds:?}"));
            self.text(options);
            self.flags(&[*owned, *descending]);
        }
        self.number(uncarried.len());
        for Uncarried { kind, name, text, reason: _ } in uncarried {
            self.text(kind);
            self.text(name);
            self.text(text);
        }
        self.number(triggers.len());
        for Trigger { name, before, statement } in triggers {
            self.text(name);
            self.texts(before);
            self.text(statement);
        }
        self.flags(&[*row_level_security, *partitioned, *foreign, *without_rowid, *strict]);
        self.optional(create_statement.as_deref());
        self.optional(untransacted.as_deref());
    }

    fn column(&mut self, column: &Column) {
        let Column {
            name,
            type_name,
            base_type,
            equality,
            not_null,
            default,
            generated,
            identity,
            collation,
            unrestorable,
            large_object,
            own_collation,
            comment: _,
        } = column;
        self.text(name);
        self.text(type_name);
        self.text(base_type);
        self.optional(equality.as_deref());
        self.optional(default.as_deref());
        self.optional(generated.as_ref().map(|rule| rule.expression.as_str()));
        let rule = generated.as_ref();
        self.optional(unrestorable.as_deref());
        self.flags(&[
            *not_null,
            *large_object,
            rule.is_some_and(|rule| rule.stored),
            rule.is_some_and(|rule| rule.own_code),
        ]);
        self.optional(identity.as_deref());
        self.optional(collation.as_deref());
        self.optional(own_collation.as_deref());
    }

    fn foreign_key(&mut self, key: &ForeignKey) {
        let ForeignKey { name, columns, to_schema, to_table, to_columns, definition } = key;
        self.optional(name.as_deref());
        self.texts(columns);
        self.text(to_schema);
        self.text(to_table);
        self.texts(to_columns);
        self.optional(definition.as_deref());
    }

    fn definitions(&mut self, definitions: &[Definition]) {
        self.number(definitions.len());
        for Definition { name, columns, text } in definitions {
            self.text(name);
            self.texts(columns);
            self.text(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::{Column, Schema, Table};
    use shared::export::Engine;

    fn schema() -> Schema {
        Schema {
            hides_triggers: false,
            engine: Engine::Sqlite,
            version: "3.51.3".to_owned(),
            prelude: Vec::new(),
            tables: vec![Table {
                name: "a".to_owned(),
                columns: vec![Column { name: "b".to_owned(), ..Column::default() }],
                ..Table::default()
            }],
        }
    }

    #[test]
    fn comments_estimates_and_versions_leave_the_fingerprint_alone() {
        let mut other = schema();
        other.version = "3.52.0".to_owned();
        other.tables[0].comment = Some("x".to_owned());
        other.tables[0].estimated_rows = Some(5);
        other.tables[0].columns[0].comment = Some("y".to_owned());
        assert_eq!(schema().fingerprint(), other.fingerprint());
    }

    #[test]
    fn a_change_of_a_key_a_type_or_a_boundary_between_names_changes_it() {
        let changes: [fn(&mut Table); 6] = [
            |table| table.columns[0].not_null = true,
            |table| table.columns[0].type_name = "text".to_owned(),
            |table| table.columns[0].default = Some(String::new()),
            |table| table.primary_key = vec!["b".to_owned()],
            |table| table.row_level_security = true,
            |table| {
                table.schema = "a".to_owned();
                table.name = String::new();
            },
        ];
        let mut seen = vec![schema().fingerprint()];
        for change in changes {
            let mut other = schema();
            change(&mut other.tables[0]);
            let fingerprint = other.fingerprint();
            assert!(!seen.contains(&fingerprint));
            seen.push(fingerprint);
        }
    }
}
