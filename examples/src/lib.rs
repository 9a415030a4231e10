//! The example products: their schemas, catalogs and data generators.
//!
//! The same seed, scale and tenants always give the same content, down to the last byte of every value.

mod calendar;
pub mod ceppro;
pub mod customertrackr;
mod literal;
mod money;
mod people;
pub mod proecommerce;
mod prose;
mod random;
mod sqlite;
mod table;

use std::borrow::Cow;

/// Stands in every generated value that must never leave: password hashes, one-time-code secrets, tokens, pass codes.
///
/// An archive that contains it (as text, or hexadecimal in a `bytea`) has leaked.
pub const SECRET: &str = "NEVERLEAVES";

/// What to generate.
#[derive(Clone, Debug)]
pub struct Generator {
    /// Equal seeds give equal data.
    pub seed: u64,
    /// 1 is about 50,000 rows per tenant over all tables; no table is ever empty.
    pub scale: f64,
    /// Whose data; keys must differ.
    pub tenants: Vec<Tenant>,
}

/// An account of an example product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The tenant's key in the product's database: a UUID for CepPro, a number for ProEcommerce, any text for CustomerTrackr.
    pub key: String,
    /// The name that people see.
    pub label: String,
    /// Written into every row that belongs to the tenant and into no other; empty for none.
    pub marker: String,
}

impl Tenant {
    /// The text with the tenant's marker behind it, where the tenant has one.
    pub(crate) fn marked(&self, text: impl Into<Cow<'static, str>>) -> Cow<'static, str> {
        let text = text.into();
        if self.marker.is_empty() { text } else { Cow::Owned(format!("{text} {}", self.marker)) }
    }
}

impl Generator {
    /// A generator for these tenants, for example `Generator::with_tenants(ceppro::tenants(3), 0.01, 1)`.
    pub fn with_tenants(tenants: Vec<Tenant>, scale: f64, seed: u64) -> Self {
        Self { seed, scale, tenants }
    }

    /// Refuses what would fail later with a worse message.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.scale.is_finite() && self.scale > 0.0 && self.scale <= 1_000_000.0,
            "scale must be above 0 and at most 1,000,000, not {}",
            self.scale
        );
        let mut keys: Vec<&str> = self.tenants.iter().map(|tenant| tenant.key.as_str()).collect();
        keys.sort_unstable();
        anyhow::ensure!(keys.windows(2).all(|pair| pair[0] != pair[1]), "two tenants have the same key");
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::table::{Cursor, Table, Value};

    struct Product {
        tables: Vec<Table>,
        schema: &'static str,
        catalog: toml::Table,
        tenants: Vec<Tenant>,
    }

    fn products() -> [Product; 3] {
        [
            Product {
                tables: ceppro::TABLES.into(),
                schema: ceppro::SCHEMA,
                catalog: toml::from_str(ceppro::CATALOG).unwrap(),
                tenants: ceppro::tenants(8),
            },
            Product {
                tables: proecommerce::TABLES.into(),
                schema: proecommerce::SCHEMA,
                catalog: toml::from_str(proecommerce::CATALOG).unwrap(),
                tenants: proecommerce::tenants(8),
            },
            Product {
                tables: customertrackr::TABLES.into(),
                schema: customertrackr::SCHEMA,
                catalog: toml::from_str(customertrackr::CATALOG).unwrap(),
                tenants: customertrackr::tenants(8),
            },
        ]
    }

    impl Product {
        fn generator(&self, scale: f64, seed: u64) -> Generator {
            let mut tenants = self.tenants[..3].to_vec();
            for (place, tenant) in tenants.iter_mut().enumerate() {
                tenant.marker = format!("marker-of-{place}-\"quoted\"");
            }
            Generator::with_tenants(tenants, scale, seed)
        }

        /// Every row of a table with the place of the tenant whose it is.
        fn rows(&self, number: usize, generator: &Generator) -> Vec<(usize, Vec<Value>)> {
            Cursor::over(generator, &self.tables[number], number)
                .map(|mut cursor| (cursor.place as usize, (self.tables[number].row)(&mut cursor)))
                .collect()
        }

