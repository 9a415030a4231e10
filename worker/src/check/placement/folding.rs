//! What is found of many tenants alike, said once.

use crate::{catalog::Catalog, check::Finding};
use std::collections::BTreeMap;

/// Findings, each with the places of which it was said.
pub(super) struct Folding<'a> {
    catalog: &'a Catalog,
    places: usize,
    found: BTreeMap<Finding, (usize, String)>,
}

impl<'a> Folding<'a> {
    /// For so many places.
    pub(super) fn new(catalog: &'a Catalog, places: usize) -> Self {
        Self { catalog, places, found: BTreeMap::new() }
    }

    /// Adds what was found of one place.
    pub(super) fn add<'f>(&mut self, place: &str, findings: impl IntoIterator<Item = &'f Finding>) {
        for finding in findings {
            let (count, _) = self.found.entry(finding.clone()).or_insert_with(|| (0, place.to_owned()));
            *count += 1;
        }
    }

    /// Every finding once, with how many places it holds for and the name of the first.
    pub(super) fn findings(self) -> Vec<Finding> {
        let Some(placement) = &self.catalog.tenant.placement else { return Vec::new() };
        let noun = placement.noun(self.catalog.engine);
        let fixed = |finding: &Finding| {
            let schema = finding.table.as_deref().and_then(|table| table.split_once('.'));
            self.catalog.placed_schema().is_some()
                && schema.is_some_and(|(schema, _)| self.catalog.fixed_schemas().iter().any(|fixed| fixed == schema))
        };
        self.found
            .into_iter()
            .map(|(mut finding, (count, first))| {
                let all = count == self.places;
                if !(all && fixed(&finding)) {
                    let places = match (count, all) {
                        (1, false) => format!("in the {noun} `{first}` only"),
                        (1, true) => format!("in the {noun} `{first}`"),
                        (_, true) => format!("in all {count} {noun}s, `{first}` the first"),
                        (_, false) => format!("in {count} of {} {noun}s, `{first}` the first", self.places),
                    };
                    finding.message.push_str(&format!(" ({places})"));
                }
                finding
            })
            .collect()
    }
}
