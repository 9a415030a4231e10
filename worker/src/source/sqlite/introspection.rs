//! The live schema of SQLite.

use crate::{
    format::sql::{name, sqlite::statement},
    plan::identifier::quote,
    schema::{Column, Definition, ForeignKey, Generated, Need, Prelude, Schema, Table, Trigger},
};
use shared::export::Engine;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

pub(super) async fn schema(connection: &mut SqliteConnection) -> sqlx::Result<Schema> {
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut *connection).await?;
    // Shadow tables hold what belongs to a virtual table, and come and go with it.
    let listed: Vec<(String, String, bool, bool, Option<String>)> = sqlx::query_as(
        "select list.name, list.type, list.wr, list.strict, made.sql
         from pragma_table_list as list left join sqlite_schema as made on made.type = 'table' and made.name = list.name
         where list.schema = 'main' and list.type in ('table', 'virtual') and list.name not like 'sqlite\\_%' escape '\\'
         order by list.name",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut tables = Vec::with_capacity(listed.len());
    for (name, kind, without_rowid, strict, create_statement) in listed {
        let mut table =
            Table { schema: "main".to_owned(), name, without_rowid, strict, create_statement, ..Table::default() };
        // A virtual table's module may be unknown to us; its rows are never read anyway.
        if kind == "table" {
            columns(connection, &mut table).await?;
            collations(connection, &mut table).await?;
            indexes(connection, &mut table).await?;
            foreign_keys(connection, &mut table).await?;
            told(&mut table);
            triggers(connection, &mut table).await?;
        }
        tables.push(table);
    }
    resolve(&mut tables);
    let prelude = numbers(connection, &tables).await?;
    Ok(Schema { engine: Engine::Sqlite, version, prelude, tables, hides_triggers: false })
}

/// The numbers that a program keeps in the file's header.
async fn numbers(connection: &mut SqliteConnection, tables: &[Table]) -> sqlx::Result<Vec<Prelude>> {
    let (version, application): (i64, i64) = sqlx::query_as(
        "select (select user_version from pragma_user_version), (select application_id from pragma_application_id)",
    )
    .fetch_one(connection)
    .await?;
    let whole = |table: &Table| Need { schema: table.schema.clone(), table: table.name.clone(), columns: Vec::new() };
    let set =
        [("user_version", version), ("application_id", application)].into_iter().filter(|(_, number)| *number != 0);
    Ok(set
        .map(|(name, number)| Prelude {
            statement: format!("pragma {name} = {number}"),
            needed_by: tables.iter().map(whole).collect(),
        })
        .collect())
}

/// What only the table's own statement tells.
fn told(table: &mut Table) {
    let Some(told) = table.create_statement.as_deref().and_then(statement::read) else {
        return;
    };
    for (own, expression) in told.checks {
        let columns = table.columns.iter().map(|column| column.name.clone());
        table.constraints.push(Definition {
            columns: columns.filter(|column| mentions(&expression, column)).collect(),
            text: match &own {
                Some(own) => format!("constraint {} check {expression}", name::quoted(own)),
                None => format!("check {expression}"),
            },
            name: own.unwrap_or(expression),
        });
    }
    // SQLite lists the last key first.
    if told.deferred.len() == table.foreign_keys.len() {
        for (key, deferred) in table.foreign_keys.iter_mut().zip(told.deferred.iter().rev()) {
            if *deferred {
                key.definition.get_or_insert_default().push_str(" deferrable initially deferred");
            }
        }
    }
}

async fn triggers(connection: &mut SqliteConnection, table: &mut Table) -> sqlx::Result<()> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, sql from sqlite_schema where type = 'trigger' and tbl_name = ?1 collate nocase order by name",
    )
    .bind(&table.name)
    .fetch_all(connection)
    .await?;
    table.triggers =
        rows.into_iter().map(|(name, statement)| Trigger { name, before: Vec::new(), statement }).collect();
    Ok(())
}

async fn columns(connection: &mut SqliteConnection, table: &mut Table) -> sqlx::Result<()> {
    let rows: Vec<(String, String, bool, Option<String>, i64, i64)> = sqlx::query_as(
        "select name, type, \"notnull\", dflt_value, pk, hidden from pragma_table_xinfo(?1) order by cid",
    )
    .bind(&table.name)
    .fetch_all(connection)
    .await?;
    let mut key: Vec<(i64, String)> = rows.iter().filter(|row| row.4 > 0).map(|row| (row.4, row.0.clone())).collect();
    key.sort_unstable();
    // https://www.sqlite.org/lang_createtable.html#rowid: only a lone column of exactly this type can never be NULL; other primary keys may.
    let descending =
        table.create_statement.as_deref().and_then(statement::read).is_some_and(|told| told.descending_key);
    let alias =
        key.len() == 1 && !descending && rows.iter().any(|row| row.4 == 1 && row.1.eq_ignore_ascii_case("integer"));
    table.columns = rows
        .into_iter()
        .map(|(name, declared, not_null, default, key, hidden)| Column {
            name,
            base_type: declared.to_ascii_lowercase(),
            type_name: declared,
            not_null: not_null || (key > 0 && (alias || table.without_rowid)),
            default,
            generated: matches!(hidden, 2 | 3).then(|| Generated {
                expression: String::new(),
                stored: hidden == 3,
                own_code: false,
            }),
            ..Column::default()
        })
        .collect();
    table.primary_key = key.into_iter().map(|(_, name)| name).collect();
    Ok(())
}

