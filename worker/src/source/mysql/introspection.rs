//! The live schema, from the information schema and `show create table`.

use super::{
    cells,
    definitions::{Rules, Statement, without_counter},
    triggers,
};
use crate::{
    plan::identifier::quote_for,
    schema::{Column, ForeignKey, Generated, Prelude, Schema, Sequence, Table},
};
use shared::export::Engine;
use sqlx::MySqlConnection;
use std::collections::HashMap;

/// Storage engines whose rows are kept somewhere else, or nowhere.
const ELSEWHERE: [&str; 7] = ["federated", "connect", "spider", "blackhole", "sphinx", "oqgraph", "perfschema"];

type Rows = Vec<Vec<Option<String>>>;

/// Base tables with everything that belongs to them, sorted by name, and for each table when it was created. Views are not listed; sequences are part of the prelude.
pub(super) async fn schema(
    connection: &mut MySqlConnection,
    version: &str,
    database: &str,
) -> sqlx::Result<(Schema, HashMap<String, Option<String>>)> {
    let here = cells::literal(database);
    let listed = cells::read(
        connection,
        &format!(
            "select t.table_name, t.table_type, t.engine, e.transactions, t.table_rows, t.table_comment, t.create_time
             from information_schema.tables t left join information_schema.engines e on e.engine = t.engine
             where t.table_schema = {here}"
        ),
    )
    .await?;
    let mut columns = by_table(
        cells::read(
            connection,
            &format!(
                "select table_name, column_name, column_default, is_nullable, data_type, column_type, collation_name, extra, generation_expression,
                        column_comment
                 from information_schema.columns where table_schema = {here} order by table_name, ordinal_position"
            ),
        )
        .await?,
    );
    let mut unique = by_table(
        cells::read(
            connection,
            &format!(
                "select table_name, index_name, column_name, sub_part from information_schema.statistics
                 where table_schema = {here} and non_unique = 0 order by table_name, index_name, seq_in_index"
            ),
        )
        .await?,
    );
    let mut keys = by_table(
        cells::read(
            connection,
            &format!(
                "select table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name, referenced_column_name
                 from information_schema.key_column_usage
                 where table_schema = {here} and referenced_table_name is not null order by table_name, constraint_name, ordinal_position"
            ),
        )
        .await?,
    );
    let (mut tables, mut prelude, mut created) = (Vec::new(), Vec::new(), HashMap::new());
    for row in listed {
        let mut cells = row.into_iter();
        let [name, kind, engine, transactions, rows, comment, since] = std::array::from_fn(|_| cells.next().flatten());
        let (name, kind) = (name.unwrap_or_default(), kind.unwrap_or_default());
        if !matches!(kind.as_str(), "BASE TABLE" | "SYSTEM VERSIONED" | "SEQUENCE") {
            continue;
        }
        let object = if kind == "SEQUENCE" { "sequence" } else { "table" };
        let statement = created_by(connection, object, &name).await?;
        if kind == "SEQUENCE" {
            prelude.push(statement);
            continue;
        }
        let engine = engine.unwrap_or_default();
        let table = Table {
            foreign: ELSEWHERE.contains(&engine.to_ascii_lowercase().as_str()),
            untransacted: (transactions.as_deref() != Some("YES")).then_some(engine),
            estimated_rows: rows.and_then(|rows| rows.parse().ok()),
            comment: comment.filter(|comment| !comment.is_empty()),
            columns: columns.remove(&name).unwrap_or_default().into_iter().map(column).collect(),
            create_statement: Some(without_counter(&statement)),
            name: name.clone(),
            ..Table::default()
        };
        tables.push(complete(
            table,
            unique.remove(&name).unwrap_or_default(),
            keys.remove(&name).unwrap_or_default(),
            database,
        ));
        created.insert(name, since);
    }
    tables.sort_by(|left, right| left.name.cmp(&right.name));
    prelude.sort();
    let hides_triggers = triggers::read(connection, database, &mut tables).await?;
    let prelude = prelude.into_iter().map(|statement| Prelude { statement, needed_by: Vec::new() }).collect();
    Ok((Schema { engine: Engine::Mysql, version: version.to_owned(), prelude, tables, hides_triggers }, created))
}

async fn created_by(connection: &mut MySqlConnection, object: &str, name: &str) -> sqlx::Result<String> {
    let rows = cells::read(connection, &format!("show create {object} {}", quote_for(Engine::Mysql, name))).await?;
    rows.into_iter().next().and_then(|row| row.into_iter().nth(1)).flatten().ok_or(sqlx::Error::RowNotFound)
}

