//! What must exist before the tables: schemas, extensions, collations, types, sequences; and what needs each.

use super::{introspection::Tables, needs::Use, own_types::Types};
use crate::{
    plan::identifier::quote,
    schema::{self, Need, Uncarried},
};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

type Needs = BTreeSet<Need>;

/// The statements, and the extensions whose code may be called by what is carried.
pub(super) struct Prelude {
    pub(super) statements: Vec<schema::Prelude>,
    pub(super) extensions: Vec<i64>,
}

/// Reads everything that these uses need. Rules of domains that cannot be created again go to the tables that use them.
pub(super) async fn read(
    connection: &mut PgConnection,
    oids: &[i64],
    uses: Vec<Use>,
    types: &Types,
    tables: &mut Tables,
) -> sqlx::Result<Prelude> {
    let mut of_types: BTreeMap<i64, Needs> = BTreeMap::new();
    let mut of_collations: BTreeMap<i64, Needs> = BTreeMap::new();
    let mut of_code: BTreeMap<i64, Needs> = BTreeMap::new();
    for Use { need, class, object, extension } in uses {
        let (map, object) = match (class.as_str(), extension) {
            ("pg_type", _) => (&mut of_types, object),
            (_, Some(extension)) => (&mut of_code, extension),
            ("pg_collation", None) => (&mut of_collations, object),
            _ => continue,
        };
        map.entry(object).or_default().insert(need);
    }
    let ordered = types.ordered(of_types.keys().copied().collect::<Vec<_>>().into_iter());
    for row in ordered.iter().rev() {
        let needs = of_types.get(&row.oid).cloned().unwrap_or_default();
        for part in row.parts() {
            of_types.entry(*part).or_default().extend(needs.iter().cloned());
        }
        for collation in &row.collations {
            of_collations.entry(*collation).or_default().extend(needs.iter().cloned());
        }
        dropped_rules(&row.dropped, &needs, tables);
    }

    let mut schemas: BTreeMap<String, Needs> = BTreeMap::new();
    for table in tables.values() {
        let need = Need { schema: table.schema.clone(), table: table.name.clone(), columns: Vec::new() };
        schemas.entry(table.schema.clone()).or_default().insert(need);
    }
    let mut of_extensions: BTreeMap<i64, Needs> = BTreeMap::new();
    let mut created = Vec::new();
    for row in &ordered {
        let needs = of_types.get(&row.oid).cloned().unwrap_or_default();
        if let Some(extension) = row.extension {
            of_extensions.entry(extension).or_default().extend(needs);
        } else if let Some(statement) = row.create() {
            schemas.entry(row.schema.clone()).or_default().extend(needs.iter().cloned());
            created.push((statement, needs));
        }
    }
    let installed = installed(connection).await?;
    for extension in &installed {
        if let Some(needs) = of_code.remove(&extension.oid).filter(|_| extension.trusted) {
            of_extensions.entry(extension.oid).or_default().extend(needs);
        }
    }
    // What an extension requires is older than the extension itself.
    for extension in installed.iter().rev() {
        let needs = of_extensions.get(&extension.oid).cloned();
        for required in needs.iter().flat_map(|_| &extension.requires) {
            of_extensions.entry(*required).or_default().extend(needs.clone().unwrap_or_default());
        }
    }
    let mut extensions = Vec::new();
    for extension in &installed {
        if let Some(needs) = of_extensions.remove(&extension.oid) {
            schemas.entry(extension.schema.clone()).or_default().extend(needs.iter().cloned());
            let statement =
                format!("create extension if not exists {} with schema {}", extension.name, quote(&extension.schema));
            extensions.push((statement, needs));
        }
    }
    let collations = own_collations(connection, of_collations, &mut schemas).await?;
    let sequences = own_sequences(connection, oids, tables, &mut schemas).await?;
    let schemas = schemas.into_iter().filter(|(schema, _)| !["public", "pg_catalog"].contains(&schema.as_str()));
    let schemas = schemas.map(|(schema, needs)| (format!("create schema if not exists {}", quote(&schema)), needs));
    let statements = schemas.chain(extensions).chain(collations).chain(created).chain(sequences).map(
        |(statement, needs): (String, Needs)| schema::Prelude { statement, needed_by: needs.into_iter().collect() },
    );
    let carried =
        |extension: &&Extension| extension.trusted || ordered.iter().any(|row| row.extension == Some(extension.oid));
    Ok(Prelude {
        statements: statements.collect(),
        extensions: installed.iter().filter(carried).map(|extension| extension.oid).collect(),
    })
}