/// Asks SQLite which texts a column takes for equal: no pragma tells its collation, and foreign keys go by it.
async fn collations(connection: &mut SqliteConnection, table: &mut Table) -> sqlx::Result<()> {
    if table.columns.is_empty() {
        return Ok(());
    }
    let each = |write: &dyn Fn(usize, &Column) -> String| {
        table.columns.iter().enumerate().map(|(index, column)| write(index, column)).collect::<Vec<_>>().join(", ")
    };
    let text = format!(
        "select {} from (select {} from {}.{} where 0 union all select {})",
        each(&|index, _| format!("c{index} = 'A', c{index} = 'a '")),
        each(&|index, column| format!("{} as c{index}", quote(&column.name))),
        quote(&table.schema),
        quote(&table.name),
        each(&|_, _| "'a'".to_owned()),
    );
    // A collation that the product registers itself is unknown here; comparing by it would fail, so such a table is read without knowing.
    let Ok(row) = sqlx::query(AssertSqlSafe(text)).fetch_one(connection).await else {
        return Ok(());
    };
    for (index, column) in table.columns.iter_mut().enumerate() {
        let any_case: bool = row.try_get(2 * index)?;
        let any_blanks: bool = row.try_get(2 * index + 1)?;
        column.collation = match (any_case, any_blanks) {
            (true, _) => Some("\"NOCASE\"".to_owned()),
            (false, true) => Some("\"RTRIM\"".to_owned()),
            (false, false) => None,
        };
    }
    Ok(())
}

async fn indexes(connection: &mut SqliteConnection, table: &mut Table) -> sqlx::Result<()> {
    if !table.primary_key.is_empty() {
        table.unique.push(table.primary_key.clone());
    }
    let rows: Vec<(String, bool, bool, Option<String>)> = sqlx::query_as(
        "select list.name, list.\"unique\", list.partial, made.sql
         from pragma_index_list(?1) as list left join sqlite_schema as made on made.type = 'index' and made.name = list.name
         order by list.name",
    )
    .bind(&table.name)
    .fetch_all(&mut *connection)
    .await?;
    for (name, unique, partial, statement) in rows {
        let key: Vec<Option<String>> = sqlx::query_scalar("select name from pragma_index_info(?1) order by seqno")
            .bind(&name)
            .fetch_all(&mut *connection)
            .await?;
        let whole: Option<Vec<String>> = key.into_iter().collect();
        if let (true, false, Some(columns)) = (unique, partial, &whole)
            && !table.unique.contains(columns)
        {
            table.unique.push(columns.clone());
        }
        if let Some(text) = statement {
            table.indexes.push(Definition {
                name,
                columns: table
                    .columns
                    .iter()
                    .map(|column| column.name.clone())
                    .filter(|column| mentions(&text, column))
                    .collect(),
                text,
            });
        }
    }
    Ok(())
}

/// Whether an index's statement may speak of the column: rather once too often.
fn mentions(statement: &str, column: &str) -> bool {
    let statement = statement.to_ascii_lowercase();
    let column = column.to_ascii_lowercase();
    let inside = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    column.contains(['"', '`', ']'])
        || statement.match_indices(&column).any(|(begin, found)| {
            !inside(statement[..begin].chars().next_back()) && !inside(statement[begin + found.len()..].chars().next())
        })
}

async fn foreign_keys(connection: &mut SqliteConnection, table: &mut Table) -> sqlx::Result<()> {
    type Row = (i64, String, String, Option<String>, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "select id, \"table\", \"from\", \"to\",
             nullif(iif(on_update = 'NO ACTION', '', ' on update ' || lower(on_update))
                 || iif(on_delete = 'NO ACTION', '', ' on delete ' || lower(on_delete)), '')
         from pragma_foreign_key_list(?1) order by id, seq",
    )
    .bind(&table.name)
    .fetch_all(connection)
    .await?;
    let mut last = None;
    for (id, to_table, from, to, actions) in rows {
        if last != Some(id) {
            last = Some(id);
            table.foreign_keys.push(ForeignKey {
                name: None,
                columns: Vec::new(),
                to_schema: "main".to_owned(),
                to_table,
                to_columns: Vec::new(),
                definition: actions,
            });
        }
        if let Some(key) = table.foreign_keys.last_mut() {
            key.columns.push(from);
            key.to_columns.extend(to);
        }
    }
    Ok(())
}

/// Writes the names in foreign keys as their tables spell them (SQLite compares names without regard to ASCII case), and fills in a parent's primary key
/// where a key names no columns.
fn resolve(tables: &mut [Table]) {
    let known: Vec<(String, Vec<String>, Vec<String>)> = tables
        .iter()
        .map(|table| {
            let columns = table.columns.iter().map(|column| column.name.clone());
            (table.name.clone(), columns.collect(), table.primary_key.clone())
        })
        .collect();
    let spell = |name: &mut String, columns: &[String]| {
        if let Some(spelt) = columns.iter().find(|column| column.eq_ignore_ascii_case(name)) {
            name.clone_from(spelt);
        }
    };
    for (place, table) in tables.iter_mut().enumerate() {
        for key in &mut table.foreign_keys {
            for column in &mut key.columns {
                spell(column, &known[place].1);
            }
            let Some((name, columns, primary_key)) =
                known.iter().find(|(name, _, _)| name.eq_ignore_ascii_case(&key.to_table))
            else {
                continue;
            };
            key.to_table.clone_from(name);
            if key.to_columns.is_empty() {
                key.to_columns.clone_from(primary_key);
            }
            for column in &mut key.to_columns {
                spell(column, columns);
            }
        }
        // A key whose two sides do not match is an error whenever SQLite enforces it; it leads nowhere.
        table.foreign_keys.retain(|key| key.columns.len() == key.to_columns.len());
    }
}
