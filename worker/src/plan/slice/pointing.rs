//! Keys followed from row to row, whoever's the rows are: what a look at the rows of all tenants needs.

use super::{
    Looking, Slicer, Unplannable,
    comparison::{collate, equals, printed},
    json,
};
use crate::{
    catalog::OwnerRule,
    plan::{
        key::{Holding, Key},
        mysql,
        territory::Place,
    },
    schema::Column,
};
use shared::export::Engine;

/// A cell: the name of its row, its table, its column.
pub(crate) type Cell<'c> = (&'c str, Place, &'c str);

impl<'a> Slicer<'_, 'a> {
    /// The row known as `child` points by the key to the one known as `parent`.
    pub(crate) fn leads(&mut self, key: &Key<'a>, child: &str, parent: &str) -> Result<String, Unplannable> {
        let engine = self.territory.schema.engine;
        let mut conditions = self.said(key, child)?;
        for pair in self.pairs(key)? {
            let cell = pair.parent(&format!("{parent}.{}", self.quote(&pair.parent.name)));
            if key.holding == Holding::Elements {
                let item = self.alias();
                let elements = json::elements(engine, &format!("{child}.{}", self.quote(&pair.child.name)), &item);
                let element = pair.child(&json::element(engine, &item));
                let compared = format!("{cell}{} {} {element}", pair.collate(), pair.operator());
                conditions.push(format!("exists (select 1 from {elements} where {compared})"));
            } else {
                conditions.push(pair.equal(Looking::Up, &self.pointing(key, &pair, child), &cell));
            }
        }
        Ok(conditions.join(" and "))
    }

    /// The row known as `child` holds something that points by the key.
    pub(crate) fn points(&mut self, key: &Key<'a>, child: &str) -> Result<String, Unplannable> {
        let mut conditions = self.said(key, child)?;
        for pair in self.pairs(key)? {
            let pointing = self.pointing(key, &pair, child);
            conditions.push(match key.holding {
                Holding::Elements => {
                    let item = self.alias();
                    let engine = self.territory.schema.engine;
                    let elements = json::elements(engine, &pointing, &item);
                    format!("exists (select 1 from {elements} where {} is not null)", json::element(engine, &item))
                }
                Holding::Whole | Holding::Json(_) => format!("{pointing} is not null"),
            });
        }
        Ok(conditions.join(" and "))
    }

    /// Something that the row known as `child` points to by the key is not there.
    pub(crate) fn misses(&mut self, key: &Key<'a>, child: &str) -> Result<String, Unplannable> {
        let parent = self.alias();
        let relation = format!("{} as {parent}", self.relation(key.to));
        if key.holding != Holding::Elements {
            let (points, leads) = (self.points(key, child)?, self.leads(key, child, &parent)?);
            return Ok(format!("{points} and not exists (select 1 from {relation} where {leads})"));
        }
        let pairs = self.pairs(key)?;
        let [pair] = pairs.as_slice() else { return Err(Unplannable) };
        let (engine, item) = (self.territory.schema.engine, self.alias());
        let elements = json::elements(engine, &format!("{child}.{}", self.quote(&pair.child.name)), &item);
        let element = json::element(engine, &item);
        let cell = pair.parent(&format!("{parent}.{}", self.quote(&pair.parent.name)));
        let compared = format!("{cell}{} {} {}", pair.collate(), pair.operator(), pair.child(&element));
        Ok(format!(
            "exists (select 1 from {elements} where {element} is not null and not exists (select 1 from {relation} where {compared}))"
        ))
    }

    /// The row names an existing tenant by an array or a place in JSON, for each of these ways that the rule has.
    pub(crate) fn names_somebody(
        &mut self,
        place: Place,
        alias: &str,
        rule: &OwnerRule,
    ) -> Result<Vec<String>, Unplannable> {
        let engine = self.territory.schema.engine;
        // In a tenant's own schema or database only that tenant's key is anybody's.
        if self.territory.is_placed(place) {
            return self.names_the_tenant(place, alias, rule);
        }
        let place_of_tenants = self.territory.tenants().ok_or(Unplannable)?;
        let tenant = self.alias();
        let relation = format!("{} as {tenant}", self.relation(place_of_tenants));
        let key = printed(engine, &format!("{tenant}.{}", self.quote(&self.territory.catalog.tenant.key)));
        let mut ways = Vec::new();
        if let Some(column) = &rule.array {
            self.column(place, column)?;
            let item = self.alias();
            let elements = json::elements(engine, &format!("{alias}.{}", self.quote(column)), &item);
            let element = match engine {
                Engine::Postgres => printed(engine, &json::element(engine, &item)),
                Engine::Mysql | Engine::Sqlite => json::element(engine, &item),
            };
            ways.push(format!("exists (select 1 from {elements} cross join {relation} where {key} = {element})"));
        }
        if let Some(path) = &rule.json {
            let column = self.column(place, &path.column)?;
            let cell = format!("{alias}.{}", self.quote(&column.name));
            let named = json::key_text(engine, &cell, column, &path.path).or_null();
            ways.push(format!("exists (select 1 from {relation} where {key} = {named})"));
        }
        Ok(ways)
    }

    /// Two cells hold the same key; the second one's collation decides, as it does for slices.
    pub(crate) fn same(&self, left: Cell<'_>, right: Cell<'_>) -> Result<String, Unplannable> {
        let engine = self.territory.schema.engine;
        let (left_column, right_column) = (self.column(left.1, left.2)?, self.column(right.1, right.2)?);
        let cell = |(alias, _, column): Cell<'_>| format!("{alias}.{}", self.quote(column));
        let (left, right) = (cell(left), cell(right));
        Ok(match engine {
            Engine::Mysql => mysql::equal((&left, left_column), (&right, right_column), right_column),
            Engine::Postgres if !comparable(left_column, right_column) => {
                format!("{} = {}", printed(engine, &left), printed(engine, &right))
            }
            Engine::Postgres | Engine::Sqlite => format!(
                "{left}{} {} {right}",
                collate(engine, left_column, right_column),
                equals(left_column, right_column)
            ),
        })
    }
}

/// Whether PostgreSQL has an `=` between the two types.
fn comparable(left: &Column, right: &Column) -> bool {
    const FAMILIES: [&[&str]; 2] =
        [&["int2", "int4", "int8", "numeric", "oid"], &["text", "varchar", "bpchar", "name", "citext"]];
    let family = |column: &Column| FAMILIES.iter().position(|family| family.contains(&column.base_type.as_str()));
    left.base_type == right.base_type || family(left).is_some_and(|one| family(right) == Some(one))
}