fn dropped_rules(dropped: &[String], needs: &Needs, tables: &mut Tables) {
    for rule in dropped.chunks_exact(3) {
        let users: BTreeSet<(&str, &str)> =
            needs.iter().map(|need| (need.schema.as_str(), need.table.as_str())).collect();
        let [name, text, reason] = rule else { continue };
        for table in tables.values_mut().filter(|table| users.contains(&(table.schema.as_str(), table.name.as_str()))) {
            table.uncarried.push(Uncarried {
                kind: "domain rule".to_owned(),
                name: name.clone(),
                text: text.clone(),
                reason: reason.clone(),
            });
        }
    }
}

#[derive(sqlx::FromRow)]
struct Extension {
    oid: i64,
    name: String,
    schema: String,
    /// Whoever may create schemas may create it: it can be asked of a restoring role for the sake of an index.
    trusted: bool,
    requires: Vec<i64>,
}

async fn installed(connection: &mut PgConnection) -> sqlx::Result<Vec<Extension>> {
    sqlx::query_as(
        "with available as materialized (select name, version, trusted from pg_available_extension_versions)
         select e.oid::int8 as oid, quote_ident(e.extname) as name, n.nspname::text as schema,
                coalesce((select v.trusted from available v where v.name = e.extname and v.version = e.extversion), false) as trusted,
                array(select d.refobjid::int8 from pg_depend d
                       where d.classid = 'pg_extension'::regclass and d.objid = e.oid and d.refclassid = 'pg_extension'::regclass) as requires
         from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.oid >= 16384 order by e.oid",
    )
    .persistent(false)
    .fetch_all(connection)
    .await
}

/// Collations of the product's own.
async fn own_collations(
    connection: &mut PgConnection,
    mut needed: BTreeMap<i64, Needs>,
    schemas: &mut BTreeMap<String, Needs>,
) -> sqlx::Result<Vec<(String, Needs)>> {
    // The names of these columns differ from version to version.
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "select co.oid::int8, n.nspname::text,
                'create collation if not exists ' || quote_ident(n.nspname) || '.' || quote_ident(co.collname) || ' (provider = '
                || case j ->> 'collprovider' when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end
                || case when j ->> 'collprovider' in ('i', 'b')
                        then ', locale = ' || quote_literal(coalesce(j ->> 'colllocale', j ->> 'colliculocale', j ->> 'collcollate'))
                        else ', lc_collate = ' || quote_literal(j ->> 'collcollate') || ', lc_ctype = ' || quote_literal(j ->> 'collctype') end
                || coalesce(', rules = ' || quote_literal(coalesce(j ->> 'collicurules', j ->> 'colliculrules')), '')
                || case when (j ->> 'collisdeterministic')::boolean then '' else ', deterministic = false' end || ')'
         from pg_collation co join pg_namespace n on n.oid = co.collnamespace cross join lateral to_jsonb(co) j
         where co.oid::int8 = any($1) order by 3",
    )
    .persistent(false)
    .bind(needed.keys().copied().collect::<Vec<i64>>())
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(oid, schema, statement)| {
            let needs = needed.remove(&oid).unwrap_or_default();
            schemas.entry(schema).or_default().extend(needs.iter().cloned());
            (statement, needs)
        })
        .collect())
}

/// Sequences that defaults call; those of identity columns come with their tables.
async fn own_sequences(
    connection: &mut PgConnection,
    oids: &[i64],
    tables: &Tables,
    schemas: &mut BTreeMap<String, Needs>,
) -> sqlx::Result<Vec<(String, Needs)>> {
    let rows: Vec<(i64, String, String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select ad.adrelid::int8, a.attname::text, n.nspname::text,
                'create sequence if not exists ' || quote_ident(n.nspname) || '.' || quote_ident(s.relname)
                || ' as ' || format_type(q.seqtypid, null) || {}
         from pg_attrdef ad
         join pg_attribute a on a.attrelid = ad.adrelid and a.attnum = ad.adnum
         join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = ad.oid and d.refclassid = 'pg_class'::regclass
         join pg_class s on s.oid = d.refobjid and s.relkind = 'S'
         join pg_namespace n on n.oid = s.relnamespace
         join pg_sequence q on q.seqrelid = s.oid
         where ad.adrelid::int8 = any($1)",
        super::sequences::OPTIONS
    )))
    .persistent(false)
    .bind(oids)
    .fetch_all(connection)
    .await?;
    let mut statements: BTreeMap<String, Needs> = BTreeMap::new();
    for (relation, column, schema, statement) in rows {
        if let Some(table) = tables.get(&relation) {
            let need = Need { schema: table.schema.clone(), table: table.name.clone(), columns: vec![column] };
            schemas.entry(schema).or_default().insert(need.clone());
            statements.entry(statement).or_default().insert(need);
        }
    }
    Ok(statements.into_iter().collect())
}
