//! Comparing a catalog with the live schema, both ways.

mod columns;
mod owners;
mod secret;

use crate::{
    catalog::{Catalog, TableRule},
    plan::territory::{Class, Territory},
    schema::Schema,
};
use serde::Serialize;
use std::fmt;

/// Something that a person must look at before an export may run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// A stable code: `unclassified_table`, `vanished_table`, `vanished_column`, `undecided`, `secret_looking_column`, `no_such_key`, `owner_cycle`, `wrong_engine`, …
    pub code: &'static str,
    /// The table, as the catalog names it.
    pub table: Option<String>,
    /// The column.
    pub column: Option<String>,
    /// One sentence with what to do.
    pub message: String,
}

impl Finding {
    fn table(code: &'static str, table: &str, message: impl Into<String>) -> Self {
        Self {
            code,
            table: Some(table.to_owned()),
            column: None,
            message: message.into(),
        }
    }

    fn column(
        code: &'static str,
        table: &str,
        column: &str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            column: Some(column.to_owned()),
            ..Self::table(code, table, message)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.table, &self.column) {
            (Some(table), Some(column)) => write!(formatter, "{table}.{column}: {}", self.message),
            (Some(table), None) => write!(formatter, "{table}: {}", self.message),
            _ => formatter.write_str(&self.message),
        }
    }
}

/// Every finding, sorted by table and column; empty when exports may run.
pub fn check(catalog: &Catalog, schema: &Schema) -> Vec<Finding> {
    if catalog.engine != schema.engine {
        return vec![Finding {
            code: "wrong_engine",
            table: None,
            column: None,
            message: format!(
                "the catalog is for {}, the source is {}; name the right source or the right catalog",
                catalog.engine, schema.engine
            ),
        }];
    }
    let territory = Territory::new(catalog, schema);
    let mut findings = Vec::new();
    both_ways(&territory, &mut findings);
    for place in 0..schema.tables.len() {
        owners::check(&territory, place, &mut findings);
        columns::check(&territory, place, &mut findings);
    }
    owners::circles(&territory, &mut findings);
    persons(&territory, &mut findings);
    findings.sort_by(|left, right| {
        (&left.table, &left.column, left.code).cmp(&(&right.table, &right.column, right.code))
    });
    findings.dedup();
    findings
}

/// Tables that only one of the two knows, and tables that nobody has decided about.
fn both_ways(territory: &Territory<'_>, findings: &mut Vec<Finding>) {
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
                        true => "nobody has decided about this virtual table; exclude it with a reason (its rows cannot be exported)",
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
                        "the rows of a virtual table cannot be exported; exclude it with a reason",
                    ));
                }
                _ => {}
            }
        }
    }
}

/// The columns that say who a tenant is and who its persons are.
fn persons(territory: &Territory<'_>, findings: &mut Vec<Finding>) {
    let live = territory.by_name();
    let mut require = |name: &str, column: &str, what: &str| match live.get(name) {
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
    };
    let tenant = &territory.catalog.tenant;
    require(&tenant.table, &tenant.key, "the tenant's key");
    if let Some(label) = &tenant.label {
        require(&tenant.table, label, "the tenant's label");
    }
    for (kind, subject) in &territory.catalog.subjects {
        require(&subject.table, &subject.key, &format!("the key of subject {kind}"));
        if let Some(email) = &subject.email {
            require(&subject.table, email, &format!("the address of subject {kind}"));
        }
    }
}
