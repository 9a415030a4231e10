//! What must exist before the tables: schemas, extensions, types, sequences.

use super::introspection::Tables;
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The statements, and the extensions that they create.
pub(super) struct Prelude {
    pub(super) statements: Vec<String>,
    pub(super) extensions: Vec<i64>,
}

#[derive(sqlx::FromRow)]
struct TypeRow {
    oid: i64,
    kind: String,
    name: String,
    schema: String,
    extension: Option<i64>,
    /// The types that it is made of.
    parts: Vec<i64>,
    /// Enum: quoted labels. Composite: `name type`. Domain: `type`, then its constraints. Range: the subtype.
    body: Vec<String>,
}

pub(super) async fn read(
    connection: &mut PgConnection,
    oids: &[i64],
    types: &[i64],
    tables: &mut Tables,
) -> sqlx::Result<Prelude> {
    let known: HashMap<i64, TypeRow> = own_types(connection).await?.into_iter().map(|row| (row.oid, row)).collect();
    let mut ordered = Vec::new();
    let mut seen = HashSet::new();
    for oid in types {
        visit(*oid, &known, &mut seen, &mut ordered);
    }
    let mut schemas: BTreeSet<String> = tables.values().map(|table| table.schema.clone()).collect();
    let mut extensions: Vec<i64> = Vec::new();
    let mut created = Vec::new();
    for row in ordered.iter().filter_map(|oid| known.get(oid)) {
        match row.extension {
            Some(extension) if extensions.contains(&extension) => {}
            Some(extension) => extensions.push(extension),
            None => {
                if let Some(statement) = create_type(row) {
                    schemas.insert(row.schema.clone());
                    created.push(statement);
                }
            }
        }
    }
    let installed: Vec<(String, String)> = sqlx::query_as(
        "select quote_ident(e.extname), n.nspname::text from pg_extension e join pg_namespace n on n.oid = e.extnamespace
         where e.oid::int8 = any($1) order by e.extname",
    )
    .persistent(false)
    .bind(&extensions)
    .fetch_all(&mut *connection)
    .await?;
    let sequences = own_sequences(connection, oids).await?;
    schemas.extend(installed.iter().map(|(_, schema)| schema.clone()));
    schemas.extend(sequences.iter().map(|(schema, _)| schema.clone()));
    let mut statements: Vec<String> = schemas
        .iter()
        .filter(|schema| !["public", "pg_catalog"].contains(&schema.as_str()))
        .map(|schema| format!("create schema if not exists {}", crate::plan::identifier::quote(schema)))
        .collect();
    statements.extend(installed.iter().map(|(name, schema)| {
        format!("create extension if not exists {name} with schema {}", crate::plan::identifier::quote(schema))
    }));
    statements.extend(created);
    statements.extend(sequences.into_iter().map(|(_, statement)| statement));
    Ok(Prelude { statements, extensions })
}

/// Every type that is not built in, with what it is made of.
async fn own_types(connection: &mut PgConnection) -> sqlx::Result<Vec<TypeRow>> {
    sqlx::query_as(
        "select t.oid::int8 as oid, t.typtype::text as kind, quote_ident(n.nspname) || '.' || quote_ident(t.typname) as name, n.nspname::text as schema,
                (select e.refobjid::int8 from pg_depend e where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e' limit 1) as extension,
                array(
                    select t.typelem::int8 where t.typelem <> 0
                    union all select t.typbasetype::int8 where t.typbasetype <> 0
                    union all select r.rngsubtype::int8 from pg_range r where r.rngtypid = t.oid
                    union all select r.rngtypid::int8 from pg_range r where r.rngmultitypid = t.oid
                    union all select a.atttypid::int8 from pg_attribute a where a.attrelid = t.typrelid and t.typtype = 'c' and a.attnum > 0 and not a.attisdropped
                ) as parts,
                case t.typtype
                    when 'e' then array(select quote_literal(l.enumlabel) from pg_enum l where l.enumtypid = t.oid order by l.enumsortorder)
                    when 'c' then array(
                        select quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                        from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind = 'c'
                        where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped order by a.attnum)
                    when 'd' then array[format_type(t.typbasetype, t.typtypmod)] || array(
                        select 'constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) from pg_constraint k
                        where k.contypid = t.oid and k.contype in ('c', 'n') and k.convalidated
                          and not exists (select 1 from pg_depend dep where dep.classid = 'pg_constraint'::regclass and dep.objid = k.oid
                                             and dep.refclassid = 'pg_proc'::regclass and dep.refobjid >= 16384)
                        order by k.conname) || array(select 'not null' where t.typnotnull and not exists (
                            select 1 from pg_constraint k where k.contypid = t.oid and k.contype = 'n'))
                    when 'r' then array(select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = t.oid)
                    else array[]::text[] end as body
         from pg_type t join pg_namespace n on n.oid = t.typnamespace
         where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')",
    )
    .persistent(false)
    .fetch_all(connection)
    .await
}

/// Parts before the types that are made of them.
fn visit(oid: i64, known: &HashMap<i64, TypeRow>, seen: &mut HashSet<i64>, ordered: &mut Vec<i64>) {
    let Some(row) = known.get(&oid) else {
        return;
    };
    if seen.insert(oid) {
        // What an extension's types are made of comes with the extension.
        if row.extension.is_none() {
            for part in &row.parts {
                visit(*part, known, seen, ordered);
            }
        }
        ordered.push(oid);
    }
}

/// `None` for types that come with another (arrays, multiranges) or cannot stand alone.
fn create_type(row: &TypeRow) -> Option<String> {
    let TypeRow { name, body, .. } = row;
    match (row.kind.as_str(), body.as_slice()) {
        ("e", labels) => Some(format!("create type {name} as enum ({})", labels.join(", "))),
        ("c", attributes) if !attributes.is_empty() => {
            Some(format!("create type {name} as ({})", attributes.join(", ")))
        }
        ("d", [base, constraints @ ..]) => {
            let mut statement = format!("create domain {name} as {base}");
            for constraint in constraints {
                statement.push(' ');
                statement.push_str(constraint);
            }
            Some(statement)
        }
        ("r", [subtype]) => Some(format!("create type {name} as range (subtype = {subtype})")),
        _ => None,
    }
}

/// Sequences that defaults call, with their schema; those of identity columns come with their tables.
async fn own_sequences(connection: &mut PgConnection, oids: &[i64]) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as(
        "select distinct n.nspname::text, 'create sequence if not exists ' || quote_ident(n.nspname) || '.' || quote_ident(s.relname)
                || ' as ' || format_type(q.seqtypid, null)
         from pg_attrdef ad
         join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = ad.oid and d.refclassid = 'pg_class'::regclass
         join pg_class s on s.oid = d.refobjid and s.relkind = 'S'
         join pg_namespace n on n.oid = s.relnamespace
         join pg_sequence q on q.seqrelid = s.oid
         where ad.adrelid::int8 = any($1)
         order by 2",
    )
    .persistent(false)
    .bind(oids)
    .fetch_all(connection)
    .await
}
