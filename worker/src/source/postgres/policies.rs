//! Row level security that would hide rows for another reason than that they are another tenant's.

use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// A policy that holds for our role when it reads.
#[derive(sqlx::FromRow)]
struct Policy {
    relation: i64,
    permissive: bool,
    condition: String,
    /// The code of the functions that it calls.
    functions: Vec<String>,
    /// The tables that it looks into.
    tables: Vec<i64>,
}

/// Of these tables (schema, name) those, by their place, of which our role may see less than the tenant's rows: where row level security is active, one policy
/// that lets rows through and all those that hold rows back must read `setting`, be it by a function or by way of another table's policies, or let everything
/// through.
pub(super) async fn hiding(
    connection: &mut PgConnection,
    setting: &str,
    tables: &[(&str, &str)],
) -> sqlx::Result<Vec<usize>> {
    let (schemas, names): (Vec<&str>, Vec<&str>) = tables.iter().copied().unzip();
    let active: Vec<(i64, i64)> = sqlx::query_as(
        "select asked.place, c.oid::int8
         from unnest($1::text[], $2::text[]) with ordinality asked(schema, name, place)
         join pg_namespace n on n.nspname = asked.schema join pg_class c on c.relnamespace = n.oid and c.relname = asked.name
         where c.relkind in ('r', 'p') and row_security_active(c.oid) order by 1",
    )
    .persistent(false)
    .bind(schemas)
    .bind(names)
    .fetch_all(&mut *connection)
    .await?;
    if active.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Policy> = sqlx::query_as(
        "select p.polrelid::int8 as relation, p.polpermissive as permissive, coalesce(pg_get_expr(p.polqual, p.polrelid), 'true') as condition,
                array(select f.prosrc from pg_depend d join pg_proc f on f.oid = d.refobjid
                       where d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass) as functions,
                array(select distinct d.refobjid::int8 from pg_depend d
                       where d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> p.polrelid) as tables
         from pg_policy p
         where p.polcmd in ('r', '*') and exists (select 1 from unnest(p.polroles) role(oid) where role.oid = 0 or pg_has_role(role.oid, 'usage'))",
    )
    .persistent(false)
    .fetch_all(connection)
    .await?;
    let mut policies: HashMap<i64, Vec<Policy>> = HashMap::new();
    for row in rows {
        policies.entry(row.relation).or_default().push(row);
    }
    let hidden = active.into_iter().filter(|(_, relation)| !shows(*relation, setting, &policies, &mut HashSet::new()));
    Ok(hidden.filter_map(|(place, _)| usize::try_from(place - 1).ok()).collect())
}

/// Whether the table shows every row of the tenant whose key is in the setting.
fn shows(relation: i64, setting: &str, policies: &HashMap<i64, Vec<Policy>>, asked: &mut HashSet<i64>) -> bool {
    // Policies that lead back to where the question began say nothing new.
    if !asked.insert(relation) {
        return false;
    }
    let Some(own) = policies.get(&relation) else {
        return false;
    };
    let mut reads = |policy: &Policy| {
        policy.condition == "true"
            || policy.condition.contains(setting)
            || policy.functions.iter().any(|code| code.contains(setting))
            || policy.tables.iter().any(|table| shows(*table, setting, policies, asked))
    };
    let mut open = false;
    for policy in own {
        match (policy.permissive, reads(policy)) {
            (false, false) => return false,
            (true, true) => open = true,
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(relation: i64, permissive: bool, condition: &str, tables: &[i64]) -> Policy {
        Policy { relation, permissive, condition: condition.to_owned(), functions: Vec::new(), tables: tables.to_vec() }
    }

    fn shown(relation: i64, policies: Vec<Policy>) -> bool {
        let mut known: HashMap<i64, Vec<Policy>> = HashMap::new();
        for policy in policies {
            known.entry(policy.relation).or_default().push(policy);
        }
        shows(relation, "app.tenant", &known, &mut HashSet::new())
    }

    const OWN: &str = "(t_id = current_setting('app.tenant'::text)::integer)";
    const OTHER: &str = "(user_id = current_setting('app.user'::text)::integer)";

    #[test]
    fn one_policy_must_let_the_tenants_rows_through_and_none_hold_them_back() {
        assert!(shown(1, vec![policy(1, true, OWN, &[]), policy(1, true, OTHER, &[])]));
        assert!(shown(1, vec![policy(1, true, "true", &[])]));
        assert!(!shown(1, vec![policy(1, true, OTHER, &[])]));
        assert!(!shown(1, vec![policy(1, true, OWN, &[]), policy(1, false, OTHER, &[])]));
        assert!(!shown(1, vec![]));
    }

    #[test]
    fn a_policy_may_go_by_another_tables_policies_but_not_in_circles() {
        assert!(shown(1, vec![policy(1, true, "EXISTS", &[2]), policy(2, true, OWN, &[])]));
        assert!(!shown(1, vec![policy(1, true, "EXISTS", &[2]), policy(2, true, "EXISTS", &[1])]));
    }

    #[test]
    fn a_function_that_reads_the_setting_counts() {
        let mut by_function = policy(1, true, "(t_id = current_tenant())", &[]);
        by_function.functions.push("select current_setting('app.tenant')::int".to_owned());
        assert!(shown(1, vec![by_function]));
    }
}
