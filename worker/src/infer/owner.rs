//! The column that holds the tenant's key.

use super::{
    landscape::{Landscape, Place},
    sample::{Sampler, Share},
    verdict::{Decision, Verdict},
};
use crate::{error::ExportError, schema::Column};
use std::collections::BTreeSet;

/// For each table that has something like an owner's column: what it is.
pub(super) async fn columns(
    land: &Landscape<'_>,
    sampler: &mut Sampler<'_>,
) -> Result<Vec<Option<Verdict>>, ExportError> {
    let learnt = learnt(land);
    let mut verdicts = Vec::with_capacity(land.schema.tables.len());
    for place in land.all() {
        verdicts.push(match place == land.tenants {
            true => Some(Verdict::new(Decision::Column(land.key.clone()), "The table of tenants belongs to itself.")),
            false => of(land, place, &learnt, sampler).await?,
        });
    }
    by_part_of_key(land, &mut verdicts);
    Ok(verdicts)
}

/// The names of columns that declared keys call the tenant by, and that are never NULL.
fn learnt<'a>(land: &Landscape<'a>) -> BTreeSet<&'a str> {
    land.all()
        .filter(|place| *place != land.tenants)
        .flat_map(|place| direct(land, place))
        .filter(|column| column.not_null)
        .map(|column| column.name.as_str())
        .collect()
}

/// The columns that declared keys lead from to the tenant's key.
fn direct<'a>(land: &Landscape<'a>, place: Place) -> Vec<&'a Column> {
    let table = land.table(place);
    let mut columns: Vec<&Column> = Vec::new();
    for key in &table.foreign_keys {
        if let ([column], [to]) = (key.columns.as_slice(), key.to_columns.as_slice())
            && *to == land.key
            && land.place(&key.to_schema, &key.to_table) == Some(land.tenants)
            && let Some(column) = table.column(column)
            && !columns.iter().any(|known| known.name == column.name)
        {
            columns.push(column);
        }
    }
    columns
}

async fn of(
    land: &Landscape<'_>,
    place: Place,
    learnt: &BTreeSet<&str>,
    sampler: &mut Sampler<'_>,
) -> Result<Option<Verdict>, ExportError> {
    let table = land.table(place);
    let Some(key) = land.table(land.tenants).column(&land.key) else {
        return Ok(None);
    };
    if table.is_virtual() {
        return Ok(None);
    }
    let tenants = land.name(land.tenants);
    let declared = direct(land, place);
    let elsewhere = |column: &Column| {
        table.foreign_keys.iter().any(|key| {
            key.columns.as_slice() == [column.name.as_str()]
                && land.place(&key.to_schema, &key.to_table) != Some(land.tenants)
        })
    };
    let named: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| land.kind(column) == land.kind(key) && !elsewhere(column))
        .filter(|column| land.names_the_tenant(&column.name))
        .collect();
    let (column, evidence) = match (declared.as_slice(), named.as_slice()) {
        ([], []) => {
            let alike: Vec<&Column> = table
                .columns
                .iter()
                .filter(|column| learnt.contains(column.name.as_str()) && land.kind(column) == land.kind(key))
                .filter(|column| !elsewhere(column) && !table.primary_key.iter().all(|own| *own == column.name))
                .collect();
            match alike.as_slice() {
                [column] => (*column, "other tables' keys of this name lead there, and the type matches"),
                _ => return Ok(None),
            }
        }
        (several, [column]) if several.iter().any(|known| known.name == column.name) => {
            (*column, "declared foreign key")
        }
        ([column], []) if column.not_null => (*column, "declared foreign key"),
        ([column], []) => {
            return Ok(Some(Verdict::undecided(format!(
                "`{}` points to {tenants}, but may be NULL and is not named after it: is it whose the row is, or only a mention? If it is, write `owner = {{ column = {} }}`",
                column.name,
                super::draft::quoted(&column.name)
            ))));
        }
        ([], [column]) => (*column, "no key is declared, but name and type match"),
        (declared, named) => {
            let mut names: Vec<String> =
                declared.iter().chain(named).map(|column| format!("`{}`", column.name)).collect();
            names.dedup();
            return Ok(Some(Verdict::undecided(format!(
                "{} all speak of {tenants}: which of them says whose the row is? Write it as `owner = {{ column = … }}`; rows that belong to both sides need `through` or `references`",
                names.join(", ")
            ))));
        }
    };
    let mut note = format!("`{}` is the key of {tenants}: {evidence}", column.name);
    if !declared.iter().any(|known| known.name == column.name) {
        match sampler.contained(land, place, column, land.tenants, key).await? {
            None => note.push_str("; not sampled"),
            Some(Share { of: 0, .. }) => note.push_str("; there are no values yet"),
            Some(share) if share.is_all() => {
                note.push_str(&format!(", {} of {} sampled values are found there", share.so, share.of));
            }
            Some(Share { of, so }) => {
                return Ok(Some(Verdict::undecided(format!(
                    "`{}` has the name and type of {tenants}.{}, but only {so} of {of} sampled values are found there: whose are the others? {}",
                    column.name,
                    land.key,
                    write_column(&column.name)
                ))));
            }
        }
    }
    if !column.not_null {
        match sampler.nulls(land, place, &column.name).await? {
            Some(Share { so: 0, .. }) => note.push_str("; it may be NULL, but in no sampled row is it"),
            nulls => {
                let seen = nulls.map_or("could not be sampled".to_owned(), |share| {
                    format!("{} of {} sampled rows are so", share.so, share.of)
                });
                return Ok(Some(Verdict::undecided(format!(
                    "`{}` names the tenant but may be NULL ({seen}), and a row with NULL would belong to nobody: may those stay behind? {}",
                    column.name,
                    write_column(&column.name)
                ))));
            }
        }
    }
    note.push('.');
    Ok(Some(Verdict::new(Decision::Column(column.name.clone()), note)))
}

fn write_column(name: &str) -> String {
    format!(
        "To deliver only the rows that name a tenant, write `owner = {{ column = {} }}`",
        super::draft::quoted(name)
    )
}

/// Where a declared key of several columns leads to an owner's column, the column that leads there is an owner's column too, whatever its name.
fn by_part_of_key(land: &Landscape<'_>, verdicts: &mut [Option<Verdict>]) {
    loop {
        let mut changed = false;
        for place in land.all().filter(|place| *place != land.tenants) {
            if verdicts[place].is_some() {
                continue;
            }
            let table = land.table(place);
            let mut found: BTreeSet<(&str, &str)> = BTreeSet::new();
            for key in table.foreign_keys.iter().filter(|key| key.columns.len() > 1) {
                let Some(to) = land.place(&key.to_schema, &key.to_table).filter(|to| *to != place) else { continue };
                let Some(Verdict { decision: Decision::Column(owner), .. }) = &verdicts[to] else { continue };
                let pair = key.columns.iter().zip(&key.to_columns).find(|(_, theirs)| *theirs == owner);
                let whole = |name: &String| table.column(name).is_some_and(|column| column.not_null);
                if let Some((column, _)) = pair
                    && key.columns.iter().all(whole)
                {
                    found.insert((column, land.name(to)));
                }
            }
            let columns: BTreeSet<&str> = found.iter().map(|(column, _)| *column).collect();
            if let (1, Some((column, to))) = (columns.len(), found.first()) {
                verdicts[place] = Some(Verdict::new(
                    Decision::Column((*column).to_owned()),
                    format!("`{column}` is the part of the declared key to {to} that holds the tenant's key."),
                ));
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}
