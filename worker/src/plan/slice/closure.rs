//! Tables whose rules lead back to themselves: their rows are gathered until no new one is found.
//!
//! The set that grows is one recursive query over every table of the circle. Its rows carry, each in columns of its own table, what tells the wanted table's
//! rows apart and the cells by which the next rows are found; the cells of the other tables are NULL, so no row is found by another table's cell.

use super::{Looking, NOTHING, Slicer, Unplannable, comparison::is_hashed, json, row};
use crate::{
    catalog::JsonPlace,
    plan::{
        key::{self, Holding, Key},
        territory::{Class, Place},
    },
    schema::{Column, Table},
};
use shared::export::Engine;

/// One cell that rows of the growing set carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carried<'a> {
    Column(&'a Column),
    /// The key at a place of a column's JSON.
    Json(&'a Column, &'a JsonPlace),
    /// A row's number, by its hidden column.
    Hidden(&'static str),
}

/// From a row in the set to the next ones.
struct Step<'k, 'a> {
    key: &'k Key<'a>,
    source: Place,
    next: Place,
}

impl<'t, 'a> Slicer<'t, 'a> {
    /// The row known as `alias` is in the set that its circle gathers.
    pub(super) fn closure(&mut self, place: Place, alias: &str, circle: &[Place]) -> Result<String, Unplannable> {
        let territory = self.territory;
        let engine = territory.schema.engine;
        let identity = identity(engine, territory.table(place)).ok_or(Unplannable)?;
        let steps = self.steps(circle)?;
        let mut carried: Vec<(Place, Carried<'a>)> = identity.iter().map(|cell| (place, *cell)).collect();
        for step in &steps {
            for cell in self.source_cells(step)? {
                if !carried.contains(&(step.source, cell)) {
                    carried.push((step.source, cell));
                }
            }
        }
        let set = self.alias();
        let mut seeds = Vec::new();
        for member in circle {
            let seed = self.alias();
            seeds.push((*member, self.seed(*member, &seed, circle)?, seed));
        }
        if seeds.iter().all(|(_, condition, _)| condition == NOTHING) {
            return Ok(NOTHING.to_owned());
        }
        let mut selects = Vec::new();
        for (member, condition, seed) in &seeds {
            // MySQL learns the types of the set from these queries alone, so every table needs one.
            if condition != NOTHING || engine == Engine::Mysql {
                let list = self.list(*member, seed, &carried);
                selects.push(format!("select {list} from {} as {seed} where {condition}", self.relation(*member)));
            }
        }
        let working = match (engine, steps.len()) {
            (Engine::Postgres, 2..) => self.alias(),
            _ => set.clone(),
        };
        let mut nexts = Vec::new();
        for step in &steps {
            nexts.push(self.next(step, &working, &carried)?);
        }
        // PostgreSQL lets the growing set be named once; a name for its newest rows can be used again and again.
        selects.push(match working == set {
            true => nexts.join(" union "),
            false => format!("(with {working} as (select * from {set}) {})", nexts.join(" union all ")),
        });
        let columns: Vec<String> = (0..carried.len()).map(|number| format!("c{number}")).collect();
        let outer = self.alias();
        let found: Vec<String> = columns[..identity.len()].iter().map(|column| format!("{outer}.{column}")).collect();
        let own: Vec<String> = identity.iter().map(|cell| self.cell(*cell, alias)).collect();
        let filter = match circle.len() {
            1 => String::new(),
            _ => format!(" where {} is not null", found[0]),
        };
        Ok(format!(
            "{} in (with recursive {set}({}) as ({}) select {} from {set} as {outer}{filter})",
            row(&own),
            columns.join(", "),
            selects.join(" union "),
            found.join(", "),
        ))
    }

    /// Every key within the circle: owned rows are found from their parents, referenced ones from the rows that point to them.
    fn steps(&self, circle: &[Place]) -> Result<Vec<Step<'t, 'a>>, Unplannable> {
        let territory = self.territory;
        let mut steps = Vec::new();
        for member in circle {
            match territory.class(*member) {
                Class::Owned(_) => {
                    for key in key::ways(territory, *member) {
                        let key = key.map_err(|_| Unplannable)?;
                        steps.push(Step { key, source: key.to, next: key.from });
                    }
                }
                Class::Referenced => {
                    let keys = territory.pointing_to(*member);
                    steps.extend(keys.map(|key| Step { key, source: key.from, next: key.to }));
                }
                _ => return Err(Unplannable),
            }
        }
        steps.retain(|step| circle.contains(&step.source));
        Ok(steps)
    }

    /// Rows that are in without any row of the circle.
    fn seed(&mut self, place: Place, alias: &str, circle: &[Place]) -> Result<String, Unplannable> {
        let seed = match self.territory.class(place) {
            Class::Owned(rule) => self.owned(place, alias, rule, circle)?,
            Class::Referenced => self.referenced(place, alias, circle)?,
            _ => return Err(Unplannable),
        };
        Ok(match self.tenants(place, alias)? {
            Some(tenants) if seed != "1 = 0" => format!("(({tenants}) and ({seed}))"),
            _ => seed,
        })
    }

    /// The cells of a row in the set by which the next ones are found.
    fn source_cells(&self, step: &Step<'_, 'a>) -> Result<Vec<Carried<'a>>, Unplannable> {
        let upwards = step.source == step.key.from && matches!(self.territory.class(step.source), Class::Referenced);
        let names = if upwards { &step.key.columns } else { &step.key.to_columns };
        names
            .iter()
            .map(|name| {
                let column = self.column(step.source, name)?;
                Ok(match step.key.holding {
                    Holding::Json(place) if upwards => Carried::Json(column, place),
                    _ => Carried::Column(column),
                })
            })
            .collect()
    }

    /// The query of the rows that one step finds.
    fn next(
        &mut self,
        step: &Step<'_, 'a>,
        working: &str,
        carried: &[(Place, Carried<'a>)],
    ) -> Result<String, Unplannable> {
        let engine = self.territory.schema.engine;
        let next = self.alias();
        let looking = match self.territory.class(step.next) {
            Class::Owned(_) => Looking::Up,
            _ => Looking::Down,
        };
        let sources: Vec<String> = self
            .source_cells(step)?
            .into_iter()
            .map(|cell| {
                let number = carried.iter().position(|known| *known == (step.source, cell)).ok_or(Unplannable)?;
                Ok(format!("{working}.c{number}"))
            })
            .collect::<Result<_, _>>()?;
        let mut from = vec![format!("{} as {next}", self.relation(step.next)), working.to_owned()];
        // SQLite keeps the order of a cross join: it takes the set's newest row and looks for the next ones by an index, its own if the product has none.
        if engine == Engine::Sqlite && step.key.holding != Holding::Elements {
            from.reverse();
        }
        let mut equal = Vec::new();
        for (pair, source) in self.pairs(step.key)?.iter().zip(&sources) {
            let cell = |name: &str| format!("{next}.{}", self.quote(name));
            let (mut child, parent) = match looking {
                Looking::Up => (self.pointing(step.key, pair, &next), source.clone()),
                Looking::Down => (pair.child(source), cell(&pair.parent.name)),
            };
            if step.key.holding == Holding::Elements {
                let array = match looking {
                    Looking::Up => cell(&pair.child.name),
                    Looking::Down => source.clone(),
                };
                let item = format!("{next}e");
                if looking == Looking::Down {
                    from.reverse();
                }
                from.insert(1, json::elements(engine, &array, &item));
                child = pair.child(&json::element(engine, &item));
            }
            let compared = pair.parent(&parent);
            if looking == Looking::Down {
                equal.extend(pair.served_by_index(&parent, &child));
            }
            equal.push(pair.equal(looking, &child, &compared));
        }
        if looking == Looking::Up {
            equal.extend(self.said(step.key, &next)?);
            if let Class::Owned(rule) = self.territory.class(step.next)
                && let Some(column) = &rule.column
            {
                equal.push(self.without_owner(&next, column));
            }
        }
        equal.extend(self.tenants(step.next, &next)?);
        let list = self.list(step.next, &next, carried);
        Ok(format!("select {list} from {} where {}", from.join(" cross join "), equal.join(" and ")))
    }

    /// A row of a table as a row of the set.
    fn list(&self, place: Place, alias: &str, carried: &[(Place, Carried<'a>)]) -> String {
        let cells = carried.iter().map(|(of, cell)| match *of == place {
            true => self.cell(*cell, alias),
            false => self.nothing(*of, *cell),
        });
        cells.collect::<Vec<_>>().join(", ")
    }

    fn cell(&self, cell: Carried<'_>, alias: &str) -> String {
        match cell {
            Carried::Column(column) => format!("{alias}.{}", self.quote(&column.name)),
            Carried::Json(column, place) => {
                let cell = format!("{alias}.{}", self.quote(&column.name));
                json::key_text(self.territory.schema.engine, &cell, column, place).or_null()
            }
            Carried::Hidden(name) => format!("{alias}.{name}"),
        }
    }

    /// A NULL of the cell's type.
    fn nothing(&self, place: Place, cell: Carried<'_>) -> String {
        const PLAIN: [&str; 8] = ["uuid", "smallint", "integer", "bigint", "numeric", "date", "oid", "boolean"];
        match (self.territory.schema.engine, cell) {
            (Engine::Mysql | Engine::Sqlite, _) => "null".to_owned(),
            (Engine::Postgres, Carried::Json(..)) => "null::pg_catalog.text".to_owned(),
            (Engine::Postgres, Carried::Hidden(name)) => match name {
                "tableoid" => "null::pg_catalog.oid".to_owned(),
                _ => "null::pg_catalog.text".to_owned(),
            },
            (Engine::Postgres, Carried::Column(column)) => match PLAIN.contains(&column.type_name.as_str()) {
                true => format!("null::{}", column.type_name),
                // It has the column's length and collation, without which the set's columns would not fit together.
                false => {
                    format!("(select o.{} from {} as o where false)", self.quote(&column.name), self.relation(place))
                }
            },
        }
    }
}

/// What tells the rows of a table apart, none of it NULL; `None` if nothing does.
fn identity(engine: Engine, table: &Table) -> Option<Vec<Carried<'_>>> {
    let columns = |names: &[String]| -> Option<Vec<Carried<'_>>> {
        names.iter().map(|name| table.column(name).filter(|column| column.not_null).map(Carried::Column)).collect()
    };
    let all_hashed =
        |cells: &[Carried<'_>]| cells.iter().all(|cell| matches!(cell, Carried::Column(column) if is_hashed(column)));
    let primary = columns(&table.primary_key).filter(|cells| !cells.is_empty());
    match engine {
        // A row stays where it is as long as our snapshot lives. As text, because PostgreSQL 13 does not gather `tid` in sets.
        Engine::Postgres => primary.filter(|cells| all_hashed(cells)).or(Some(match table.partitioned {
            true => vec![Carried::Hidden("tableoid"), Carried::Hidden("ctid::pg_catalog.text")],
            false => vec![Carried::Hidden("ctid::pg_catalog.text")],
        })),
        Engine::Mysql => primary.or_else(|| table.unique.iter().find_map(|names| columns(names))),
        // https://www.sqlite.org/lang_createtable.html#rowid: a column of the same name hides it.
        Engine::Sqlite => primary.or_else(|| {
            let free = |name: &&&str| !table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
            let name = ["rowid", "_rowid_", "oid"].iter().find(free).filter(|_| !table.without_rowid)?;
            Some(vec![Carried::Hidden(name)])
        }),
    }
}

/// Whether the rows of a table on a circle can be told apart.
pub(crate) fn has_identity(engine: Engine, table: &Table) -> bool {
    identity(engine, table).is_some()
}
