//! Which rows of a table are in the archive, as a condition in SQL.
//!
//! Owned rows are found from the child upwards (a row is in if the row that it points to is in); referenced rows from the rows that point to them. Nothing
//! is ever followed from a shared parent down to its children: that is how other tenants' rows leak into a slice. Where rules lead back to their own table
//! the rows are gathered by recursion until no new one is found.

mod closure;
pub(crate) mod comparison;
mod json;
mod membership;
mod person;
mod pointing;
mod tenant;

use super::{
    identifier::quote_for,
    key::{self, Key},
    territory::{Class, Place, Territory},
};
use crate::{catalog::OwnerRule, schema::Column};
use shared::export::Engine;

pub(crate) use closure::has_identity;
pub(crate) use comparison::{equals, key_type};

/// More nested conditions than this are no query that a database should be asked.
const MOST_CONDITIONS: usize = 5_000;

/// The condition of no row at all.
const NOTHING: &str = "1 = 0";

/// The rules of one table unfold into more conditions than a query can bear, or contradict themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unplannable;

/// Writes the conditions of one statement.
pub(crate) struct Slicer<'t, 'a> {
    territory: &'t Territory<'a>,
    aliases: usize,
    /// The tenant's key in SQL: always bound, never spliced.
    tenant: &'static str,
}

/// Which way a comparison looks along its foreign key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looking {
    /// From the row with the key up to the row that it points to.
    Up,
    /// From a row down to those that point to it.
    Down,
}

impl<'t, 'a> Slicer<'t, 'a> {
    pub(crate) fn new(territory: &'t Territory<'a>) -> Self {
        let tenant = match territory.schema.engine {
            Engine::Postgres => "current_setting('handover.tenant')",
            Engine::Mysql => "@handover_tenant",
            Engine::Sqlite => "?1",
        };
        Self { territory, aliases: 0, tenant }
    }

    /// Writes for people: `:tenant` stands for the tenant's key.
    pub(crate) fn for_people(territory: &'t Territory<'a>) -> Self {
        Self { tenant: ":tenant", ..Self::new(territory) }
    }

    /// What the statement is about.
    pub(crate) fn territory(&self) -> &'t Territory<'a> {
        self.territory
    }

    /// A name for a table that nothing else in the statement has.
    pub(crate) fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases - 1)
    }

    /// The name as a quoted identifier.
    pub(crate) fn quote(&self, name: &str) -> String {
        quote_for(self.territory.schema.engine, name)
    }

    /// The table in a `from` clause.
    pub(crate) fn relation(&self, place: Place) -> String {
        let table = self.territory.table(place);
        let name = format!("{}.{}", self.quote(&table.schema), self.quote(&table.name));
        match self.territory.schema.engine {
            Engine::Postgres if !table.partitioned => format!("only {name}"),
            Engine::Postgres | Engine::Sqlite => name,
            Engine::Mysql => self.quote(&table.name),
        }
    }

    /// The rows of the table, known as `alias`, that are in the archive; `None` if all are.
    pub(crate) fn condition(&mut self, place: Place, alias: &str) -> Result<Option<String>, Unplannable> {
        if self.aliases > MOST_CONDITIONS {
            return Err(Unplannable);
        }
        let within = self.within(place, alias)?;
        Ok(match self.tenants(place, alias)? {
            None => within,
            Some(tenants) => Some(match within {
                None => tenants,
                Some(within) => format!("(({tenants}) and ({within}))"),
            }),
        })
    }

    /// The rows of a table of persons that are the tenant's, as a condition.
    pub(crate) fn tenants_of_person(&mut self, place: Place, alias: &str) -> Option<String> {
        match (self.condition(place, alias).ok()?, self.territory.class(place)) {
            (None, Class::Owned(rule)) if rule.placement => Some("1 = 1".to_owned()),
            (condition, _) => condition,
        }
    }

    /// The same without regard to the tenant, where only one person's rows are asked for.
    fn within(&mut self, place: Place, alias: &str) -> Result<Option<String>, Unplannable> {
        let territory = self.territory;
        let circle = territory.circle(place);
        match territory.class(place) {
            Class::Owned(_) | Class::Referenced if !circle.is_empty() => self.closure(place, alias, circle).map(Some),
            Class::Owned(rule) if rule.placement => Ok(None),
            Class::Owned(rule) => self.owned(place, alias, rule, circle).map(Some),
            Class::Referenced => self.referenced(place, alias, circle).map(Some),
            Class::Shared => Ok(None),
            Class::Excluded(_) | Class::Undecided | Class::Unclassified => Err(Unplannable),
        }
    }

    /// The row belongs to the tenant in one of the rule's ways that do not lead to a table of the circle.
    fn owned(&mut self, place: Place, alias: &str, rule: &OwnerRule, circle: &[Place]) -> Result<String, Unplannable> {
        let territory = self.territory;
        let mut ways = self.names_the_tenant(place, alias, rule)?;
        for key in key::ways(territory, place) {
            let key = key.map_err(|_| Unplannable)?;
            if !circle.contains(&key.to) {
                ways.push(self.membership(Looking::Up, key, alias)?);
            }
        }
        ways.extend(self.themselves(place, alias)?);
        let Some(column) = &rule.column else {
            return Ok(any(&ways));
        };
        let own = self.owner(place, alias, column)?;
        Ok(match ways.is_empty() {
            true => own,
            false => format!("({own} or {} and {})", self.without_owner(alias, column), any(&ways)),
        })
    }

    /// The row says nothing itself about whose it is, so that its other ways decide.
    fn without_owner(&self, alias: &str, column: &str) -> String {
        format!("{alias}.{} is null", self.quote(column))
    }

    /// Delivered rows of tables outside of the circle point to the row.
    fn referenced(&mut self, place: Place, alias: &str, circle: &[Place]) -> Result<String, Unplannable> {
        let territory = self.territory;
        let keys: Vec<&Key<'a>> = territory.pointing_to(place).filter(|key| !circle.contains(&key.from)).collect();
        let mut conditions = Vec::new();
        for key in keys {
            conditions.push(self.membership(Looking::Down, key, alias)?);
        }
        Ok(any(&conditions))
    }

    fn column(&self, place: Place, name: &str) -> Result<&'a Column, Unplannable> {
        self.territory.table(place).column(name).ok_or(Unplannable)
    }
}

fn row(cells: &[String]) -> String {
    match cells {
        [cell] => cell.clone(),
        _ => format!("({})", cells.join(", ")),
    }
}

fn any(conditions: &[String]) -> String {
    match conditions {
        [] => NOTHING.to_owned(),
        [condition] => condition.clone(),
        _ => format!("({})", conditions.join(" or ")),
    }
}