/// Rows by their first cell.
fn by_table(rows: Rows) -> HashMap<String, Rows> {
    let mut tables: HashMap<String, Rows> = HashMap::new();
    for mut row in rows {
        let name = row.remove(0).unwrap_or_default();
        tables.entry(name).or_default().push(row);
    }
    tables
}

fn column(row: Vec<Option<String>>) -> Column {
    let mut cells = row.into_iter();
    let [name, default, nullable, base_type, type_name, collation, extra, expression, comment] =
        std::array::from_fn(|_| cells.next().flatten());
    let (base_type, extra) =
        (base_type.unwrap_or_default().to_ascii_lowercase(), extra.unwrap_or_default().to_ascii_lowercase());
    let generated = expression.filter(|expression| !expression.is_empty()).map(|expression| Generated {
        expression,
        stored: extra.contains("stored generated"),
        own_code: false,
    });
    Column {
        name: name.unwrap_or_default(),
        type_name: type_name.unwrap_or_default(),
        base_type,
        not_null: nullable.as_deref() == Some("NO"),
        default: default.filter(|default| generated.is_none() && default != "NULL"),
        generated,
        identity: extra.contains("auto_increment").then(|| "auto_increment".to_owned()),
        collation,
        own_collation: None,
        comment: comment.filter(|comment| !comment.is_empty()),
        ..Column::default()
    }
}

/// Adds the keys and rules: columns from the information schema, texts from the table's own statement.
fn complete(mut table: Table, unique: Rows, keys: Rows, database: &str) -> Table {
    let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let statement = table.create_statement.clone().unwrap_or_default();
    let Rules { constraints, indexes, foreign_keys } =
        Statement::parse(&statement).map(|statement| statement.rules(&names)).unwrap_or_default();
    (table.constraints, table.indexes) = (constraints, indexes);
    for (name, columns) in full_keys(unique) {
        if name == "PRIMARY" {
            table.primary_key.clone_from(&columns);
        }
        table.unique.push(columns);
    }
    for row in keys {
        let mut cells = row.into_iter();
        let [name, column, to_schema, to_table, to_column] =
            std::array::from_fn(|_| cells.next().flatten().unwrap_or_default());
        let to_schema = if to_schema == database { String::new() } else { to_schema };
        match table.foreign_keys.last_mut().filter(|key| key.name.as_ref() == Some(&name)) {
            Some(key) => {
                key.columns.push(column);
                key.to_columns.push(to_column);
            }
            None => table.foreign_keys.push(ForeignKey {
                definition: foreign_keys.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone()),
                name: Some(name),
                columns: vec![column],
                to_schema,
                to_table,
                to_columns: vec![to_column],
            }),
        }
    }
    table.sequences = table
        .columns
        .iter()
        .filter_map(|column| {
            let call = column.default.as_deref()?.strip_prefix("nextval(")?.strip_suffix(')')?;
            let name = call.rsplit_once("`.`").map_or_else(|| call.to_owned(), |(_, name)| format!("`{name}"));
            Some(Sequence {
                column: column.name.clone(),
                name,
                owned: false,
                descending: false,
                bounds: (0, 0),
                options: String::new(),
            })
        })
        .collect();
    table
}

/// Unique keys over whole columns: one over the beginning of a text or over an expression proves nothing about the columns.
fn full_keys(rows: Rows) -> Vec<(String, Vec<String>)> {
    let mut keys: Vec<(String, Vec<Option<String>>)> = Vec::new();
    for row in rows {
        let mut cells = row.into_iter();
        let [name, column, part] = std::array::from_fn(|_| cells.next().flatten());
        let (name, column) = (name.unwrap_or_default(), column.filter(|_| part.is_none()));
        match keys.last_mut().filter(|(known, _)| *known == name) {
            Some((_, columns)) => columns.push(column),
            None => keys.push((name, vec![column])),
        }
    }
    keys.into_iter()
        .filter_map(|(name, columns)| Some((name, columns.into_iter().collect::<Option<Vec<_>>>()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_over_the_beginning_of_a_text_is_no_key_of_the_column() {
        let row = |cells: [Option<&str>; 3]| cells.map(|cell| cell.map(str::to_owned)).to_vec();
        let rows = vec![
            row([Some("PRIMARY"), Some("a"), None]),
            row([Some("PRIMARY"), Some("b"), None]),
            row([Some("u"), Some("c"), Some("5")]),
            row([Some("f"), None, None]),
        ];
        assert_eq!(full_keys(rows), [("PRIMARY".to_owned(), vec!["a".to_owned(), "b".to_owned()])]);
    }
}
