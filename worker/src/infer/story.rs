//! The story of a draft: owners, shared tables, secrets, and the check that nothing of it contradicts itself.

use super::{
    InferError, Inferred, Request, confirm,
    draft::{Draft, ReferenceDraft, TableDraft, TenantDraft},
    home,
    landscape::{Kind, Landscape, Place},
    noun, owner, personal,
    placement::Naming,
    reviewed,
    sample::Sampler,
    secret, security, share, subject,
    through::Search,
    verdict::{Decision, Verdict},
    way::{self, Ways},
};
use crate::{
    catalog::{Catalog, Placement},
    schema::Schema,
    source::{Snapshot, Survey},
};
use shared::export::Engine;
use std::collections::{BTreeMap, BTreeSet};

/// A reviewed file.
pub(super) struct Reviewed {
    pub(super) text: String,
    pub(super) catalog: Catalog,
}

impl Reviewed {
    pub(super) fn read(text: &str) -> Result<Self, InferError> {
        let catalog = Catalog::parse(text).map_err(|error| InferError::Reviewed(error.to_string()))?;
        Ok(Self { text: text.to_owned(), catalog })
    }
}

/// The schemas to cover.
pub(super) fn schemas(
    engine: Engine,
    request: &Request,
    placement: Option<&Placement>,
    reviewed: Option<&Reviewed>,
) -> Result<Vec<String>, InferError> {
    let template = match placement {
        Some(Placement::Schema(template)) => Some(template.to_string()),
        _ => None,
    };
    let with_template = |schemas: &[String]| -> Vec<String> {
        let fixed = schemas.iter().filter(|schema| template.as_ref() != Some(schema));
        fixed.cloned().chain(template.clone()).collect()
    };
    if engine != Engine::Postgres && !request.schemas.is_empty() {
        return Err(InferError::Request(format!(
            "a source of {engine} has no schemas to choose from; leave --schema out"
        )));
    }
    match reviewed.map(|reviewed| &reviewed.catalog) {
        Some(catalog) if catalog.engine != engine => {
            Err(InferError::Reviewed(format!("it is for {}, the source is {engine}", catalog.engine)))
        }
        Some(catalog) if !request.schemas.is_empty() && catalog.schemas != with_template(&request.schemas) => {
            Err(InferError::Reviewed(format!(
                "it covers the schemas {}; change them there, and with them the names of tables",
                catalog.schemas.join(", ")
            )))
        }
        Some(catalog) => Ok(catalog.schemas.clone()),
        None if request.schemas.is_empty() => Ok(with_template(&[home(engine).to_owned()])),
        None => Ok(with_template(&request.schemas)),
    }
}

