//! Products that keep each tenant in a schema or in a database of its own.

use super::Catalog;
use serde::Deserialize;
use shared::export::Engine;
use std::fmt;

/// What stands for the tenant's key in a template.
const KEY: &str = "{key}";

/// The longest name of a schema or database, in bytes (PostgreSQL) or characters (MySQL). A longer one is cut by some servers, and could then be
/// somebody else's.
const LONGEST_OF_POSTGRES: usize = 63;
const LONGEST_OF_MYSQL: usize = 64;

/// The longest name of a file on common file systems, in bytes.
const LONGEST_OF_FILES: usize = 255;

/// Where the tables of one tenant are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// PostgreSQL: in a schema of the source's database.
    Schema(Template),
    /// In a database of the same server; SQLite: in a file, named from the folder of the source's own.
    Database(Template),
}

/// A name in which `{key}` stands for the tenant's key, exactly once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    before: String,
    after: String,
}

/// Why a text is no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a placement is a name with `{{key}}` in it exactly once and no other braces, as in `tenant_{{key}}`")]
pub struct NotATemplate;

/// Why no place belongs to a tenant's key; a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unplaceable(String);

impl Placement {
    /// The name's template.
    pub fn template(&self) -> &Template {
        match self {
            Self::Schema(template) | Self::Database(template) => template,
        }
    }

    /// What a place is called.
    pub fn noun(&self, engine: Engine) -> &'static str {
        match (self, engine) {
            (Self::Schema(_), _) => "schema",
            (Self::Database(_), Engine::Sqlite) => "file",
            (Self::Database(_), _) => "database",
        }
    }
}

impl Template {
    /// The name for this key.
    pub fn of(&self, key: &str) -> String {
        format!("{}{key}{}", self.before, self.after)
    }

    /// The key for which this is the name; `None` if it is for none.
    pub fn key_of<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str()).filter(|key| !key.is_empty())
    }

    /// Whether nothing stands beside the key, so that every name fits.
    pub fn is_bare(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// As the name of a file: the folder, the file's or folder's name with the key in it, and what follows that.
    pub(crate) fn path(&self) -> (&str, Template, &str) {
        let (folder, before) = self.before.rsplit_once('/').map_or(("", self.before.as_str()), |(folder, before)| {
            (if folder.is_empty() { "/" } else { folder }, before)
        });
        let (after, rest) = self.after.split_once('/').unwrap_or((self.after.as_str(), ""));
        (folder, Template { before: before.to_owned(), after: after.to_owned() }, rest)
    }
}

impl TryFrom<String> for Template {
    type Error = NotATemplate;
    fn try_from(text: String) -> Result<Self, NotATemplate> {
        let (before, after) = text.split_once(KEY).ok_or(NotATemplate)?;
        let odd = |part: &str| part.contains(['{', '}', '\0']);
        if odd(before) || odd(after) {
            return Err(NotATemplate);
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{KEY}{}", self.before, self.after)
    }
}

impl Catalog {
    /// The template of the schema in which each tenant has its tables, where the product places tenants so.
    pub fn placed_schema(&self) -> Option<&Template> {
        match &self.tenant.placement {
            Some(Placement::Schema(template)) => Some(template),
            _ => None,
        }
    }

    /// The template of the database in which each tenant has its tables, where the product places tenants so.
    pub fn placed_database(&self) -> Option<&Template> {
        match &self.tenant.placement {
            Some(Placement::Database(template)) => Some(template),
            _ => None,
        }
    }

    /// The listed schemas that are the same for every tenant.
    pub fn fixed_schemas(&self) -> Vec<String> {
        let own = self.own_schema();
        self.schemas.iter().filter(|schema| own.as_deref() != Some(schema.as_str())).cloned().collect()
    }

    /// The schema as it stands in the catalog, or the tenant's, in which every table is one tenant's.
    pub(crate) fn own_schema(&self) -> Option<String> {
        let template = self.placed_schema()?;
        Some(self.place.clone().unwrap_or_else(|| template.to_string()))
    }

    /// Whether a table of this schema is one tenant's alone, because of where it is.
    pub(crate) fn is_placed(&self, schema: &str) -> bool {
        self.placed_database().is_some() || self.own_schema().is_some_and(|own| own == schema)
    }

