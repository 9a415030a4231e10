//! Circles: tables whose rules lead back to themselves.

use super::{
    key,
    territory::{Class, Place, Territory},
};

/// The groups of tables that lead to each other by their rules, and tables that lead to themselves; each group in the order of places.
///
/// An owned table leads to those whose rows say whose its own are, a referenced one to the referenced ones whose rows point to it.
pub(super) fn circles(territory: &Territory<'_>) -> Vec<Vec<Place>> {
    let next = |place: Place| -> Vec<Place> {
        match territory.class(place) {
            Class::Owned(_) => key::ways(territory, place).into_iter().flatten().map(|key| key.to).collect(),
            Class::Referenced => territory
                .pointing_to(place)
                .map(|key| key.from)
                .filter(|from| matches!(territory.class(*from), Class::Referenced))
                .collect(),
            _ => Vec::new(),
        }
    };
    groups(&(0..territory.schema.tables.len()).map(next).collect::<Vec<_>>())
}

/// The strongly connected groups that hold at least one edge (Kosaraju's way: the order of leaving, then the edges backwards).
fn groups(next: &[Vec<Place>]) -> Vec<Vec<Place>> {
    let mut back: Vec<Vec<Place>> = vec![Vec::new(); next.len()];
    for (from, targets) in next.iter().enumerate() {
        for to in targets {
            back[*to].push(from);
        }
    }
    let mut left = Vec::with_capacity(next.len());
    let mut seen = vec![false; next.len()];
    for start in 0..next.len() {
        walk(next, start, &mut seen, &mut left);
    }
    let mut seen = vec![false; next.len()];
    let mut groups = Vec::new();
    for start in left.into_iter().rev() {
        let mut group = Vec::new();
        walk(&back, start, &mut seen, &mut group);
        group.sort_unstable();
        if group.len() > 1 || group.iter().any(|place| next[*place].contains(place)) {
            groups.push(group);
        }
    }
    groups.sort_unstable();
    groups
}

/// Appends every node that can be reached from `start` and was not seen, each when it is left for good.
fn walk(next: &[Vec<Place>], start: Place, seen: &mut [bool], left: &mut Vec<Place>) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut path = vec![(start, 0)];
    while let Some((node, edge)) = path.last_mut() {
        match next[*node].get(*edge) {
            Some(to) => {
                *edge += 1;
                if !std::mem::replace(&mut seen[*to], true) {
                    path.push((*to, 0));
                }
            }
            None => {
                left.push(*node);
                path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nodes_on_circles_are_in_groups() {
        let next = [vec![1], vec![2], vec![1, 3], vec![4], vec![4], vec![], vec![0, 5, 7], vec![6]];
        assert_eq!(groups(&next), [vec![1, 2], vec![4], vec![6, 7]]);
        assert!(groups(&[]).is_empty());
    }
}
