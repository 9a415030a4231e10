//! Which of a tenant's rows are one person's.

use super::{Slicer, Unplannable, equals, key_type};
use crate::plan::{
    mysql,
    person::Belonging,
    territory::{Class, Place},
};
use shared::export::Engine;

impl<'a> Slicer<'_, 'a> {
    /// The row is in the tenant's slice, where only one person's rows are asked for: whatever is said about the person, this stands beside it. `None` where
    /// every row of the table is the tenant's.
    pub(super) fn tenants(&mut self, place: Place, alias: &str) -> Result<Option<String>, Unplannable> {
        let territory = self.territory;
        let Some(person) = territory.person() else {
            return Ok(None);
        };
        if !matches!(person.tenant.class(place), Class::Owned(_)) {
            return Ok(None);
        }
        self.territory = &person.tenant;
        let condition = self.condition(place, alias);
        self.territory = territory;
        match (condition?, person.tenant.class(place)) {
            (None, Class::Owned(rule)) if !rule.placement => Err(Unplannable),
            (condition, _) => Ok(condition),
        }
    }

    /// The row is the person, if it can be. Its key is bound: PostgreSQL through the session setting `handover.subject`, SQLite as parameter 2, MySQL as the
    /// variables `@handover_subject`.
    pub(super) fn themselves(&self, place: Place, alias: &str) -> Result<Option<String>, Unplannable> {
        let (Some(person), Some(Belonging::Themselves)) = (self.territory.person(), self.territory.belonging(place))
        else {
            return Ok(None);
        };
        let key = self.column(person.place, &person.rule.key)?;
        let cell = format!("{alias}.{}", self.quote(&key.name));
        Ok(Some(match self.territory.schema.engine {
            Engine::Postgres => {
                format!("{cell} {} current_setting('handover.subject')::{}", equals(key, key), key_type(key))
            }
            Engine::Mysql => mysql::person(&cell, key).ok_or(Unplannable)?,
            Engine::Sqlite => format!("{cell} = ?2"),
        }))
    }
}
