//! The order of tables: parents before their children, as far as keys allow.

use super::territory::{Place, Territory};
use std::collections::BTreeSet;

/// The delivered tables, parents first, otherwise in the schema's order. Where keys form a circle its first table comes first.
pub(crate) fn parents_first(territory: &Territory<'_>) -> Vec<Place> {
    let mut waiting: BTreeSet<Place> =
        (0..territory.schema.tables.len()).filter(|place| territory.class(*place).is_delivered()).collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while let Some(first) = waiting.first().copied() {
        let ready =
            |place: &&Place| territory.keys_of(**place).all(|key| key.to == **place || !waiting.contains(&key.to));
        let mut next: Vec<Place> = waiting.iter().filter(ready).copied().collect();
        if next.is_empty() {
            next.push(first);
        }
        for place in next {
            waiting.remove(&place);
            ordered.push(place);
        }
    }
    ordered
}
