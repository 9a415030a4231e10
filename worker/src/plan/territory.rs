//! Which table is whose: the catalog laid over the live schema.

use super::{
    circle,
    key::{self, Key},
    person::Person,
};
use crate::{
    catalog::{Catalog, OwnerRule, Share, TableRule},
    schema::{Column, Schema, Table},
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
    /// Where the tenants are, if the table is live and its name means only one.
    tenants: Option<Place>,
    /// Every key between live tables.
    keys: Vec<Key<'a>>,
    /// For each live table its own keys, as places in `keys`.
    own: Vec<Vec<usize>>,
    /// For each live table the keys of delivered tables that point to it, each way once, as places in `keys`.
    pointing: Vec<Vec<usize>>,
    /// The kind of person whose part of the tenant's data this is.
    person: Option<Box<Person<'a>>>,
    /// Groups of tables whose rules lead to each other.
    circles: Vec<Vec<Place>>,
    /// For each live table its group, as a place in `circles`.
    circle: Vec<Option<usize>>,
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
        let mut named: HashMap<&str, Vec<Place>> = HashMap::new();
        for (place, name) in names.iter().enumerate() {
            named.entry(name).or_default().push(place);
        }
        let only = |name: &str| match named.get(name).map(Vec::as_slice) {
            Some([place]) => Some(*place),
            _ => None,
        };
        let rule = |place: Place| {
            let listed = catalog.schemas.contains(&schema.tables[place].schema);
            listed.then(|| catalog.tables.get(&names[place])).flatten()
        };
        let keys = key::keys(schema, rule, |schema, table| places.get(&(schema, table)).copied(), only);
        let mut own: Vec<Vec<usize>> = vec![Vec::new(); names.len()];
        for (number, key) in keys.iter().enumerate() {
            own[key.from].push(number);
        }
        let pointing = pointing(&keys, &classes);
        // Where tenants have databases of their own, a table of this name is any table.
        let tenants = only(&catalog.tenant.table).filter(|_| catalog.placed_database().is_none());
        let circle = vec![None; names.len()];
        let territory = Self {
            catalog,
            schema,
            names,
            classes,
            tenants,
            keys,
            own,
            pointing,
            person: None,
            circles: Vec::new(),
            circle,
        };
        territory.encircled()
    }

    /// The part of it that is one person's.
    pub(super) fn narrowed(mut self, classes: Vec<Class<'a>>, person: Person<'a>) -> Self {
        self.pointing = pointing(&self.keys, &classes);
        self.classes = classes;
        self.person = Some(Box::new(person));
        self.encircled()
    }

    fn encircled(mut self) -> Self {
        self.circle = vec![None; self.names.len()];
        self.circles = circle::circles(&self);
        for (number, places) in self.circles.iter().enumerate() {
            for place in places {
                self.circle[*place] = Some(number);
            }
        }
        self
    }

    /// The kind of person whose part of the tenant's data this is; `None` for the whole tenant's.
    pub(crate) fn person(&self) -> Option<&Person<'a>> {
        self.person.as_deref()
    }

    /// The whole tenant's, of which this may be one person's part.
    pub(crate) fn whole(&self) -> &Self {
        self.person().map_or(self, |person| &person.tenant)
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

    /// The table of tenants.
    pub(crate) fn tenants(&self) -> Option<Place> {
        self.tenants
    }

    /// The column that identifies a tenant, also where it stands in another database.
    pub(crate) fn tenant_key(&self) -> Option<&'a Column> {
        match self.tenants {
            Some(place) => self.table(place).column(&self.catalog.tenant.key),
            None => self.catalog.known_key.as_ref(),
        }
    }

    /// Whether the table is one tenant's alone, because of the schema or database in which it is.
    pub(crate) fn is_placed(&self, place: Place) -> bool {
        self.catalog.is_placed(&self.table(place).schema)
    }

    /// The keys of this table.
    pub(crate) fn keys_of(&self, place: Place) -> impl Iterator<Item = &Key<'a>> {
        self.own[place].iter().map(|number| &self.keys[*number])
    }

    /// The keys of delivered tables that point to this one, each way once.
    pub(crate) fn pointing_to(&self, place: Place) -> impl Iterator<Item = &Key<'a>> {
        self.pointing[place].iter().map(|number| &self.keys[*number])
    }

    /// The tables whose rules lead to this one and to which its own rules lead, itself included; empty if its rules do not lead back to it.
    pub(crate) fn circle(&self, place: Place) -> &[Place] {
        self.circle[place].map_or(&[], |number| &self.circles[number])
    }

    /// Every such group.
    pub(crate) fn circles(&self) -> &[Vec<Place>] {
        &self.circles
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

/// For each table the keys of delivered tables that point to it, each way once.
fn pointing(keys: &[Key<'_>], classes: &[Class<'_>]) -> Vec<Vec<usize>> {
    let mut pointing: Vec<Vec<usize>> = vec![Vec::new(); classes.len()];
    for (number, key) in keys.iter().enumerate() {
        let known = |other: &usize| keys[*other].leads_alike(key);
        if classes[key.from].is_delivered() && !pointing[key.to].iter().any(known) {
            pointing[key.to].push(number);
        }
    }
    pointing
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
