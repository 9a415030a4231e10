//! Findings about rules that lead back to their own table.

use super::Finding;
use crate::plan::{
    key,
    slice::has_identity,
    territory::{Class, Place, Territory},
};
use std::collections::VecDeque;

/// Owners that never end in a tenant's key, and circles whose rows nothing tells apart.
pub(super) fn check(territory: &Territory<'_>, findings: &mut Vec<Finding>) {
    for circle in territory.circles() {
        let owned = matches!(territory.class(circle[0]), Class::Owned(_));
        if owned && !circle.iter().any(|place| has_way_out(territory, *place)) {
            findings.push(Finding::table(
                "owner_cycle",
                territory.name(circle[0]),
                format!(
                    "its owner leads back to itself ({}) and none of these tables names the tenant; give one of them an owner column",
                    names(territory, &round_trip(territory, circle))
                ),
            ));
        }
        for place in circle {
            if !has_identity(territory.schema.engine, territory.table(*place)) {
                findings.push(Finding::table(
                    "no_primary_key",
                    territory.name(*place),
                    format!(
                        "its rows lead to rows of the same table ({}), which can be followed only with a primary key; declare one, or exclude it",
                        names(territory, &round_trip(territory, circle))
                    ),
                ));
            }
        }
    }
}

/// Whether rows of the table can belong to a tenant without any row of its circle.
fn has_way_out(territory: &Territory<'_>, place: Place) -> bool {
    let Class::Owned(rule) = territory.class(place) else {
        return false;
    };
    let circle = territory.circle(place);
    rule.column.is_some()
        || rule.placement
        || rule.array.is_some()
        || rule.json.is_some()
        || key::ways(territory, place).into_iter().flatten().any(|key| !circle.contains(&key.to))
}

fn names(territory: &Territory<'_>, circle: &[Place]) -> String {
    let mut names: Vec<&str> = circle.iter().map(|place| territory.name(*place)).collect();
    names.push(names[0]);
    names.join(" → ")
}

/// A shortest way from the first table of the circle back to itself.
fn round_trip(territory: &Territory<'_>, circle: &[Place]) -> Vec<Place> {
    let start = circle[0];
    let next = |place: Place| -> Vec<Place> {
        match territory.class(place) {
            Class::Owned(_) => key::ways(territory, place).into_iter().flatten().map(|key| key.to).collect(),
            _ => territory.pointing_to(place).map(|key| key.from).collect(),
        }
    };
    let mut paths = VecDeque::from([vec![start]]);
    let mut seen = Vec::new();
    while let Some(path) = paths.pop_front() {
        for to in path.last().map(|last| next(*last)).unwrap_or_default() {
            if to == start {
                return path;
            }
            if circle.contains(&to) && !seen.contains(&to) {
                seen.push(to);
                paths.push_back([path.as_slice(), &[to]].concat());
            }
        }
    }
    circle.to_vec()
}
