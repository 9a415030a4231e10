//! Which of a tenant's rows are one person's.

use super::{Looking, Slicer, Unplannable, any, equals, key_type};
use crate::plan::{
    person::{self, Belonging, Person},
    territory::Place,
};
use shared::export::Engine;

impl<'t, 'a> Slicer<'t, 'a> {
    /// The row is in the tenant's slice, and it is the person's. Whatever the second condition says, the first one stands.
    pub(super) fn persons(
        &mut self,
        place: Place,
        alias: &str,
        belonging: Belonging<'a>,
    ) -> Result<String, Unplannable> {
        let territory = self.territory;
        let person = territory.person().ok_or(Unplannable)?;
        self.territory = &person.tenant;
        let tenants = self.condition(place, alias);
        self.territory = territory;
        let tenants = tenants?.ok_or(Unplannable)?;
        let theirs = match belonging {
            Belonging::All => return Ok(tenants),
            Belonging::Themselves => self.themselves(person, alias)?,
            Belonging::Referenced => self.referenced(place, alias)?,
            Belonging::Through(through) => {
                let mut ways = Vec::new();
                for words in through.keys() {
                    for key in person::ways(territory, person, place, words).map_err(|_| Unplannable)? {
                        ways.push(self.membership(Looking::Up, key, alias)?);
                    }
                }
                any(&ways)
            }
        };
        Ok(format!("(({tenants}) and ({theirs}))"))
    }

    /// The row is the person. Its key is bound: PostgreSQL through the session setting `handover.subject`, SQLite as parameter 2.
    fn themselves(&self, person: &Person<'a>, alias: &str) -> Result<String, Unplannable> {
        let key = self.column(person.place, &person.rule.key)?;
        let cell = format!("{alias}.{}", self.quote(&key.name));
        Ok(match self.territory.schema.engine {
            Engine::Postgres => {
                format!("{cell} {} current_setting('handover.subject')::{}", equals(key, key), key_type(key))
            }
            Engine::Mysql => return Err(Unplannable),
            Engine::Sqlite => format!("{cell} = ?2"),
        })
    }
}
