//! Indexes and foreign keys, after the rows.

use super::{Restored, leave_out, table::counters_index};
use crate::{
    format::{
        printed::Printed,
        sql::{
            Ddl,
            kept::{Kept, LeftOut},
            mysql::{
                literal::literal,
                statement::{Rule, RuleKind},
            },
            name::backticked,
        },
    },
    schema::ForeignKey,
};

/// Adds the indexes that the table was made without, all but full-text ones in one statement.
pub(super) fn indexes(kept: &Kept<'_>, restored: &Restored<'_>, ddl: &mut Ddl) {
    let Some(statement) = &restored.statement else { return };
    let table = backticked(&restored.table.table);
    let counter = counters_index(kept, restored);
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for rule in &statement.rules {
        let kind = match rule.kind {
            _ if counter == Some(rule) => continue,
            RuleKind::Unique => "unique rule",
            RuleKind::Index | RuleKind::Fulltext => "index",
            RuleKind::Primary | RuleKind::Period | RuleKind::Check | RuleKind::Foreign => continue,
        };
        match restored.blocked(kept, &rule.columns) {
            None if rule.kind == RuleKind::Fulltext => alone.push(rule.text),
            None => together.push(rule.text),
            Some(reason) => {
                let rule = LeftOut::new(restored.table, kind, &rule.label(), reason);
                leave_out(&mut ddl.left_out, &mut ddl.constraints, rule);
            }
        }
    }
    if !together.is_empty() {
        ddl.constraints.push_str(&format!("alter table {table}\n    add {};\n", together.join(",\n    add ")));
    }
    for text in alone {
        ddl.constraints.push_str(&format!("alter table {table} add {text};\n"));
    }
}

/// How many indexes the restored table has of the server's own: a foreign key may bring another.
pub(super) fn index_count(kept: &Kept<'_>, restored: &Restored<'_>) -> usize {
    let rules = restored.statement.iter().flat_map(|statement| &statement.rules);
    rules
        .filter(|rule| !matches!(rule.kind, RuleKind::Period | RuleKind::Check | RuleKind::Foreign))
        .filter(|rule| restored.blocked(kept, &rule.columns).is_none())
        .count()
}

/// The foreign keys of the table, each with why it cannot be kept.
pub(super) fn foreign_keys<'r, 'a>(
    kept: &'r Kept<'a>,
    restored: &'r Restored<'a>,
    all: &'r [Restored<'a>],
) -> impl Iterator<Item = (&'r Rule<'a>, Result<&'a ForeignKey, String>)> {
    let rules = restored.statement.iter().flat_map(|statement| &statement.rules);
    rules.filter(|rule| rule.kind == RuleKind::Foreign).map(move |rule| {
        let key = restored.live.foreign_keys.iter().find(|key| key.name == rule.name);
        let usable = match key {
            None => Err("it points to another database".to_owned()),
            Some(key) => {
                let blocked = kept.blocked_key(restored.table, key).or_else(|| unsupported(kept, key, all));
                blocked.map_or(Ok(key), Err)
            }
        };
        (rule, usable)
    })
}

/// Adds the foreign keys, and to `lists` a query for the rows that break each.
pub(super) fn add_foreign_keys(
    kept: &Kept<'_>,
    restored: &Restored<'_>,
    all: &[Restored<'_>],
    ddl: &mut Ddl,
    lists: &mut String,
) {
    for (rule, usable) in foreign_keys(kept, restored, all) {
        match usable {
            Ok(key) => {
                ddl.constraints.push_str(&format!(
                    "alter table {} add {};\n",
                    backticked(&restored.table.table),
                    rule.text
                ));
                lists.push_str(&orphans(restored, key, rule));
            }
            Err(reason) => {
                let rule = LeftOut::new(restored.table, "foreign key", &rule.label(), reason);
                leave_out(&mut ddl.left_out, &mut ddl.constraints, rule);
            }
        }
    }
}

/// Why the other table cannot carry the key; `None` if it has an index that begins with its columns.
fn unsupported(kept: &Kept<'_>, key: &ForeignKey, all: &[Restored<'_>]) -> Option<String> {
    let other = all.iter().find(|other| other.table.table == key.to_table)?;
    let folded = |names: &[String]| names.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>();
    let wanted = folded(&key.to_columns);
    let carried = other.statement.as_ref()?.rules.iter().any(|rule| {
        matches!(rule.kind, RuleKind::Primary | RuleKind::Unique | RuleKind::Index)
            && folded(&rule.columns).starts_with(&wanted)
            && other.blocked(kept, &rule.columns).is_none()
    });
    (!carried).then(|| format!("the index that it points to in table {} is left out", key.to_table))
}

/// Lists the rows whose key points nowhere.
fn orphans(restored: &Restored<'_>, key: &ForeignKey, rule: &Rule<'_>) -> String {
    let shown = |names: &[String]| {
        let cells: Vec<String> = names.iter().map(|name| shown(restored, name)).collect();
        format!("concat_ws(', ', {})", cells.join(", "))
    };
    let own = &restored.live.primary_key;
    let identity = match own.is_empty()
        || own.iter().any(|name| restored.table.columns.iter().all(|column| column.name != *name))
    {
        true => "''".to_owned(),
        false => shown(own),
    };
    let present: Vec<String> =
        key.columns.iter().map(|name| format!("child.{} is not null", backticked(name))).collect();
    let pairs: Vec<String> = key
        .columns
        .iter()
        .zip(&key.to_columns)
        .map(|(from, to)| format!("parent.{} = child.{}", backticked(to), backticked(from)))
        .collect();
    format!(
        "select {} as `table`, {identity} as `row`, {} as `key`, {} as `points to`, {} as `value`\n    \
         from {} as child where {}\n    and not exists (select 1 from {} as parent where {});\n",
        literal(&restored.table.table),
        literal(&rule.label()),
        literal(&key.to_table),
        shown(&key.columns),
        backticked(&restored.table.table),
        present.join(" and "),
        backticked(&key.to_table),
        pairs.join(" and "),
    )
}

/// A cell as people can read it.
fn shown(restored: &Restored<'_>, name: &str) -> String {
    let cell = format!("child.{}", backticked(name));
    let planned = restored.table.columns.iter().find(|column| column.name == name);
    match planned.map(Printed::of) {
        Some(Printed::Bytes) => format!("hex({cell})"),
        Some(Printed::Bits) => format!("{cell} + 0"),
        _ => cell,
    }
}
