//! What columns and their rules are made of: types, collations, and what extensions bring.

use super::introspection::Tables;
use crate::schema::Need;
use sqlx::PgConnection;

/// One object that some columns, or a rule over them, cannot do without.
pub(super) struct Use {
    pub(super) need: Need,
    /// `pg_type`, `pg_collation`, `pg_proc`, …
    pub(super) class: String,
    pub(super) object: i64,
    /// The extension that it comes from; not looked up for the types and collations of columns.
    pub(super) extension: Option<i64>,
}

/// Everything that is not built in, each with what uses it; and the type of every column.
pub(super) async fn read(connection: &mut PgConnection, oids: &[i64], tables: &Tables) -> sqlx::Result<Vec<Use>> {
    type Row = (i64, Vec<String>, String, i64, Option<i64>);
    let rows: Vec<Row> = sqlx::query_as(
        "with rule(class, object, relation, columns) as (
             select 'pg_attrdef'::regclass, ad.oid, ad.adrelid, array[a.attname::text]
             from pg_attrdef ad join pg_attribute a on a.attrelid = ad.adrelid and a.attnum = ad.adnum
             where ad.adrelid::int8 = any($1)
             union all
             select 'pg_constraint'::regclass, k.oid, k.conrelid, array(
                 select a.attname::text from pg_attribute a
                 where a.attrelid = k.conrelid and a.attnum > 0 and a.attnum = any(k.conkey) order by a.attnum)
             from pg_constraint k where k.conrelid::int8 = any($1)
             union all
             select 'pg_class'::regclass, i.indexrelid, i.indrelid, array(
                 select a.attname::text from pg_attribute a
                 where a.attrelid = i.indrelid and a.attnum > 0 and a.attnum = any(i.indkey::int2[]) order by a.attnum)
             from pg_index i where i.indrelid::int8 = any($1)
         )
         select distinct r.relation::int8, r.columns, d.refclassid::regclass::text, d.refobjid::int8,
                (select e.refobjid::int8 from pg_depend e where e.classid = d.refclassid and e.objid = d.refobjid and e.deptype = 'e' limit 1)
         from rule r cross join lateral (
             select d.refclassid, d.refobjid from pg_depend d
             where d.classid = r.class::oid and d.objid = r.object and d.refobjid >= 16384
               and d.refclassid in ('pg_type'::regclass, 'pg_collation'::regclass, 'pg_proc'::regclass, 'pg_operator'::regclass,
                                    'pg_opclass'::regclass, 'pg_opfamily'::regclass)
             -- Rule by rule, through the index: by itself the planner may compare every rule with every dependency.
             offset 0
         ) d
         union all
         select a.attrelid::int8, array[a.attname::text], 'pg_type', a.atttypid::int8, null
         from pg_attribute a where a.attrelid::int8 = any($1) and a.attnum > 0 and not a.attisdropped
         union all
         select a.attrelid::int8, array[a.attname::text], 'pg_collation', a.attcollation::int8, null
         from pg_attribute a where a.attrelid::int8 = any($1) and a.attnum > 0 and not a.attisdropped and a.attcollation >= 16384",
    )
    .persistent(false)
    .bind(oids)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(relation, columns, class, object, extension)| {
            let table = tables.get(&relation)?;
            let need = Need { schema: table.schema.clone(), table: table.name.clone(), columns };
            Some(Use { need, class, object, extension })
        })
        .collect())
}
