//! Findings about whole tables: what only the catalog or only the source knows.

use super::Finding;
use crate::{
    catalog::TableRule,
    plan::territory::{Class, Territory},
};

/// Tables that only one of the two knows, and tables that nobody has decided about.
pub(super) fn both_ways(territory: &Territory<'_>, findings: &mut Vec<Finding>) {
    let live = territory.by_name();
    for name in territory.catalog.tables.keys() {
        if !live.contains_key(name.as_str()) {
            findings.push(Finding::table(
                "vanished_table",
                name,
                "the source has no such table; take it out of the catalog or correct its name",
            ));
        }
    }
    for (name, places) in live {
        if places.len() > 1 {
            findings.push(Finding::table(
                "ambiguous_name",
                name,
                "two tables of the source read alike under this name; give each schema a catalog of its own",
            ));
        }
        for place in places {
            let table = territory.table(place);
            match (territory.class(place), territory.rule(place)) {
                (Class::Unclassified, _) => findings.push(Finding::table(
                    "unclassified_table",
                    name,
                    match table.is_virtual() {
                        true => "nobody has decided about this table; exclude it with a reason (something else keeps its rows: they cannot be exported)",
                        false => "nobody has decided about this table; give it an owner, share it or exclude it with a reason",
                    },
                )),
                (
                    Class::Undecided,
                    Some(TableRule {
                        undecided: Some(question),
                        ..
                    }),
                ) => findings.push(Finding::table(
                    "undecided",
                    name,
                    format!("a person must answer first: {question}"),
                )),
                (class, _) if class.is_delivered() && table.is_virtual() => {
                    findings.push(Finding::table(
                        "virtual_table",
                        name,
                        "something else than this database keeps the table's rows, so they cannot be exported; exclude it with a reason",
                    ));
                }
                _ => {}
            }
        }
    }
}

/// The columns that say who a tenant is.
pub(super) fn tenants(territory: &Territory<'_>, findings: &mut Vec<Finding>) {
    let tenant = &territory.catalog.tenant;
    require(territory, &tenant.table, &tenant.key, "the tenant's key", findings);
    if let Some(label) = &tenant.label {
        require(territory, &tenant.table, label, "the tenant's label", findings);
    }
}

/// The columns that say who a tenant is and who its persons are.
pub(super) fn persons(territory: &Territory<'_>, findings: &mut Vec<Finding>) {
    // Where tenants have databases of their own, the table of tenants is in another one.
    match &territory.catalog.tenant.control {
        None => tenants(territory, findings),
        Some(open) if open.trim_start().to_ascii_lowercase().starts_with("undecided") => findings.push(Finding {
            code: "undecided",
            table: None,
            column: None,
            message: format!("`control`: a person must answer first: {open}"),
        }),
        Some(_) => {}
    }
    for (kind, subject) in &territory.catalog.subjects {
        require(territory, &subject.table, &subject.key, &format!("the key of subject {kind}"), findings);
        if let Some(email) = &subject.email {
            require(territory, &subject.table, email, &format!("the address of subject {kind}"), findings);
        }
    }
}

fn require(territory: &Territory<'_>, name: &str, column: &str, what: &str, findings: &mut Vec<Finding>) {
    match territory.by_name().get(name) {
        None => findings.push(Finding::table(
            "vanished_table",
            name,
            format!("the source has no such table, but the catalog names it as {what}"),
        )),
        Some(places) => {
            for place in places {
                if territory.table(*place).column(column).is_none() {
                    findings.push(Finding::column(
                        "vanished_column",
                        name,
                        column,
                        format!("the table has no such column, but the catalog names it as {what}"),
                    ));
                }
            }
        }
    }
}
