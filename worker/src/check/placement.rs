//! Findings about sources in which each tenant has a schema or a database of its own: every place is compared, and what is said of many is said once.

mod folding;
mod rows;

use super::{Finding, check as compare, wrong_engine};
use crate::{
    catalog::Catalog,
    error::ExportError,
    plan::territory::Territory,
    schema::Schema,
    source::{
        Snapshot, Source,
        placement::{lookup, missing},
    },
    steps::Steps,
};
use chrono::DateTime;
use folding::Folding;
use futures::{StreamExt, TryStreamExt, stream};
use shared::export::TenantId;
use std::collections::{BTreeMap, BTreeSet};

/// Schemas that are read together.
const TOGETHER: usize = 25;

/// Shapes that are remembered with what was found: most tenants have the same, and all of hundreds need not be in memory.
const REMEMBERED: usize = 16;

/// Databases that are looked at at the same time.
const AT_ONCE: usize = 4;

/// What stands in the way of exports where tenants have places of their own: of all tenants, or of one. With `data` the rows are looked at, too.
///
/// Every tenant's schema or database is compared with the catalog, which names it by its template. Fails like [`Source::open`] where one tenant is asked for.
pub async fn check(
    source: &Source,
    catalog: &Catalog,
    tenant: Option<&TenantId>,
    data: bool,
    steps: &Steps,
) -> Result<Vec<Finding>, ExportError> {
    if catalog.engine != source.engine {
        return Ok(vec![wrong_engine(catalog, source.engine)]);
    }
    let mut snapshot = source.snapshot("check", DateTime::UNIX_EPOCH).await?;
    let looked = survey(source, &mut snapshot, catalog, tenant).await;
    snapshot.close().await;
    let survey = match looked? {
        Ok(survey) => survey,
        Err(findings) => return Ok(findings),
    };
    let mut folding = Folding::new(catalog, survey.tenants.len());
    let mut judged: Vec<(Schema, Vec<Finding>)> = Vec::new();
    let mut compared = |place: &str, shape: Result<Schema, Finding>, taken: &[Finding]| {
        let shape = match shape {
            Ok(shape) => shape,
            Err(finding) => return folding.add(place, [&finding]),
        };
        let known = judged.iter().position(|(known, _)| *known == shape);
        let known = known.unwrap_or_else(|| {
            let findings = compare(&survey.catalog, &shape);
            if judged.len() == REMEMBERED {
                judged.remove(0);
            }
            judged.push((shape, findings));
            judged.len() - 1
        });
        folding.add(place, judged[known].1.iter().chain(taken));
    };
    match catalog.placed_schema() {
        Some(_) => in_schemas(source, &survey, &mut compared).await?,
        None => in_databases(source, &survey, &mut compared).await?,
    }
    let mut findings = survey.findings;
    findings.extend(folding.findings());
    if data {
        findings.extend(rows::check(source, catalog, &survey.tenants, steps).await?);
    }
    findings
        .sort_by(|left, right| (&left.table, &left.column, left.code).cmp(&(&right.table, &right.column, right.code)));
    Ok(findings)
}

/// The catalog and the live schema of one tenant: of the one that is named, as an export sees them, or of the first that has a place, with its schema called
/// as in the catalog. `None` if no tenant has one.
pub async fn example(
    source: &Source,
    catalog: &Catalog,
    tenant: Option<&TenantId>,
) -> Result<Option<(Catalog, Schema)>, ExportError> {
    if let Some(tenant) = tenant {
        let mut opened = source.open(catalog, tenant, "explain", DateTime::UNIX_EPOCH).await?;
        let schema = opened.snapshot.schema(&opened.catalog.schemas).await;
        opened.snapshot.close().await;
        return Ok(Some((opened.catalog, schema?)));
    }
    let mut snapshot = source.snapshot("explain", DateTime::UNIX_EPOCH).await?;
    let looked = survey(source, &mut snapshot, catalog, None).await;
    snapshot.close().await;
    let survey = match looked? {
        Ok(survey) => survey,
        Err(findings) => return Err(ExportError::Catalog(findings.iter().map(ToString::to_string).collect())),
    };
    let Some((place, _)) = survey.tenants.first_key_value() else { return Ok(None) };
    let schema = match catalog.placed_schema() {
        Some(template) => {
            let fixed = catalog.fixed_schemas();
            let read: Vec<String> = fixed.iter().chain([place]).cloned().collect();
            source.schema(&read).await?.shape(&fixed, place, &template.to_string())
        }
        None => source.at(catalog, place)?.schema(&catalog.schemas).await?,
    };
    Ok(Some((survey.catalog, schema)))
}

/// The place of the first tenant that has one.
pub(crate) async fn first(
    source: &Source,
    snapshot: &mut Snapshot,
    catalog: &Catalog,
) -> Result<Option<String>, ExportError> {
    Ok(match survey(source, snapshot, catalog, None).await? {
        Ok(survey) => survey.tenants.into_keys().next(),
        Err(_) => None,
    })
}

/// Who has a place, and what is wrong about the others.
struct Survey {
    /// The catalog with everything that is known of the table of tenants.
    catalog: Catalog,
    /// The key of each tenant by its place, which exists.
    tenants: BTreeMap<String, String>,
    findings: Vec<Finding>,
}