        /// The columns of every table as the schema's text has them.
        fn columns(&self) -> BTreeMap<String, BTreeSet<String>> {
            let mut tables = BTreeMap::new();
            let mut lines = self.schema.lines();
            while let Some(line) = lines.next() {
                if let Some(name) = line.strip_prefix("create table ") {
                    let columns = lines
                        .by_ref()
                        .take_while(|line| !line.starts_with(')'))
                        .filter_map(|line| line.strip_prefix("    "))
                        .filter_map(|line| line.split([' ', ',']).next())
                        .map(str::to_owned);
                    tables.insert(name.trim_end_matches(" (").to_owned(), columns.collect());
                }
            }
            tables
        }

        /// Table and column of everything that the catalog leaves out of the tables that are generated.
        fn omitted(&self) -> BTreeSet<(String, String)> {
            let tables = self.catalog["tables"].as_table().unwrap();
            let columns = tables
                .iter()
                .filter(|(table, _)| self.tables.iter().any(|generated| generated.name == *table))
                .filter_map(|(table, entry)| Some((table, entry.get("columns")?.as_table().unwrap())));
            columns
                .flat_map(|(table, columns)| {
                    let omitted = columns.iter().filter(|(_, rule)| rule.get("omit").is_some());
                    omitted.map(|(column, _)| (table.clone(), column.clone()))
                })
                .collect()
        }
    }

    fn holds(value: &Value, wanted: &str) -> bool {
        match value {
            Value::Text(text) => text.contains(wanted),
            Value::Bytes(bytes) => bytes.windows(wanted.len()).any(|part| part == wanted.as_bytes()),
            _ => false,
        }
    }

