//! Keys, constraints and indexes.
//!
//! What needs code that an archive does not hold (the product's own functions, an extension that not every role may create) is `uncarried`: it would not
//! restore.

use super::introspection::Tables;
use crate::schema::{Definition, ForeignKey, Uncarried};
use sqlx::PgConnection;

/// True where the object `class`/`object` depends on a function, operator or operator class that is neither built in nor from one of the extensions `$2`.
const OWN_CODE: &str = "exists (
    select 1 from pg_depend dep
    where dep.classid = '{class}'::regclass and dep.objid = {object}
      and dep.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass,
                             'pg_ts_config'::regclass, 'pg_ts_dict'::regclass)
      and dep.refobjid >= 16384
      and not exists (select 1 from pg_depend ext where ext.classid = dep.refclassid and ext.objid = dep.refobjid and ext.deptype = 'e'
                         and ext.refobjid::int8 = any($2)))";

fn own_code(class: &str, object: &str) -> String {
    OWN_CODE.replace("{class}", class).replace("{object}", object)
}

#[derive(sqlx::FromRow)]
struct ConstraintRow {
    table_oid: i64,
    name: String,
    kind: String,
    text: String,
    columns: Vec<String>,
    key: Vec<String>,
    own_code: bool,
}

pub(super) async fn constraints(
    connection: &mut PgConnection,
    oids: &[i64],
    extensions: &[i64],
    tables: &mut Tables,
) -> sqlx::Result<()> {
    let text = format!(
        "select k.conrelid::int8 as table_oid, k.conname::text as name, k.contype::text as kind, pg_get_constraintdef(k.oid) as text,
                array(select a.attname::text from pg_attribute a
                       where a.attrelid = k.conrelid and a.attnum > 0
                         and (a.attnum = any(k.conkey) or exists (select 1 from pg_depend dep
                                where dep.classid = 'pg_class'::regclass and dep.objid = k.conindid and dep.refclassid = 'pg_class'::regclass
                                  and dep.refobjid = k.conrelid and dep.refobjsubid = a.attnum and k.conindid <> 0))
                       order by array_position(k.conkey, a.attnum), a.attnum) as columns,
                array(select a.attname::text from unnest(k.conkey) with ordinality key(number, place)
                       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number order by key.place) as key,
                {} or (k.conindid <> 0 and {}) as own_code
         from pg_constraint k
         where k.conrelid::int8 = any($1) and k.contype in ('p', 'u', 'c', 'x')
         order by k.conrelid, array_position('{{p,u,x,c}}'::text[], k.contype::text), k.conname",
        own_code("pg_constraint", "k.oid"),
        own_code("pg_class", "k.conindid"),
    );
    let rows: Vec<ConstraintRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
        .persistent(false)
        .bind(oids)
        .bind(extensions)
        .fetch_all(connection)
        .await?;
    for row in rows {
        let Some(table) = tables.get_mut(&row.table_oid) else {
            continue;
        };
        if row.kind == "p" {
            table.primary_key = row.key;
        }
        match row.own_code {
            false => table.constraints.push(Definition { name: row.name, columns: row.columns, text: row.text }),
            true => {
                let kind = match row.kind.as_str() {
                    "p" => "primary key",
                    "u" => "unique rule",
                    "x" => "exclusion rule",
                    _ => "check",
                };
                table.uncarried.push(own(kind, row.name, row.text));
            }
        }
    }
    Ok(())
}

/// A rule that calls code of the product's own.
fn own(kind: &str, name: String, text: String) -> Uncarried {
    Uncarried { kind: kind.to_owned(), name, text, reason: "it calls code that an archive does not hold".to_owned() }
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    table_oid: i64,
    name: String,
    columns: Vec<String>,
    to_schema: String,
    to_table: String,
    to_columns: Vec<String>,
    /// None where it names a single partition, which is no table in an archive.
    definition: Option<String>,
}

