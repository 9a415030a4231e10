//! Questions to the rows of each tenant's own schema or database.

use crate::{
    catalog::Catalog,
    check::{Finding, data},
    error::ExportError,
    plan::{identifier::quote, territory::Territory},
    source::{Source, placement::lookup},
    steps::Steps,
};
use chrono::DateTime;
use shared::export::TenantId;
use std::collections::BTreeMap;

/// A finding by its code, table, column, and message without numbers.
type Words = (&'static str, Option<String>, Option<String>, String);

/// What the rows say against the catalog. Tables that are the same for every tenant are asked about once, and not at all where a question would lead into one
/// tenant's own: there other tenants' rows find nothing. Its steps are tenants.
pub(super) async fn check(
    source: &Source,
    catalog: &Catalog,
    tenants: &BTreeMap<String, String>,
    steps: &Steps,
) -> Result<Vec<Finding>, ExportError> {
    // With a policy between, what one tenant may see would be all that is counted: a role that policies bind is refused instead.
    let catalog = &without_policies(catalog);
    let mut findings = of_tenants(source, catalog).await?;
    // The finding, the first place, and for how many tenants it holds.
    let mut found: BTreeMap<Words, (Finding, String, usize)> = BTreeMap::new();
    steps.expect(tenants.len() as u64);
    for (number, (place, key)) in tenants.iter().enumerate() {
        steps.count(1);
        let Ok(tenant) = TenantId::new(key.as_str()) else { continue };
        for finding in of_place(source, catalog, &tenant, number == 0).await? {
            let words = finding.message.replace(|char: char| char.is_ascii_digit() || char == ',', "");
            let entry = (finding.code, finding.table.clone(), finding.column.clone(), words);
            let (_, _, more) = found.entry(entry).or_insert_with(|| (finding, place.clone(), 0));
            *more += 1;
        }
    }
    let noun = catalog.tenant.placement.as_ref().map_or("", |placement| placement.noun(catalog.engine));
    findings.extend(found.into_values().map(|(mut finding, place, count)| {
        let more = match count {
            1 => String::new(),
            count => format!(", and alike in {} more", count - 1),
        };
        finding.message.push_str(&format!(" (in the {noun} `{place}`{more})"));
        finding
    }));
    Ok(findings)
}

fn without_policies(catalog: &Catalog) -> Catalog {
    let mut catalog = catalog.clone();
    catalog.tenant.row_level_security = None;
    catalog
}

/// What is asked of the table of tenants alone.
async fn of_tenants(source: &Source, catalog: &Catalog) -> Result<Vec<Finding>, ExportError> {
    let known = lookup(catalog);
    let mut snapshot = source.snapshot("check", DateTime::UNIX_EPOCH).await?;
    let asked = async {
        let schema = snapshot.schema(&known.fixed_schemas()).await?;
        let territory = Territory::new(&known, &schema);
        let questions = data::of_tenants(&territory);
        data::ask(&mut snapshot, &territory, questions, &Steps::default()).await
    };
    let findings = asked.await;
    snapshot.close().await;
    findings
}

/// What is asked of one tenant's own tables, and where it is `first` of all others.
async fn of_place(
    source: &Source,
    catalog: &Catalog,
    tenant: &TenantId,
    first: bool,
) -> Result<Vec<Finding>, ExportError> {
    let mut opened = source.open(catalog, tenant, "check", DateTime::UNIX_EPOCH).await?;
    let asked = async {
        let schema = opened.snapshot.schema(&opened.catalog.schemas).await?;
        opened.bind(&schema).await?;
        let territory = Territory::new(&opened.catalog, &schema);
        let own = opened.catalog.own_schema().map(|own| format!("{}.", quote(&own)));
        let mut findings = Vec::new();
        let mut questions = data::questions(&territory, &mut findings);
        findings.retain(|finding| {
            first
                || finding
                    .table
                    .as_deref()
                    .is_some_and(|table| own.is_none() || table != opened.catalog.named_for_all(table))
        });
        questions.retain(|question| {
            territory.is_placed(question.place)
                || first
                    && question.code != "ambiguous_tenant"
                    && own.as_ref().is_none_or(|own| !question.sql.contains(own.as_str()))
        });
        findings.extend(data::broken_json(&mut opened.snapshot, &territory, &mut questions).await?);
        findings.extend(data::ask(&mut opened.snapshot, &territory, questions, &Steps::default()).await?);
        Ok(findings)
    };
    let findings: Result<Vec<Finding>, ExportError> = asked.await;
    opened.snapshot.close().await;
    let mut findings = findings?;
    if let (Some(own), Some(template)) = (opened.catalog.own_schema(), catalog.placed_schema()) {
        for finding in &mut findings {
            finding.table = finding.table.take().map(|table| opened.catalog.named_for_all(&table));
            finding.message = finding.message.replace(&format!("{own}."), &format!("{template}."));
        }
    }
    Ok(findings)
}
