//! Row level security: which session setting carries the tenant.

use super::landscape::Landscape;
use crate::source::Survey;
use std::collections::{BTreeMap, BTreeSet};

/// The setting, if the policies leave no doubt, and what the reviewer should know.
pub(super) fn setting(land: &Landscape<'_>, survey: &Survey) -> (Option<String>, Option<String>) {
    let tenants = land.table(land.tenants);
    let mut settings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut of_tenants: BTreeSet<String> = BTreeSet::new();
    for policy in &survey.policies {
        for name in named(&policy.text) {
            if policy.schema == tenants.schema && policy.table == tenants.name {
                of_tenants.insert(name.clone());
            }
            settings.entry(name).or_default().insert(policy.table.clone());
        }
    }
    let enabled = land.schema.tables.iter().filter(|table| table.row_level_security).count();
    if enabled == 0 {
        return (None, None);
    }
    let count = |name: &String| settings.get(name).map_or(0, BTreeSet::len);
    let only = |names: Vec<&String>| match names.as_slice() {
        [one] => Some((*one).clone()),
        _ => None,
    };
    match only(of_tenants.iter().collect()).or_else(|| only(settings.keys().collect())) {
        Some(name) => {
            let note = format!("The policies of {} tables ask for the setting `{name}`.", count(&name));
            (Some(name), Some(note))
        }
        None => {
            let names: Vec<&str> = settings.keys().map(String::as_str).collect();
            let found = match names.is_empty() {
                true => "no setting of the product's own is named in them".to_owned(),
                false => format!("their policies name several settings ({})", names.join(", ")),
            };
            let note = format!(
                "Undecided: {enabled} tables have row level security, but {found}. Write `row_level_security = {{ setting = … }}` with the one that holds \
                 the tenant's key, or let Handover read as a role with BYPASSRLS."
            );
            (None, Some(note))
        }
    }
}

/// The settings of the product's own that a text asks for by `current_setting('…')`, whole: what is taken apart as JSON is no key by itself.
fn named(text: &str) -> BTreeSet<String> {
    let lower = text.to_ascii_lowercase();
    let mut names = BTreeSet::new();
    for (begin, function) in lower.match_indices("current_setting") {
        let rest = text[begin + function.len()..].trim_start();
        let Some(rest) = rest.strip_prefix('(').map(str::trim_start).and_then(|rest| rest.strip_prefix('\'')) else {
            continue;
        };
        let Some((name, after)) = rest.split_once('\'') else { continue };
        let after = after.split([';', '=']).next().unwrap_or_default();
        let part = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && part.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
        };
        let own = name.contains('.') && name.split('.').all(part) && !name.starts_with("handover.");
        if own && !after.contains("json") && !after.contains("->") {
            names.insert(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_the_product_are_found_in_every_spelling() {
        let found = |text: &str| named(text).into_iter().collect::<Vec<_>>();
        assert_eq!(
            found("(workspace_id = (current_setting('app.workspace_id'::text, true))::uuid)"),
            ["app.workspace_id"]
        );
        assert_eq!(found("select nullif(CURRENT_SETTING( 'app.tenant', true), '')::uuid"), ["app.tenant"]);
        assert_eq!(found("current_setting('role') = 'x' or current_setting('TimeZone') = 'y'"), Vec::<String>::new());
        assert_eq!(found("((current_setting('request.jwt.claims', true))::json ->> 'sub')"), Vec::<String>::new());
        assert_eq!(found("current_setting('app.x; drop table y')"), Vec::<String>::new());
    }
}
