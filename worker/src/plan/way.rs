//! Ways to a tenant in words.

use super::{
    key::{self, Holding, Key, Origin},
    territory::{Class, Place, Territory},
};
use crate::catalog::OwnerRule;
use std::collections::{HashMap, VecDeque, hash_map::Entry};

/// Each way of an owned table as a sentence: "sale_id points to the tenant's sales".
pub(super) fn sentences(territory: &Territory<'_>, place: Place, rule: &OwnerRule) -> Vec<String> {
    let mut ways: Vec<String> = rule.column.iter().map(|column| format!("{column} is the tenant's key")).collect();
    let mut beside = Vec::new();
    ways.extend(rule.placement.then(|| format!("the {} is the tenant's own", own_place(territory))));
    beside.extend(rule.array.iter().map(|column| format!("{column} lists the tenant's key")));
    beside.extend(rule.json.iter().map(|json| format!("{} holds the tenant's key at {}", json.column, json.path)));
    for key in key::ways(territory, place).into_iter().flatten() {
        let columns = key.columns.join(", ");
        let to = territory.name(key.to);
        beside.push(match (key.holding, key.origin) {
            (Holding::Elements, _) => format!("{columns} lists rows of the tenant's {to}"),
            (Holding::Json(path), _) => format!("{columns} points at {path} to the tenant's {to}"),
            (Holding::Whole, Origin::Polymorphic { column, word }) => {
                format!("{column} is \"{word}\" and {columns} points to the tenant's {to}")
            }
            (Holding::Whole, _) => format!("{columns} points to the tenant's {to}"),
        });
    }
    if let (Some(column), Some(first)) = (&rule.column, beside.first_mut()) {
        *first = format!("{column} is NULL and {first}");
    }
    ways.extend(beside);
    ways
}

/// Each way of a person's table as a sentence: "customer_id points to the person", "sale_id points to the person's sales".
pub(super) fn persons(territory: &Territory<'_>, place: Place) -> Vec<String> {
    let themselves = territory.person().map(|person| person.place);
    let words = |key: &Key<'_>| {
        let to = match Some(key.to) == themselves {
            true => "the person".to_owned(),
            false => format!("the person's {}", territory.name(key.to)),
        };
        let columns = key.columns.join(", ");
        match (key.holding, key.origin) {
            (Holding::Elements, _) => format!("{columns} lists {to}"),
            (Holding::Json(path), _) => format!("{columns} points at {path} to {to}"),
            (Holding::Whole, Origin::Polymorphic { column, word }) => {
                format!("{column} is \"{word}\" and {columns} points to {to}")
            }
            (Holding::Whole, _) => format!("{columns} points to {to}"),
        }
    };
    key::ways(territory, place).into_iter().flatten().map(words).collect()
}

/// For each way of an owned table, in the order of [`sentences`], the shortest path to the tenant: `sale_lines.sale_id → sales.workspace_id = tenant`. None for a
/// way that leads nowhere else but back.
pub(super) fn paths(territory: &Territory<'_>, place: Place, rule: &OwnerRule) -> Vec<Option<String>> {
    let ends = shortest(territory);
    let mut paths: Vec<Option<String>> = own_ends(territory, place, rule).into_iter().map(Some).collect();
    for key in key::ways(territory, place).into_iter().flatten() {
        let mut text = step(territory, key);
        let mut at = key.to;
        let found = loop {
            match ends.get(&at) {
                None => break None,
                Some(End::Here(end)) => break Some(format!("{text} → {end}")),
                Some(End::Through(next)) => {
                    text = format!("{text} → {}", step(territory, next));
                    at = next.to;
                }
            }
        };
        paths.push(found);
    }
    paths
}

/// A key as people read it: `sale_lines.sale_id`.
pub(super) fn step(territory: &Territory<'_>, key: &Key<'_>) -> String {
    let columns = match key.columns.as_slice() {
        [column] => (*column).to_owned(),
        columns => format!("({})", columns.join(", ")),
    };
    let name = territory.name(key.from);
    match (key.holding, key.origin) {
        (Holding::Elements, _) => format!("{name}.{columns}[]"),
        (Holding::Json(path), _) => format!("{name}.{columns} at {path}"),
        (Holding::Whole, Origin::Polymorphic { column, word }) => {
            format!("{name}.{columns} where {column} is \"{word}\"")
        }
        (Holding::Whole, _) => format!("{name}.{columns}"),
    }
}

/// How a table's rows come to a tenant on the shortest path.
enum End<'t, 'a> {
    /// They name it themselves.
    Here(String),
    /// By this key.
    Through(&'t Key<'a>),
}

fn own_ends(territory: &Territory<'_>, place: Place, rule: &OwnerRule) -> Vec<String> {
    let name = territory.name(place);
    let column = rule.column.iter().map(|column| format!("{name}.{column} = tenant"));
    let array = rule.array.iter().map(|column| format!("{name}.{column}[] = tenant"));
    let json = rule.json.iter().map(|json| format!("{name}.{} at {} = tenant", json.column, json.path));
    let placed = rule.placement.then(|| format!("{name} in the tenant's own {}", own_place(territory)));
    column.chain(array).chain(json).chain(placed).collect()
}

/// What a tenant has of its own.
fn own_place(territory: &Territory<'_>) -> &'static str {
    territory.catalog.tenant.placement.as_ref().map_or("database", |placement| placement.noun(territory.schema.engine))
}

/// The shortest path of every owned table, found from the tables that name the tenant towards those that point to them.
fn shortest<'t, 'a>(territory: &'t Territory<'a>) -> HashMap<Place, End<'t, 'a>> {
    let count = territory.schema.tables.len();
    let mut ends = HashMap::new();
    let mut waiting = VecDeque::new();
    let mut pointing: Vec<Vec<&'t Key<'a>>> = vec![Vec::new(); count];
    for place in 0..count {
        let Class::Owned(rule) = territory.class(place) else { continue };
        for key in key::ways(territory, place).into_iter().flatten() {
            pointing[key.to].push(key);
        }
        if let Some(end) = own_ends(territory, place, rule).into_iter().next() {
            ends.insert(place, End::Here(end));
            waiting.push_back(place);
        }
    }
    while let Some(place) = waiting.pop_front() {
        for key in &pointing[place] {
            if let Entry::Vacant(end) = ends.entry(key.from) {
                end.insert(End::Through(key));
                waiting.push_back(key.from);
            }
        }
    }
    ends
}