pub(super) async fn foreign_keys(connection: &mut PgConnection, oids: &[i64], tables: &mut Tables) -> sqlx::Result<()> {
    let rows: Vec<KeyRow> = sqlx::query_as(
        "select k.conrelid::int8 as table_oid, k.conname::text as name,
                array(select a.attname::text from unnest(k.conkey) with ordinality key(number, place)
                       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number order by key.place) as columns,
                n.nspname::text as to_schema, c.relname::text as to_table,
                array(select a.attname::text from unnest(k.confkey) with ordinality key(number, place)
                       join pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.number order by key.place) as to_columns,
                case when not part.relispartition then pg_get_constraintdef(k.oid) end as definition
         from pg_constraint k
         join pg_class part on part.oid = k.confrelid
         join pg_class c on c.oid = case when part.relispartition then pg_partition_root(part.oid) else part.oid end
         join pg_namespace n on n.oid = c.relnamespace
         where k.conrelid::int8 = any($1) and k.contype = 'f' and k.conparentid = 0
         order by k.conrelid, k.conname",
    )
    .persistent(false)
    .bind(oids)
    .fetch_all(connection)
    .await?;
    for row in rows {
        if let Some(table) = tables.get_mut(&row.table_oid) {
            table.foreign_keys.push(ForeignKey {
                name: Some(row.name),
                columns: row.columns,
                to_schema: row.to_schema,
                to_table: row.to_table,
                to_columns: row.to_columns,
                definition: row.definition,
            });
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct IndexRow {
    table_oid: i64,
    name: String,
    quoted: String,
    text: String,
    columns: Vec<String>,
    key: Vec<String>,
    unique: bool,
    behind_constraint: bool,
    own_code: bool,
}

/// Indexes, and the column lists that full unique ones make unique.
pub(super) async fn indexes(
    connection: &mut PgConnection,
    oids: &[i64],
    extensions: &[i64],
    tables: &mut Tables,
) -> sqlx::Result<()> {
    let text = format!(
        "select i.indrelid::int8 as table_oid, c.relname::text as name, quote_ident(c.relname) as quoted, pg_get_indexdef(i.indexrelid) as text,
                array(select a.attname::text from pg_attribute a
                       where a.attrelid = i.indrelid and a.attnum > 0
                         and (a.attnum = any(i.indkey::int2[]) or exists (select 1 from pg_depend dep
                                where dep.classid = 'pg_class'::regclass and dep.objid = i.indexrelid and dep.refclassid = 'pg_class'::regclass
                                  and dep.refobjid = i.indrelid and dep.refobjsubid = a.attnum))
                       order by a.attnum) as columns,
                array(select a.attname::text from unnest(i.indkey::int2[]) with ordinality key(number, place)
                       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.number
                       where key.place <= i.indnkeyatts order by key.place) as key,
                i.indisunique and i.indpred is null and i.indexprs is null as \"unique\",
                exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')) as behind_constraint,
                {} as own_code
         from pg_index i join pg_class c on c.oid = i.indexrelid
         where i.indrelid::int8 = any($1) and i.indisvalid
         order by i.indrelid, c.relname",
        own_code("pg_class", "i.indexrelid"),
    );
    let rows: Vec<IndexRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
        .persistent(false)
        .bind(oids)
        .bind(extensions)
        .fetch_all(connection)
        .await?;
    for row in rows {
        let Some(table) = tables.get_mut(&row.table_oid) else {
            continue;
        };
        if row.unique && !table.unique.contains(&row.key) {
            table.unique.push(row.key);
        }
        if row.behind_constraint {
            continue;
        }
        if row.own_code {
            table.uncarried.push(own("index", row.name, row.text));
            continue;
        }
        // A partitioned table is restored as one table.
        let text = ["CREATE INDEX", "CREATE UNIQUE INDEX"]
            .iter()
            .find_map(|words| {
                let rest = row.text.strip_prefix(&format!("{words} {} ON ONLY ", row.quoted))?;
                Some(format!("{words} {} ON {rest}", row.quoted))
            })
            .unwrap_or(row.text);
        table.indexes.push(Definition { name: row.name, columns: row.columns, text });
    }
    Ok(())
}
