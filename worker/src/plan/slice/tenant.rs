//! Columns that name the tenant themselves.

use super::{
    Slicer, Unplannable,
    comparison::{collate, effective, element_type, equals, key_type, printed},
    json,
};
use crate::{
    catalog::OwnerRule,
    plan::{mysql, territory::Place},
    schema::Column,
};
use shared::export::Engine;

impl<'a> Slicer<'_, 'a> {
    /// The row carries the tenant's key itself.
    pub(crate) fn owner(&self, place: Place, alias: &str, column: &str) -> Result<String, Unplannable> {
        let column = self.column(place, column)?;
        let cell = format!("{alias}.{}", self.quote(&column.name));
        let key = self.tenant_key()?;
        let engine = self.territory.schema.engine;
        Ok(match engine {
            Engine::Postgres => {
                // A column that ignores case must not make one of two tenants whose keys differ only in case.
                let compared = if key.equality.is_none() && column.equality.is_some() { key } else { column };
                let equals = equals(column, compared);
                let own = column.own_collation.is_some() || key.own_collation.is_some();
                let collate = match own && effective(column) != effective(key) {
                    true => collate(engine, column, key),
                    false => String::new(),
                };
                format!("{cell}{collate} {equals} {}::{}", self.tenant, key_type(compared))
            }
            Engine::Mysql => {
                let text = mysql::owner(&cell, column, key).ok_or(Unplannable)?;
                match self.tenant {
                    "@handover_tenant" => text,
                    shown => ["@handover_tenant", "@handover_number", "@handover_bytes"]
                        .iter()
                        .fold(text, |text, bound| text.replace(bound, shown)),
                }
            }
            Engine::Sqlite => format!("{cell}{} = {}", collate(engine, column, key), self.tenant),
        })
    }

    /// The rule's ways in which a cell names the tenant beside `column`: an array of keys, a place in JSON.
    pub(super) fn names_the_tenant(
        &mut self,
        place: Place,
        alias: &str,
        rule: &OwnerRule,
    ) -> Result<Vec<String>, Unplannable> {
        let engine = self.territory.schema.engine;
        let mut ways = Vec::new();
        if let Some(column) = &rule.array {
            let column = self.column(place, column)?;
            let cell = format!("{alias}.{}", self.quote(&column.name));
            ways.push(if engine == Engine::Postgres {
                let element = element_type(column).ok_or(Unplannable)?;
                format!("{}::{element} = any({cell})", self.tenant)
            } else {
                let item = self.alias();
                let elements = json::elements(engine, &cell, &item);
                let element = json::element(engine, &item);
                format!("exists (select 1 from {elements} where {element} = {})", self.printed_tenant())
            });
        }
        if let Some(path) = &rule.json {
            let column = self.column(place, &path.column)?;
            let cell = format!("{alias}.{}", self.quote(&column.name));
            let key = json::key_text(engine, &cell, column, &path.path);
            let equal = format!("{} = {}", key.text, self.printed_tenant());
            ways.push(match key.guard {
                Some(guard) => format!("({equal} and {guard})"),
                None => equal,
            });
        }
        Ok(ways)
    }

    fn tenant_key(&self) -> Result<&'a Column, Unplannable> {
        self.territory.tenant_key().ok_or(Unplannable)
    }

    /// The tenant's key as text; PostgreSQL's setting is one.
    fn printed_tenant(&self) -> String {
        match self.territory.schema.engine {
            Engine::Postgres => self.tenant.to_owned(),
            engine => printed(engine, self.tenant),
        }
    }
}