/// Looks at the table of tenants and at the places; findings alone where that cannot be.
async fn survey(
    source: &Source,
    snapshot: &mut Snapshot,
    catalog: &Catalog,
    tenant: Option<&TenantId>,
) -> Result<Result<Survey, Vec<Finding>>, ExportError> {
    let known = lookup(catalog);
    let schema = snapshot.schema(&known.fixed_schemas()).await?;
    let territory = Territory::new(&known, &schema);
    let mut findings = Vec::new();
    super::tables::tenants(&territory, &mut findings);
    if !findings.is_empty() {
        return Ok(Err(findings));
    }
    let mut catalog = catalog.clone();
    if catalog.placed_database().is_some() {
        catalog.known_key = territory.tenant_key().cloned();
    }
    let places = source.places(snapshot, &catalog).await?;
    // Policies may show the role one tenant at a time only.
    let keys = match tenant {
        Some(tenant) => vec![snapshot.bind_tenant(&known, &schema, tenant).await?.key],
        None => snapshot.keys(&catalog, &schema).await?,
    };
    let (tenants, more) = matched(&catalog, &keys, &places, tenant.is_none());
    findings.extend(more);
    Ok(Ok(Survey { catalog, tenants, findings }))
}

/// Every tenant with its place, and what fits only one side.
fn matched(
    catalog: &Catalog,
    keys: &[String],
    places: &[String],
    all: bool,
) -> (BTreeMap<String, String>, Vec<Finding>) {
    let Some(placement) = &catalog.tenant.placement else { return (BTreeMap::new(), Vec::new()) };
    let noun = placement.noun(catalog.engine);
    let existing: BTreeSet<&String> = places.iter().collect();
    let (mut tenants, mut without, mut impossible) = (BTreeMap::new(), Vec::new(), Vec::new());
    for key in keys.iter().collect::<BTreeSet<_>>() {
        match catalog.place_of(key) {
            Ok(Some(place)) if existing.contains(&place) => {
                tenants.insert(place, key.clone());
            }
            Ok(place) => without.push(missing(placement, catalog.engine, &place.unwrap_or_default())),
            Err(why) => impossible.push(why.to_string()),
        }
    }
    let orphans: Vec<&String> = places.iter().filter(|place| !tenants.contains_key(*place)).collect();
    let find = |code, message: String| Finding { code, table: None, column: None, message };
    let mut findings = Vec::new();
    let others = |count: usize| match count {
        1 => String::new(),
        count => format!("; so it is with {} more tenants", count - 1),
    };
    if let Some(first) = without.first() {
        findings.push(find("missing_place", format!("{first}{}", others(without.len()))));
    }
    if let Some(first) = impossible.first() {
        findings.push(find("missing_place", format!("{first}{}", others(impossible.len()))));
    }
    if let (Some(first), true) = (orphans.first(), all) {
        let others = match orphans.len() {
            1 => String::new(),
            count => format!(", like {} more,", count - 1),
        };
        findings.push(find(
            "orphaned_place",
            format!(
                "the {noun} `{first}`{others} fits `{}`, but belongs to no tenant: it is in nobody's export",
                placement.template()
            ),
        ));
    }
    if tenants.is_empty() {
        findings.push(find(
            "nothing_compared",
            format!("no tenant has a {noun} of its own, so the catalog could not be compared with one; let `check` run where at least one tenant exists"),
        ));
    }
    (tenants, findings)
}

async fn in_schemas(
    source: &Source,
    survey: &Survey,
    compared: &mut impl FnMut(&str, Result<Schema, Finding>, &[Finding]),
) -> Result<(), ExportError> {
    let Some(template) = survey.catalog.placed_schema() else { return Ok(()) };
    let (template, fixed) = (template.to_string(), survey.catalog.fixed_schemas());
    let places: Vec<&String> = survey.tenants.keys().collect();
    for places in places.chunks(TOGETHER) {
        let read: Vec<String> = fixed.iter().chain(places.iter().copied()).cloned().collect();
        let schema = source.schema(&read).await?;
        for place in places {
            let placed = survey.catalog.at_place(place);
            let mut taken = schema.taken_from_strangers(&placed);
            for finding in &mut taken {
                finding.table = finding.table.take().map(|table| placed.named_for_all(&table));
            }
            compared(place, Ok(schema.shape(&fixed, place, &template)), &taken);
        }
    }
    Ok(())
}

async fn in_databases(
    source: &Source,
    survey: &Survey,
    compared: &mut impl FnMut(&str, Result<Schema, Finding>, &[Finding]),
) -> Result<(), ExportError> {
    let catalog = &survey.catalog;
    let read = stream::iter(survey.tenants.keys()).map(|place| async move {
        let read = async { source.at(catalog, place)?.schema(&catalog.schemas).await };
        match read.await {
            Ok(schema) => Ok((place, Ok(schema))),
            Err(ExportError::Source { message, .. }) => Ok((place, Err(message))),
            Err(error) => Err(error),
        }
    });
    let mut read = read.buffered(AT_ONCE);
    while let Some((place, schema)) = read.try_next().await? {
        match schema {
            Ok(schema) => compared(place, Ok(schema.shape(&catalog.schemas, "", "")), &[]),
            Err(message) => {
                let message = format!("cannot be read: {message}");
                compared(place, Err(Finding { code: "unreadable_place", table: None, column: None, message }), &[]);
            }
        }
    }
    Ok(())
}
