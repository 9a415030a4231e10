//! The rules about placement that a single file can break by itself.

use super::Problem;
use crate::catalog::{Catalog, Placement, TableRule};
use shared::export::Engine;

/// The first rule about where tenants are that is broken, with its place.
pub(super) fn of_tenants(catalog: &Catalog) -> Option<Problem> {
    match &catalog.tenant.placement {
        None => without(catalog),
        Some(Placement::Schema(_)) => by_schema(catalog),
        Some(Placement::Database(_)) => by_database(catalog),
    }
}

/// The first rule about tables that is broken, with its place.
pub(super) fn of_tables(catalog: &Catalog) -> Option<Problem> {
    catalog.tables.iter().find_map(|(name, rule)| of_table(catalog, name, rule))
}

/// Whether the table of tenants is in another database than all tables of the catalog, so that it needs no entry there.
pub(super) fn has_control(catalog: &Catalog) -> bool {
    catalog.placed_database().is_some()
}

fn without(catalog: &Catalog) -> Option<Problem> {
    let message = "`control` says what becomes of the database that tells who exists, where `placement` gives each tenant a database of its own; take it out";
    catalog.tenant.control.as_ref().map(|_| Problem::at(&["tenant", "control"], message))
}

fn by_schema(catalog: &Catalog) -> Option<Problem> {
    let template = catalog.placed_schema()?.to_string();
    if catalog.engine != Engine::Postgres {
        return Some(Problem::at(
            &["tenant", "placement"],
            "only PostgreSQL has schemas within a database; write `placement = { database = … }`",
        ));
    }
    if !catalog.schemas.contains(&template) {
        return Some(Problem::at(
            &["schemas"],
            &format!("list `{template}`, the schema of each tenant, among the schemas"),
        ));
    }
    if catalog.schemas.len() < 2 {
        return Some(Problem::at(&["schemas"], "the table of tenants stands in a schema of all; list it, too"));
    }
    if catalog.tenant.table.strip_prefix(&template).is_some_and(|rest| rest.starts_with('.')) {
        return Some(Problem::at(
            &["tenant", "table"],
            "the table of tenants is the same for all of them; it cannot be in one tenant's schema",
        ));
    }
    without(catalog)
}

fn by_database(catalog: &Catalog) -> Option<Problem> {
    let tenant = &catalog.tenant;
    if tenant.table.is_empty() {
        return Some(Problem::at(&["tenant", "table"], "name the table of tenants"));
    }
    let listed = |schema: &String| {
        tenant
            .table
            .strip_prefix(schema.as_str())
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|table| !table.is_empty())
    };
    if catalog.schemas.len() > 1 && !catalog.schemas.iter().any(listed) {
        return Some(Problem::at(
            &["tenant", "table"],
            "several schemas are listed, so write `\"schema.table\"` with one of them",
        ));
    }
    match &tenant.control {
        Some(reason) if !reason.trim().is_empty() && !reason.contains('\0') => None,
        _ => Some(Problem::at(
            &["tenant", "placement"],
            "write as `control` why nothing of the database with the table of tenants is delivered, or where else it is: the sentence is printed in the archive",
        )),
    }
}

fn of_table(catalog: &Catalog, name: &str, rule: &TableRule) -> Option<Problem> {
    let owner = rule.owner.as_ref().filter(|owner| owner.placement)?;
    let at = |message: &str| Some(Problem::at(&["tables", name], message));
    if catalog.tenant.placement.is_none() {
        return at("`owner.placement` speaks of a tenant's own schema or database, but `tenant` has no `placement`");
    }
    if owner.column.is_some() || owner.has_ways_beside_column() {
        return at("`owner.placement` stands alone: all rows of the table are the tenant's");
    }
    let schema = catalog.schemas.iter().filter(|schema| catalog.is_placed(schema));
    let placed = has_control(catalog)
        || schema
            .into_iter()
            .any(|schema| name.strip_prefix(schema.as_str()).is_some_and(|rest| rest.starts_with('.')));
    match placed {
        true => None,
        false => at("only tables in a schema of one tenant can have `owner = { placement = true }`"),
    }
}
