//! The live schema of PostgreSQL: a handful of queries over all tables at once.

use super::{definitions, needs, own_types::Types, prelude, sequences, triggers, uncarried};
use crate::schema::{Column, Generated, Schema, Table, Uncarried};
use shared::export::Engine;
use sqlx::PgConnection;
use std::collections::HashMap;

/// Tables by their object number.
pub(super) type Tables = HashMap<i64, Table>;

pub(super) async fn schema(connection: &mut PgConnection, version: &str, schemas: &[String]) -> sqlx::Result<Schema> {
    let mut tables = tables(connection, schemas).await?;
    let oids: Vec<i64> = tables.keys().copied().collect();
    let types = Types::read(connection).await?;
    let uses = needs::read(connection, &oids, &tables).await?;
    let prelude = prelude::read(connection, &oids, uses, &types, &mut tables).await?;
    columns(connection, &oids, &prelude.extensions, &types, &mut tables).await?;
    definitions::constraints(connection, &oids, &prelude.extensions, &mut tables).await?;
    definitions::foreign_keys(connection, &oids, &mut tables).await?;
    definitions::indexes(connection, &oids, &prelude.extensions, &mut tables).await?;
    sequences::read(connection, &oids, &mut tables).await?;
    triggers::read(connection, &oids, &mut tables).await?;
    uncarried::read(connection, &oids, &mut tables).await?;
    let mut tables: Vec<Table> = tables.into_values().collect();
    tables.sort_by(|left, right| (&left.schema, &left.name).cmp(&(&right.schema, &right.name)));
    Ok(Schema {
        engine: Engine::Postgres,
        version: version.to_owned(),
        prelude: prelude.statements,
        tables,
        hides_triggers: false,
    })
}

#[derive(sqlx::FromRow)]
struct TableRow {
    oid: i64,
    schema: String,
    name: String,
    partitioned: bool,
    is_foreign: bool,
    row_level_security: bool,
    comment: Option<String>,
    estimate: f64,
}

async fn tables(connection: &mut PgConnection, schemas: &[String]) -> sqlx::Result<Tables> {
    let rows: Vec<TableRow> = sqlx::query_as(
        "select c.oid::int8 as oid, n.nspname::text as schema, c.relname::text as name, c.relkind = 'p' as partitioned, c.relkind = 'f' as is_foreign,
                c.relrowsecurity as row_level_security,
                obj_description(c.oid, 'pg_class') as comment,
                case c.relkind when 'p' then (
                    with recursive part(oid) as (
                        select c.oid union all select i.inhrelid from part join pg_inherits i on i.inhparent = part.oid
                    )
                    select coalesce(sum(greatest(leaf.reltuples, 0))::float8, -1) from part join pg_class leaf on leaf.oid = part.oid
                    where leaf.relkind <> 'p')
                     else c.reltuples::float8 end as estimate
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = any($1) and c.relkind in ('r', 'p', 'f') and not c.relispartition and c.relpersistence <> 't'",
    )
    .persistent(false)
    .bind(schemas)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let table = Table {
                schema: row.schema,
                name: row.name,
                partitioned: row.partitioned,
                foreign: row.is_foreign,
                row_level_security: row.row_level_security,
                comment: row.comment,
                estimated_rows: (row.estimate >= 0.0).then_some(row.estimate as u64),
                ..Table::default()
            };
            (row.oid, table)
        })
        .collect())
}

#[derive(sqlx::FromRow)]
struct ColumnRow {
    table_oid: i64,
    type_oid: i64,
    name: String,
    type_name: String,
    base_type: String,
    equality: Option<String>,
    not_null: bool,
    expression: Option<String>,
    generated: bool,
    stored: bool,
    identity: Option<String>,
    own_code: bool,
    collation: Option<String>,
    own_collation: Option<String>,
    comment: Option<String>,
}

/// Fills in the columns.
async fn columns(
    connection: &mut PgConnection,
    oids: &[i64],
    extensions: &[i64],
    types: &Types,
    tables: &mut Tables,
) -> sqlx::Result<()> {
    let rows: Vec<ColumnRow> = sqlx::query_as(
        "with recursive base(oid, base) as (
             select oid, oid from pg_type where typtype <> 'd'
             union all select t.oid, b.base from pg_type t join base b on t.typbasetype = b.oid where t.typtype = 'd'
         )
         select a.attrelid::int8 as table_oid, a.atttypid::int8 as type_oid, a.attname::text as name,
                format_type(a.atttypid, a.atttypmod) as type_name, bt.typname::text as base_type,
                (select n.nspname::text from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
                  where o.oprname = '=' and o.oprleft = b.base and o.oprright = b.base and n.nspname <> 'pg_catalog'
                  order by n.nspname limit 1) as equality,
                a.attnotnull as not_null, pg_get_expr(d.adbin, d.adrelid) as expression,
                a.attgenerated <> '' as generated, a.attgenerated = 's' as stored,
                case a.attidentity when 'a' then 'ALWAYS' when 'd' then 'BY DEFAULT' end as identity,
                exists (select 1 from pg_depend dep left join pg_class c on c.oid = dep.refobjid and dep.refclassid = 'pg_class'::regclass
                         where dep.classid = 'pg_attrdef'::regclass and dep.objid = d.oid and dep.refobjid >= 16384
                           and (dep.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_ts_config'::regclass, 'pg_ts_dict'::regclass)
                                or c.relkind <> 'S' and c.oid <> a.attrelid)
                           and not exists (select 1 from pg_depend ext where ext.classid = dep.refclassid and ext.objid = dep.refobjid and ext.deptype = 'e'
                                              and ext.refobjid::int8 = any($2))) as own_code,
                case when a.attcollation <> ty.typcollation
                     then quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end as collation,
                case when cn.nspname <> 'pg_catalog' then quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end as own_collation,
                col_description(a.attrelid, a.attnum) as comment
         from pg_attribute a
         join pg_type ty on ty.oid = a.atttypid
         join base b on b.oid = a.atttypid
         join pg_type bt on bt.oid = b.base
         left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         left join pg_collation co on co.oid = a.attcollation
         left join pg_namespace cn on cn.oid = co.collnamespace
         where a.attrelid::int8 = any($1) and a.attnum > 0 and not a.attisdropped
         order by a.attrelid, a.attnum",
    )
    .persistent(false)
    .bind(oids)
    .bind(extensions)
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        let Some(table) = tables.get_mut(&row.table_oid) else {
            continue;
        };
        let (default, generated) = match row.generated {
            true => {
                let rule = |expression| Generated { expression, stored: row.stored, own_code: row.own_code };
                (None, row.expression.map(rule))
            }
            false if row.own_code => {
                table.uncarried.push(Uncarried {
                    kind: "default".to_owned(),
                    name: row.name.clone(),
                    text: row.expression.unwrap_or_default(),
                    reason: "it calls code that an archive does not hold".to_owned(),
                });
                (None, None)
            }
            false => (row.expression, None),
        };
        table.columns.push(Column {
            unrestorable: types.obstacle(row.type_oid).map(str::to_owned),
            large_object: row.base_type == "oid",
            name: row.name,
            type_name: row.type_name,
            base_type: row.base_type,
            equality: row.equality,
            not_null: row.not_null,
            default,
            generated,
            identity: row.identity,
            collation: row.collation,
            own_collation: row.own_collation,
            comment: row.comment,
        });
    }
    Ok(())
}