/// Drafts; without a snapshot nothing is sampled.
pub(super) async fn draft(
    live: &Schema,
    naming: &Naming<'_>,
    survey: &Survey,
    snapshot: Option<&mut Snapshot>,
    request: &Request,
    reviewed: Option<&Reviewed>,
) -> Result<Inferred, InferError> {
    let whole = naming.placed.map_or_else(|| live.clone(), |placed| placed.with_control(live));
    let schema = &whole;
    let land = survey_land(schema, naming, request)?;
    let tenants = naming.tenants(&land);
    if let Some(tenant) = reviewed.map(|reviewed| &reviewed.catalog.tenant)
        && (tenant.table.as_str(), tenant.key.as_str()) != (tenants.as_str(), land.key.as_str())
    {
        return Err(InferError::Reviewed(format!(
            "its tenants are {}.{}, not {}.{}",
            tenant.table, tenant.key, tenants, land.key
        )));
    }
    let persons = subject::find(&land, &request.subjects)?;
    let mut sampler = Sampler::new(snapshot, survey.unreadable.clone());
    let catalog = reviewed.map(|reviewed| &reviewed.catalog);

    let ways = way::all(&land, catalog, &mut sampler).await?;
    let mut verdicts = match naming.is_elsewhere(&land, land.tenants) {
        true => vec![None; schema.tables.len()],
        false => owner::columns(&land, &mut sampler).await?,
    };
    naming.decide(&land, &mut verdicts);
    if let Some(catalog) = catalog {
        for (verdict, decided) in verdicts.iter_mut().zip(reviewed::verdicts(&land, catalog)) {
            if decided.is_some() {
                *verdict = decided;
            }
        }
    }
    let mut search = Search::new(&land, &ways, verdicts);
    search.decide(&mut sampler).await?;
    let mut verdicts = search.verdicts;
    let perhaps_shared = share::decide(&land, &ways, &mut verdicts);

    let mut tables: Vec<TableDraft> = Vec::with_capacity(verdicts.len());
    let mut places: Vec<Option<usize>> = vec![None; verdicts.len()];
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (place, verdict) in verdicts.into_iter().enumerate() {
        let Some(verdict) = verdict else { continue };
        if naming.is_elsewhere(&land, place) || !names.insert(land.name(place)) {
            continue;
        }
        places[place] = Some(tables.len());
        let left_out = matches!(verdict.decision, Decision::Exclude(_));
        let columns = match left_out || land.table(place).is_virtual() {
            true => Vec::new(),
            false => secret::columns(&land, place, &ways[place], &mut sampler).await?,
        };
        let columns = match perhaps_shared.contains(&place) {
            true => personal::with_questions(land.table(place), columns),
            false => columns,
        };
        tables.push(TableDraft {
            name: land.name(place).to_owned(),
            about: about(&land, place),
            category: None,
            references: if left_out { Vec::new() } else { references(&land, &ways[place]) },
            in_subject: if verdict.is_owned() { subject::ways(place, &ways[place], &persons) } else { Vec::new() },
            columns,
            parents: parents(&verdict, &ways[place]),
            verdict,
        });
    }
    for table in &mut tables {
        table.parents = table.parents.iter().filter_map(|place| places[*place]).collect();
    }
    categories(&mut tables);
    let (setting, security_note) = security::setting(&land, survey);
    let draft = Draft {
        engine: schema.engine,
        schemas: naming.schemas.clone(),
        tenant: TenantDraft {
            table: tenants,
            key: land.key.clone(),
            placement: naming.placed.map(|placed| placed.placement.clone()),
            label: label(&land),
            setting,
            notes: security_note.into_iter().collect(),
        },
        subjects: persons.into_iter().map(|person| person.draft).collect(),
        tables,
        views: survey.views.iter().map(|(schema, view)| naming.of(schema, view)).collect(),
        notes: naming
            .placed
            .map(|placed| placed.note(schema.engine))
            .into_iter()
            .chain(refused(&land, &sampler))
            .collect(),
    };
    let named = naming.placed.map_or_else(|| live.clone(), |placed| placed.as_named(live));
    confirm::confirm(draft, &land, &named, reviewed)
}

/// The tables with their names, and which of them is the table of tenants.
pub(super) fn survey_land<'a>(
    schema: &'a Schema,
    naming: &Naming<'_>,
    request: &Request,
) -> Result<Landscape<'a>, InferError> {
    let names: Vec<String> = schema.tables.iter().map(|table| naming.of(&table.schema, &table.name)).collect();
    let wanted = request.tenant_table.as_str();
    let elsewhere = names.iter().position(|name| name.starts_with('\0'));
    let by_catalog = elsewhere.or_else(|| names.iter().position(|name| name == wanted));
    let bare: Vec<Place> = (0..names.len()).filter(|place| schema.tables[*place].name == wanted).collect();
    let tenants = match (by_catalog, bare.as_slice()) {
        (Some(place), _) => place,
        (None, [place]) => *place,
        (None, []) => {
            return Err(InferError::Request(format!(
                "the source has no table `{wanted}` in {}; name the table of tenants with --tenant-table{}",
                match naming.schemas.as_slice() {
                    [one] if one.is_empty() => "its database".to_owned(),
                    schemas => format!("the schemas it was asked for ({})", schemas.join(", ")),
                },
                if schema.tables.is_empty() { " (the role sees no table at all)" } else { "" }
            )));
        }
        (None, _) => {
            return Err(InferError::Request(format!(
                "several schemas have a table `{wanted}`; name it with its schema"
            )));
        }
    };
    if schema.tables[tenants].is_virtual() {
        return Err(InferError::Request(format!(
            "something else keeps the rows of `{wanted}`; it cannot be the table of tenants"
        )));
    }
    let mut land = Landscape::new(schema, names, tenants, "");
    let key = match naming.key().or(request.tenant_key.as_deref()) {
        Some(key) => land.table(tenants).column(key).map(|column| column.name.clone()).ok_or_else(|| {
            InferError::Request(format!("`{wanted}` has no column `{key}`; name another one with --tenant-key"))
        })?,
        None => land.only_key(tenants).ok_or_else(|| {
            InferError::Request(format!(
                "`{wanted}` has no key of one column; say with --tenant-key which column identifies a tenant"
            ))
        })?,
    };
    land.key = key;
    Ok(land)
}

