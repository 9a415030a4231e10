//! Rules around tables that an archive cannot hold, whatever is delivered, so that it can say so.

use super::introspection::Tables;
use crate::schema::Uncarried;
use sqlx::PgConnection;

#[derive(sqlx::FromRow)]
struct Row {
    relation: i64,
    kind: String,
    name: String,
    text: String,
    reason: String,
}

/// Finds them.
pub(super) async fn read(connection: &mut PgConnection, oids: &[i64], tables: &mut Tables) -> sqlx::Result<()> {
    let rows: Vec<Row> = sqlx::query_as(
        "with recursive part(root, oid) as (
             select i.inhparent, i.inhrelid from pg_inherits i join pg_class c on c.oid = i.inhparent and c.relkind = 'p' where i.inhparent::int8 = any($1)
             union all
             select p.root, i.inhrelid from part p join pg_inherits i on i.inhparent = p.oid
         ), found as (
             select p.root as relation, p.oid as place, k.contype::text as type, k.conname::text as name, pg_get_constraintdef(k.oid) as text
             from part p join pg_constraint k on k.conrelid = p.oid
             where k.contype in ('p', 'u', 'c', 'x', 'f') and k.conparentid = 0 and k.coninhcount = 0
             union all
             select p.root, p.oid, 'i', c.relname::text, pg_get_indexdef(c.oid)
             from part p join pg_index i on i.indrelid = p.oid join pg_class c on c.oid = i.indexrelid
             where not c.relispartition and not exists (select 1 from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
             union all
             select p.root, p.oid, 't', t.tgname::text, pg_get_triggerdef(t.oid)
             from part p join pg_trigger t on t.tgrelid = p.oid
             where not t.tgisinternal and not exists (select 1 from pg_depend d where d.classid = 'pg_trigger'::regclass and d.objid = t.oid
                                                        and d.refclassid = 'pg_trigger'::regclass)
         )
         select f.relation::int8, case f.type when 'p' then 'primary key' when 'u' then 'unique rule' when 'c' then 'check' when 'x' then 'exclusion rule'
                                              when 'f' then 'foreign key' when 'i' then 'index' else 'trigger' end as kind,
                f.name, f.text, 'it holds in the partition ' || c.relname || ' only, and the partitions are restored as one table' as reason
         from found f join pg_class c on c.oid = f.place
         union all
         select c.oid::int8, 'partitioning', c.relname::text, pg_get_partkeydef(c.oid), 'the partitions are restored as one table'
         from pg_class c where c.oid::int8 = any($1) and c.relkind = 'p'
         union all
         select i.inhrelid::int8, 'inheritance', p.relname::text, i.inhparent::regclass::text, 'each table is restored by itself'
         from pg_inherits i join pg_class p on p.oid = i.inhparent and p.relkind <> 'p' where i.inhrelid::int8 = any($1)
         union all
         select i.indrelid::int8, 'index', c.relname::text, pg_get_indexdef(c.oid), 'the source itself holds it for invalid'
         from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid::int8 = any($1) and not i.indisvalid
         union all
         select r.ev_class::int8, 'rewrite rule', r.rulename::text, pg_get_ruledef(r.oid), 'rewrite rules are not exported'
         from pg_rewrite r where r.ev_class::int8 = any($1)
         union all
         select p.polrelid::int8, 'policy', p.polname::text,
                concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::text, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)),
                'who may see which rows is decided anew where they are restored'
         from pg_policy p where p.polrelid::int8 = any($1)
         order by 1, 2, 3, 4",
    )
    .persistent(false)
    .bind(oids)
    .fetch_all(connection)
    .await?;
    for row in rows {
        if let Some(table) = tables.get_mut(&row.relation) {
            let Row { kind, name, text, reason, .. } = row;
            table.uncarried.push(Uncarried { kind, name, text, reason });
        }
    }
    tables.values_mut().for_each(|table| table.uncarried.sort());
    Ok(())
}
