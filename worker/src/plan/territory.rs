//! Which table is whose: the catalog laid over the live schema.

use crate::{
    catalog::{Catalog, OwnerRule, Share, TableRule},
    schema::{ForeignKey, Schema, Table},
};
use std::collections::{BTreeMap, HashMap};

/// A table by its place in [`Schema::tables`].
pub(crate) type Place = usize;

/// What the catalog makes of a live table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Class<'a> {
    /// Its rows belong to tenants.
    Owned(&'a OwnerRule),
    /// Rows that delivered rows point to.
    Referenced,
    /// Every row.
    Shared,
    /// Left out, with the reason.
    Excluded(&'a str),
    /// A question is open.
    Undecided,
    /// Not in the catalog.
    Unclassified,
}

impl Class<'_> {
    /// Whether rows of it leave.
    pub(crate) fn is_delivered(self) -> bool {
        matches!(self, Self::Owned(_) | Self::Referenced | Self::Shared)
    }
}

/// The catalog laid over the live schema.
pub(crate) struct Territory<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) schema: &'a Schema,
    /// For each live table its name in the catalog's way.
    pub(crate) names: Vec<String>,
    classes: Vec<Class<'a>>,
    places: HashMap<(&'a str, &'a str), Place>,
    /// For each live table the keys of delivered tables that point to it.
    pointing: Vec<Vec<(Place, &'a ForeignKey)>>,
}

impl<'a> Territory<'a> {
    pub(crate) fn new(catalog: &'a Catalog, schema: &'a Schema) -> Self {
        let names: Vec<String> = schema
            .tables
            .iter()
            .map(|table| match catalog.schemas.contains(&table.schema) {
                true => catalog.name_of(&table.schema, &table.name),
                false => format!("{}.{}", table.schema, table.name),
            })
            .collect();
        let classes: Vec<Class<'a>> = schema
            .tables
            .iter()
            .zip(&names)
            .map(|(table, name)| {
                let listed = catalog.schemas.contains(&table.schema);
                class(listed.then(|| catalog.tables.get(name)).flatten())
            })
            .collect();
        let places: HashMap<_, _> = schema
            .tables
            .iter()
            .enumerate()
            .map(|(place, table)| ((table.schema.as_str(), table.name.as_str()), place))
            .collect();
        let mut pointing: Vec<Vec<(Place, &ForeignKey)>> = vec![Vec::new(); names.len()];
        for (place, table) in schema.tables.iter().enumerate() {
            if !classes[place].is_delivered() {
                continue;
            }
            for key in &table.foreign_keys {
                if let Some(to) = places.get(&(key.to_schema.as_str(), key.to_table.as_str())) {
                    let same = |(other, known): &(Place, &ForeignKey)| {
                        *other == place && known.columns == key.columns && known.to_columns == key.to_columns
                    };
                    if !pointing[*to].iter().any(same) {
                        pointing[*to].push((place, key));
                    }
                }
            }
        }
        Self { catalog, schema, names, classes, places, pointing }
    }

    pub(crate) fn table(&self, place: Place) -> &'a Table {
        &self.schema.tables[place]
    }

    pub(crate) fn class(&self, place: Place) -> Class<'a> {
        self.classes[place]
    }

    pub(crate) fn name(&self, place: Place) -> &str {
        &self.names[place]
    }

    /// The catalog's entry, if the table is one that the catalog covers.
    pub(crate) fn rule(&self, place: Place) -> Option<&'a TableRule> {
        let table = self.table(place);
        let listed = self.catalog.schemas.contains(&table.schema);
        listed.then(|| self.catalog.tables.get(&self.names[place])).flatten()
    }

    /// The table that a foreign key points to, if it is live and covered.
    pub(crate) fn target(&self, key: &ForeignKey) -> Option<Place> {
        self.places.get(&(key.to_schema.as_str(), key.to_table.as_str())).copied()
    }

    /// The keys of delivered tables that point to this one, each once.
    pub(crate) fn pointing_to(&self, place: Place) -> &[(Place, &'a ForeignKey)] {
        &self.pointing[place]
    }

    /// Live tables by their name in the catalog's way; more than one only where dots in names make two read alike.
    pub(crate) fn by_name(&self) -> BTreeMap<&str, Vec<Place>> {
        let mut names: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        for (place, name) in self.names.iter().enumerate() {
            names.entry(name).or_default().push(place);
        }
        names
    }
}

fn class(rule: Option<&TableRule>) -> Class<'_> {
    match rule {
        None => Class::Unclassified,
        Some(TableRule { owner: Some(owner), .. }) => Class::Owned(owner),
        Some(TableRule { share: Some(Share::All), .. }) => Class::Shared,
        Some(TableRule { share: Some(Share::Referenced), .. }) => Class::Referenced,
        Some(TableRule { exclude: Some(reason), .. }) => Class::Excluded(reason),
        Some(_) => Class::Undecided,
    }
}
