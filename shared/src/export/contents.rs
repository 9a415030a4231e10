//! What an archive holds, as briefly as a page shows it: names and numbers, no values.

use serde::{Deserialize, Serialize};

/// So many tables are named; how many more there are is counted.
const MOST_TABLES: usize = 250;
/// A longer name is cut.
const LONGEST_NAME: usize = 120;

/// What an archive holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// How many tables.
    pub tables: u64,
    /// How many rows in all of them.
    pub rows: u64,
    /// How many bytes, unpacked.
    pub bytes: u64,
    /// How many tables of the source are left out, each for a reason that the archive names.
    pub excluded: u64,
    /// The command that restores it into an empty database, run in its folder; none without SQL.
    #[serde(default)]
    pub restore: Option<String>,
    /// The tables by what they are about.
    pub categories: Vec<Category>,
}

/// Tables that are about the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// What they are about, as the catalog calls it; empty where it does not say.
    pub name: String,
    /// How many tables.
    pub tables: u64,
    /// How many rows in all of them.
    pub rows: u64,
    /// Each table with its rows, as long as there are not too many to be named.
    pub named: Vec<(String, u64)>,
}

impl Contents {
    /// Of tables that come as category, name and number of rows, with the categories and the tables in this order.
    pub fn of<'a>(tables: impl IntoIterator<Item = (&'a str, String, u64)>, bytes: u64, excluded: u64) -> Self {
        let mut contents = Self { bytes, excluded, ..Self::default() };
        for (category, table, rows) in tables {
            let is_named = contents.tables < MOST_TABLES as u64;
            contents.tables += 1;
            contents.rows += rows;
            let place = contents.categories.iter().position(|known| known.name == category);
            let place = place.unwrap_or_else(|| {
                contents.categories.push(Category { name: category.to_owned(), tables: 0, rows: 0, named: Vec::new() });
                contents.categories.len() - 1
            });
            if let Some(category) = contents.categories.get_mut(place) {
                category.tables += 1;
                category.rows += rows;
                if is_named {
                    category.named.push((table.chars().take(LONGEST_NAME).collect(), rows));
                }
            }
        }
        contents
    }
}

impl Category {
    /// How many of its tables are not named.
    pub fn unnamed(&self) -> u64 {
        self.tables.saturating_sub(self.named.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_gathered_by_what_they_are_about() {
        let tables = [("Sales", "orders", 3), ("People", "users", 1), ("Sales", "lines", 9)];
        let contents = Contents::of(tables.map(|(category, table, rows)| (category, table.to_owned(), rows)), 70, 2);
        assert_eq!((contents.tables, contents.rows, contents.bytes, contents.excluded), (3, 13, 70, 2));
        let [sales, people] = contents.categories.as_slice() else { panic!("{contents:?}") };
        assert_eq!((sales.name.as_str(), sales.tables, sales.rows), ("Sales", 2, 12));
        assert_eq!(sales.named, [("orders".to_owned(), 3), ("lines".to_owned(), 9)]);
        assert_eq!((people.rows, people.unnamed()), (1, 0));
    }

    #[test]
    fn many_tables_are_counted_and_not_all_named() {
        let many = (0..1000).map(|number| ("All", format!("table_{number}"), 1));
        let contents = Contents::of(many, 0, 0);
        assert_eq!((contents.tables, contents.rows), (1000, 1000));
        assert_eq!((contents.categories[0].named.len(), contents.categories[0].unnamed()), (250, 750));
    }
}
