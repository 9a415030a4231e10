//! What a reviewed file has decided already.

use super::{
    landscape::{Landscape, Place},
    verdict::{Decision, Verdict},
    way::Way,
};
use crate::catalog::{Catalog, OwnerRule, TableRule};

/// The reviewed verdict on each table that the file names.
pub(super) fn verdicts(land: &Landscape<'_>, catalog: &Catalog) -> Vec<Option<Verdict>> {
    let read = |place| {
        let rule = catalog.tables.get(land.name(place))?;
        let decision = match rule {
            TableRule { share: Some(share), .. } => Decision::Share(*share),
            TableRule { exclude: Some(reason), .. } => Decision::Exclude(reason.clone()),
            TableRule { undecided: Some(question), .. } => Decision::Undecided(question.clone()),
            TableRule { owner: Some(owner), .. } => self::owner(owner),
            _ => return None,
        };
        Some(Verdict { decision, notes: Vec::new() })
    };
    land.all().map(read).collect()
}

fn owner(rule: &OwnerRule) -> Decision {
    match (rule, rule.ways()) {
        (_, []) if rule.placement => Decision::Placement,
        (OwnerRule { column: Some(column), .. }, []) if !rule.has_ways_beside_column() => {
            Decision::Column(column.clone())
        }
        (OwnerRule { column: None, through: Some(_), polymorphic: None, array: None, json: None, .. }, keys) => {
            Decision::Through(keys.to_vec())
        }
        _ => Decision::Reviewed,
    }
}

/// The virtual keys that the file gives a table: whole columns only.
pub(super) fn ways(land: &Landscape<'_>, catalog: &Catalog, place: Place) -> Vec<Way> {
    let table = land.table(place);
    let Some(rule) = catalog.tables.get(land.name(place)) else {
        return Vec::new();
    };
    rule.references
        .iter()
        .filter(|(_, reference)| !reference.array && reference.json.is_none())
        .filter_map(|(name, reference)| {
            let columns = crate::plan::key::columns(table, reference.column.as_deref().unwrap_or(name));
            let to = land.named(&reference.table)?;
            let to_columns: Vec<String> = match &reference.key {
                Some(words) => {
                    crate::plan::key::columns(land.table(to), words).into_iter().map(str::to_owned).collect()
                }
                None => land.table(to).primary_key.clone(),
            };
            let not_null = |name: &&str| table.column(name).is_some_and(|column| column.not_null);
            Some(Way {
                required: columns.iter().all(not_null),
                columns: columns.into_iter().map(str::to_owned).collect(),
                to,
                to_columns,
                cascades: false,
                evidence: Some("reviewed".to_owned()),
            })
        })
        .collect()
}