    #[test]
    fn every_row_fills_its_columns_and_carries_its_own_marker_only() {
        for product in products() {
            let generator = product.generator(0.01, 1);
            for (number, table) in product.tables.iter().enumerate() {
                let rows = product.rows(number, &generator);
                let whose: BTreeSet<usize> = rows.iter().map(|(place, _)| *place).collect();
                assert_eq!(whose, BTreeSet::from([0, 1, 2]), "{}", table.name);
                for (place, row) in rows {
                    assert_eq!(row.len(), table.columns.len(), "{}", table.name);
                    for (other, tenant) in generator.tenants.iter().enumerate() {
                        let found = row.iter().any(|value| holds(value, &tenant.marker));
                        assert_eq!(found, other == place, "{}: {row:?}", table.name);
                    }
                }
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_rows_and_another_seed_gives_others() {
        for product in products() {
            for number in 0..product.tables.len() {
                let rows = |seed| product.rows(number, &product.generator(0.01, seed));
                assert!(rows(1) == rows(1), "{}", product.tables[number].name);
                assert!(rows(1) != rows(2), "{}", product.tables[number].name);
            }
        }
    }

    #[test]
    fn no_key_is_given_twice_at_any_scale() {
        let keys: [(&str, &[usize]); 18] = [
            ("inventory", &[0, 1]),
            ("barcodes", &[0, 1]),
            ("daily_reports", &[0, 1]),
            ("purchase_order_lines", &[0, 1]),
            ("receiving_lines", &[0, 2]),
            ("sale_lines", &[0, 1]),
            ("customers", &[0]),
            ("contact_tags", &[0, 1]),
            ("custom_field_values", &[0, 1]),
            ("preferences", &[0, 1]),
            ("companies", &[0]),
            ("invoice_lines", &[0, 1]),
            ("invoice_line_taxes", &[0, 1]),
            ("domain_tags", &[0, 1]),
            ("traffic_days", &[0, 1]),
            ("marketing_consents", &[1, 2]),
            ("domains", &[4]),
            ("hosting_services", &[3, 7]),
        ];
        for scale in [0.000_1, 0.01, 0.037, 0.5] {
            for product in products() {
                let generator = product.generator(scale, 1);
                for (number, table) in product.tables.iter().enumerate() {
                    let Some((_, key)) = keys.iter().find(|(name, _)| *name == table.name) else {
                        continue;
                    };
                    let rows = product.rows(number, &generator);
                    let unique: BTreeSet<String> = rows
                        .iter()
                        .map(|(_, row)| format!("{:?}", key.iter().map(|place| &row[*place]).collect::<Vec<_>>()))
                        .collect();
                    assert_eq!(unique.len(), rows.len(), "{} at {scale}", table.name);
                }
            }
        }
    }

    #[test]
    fn the_catalog_leaves_out_exactly_the_columns_that_hold_secrets() {
        for product in products() {
            let generator = product.generator(0.05, 1);
            let mut secret = BTreeSet::new();
            for (number, table) in product.tables.iter().enumerate() {
                for (_, row) in product.rows(number, &generator) {
                    for (column, value) in table.columns.iter().zip(&row) {
                        if holds(value, SECRET) {
                            secret.insert((table.name.to_owned(), (*column).to_owned()));
                        }
                    }
                }
            }
            assert_eq!(secret, product.omitted());
        }
    }

    #[test]
    fn the_catalog_names_every_table_and_only_columns_that_exist() {
        for product in products() {
            let schema = product.columns();
            let catalog = product.catalog["tables"].as_table().unwrap();
            assert!(schema.keys().eq(catalog.keys().collect::<BTreeSet<_>>()), "{schema:?}");
            for (table, entry) in catalog {
                let mut named: Vec<&str> = Vec::new();
                if let Some(pair) = entry.get("owner").and_then(|owner| owner.get("polymorphic")) {
                    named.extend([pair["type"].as_str().unwrap(), pair["id"].as_str().unwrap()]);
                    for target in pair["map"].as_table().unwrap().values() {
                        assert!(schema.contains_key(target.as_str().unwrap()), "{table}: {target}");
                    }
                } else if let Some(owner) = entry.get("owner") {
                    match owner.get("column").or(owner.get("through")).unwrap() {
                        toml::Value::Array(ways) => {
                            named.extend(ways.iter().map(|way| way.as_str().unwrap()));
                        }
                        way => named.extend(way.as_str().unwrap().split(", ")),
                    }
                }
                if let Some(columns) = entry.get("columns") {
                    named.extend(columns.as_table().unwrap().keys().map(String::as_str));
                }
                for column in named {
                    assert!(schema[table].contains(column), "{table}.{column}");
                }
            }
        }
    }

    #[test]
    fn every_table_that_somebody_owns_is_filled() {
        for product in products() {
            let owned: BTreeSet<&str> = product.catalog["tables"]
                .as_table()
                .unwrap()
                .iter()
                .filter(|(_, entry)| entry.get("owner").is_some())
                .map(|(table, _)| table.as_str())
                .collect();
            let filled: BTreeSet<&str> = product.tables.iter().map(|table| table.name).collect();
            assert_eq!(owned, filled);
        }
    }

    #[tokio::test]
    async fn the_small_products_hold_the_same_rows_and_their_catalogs_name_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (shops, accounts) = (ceppro::tenants(2), proecommerce::tenants(2));
        let path = |name: &str| folder.path().join(name);
        ceppro::create_small(&path("ceppro.db"), &Generator::with_tenants(shops, 0.01, 1)).await.unwrap();
        proecommerce::create_small(&path("proecommerce.db"), &Generator::with_tenants(accounts, 0.01, 1))
            .await
            .unwrap();
        for (name, tables, reviewed, small) in [
            ("ceppro.db", &ceppro::TABLES[..], ceppro::CATALOG, ceppro::small_catalog()),
            ("proecommerce.db", &proecommerce::TABLES[..], proecommerce::CATALOG, proecommerce::small_catalog()),
        ] {
            let mut small: toml::Table = toml::from_str(&small).unwrap();
            let reviewed: toml::Table = toml::from_str(reviewed).unwrap();
            assert_eq!(small.remove("engine").unwrap().as_str(), Some("sqlite"));
            assert_eq!((&small["tables"], &small["subjects"]), (&reviewed["tables"], &reviewed["subjects"]));
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path(name));
            let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
            for table in tables {
                let count = sqlx::AssertSqlSafe(format!("select count(*) from {}", table.name));
                let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap();
                assert_eq!(rows as u64, 2 * table.size.rows(0.01), "{}", table.name);
            }
        }
    }

    #[test]
    fn scale_one_is_about_fifty_thousand_rows() {
        for product in products() {
            let rows: u64 = product.tables.iter().map(|table| table.size.rows(1.0)).sum();
            assert!((47_500..=52_500).contains(&rows), "{rows}");
        }
    }

    #[test]
    fn example_tenants_have_keys_and_labels_of_their_own() {
        for product in products() {
            let keys: BTreeSet<&str> = product.tenants.iter().map(|t| t.key.as_str()).collect();
            let labels: BTreeSet<&str> = product.tenants.iter().map(|t| t.label.as_str()).collect();
            assert_eq!((keys.len(), labels.len()), (8, 8));
        }
    }
}