    /// The name of the schema or database, or the path of the file, of the tenant with this key, as the source prints it.
    pub fn place_of(&self, key: &str) -> Result<Option<String>, Unplaceable> {
        let Some(placement) = &self.tenant.placement else {
            return Ok(None);
        };
        let (name, noun) = (placement.template().of(key), placement.noun(self.engine));
        let refuse = |why: &str| Err(Unplaceable(format!("the tenant's {noun} cannot be found: {why}")));
        if key.is_empty() {
            return refuse("its key is empty");
        }
        if self.engine == Engine::Sqlite {
            let (_, file, _) = placement.template().path();
            let single = !key.contains(['/', '\\', '\0']) && key != "." && key != "..";
            return match single {
                false => refuse("its key is no part of a file's name"),
                true if file.of(key).len() > LONGEST_OF_FILES => refuse("the file's name would be too long"),
                true => Ok(Some(name)),
            };
        }
        let (length, longest) = match self.engine {
            Engine::Mysql => (name.chars().count(), LONGEST_OF_MYSQL),
            _ => (name.len(), LONGEST_OF_POSTGRES),
        };
        if length > longest {
            return refuse(&format!("its name would have {length} letters, and the server knows {longest} at most"));
        }
        let folded = name.to_ascii_lowercase();
        let servers_own = match (placement, self.engine) {
            (Placement::Schema(_), _) => folded.starts_with("pg_") || folded == "information_schema",
            (_, Engine::Mysql) => {
                // The prefix makes the server take the rest for the name of a folder.
                ["mysql", "sys", "information_schema", "performance_schema"].contains(&folded.as_str())
                    || folded.starts_with("#mysql50#")
            }
            _ => ["postgres", "template0", "template1"].contains(&folded.as_str()),
        };
        if servers_own || self.placed_schema().is_some() && self.fixed_schemas().contains(&name) {
            return refuse(&format!("{name} is no tenant's own"));
        }
        Ok(Some(name))
    }

    /// The catalog of the tenant in this place: every name with `{key}` in it is that of the tenant's own schema.
    #[must_use]
    pub fn at_place(&self, place: &str) -> Self {
        let catalog = match self.own_schema() {
            Some(own) => self.renamed(&own, place),
            None => self.clone(),
        };
        Self { place: Some(place.to_owned()), ..catalog }
    }

    /// What the catalog says of the database that tells who exists: its table of tenants and nothing else.
    pub(crate) fn control(&self) -> Self {
        use super::{Share, TableRule};
        let mut control = self.clone();
        control.tenant.placement = None;
        control.subjects.clear();
        control.tables.clear();
        let rule = TableRule { share: Some(Share::All), ..TableRule::default() };
        control.tables.insert(control.tenant.table.clone(), rule);
        control
    }

    /// The name of a table that the catalog names with `{key}`, as this tenant's catalog names it.
    pub fn name_at_place(&self, table: &str) -> String {
        match (self.own_schema(), self.placed_schema()) {
            (Some(own), Some(template)) => renamed(table, &template.to_string(), &own),
            _ => table.to_owned(),
        }
    }

    /// The table as the catalog names it, whose name holds `{key}` where the tenant's schema stands.
    pub(crate) fn named_for_all(&self, table: &str) -> String {
        match (self.own_schema(), self.placed_schema()) {
            (Some(own), Some(template)) => renamed(table, &own, &template.to_string()),
            _ => table.to_owned(),
        }
    }

    /// The same catalog with another name for one of its schemas.
    fn renamed(&self, from: &str, to: &str) -> Self {
        let mut catalog = self.clone();
        let rename = |name: &mut String| *name = renamed(name, from, to);
        for schema in catalog.schemas.iter_mut().filter(|schema| *schema == from) {
            to.clone_into(schema);
        }
        rename(&mut catalog.tenant.table);
        catalog.subjects.values_mut().for_each(|subject| rename(&mut subject.table));
        catalog.tables = std::mem::take(&mut catalog.tables)
            .into_iter()
            .map(|(mut name, mut rule)| {
                rename(&mut name);
                rule.references.values_mut().for_each(|reference| rename(&mut reference.table));
                if let Some(pair) = rule.owner.as_mut().and_then(|owner| owner.polymorphic.as_mut()) {
                    pair.map.values_mut().for_each(rename);
                }
                (name, rule)
            })
            .collect();
        catalog
    }
}

/// `schema.table` with another schema, if this is the one.
fn renamed(name: &str, from: &str, to: &str) -> String {
    match name.strip_prefix(from).filter(|rest| rest.starts_with('.')) {
        Some(rest) => format!("{to}{rest}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
