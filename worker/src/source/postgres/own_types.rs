//! Types that are not built in: how they are created again, and which cannot be.

use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// A type.
#[derive(sqlx::FromRow)]
pub(super) struct TypeRow {
    pub(super) oid: i64,
    kind: String,
    /// Quoted and qualified.
    name: String,
    pub(super) schema: String,
    pub(super) extension: Option<i64>,
    /// The types that it is made of.
    parts: Vec<i64>,
    /// The collations that it names, built-in ones left out.
    pub(super) collations: Vec<i64>,
    /// Enum: quoted labels. Composite: `name type`. Domain: `type`, then its constraints. Range: its parameters.
    body: Vec<String>,
    /// Domain: name, text and reason of each rule that cannot be created again.
    pub(super) dropped: Vec<String>,
    /// Why it cannot be created again.
    obstacle: Option<String>,
}

/// All of them by their object number.
pub(super) struct Types(HashMap<i64, TypeRow>);

impl Types {
    pub(super) async fn read(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let rows: Vec<TypeRow> = sqlx::query_as(
            "select t.oid::int8 as oid, t.typtype::text as kind, quote_ident(n.nspname) || '.' || quote_ident(t.typname) as name, n.nspname::text as schema,
                    (select e.refobjid::int8 from pg_depend e where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e' limit 1) as extension,
                    array(
                        select t.typelem::int8 where t.typelem <> 0
                        union all select t.typbasetype::int8 where t.typbasetype <> 0
                        union all select r.rngsubtype::int8 from pg_range r where r.rngtypid = t.oid
                        union all select r.rngtypid::int8 from pg_range r where r.rngmultitypid = t.oid
                        union all select a.atttypid::int8 from pg_attribute a where a.attrelid = t.typrelid and t.typtype = 'c' and a.attnum > 0 and not a.attisdropped
                        union all select d.refobjid::int8 from pg_constraint k join pg_depend d on d.classid = 'pg_constraint'::regclass and d.objid = k.oid
                                  where t.typtype = 'd' and k.contypid = t.oid and d.refclassid = 'pg_type'::regclass and d.refobjid <> t.oid
                    ) as parts,
                    array(
                        select t.typcollation::int8 where t.typtype = 'd' and t.typcollation >= 16384
                        union all select a.attcollation::int8 from pg_attribute a
                                  where a.attrelid = t.typrelid and t.typtype = 'c' and a.attnum > 0 and not a.attisdropped and a.attcollation >= 16384
                        union all select r.rngcollation::int8 from pg_range r where r.rngtypid = t.oid and r.rngcollation >= 16384
                    ) as collations,
                    case t.typtype
                        when 'e' then array(select quote_literal(l.enumlabel) from pg_enum l where l.enumtypid = t.oid order by l.enumsortorder)
                        when 'c' then array(
                            select quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                                || coalesce(' collate ' || (select quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                                     from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace join pg_type ty on ty.oid = a.atttypid
                                     where co.oid = a.attcollation and co.oid <> ty.typcollation), '')
                            from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind = 'c'
                            where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped order by a.attnum)
                        when 'd' then array[format_type(t.typbasetype, t.typtypmod)
                                || coalesce(' collate ' || (select quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                                     from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace join pg_type ty on ty.oid = t.typbasetype
                                     where co.oid = t.typcollation and co.oid <> ty.typcollation), '')
                                || coalesce((select ' default ' || pg_get_expr(t.typdefaultbin, 0) where not exists (
                                     select 1 from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.refobjid >= 16384
                                        and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_class'::regclass))), '')] || array(
                            select 'constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) from pg_constraint k
                            where k.contypid = t.oid and k.contype in ('c', 'n') and k.convalidated
                              and not exists (select 1 from pg_depend dep where dep.classid = 'pg_constraint'::regclass and dep.objid = k.oid
                                                 and dep.refclassid = 'pg_proc'::regclass and dep.refobjid >= 16384)
                            order by k.conname) || array(select 'not null' where t.typnotnull and not exists (
                                select 1 from pg_constraint k where k.contypid = t.oid and k.contype = 'n'))
                        when 'r' then (
                            select array['subtype = ' || format_type(r.rngsubtype, null)]
                                || array(select 'collation = ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                                          from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace join pg_type st on st.oid = r.rngsubtype
                                          where co.oid = r.rngcollation and co.oid <> st.typcollation)
                                || array(select 'subtype_diff = ' || quote_ident(pn.nspname) || '.' || quote_ident(p.proname)
                                          from pg_proc p join pg_namespace pn on pn.oid = p.pronamespace where p.oid = r.rngsubdiff::oid and p.oid < 16384)
                                || array(select 'multirange_type_name = ' || quote_ident(mn.nspname) || '.' || quote_ident(m.typname)
                                          from pg_type m join pg_namespace mn on mn.oid = m.typnamespace
                                          where m.oid::text = to_jsonb(r) ->> 'rngmultitypid')
                            from pg_range r where r.rngtypid = t.oid)
                        else array[]::text[] end as body,
                    array(
                        select unnest(array[k.conname::text, pg_get_constraintdef(k.oid), case when k.convalidated then 'it calls code that an archive does not hold'
                                      else 'the source itself does not hold its older values against it' end])
                        from pg_constraint k
                        where k.contypid = t.oid and k.contype in ('c', 'n') and (not k.convalidated
                           or exists (select 1 from pg_depend dep where dep.classid = 'pg_constraint'::regclass and dep.objid = k.oid
                                                 and dep.refclassid = 'pg_proc'::regclass and dep.refobjid >= 16384))
                    ) as dropped,
                    case when t.typtype = 'c' and (select c.relkind from pg_class c where c.oid = t.typrelid) <> 'c'
                              then 'holds whole rows of the table ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname)
                         when t.typtype = 'b' and t.typcategory <> 'A' then 'is of a type that code of the product''s own made'
                         when t.typtype = 'r' and (select r.rngcanonical::oid from pg_range r where r.rngtypid = t.oid) >= 16384
                              then 'is of a range type that calls code of the product''s own' end as obstacle
             from pg_type t join pg_namespace n on n.oid = t.typnamespace
             where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')",
        )
        .persistent(false)
        .fetch_all(connection)
        .await?;
        Ok(Self(rows.into_iter().map(|row| (row.oid, row)).collect()))
    }

    /// These types and what they are made of, parts before the types that are made of them.
    pub(super) fn ordered(&self, oids: impl Iterator<Item = i64>) -> Vec<&TypeRow> {
        let mut ordered = Vec::new();
        let mut seen = HashSet::new();
        for oid in oids {
            self.visit(oid, &mut seen, &mut ordered);
        }
        ordered
    }

    fn visit<'t>(&'t self, oid: i64, seen: &mut HashSet<i64>, ordered: &mut Vec<&'t TypeRow>) {
        let Some(row) = self.0.get(&oid).filter(|_| seen.insert(oid)) else {
            return;
        };
        for part in row.parts() {
            self.visit(*part, seen, ordered);
        }
        ordered.push(row);
    }

    /// Why values of this type cannot be restored, be it for what it is made of; `None` if they can.
    pub(super) fn obstacle(&self, oid: i64) -> Option<&str> {
        self.ordered(std::iter::once(oid))
            .into_iter()
            .find_map(|row| row.obstacle.as_deref().filter(|_| row.extension.is_none()))
    }
}

impl TypeRow {
    /// What an extension's types are made of comes with the extension.
    pub(super) fn parts(&self) -> &[i64] {
        if self.extension.is_none() { &self.parts } else { &[] }
    }

    /// The statement; `None` for types that come with another (arrays, multiranges, tables) or cannot stand alone.
    pub(super) fn create(&self) -> Option<String> {
        let Self { name, body, obstacle, .. } = self;
        match (self.kind.as_str(), body.as_slice()) {
            _ if obstacle.is_some() || self.extension.is_some() => None,
            ("e", labels) => Some(format!("create type {name} as enum ({})", labels.join(", "))),
            ("c", attributes) => Some(format!("create type {name} as ({})", attributes.join(", "))),
            ("d", parts) => Some(format!("create domain {name} as {}", parts.join(" "))),
            ("r", parameters) => Some(format!("create type {name} as range ({})", parameters.join(", "))),
            _ => None,
        }
    }
}
