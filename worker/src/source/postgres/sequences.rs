//! Sequences: which feed a column, and the statements that let a restored table go on numbering its rows.

use super::introspection::Tables;
use crate::{
    format::sql::name::literal_anywhere,
    plan::{TablePlan, identifier::quote},
    schema::{Sequence, Table},
};
use sqlx::PgConnection;

/// What of the sequence `q` (`pg_sequence`) is not as usual, each option after a blank.
pub(super) const OPTIONS: &str = "
    case when q.seqincrement <> 1 then ' increment by ' || q.seqincrement else '' end
    || case when q.seqmin <> case when q.seqincrement > 0 then 1
                                  else case q.seqtypid when 'int2'::regtype then -32768 when 'int4'::regtype then -2147483648 else -9223372036854775808 end end
            then ' minvalue ' || q.seqmin else '' end
    || case when q.seqmax <> case when q.seqincrement < 0 then -1
                                  else case q.seqtypid when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647 else 9223372036854775807 end end
            then ' maxvalue ' || q.seqmax else '' end
    || case when q.seqstart <> case when q.seqincrement > 0 then q.seqmin else q.seqmax end then ' start with ' || q.seqstart else '' end
    || case when q.seqcache <> 1 then ' cache ' || q.seqcache else '' end
    || case when q.seqcycle then ' cycle' else '' end";

#[derive(sqlx::FromRow)]
struct SequenceRow {
    relation: i64,
    column: String,
    name: String,
    owned: bool,
    descending: bool,
    minimum: i64,
    maximum: i64,
    options: String,
}

/// The sequences behind identity columns, and those that defaults call. One that a column only owns is not in the archive.
pub(super) async fn read(connection: &mut PgConnection, oids: &[i64], tables: &mut Tables) -> sqlx::Result<()> {
    let rows: Vec<SequenceRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select found.relation::int8, a.attname::text as \"column\", quote_ident(n.nspname) || '.' || quote_ident(s.relname) as name,
                exists (select 1 from pg_depend o where o.classid = 'pg_class'::regclass and o.objid = s.oid and o.refclassid = 'pg_class'::regclass
                           and o.refobjid = found.relation and o.refobjsubid = found.number and o.deptype = 'a') as owned,
                q.seqincrement < 0 as descending, q.seqmin as minimum, q.seqmax as maximum, {OPTIONS} as options
         from (
             select d.refobjid as relation, d.refobjsubid::int2 as number, d.objid as sequence from pg_depend d
             where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype = 'i' and d.refobjsubid > 0
             union
             select ad.adrelid, ad.adnum, d.refobjid from pg_depend d join pg_attrdef ad on ad.oid = d.objid
             where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
         ) found
         join pg_class s on s.oid = found.sequence and s.relkind = 'S'
         join pg_sequence q on q.seqrelid = s.oid
         join pg_namespace n on n.oid = s.relnamespace
         join pg_attribute a on a.attrelid = found.relation and a.attnum = found.number and not a.attisdropped
         where found.relation::int8 = any($1)
         order by found.relation, found.number, 3"
    )))
    .persistent(false)
    .bind(oids)
    .fetch_all(connection)
    .await?;
    for row in rows {
        if let Some(table) = tables.get_mut(&row.relation) {
            table.sequences.push(Sequence {
                column: row.column,
                name: row.name,
                owned: row.owned,
                descending: row.descending,
                bounds: (row.minimum, row.maximum),
                options: row.options,
            });
        }
    }
    Ok(())
}

/// One statement for each sequence that feeds a delivered column of whole numbers; they read the restored rows.
///
/// A sequence never goes back, since several columns may share it, and rows beyond its bounds do not move it.
pub(in crate::source) fn statements(table: &TablePlan, live: &Table) -> Vec<String> {
    let relation = format!("{}.{}", quote(&table.schema), quote(&table.table));
    live.sequences
        .iter()
        .filter_map(|sequence| {
            let column = table.columns.iter().find(|column| {
                column.name == sequence.column
                    && column.mask.is_none()
                    && ["int2", "int4", "int8", "numeric"].contains(&column.base_type.as_str())
            })?;
            let name = quote(&column.name);
            let Sequence { name: own, descending, bounds: (minimum, maximum), .. } = sequence;
            let (utmost, further, beyond) = match descending {
                false => ("max", "greatest", ">="),
                true => ("min", "least", "<="),
            };
            Some(format!(
                "select setval({called}, {further}({utmost}({name})::bigint, (select last_value from {own})), \
                 {utmost}({name}) {beyond} (select last_value from {own}) or (select is_called from {own})) \
                 from {relation} where {name} between {minimum} and {maximum} having {utmost}({name}) is not null",
                called = literal_anywhere(own),
            ))
        })
        .collect()
}
