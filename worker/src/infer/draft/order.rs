//! The order in which a reader meets the tables.

use super::{Chapter, TableDraft};

/// Places of tables: by chapter, the table of tenants first, every other after those that it belongs through and near the last of them.
pub(super) fn reading(tables: &[TableDraft], tenants: &str) -> Vec<usize> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); tables.len()];
    let mut waiting: Vec<usize> = vec![0; tables.len()];
    for (place, table) in tables.iter().enumerate() {
        for parent in table.parents.iter().filter(|parent| **parent != place) {
            children[*parent].push(place);
            waiting[place] += 1;
        }
    }
    let mut order = Vec::with_capacity(tables.len());
    let mut written = vec![false; tables.len()];
    let mut roots: Vec<usize> = (0..tables.len()).filter(|place| waiting[*place] == 0).collect();
    roots.sort_by_key(|place| (Chapter::of(&tables[*place].verdict.decision), tables[*place].name != tenants));
    let mut ahead: Vec<usize> = roots.into_iter().rev().collect();
    while let Some(place) = ahead.pop() {
        if std::mem::replace(&mut written[place], true) {
            continue;
        }
        order.push(place);
        for child in children[place].iter().rev() {
            waiting[*child] -= 1;
            if waiting[*child] == 0 {
                ahead.push(*child);
            }
        }
    }
    order.extend((0..tables.len()).filter(|place| !written[*place]));
    // Stable: within a chapter the order stays.
    order.sort_by_key(|place| Chapter::of(&tables[*place].verdict.decision));
    order
}