fn about(land: &Landscape<'_>, place: Place) -> Option<String> {
    let table = land.table(place);
    let rows = table.estimated_rows.filter(|rows| *rows > 0).map(|rows| format!("About {} rows.", grouped(rows)));
    let comment = table.comment.as_ref().map(|text| text.trim()).filter(|text| !text.is_empty());
    let comment = comment.map(|text| format!("Its comment: {}", text.chars().take(300).collect::<String>()));
    let parts: Vec<String> = rows.into_iter().chain(comment).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn references(land: &Landscape<'_>, ways: &Ways) -> Vec<ReferenceDraft> {
    let written =
        |way: &&way::Way| way.columns.len() == 1 && way.evidence.as_deref().is_some_and(|told| told != "reviewed");
    ways.ways
        .iter()
        .filter(written)
        .map(|way| ReferenceDraft {
            column: way.columns[0].clone(),
            table: land.name(way.to).to_owned(),
            key: (land.table(way.to).primary_key != way.to_columns).then(|| way.to_columns.join(", ")),
            evidence: way.evidence.clone().unwrap_or_default(),
        })
        .collect()
}

/// The tables that a table belongs through, as places in the schema.
fn parents(verdict: &Verdict, ways: &Ways) -> Vec<Place> {
    match &verdict.decision {
        Decision::Through(keys) => {
            ways.ways.iter().filter(|way| keys.contains(&way.words())).map(|way| way.to).collect()
        }
        _ => Vec::new(),
    }
}

/// Groups tables whose names begin with the same word, where at least three do and not all of them.
fn categories(tables: &mut [TableDraft]) {
    let first = |name: &str| {
        let words = noun::words(name.rsplit('.').next().unwrap_or(name));
        words.first().filter(|word| word.len() > 2).map(|word| noun::singulars(word).pop().unwrap_or_default())
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for table in tables.iter().filter_map(|table| first(&table.name)) {
        *counts.entry(table).or_default() += 1;
    }
    let most = tables.len();
    for table in tables.iter_mut().filter(|table| !matches!(table.verdict.decision, Decision::Exclude(_))) {
        if let Some(word) = first(&table.name)
            && counts.get(&word).is_some_and(|count| *count >= 3 && *count * 2 < most)
        {
            let mut letters = word.chars();
            table.category = letters.next().map(|letter| letter.to_uppercase().chain(letters).collect());
        }
    }
}

fn label(land: &Landscape<'_>) -> Option<String> {
    const LABELS: &[&str] = &["name", "title", "label", "display_name", "company_name", "legal_name", "company"];
    let table = land.table(land.tenants);
    let fitting = |name: &&&str| table.column(name).is_some_and(|column| land.kind(column) == Kind::Text);
    LABELS.iter().find(fitting).map(|name| (*name).to_owned())
}

/// What the reviewer should know about rows that could not be looked at.
fn refused(land: &Landscape<'_>, sampler: &Sampler<'_>) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (place, why) in &sampler.refused {
        by_reason.entry(why).or_default().push(land.name(*place));
    }
    by_reason
        .into_iter()
        .map(|(why, tables)| {
            let shown = tables.iter().take(8).copied().collect::<Vec<_>>().join(", ");
            let more = tables.len().saturating_sub(8);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!(
                "Not sampled, since {why}: {shown}{more}. What names and types say there is not confirmed by values."
            )
        })
        .collect()
}
