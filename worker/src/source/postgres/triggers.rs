//! Triggers, with the functions that they call.

use super::introspection::Tables;
use crate::{plan::identifier::quote, schema::Trigger};
use sqlx::PgConnection;

#[derive(sqlx::FromRow)]
struct Row {
    relation: i64,
    name: String,
    statement: String,
    /// How it fires where that is not as usual.
    firing: Option<String>,
    function: Option<String>,
    function_schema: String,
    extension: Option<String>,
    extension_schema: Option<String>,
}

/// Reads them; those that constraints are made of come with the constraints.
pub(super) async fn read(connection: &mut PgConnection, oids: &[i64], tables: &mut Tables) -> sqlx::Result<()> {
    let rows: Vec<Row> = sqlx::query_as(
        "select t.tgrelid::int8 as relation, t.tgname::text as name, pg_get_triggerdef(t.oid) as statement,
                case t.tgenabled when 'D' then 'disable trigger' when 'R' then 'enable replica trigger' when 'A' then 'enable always trigger' end
                    || ' ' || quote_ident(t.tgname) as firing,
                case when p.oid >= 16384 and e.oid is null and l.lanname not in ('c', 'internal') then pg_get_functiondef(p.oid) end as function,
                n.nspname::text as function_schema, quote_ident(e.extname) as extension, en.nspname::text as extension_schema
         from pg_trigger t
         join pg_proc p on p.oid = t.tgfoid
         join pg_language l on l.oid = p.prolang
         join pg_namespace n on n.oid = p.pronamespace
         left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
         left join pg_extension e on e.oid = d.refobjid
         left join pg_namespace en on en.oid = e.extnamespace
         where t.tgrelid::int8 = any($1) and not t.tgisinternal
         order by t.tgrelid, t.tgname",
    )
    .persistent(false)
    .bind(oids)
    .fetch_all(connection)
    .await?;
    for row in rows {
        let Some(table) = tables.get_mut(&row.relation) else {
            continue;
        };
        let mut before = Vec::new();
        let schema = row.extension_schema.as_ref().unwrap_or(&row.function_schema);
        if !["public", "pg_catalog"].contains(&schema.as_str()) {
            before.push(format!("create schema if not exists {}", quote(schema)));
        }
        if let Some(extension) = &row.extension {
            before.push(format!("create extension if not exists {extension} with schema {}", quote(schema)));
        }
        before.extend(row.function.map(|function| function.trim_end().to_owned()));
        let mut statement = row.statement;
        if let Some(firing) = row.firing {
            let relation = format!("{}.{}", quote(&table.schema), quote(&table.name));
            statement.push_str(&format!(";\nalter table {relation} {firing}"));
        }
        table.triggers.push(Trigger { name: row.name, before, statement });
    }
    Ok(())
}
