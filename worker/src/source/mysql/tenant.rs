//! Binding the tenant's key, and a person's.

use super::{cells, rows::Failure};
use crate::{
    error::ExportError,
    plan::{
        identifier::quote_for,
        mysql::{self, Kind},
        person::Person,
        slice::Slicer,
        territory::{Place, Territory},
    },
    schema::Column,
    source::{TenantRow, refusal},
};
use shared::export::{Engine, SubjectId, TenantId};
use sqlx::AssertSqlSafe;
use sqlx::{MySqlConnection, Row};

/// The variables of the tenant's key: as text, as a number, as bytes.
pub(super) const TENANT: [&str; 3] = ["handover_tenant", "handover_number", "handover_bytes"];

/// The same of a person's.
const SUBJECT: [&str; 3] = ["handover_subject", "handover_subject_number", "handover_subject_bytes"];

/// Binds the person's key, and finds the person in the data of the tenant that is bound.
pub(super) async fn bind_subject(
    connection: &mut MySqlConnection,
    person: &Person<'_>,
    subject: &SubjectId,
) -> Result<(), Failure> {
    let territory = &person.tenant;
    let missing = || Failure::Export(ExportError::SubjectNotFound);
    let key = territory.table(person.place).column(&person.rule.key).ok_or_else(missing)?;
    set(connection, SUBJECT, subject.key(), key).await.map_err(Failure::Database)?;
    let mut slicer = Slicer::new(territory);
    let alias = slicer.alias();
    let cell = format!("{alias}.{}", quote_for(Engine::Mysql, &key.name));
    let condition = mysql::person(&cell, key).ok_or_else(missing)?;
    let tenants = slicer.tenants_of_person(person.place, &alias).ok_or_else(missing)?;
    let printed = printed(&cell, key);
    let relation = slicer.relation(person.place);
    let text = format!("select {printed} from {relation} as {alias} where {condition} and ({tenants}) limit 2");
    let rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(connection).await.map_err(Failure::Database)?;
    match rows.as_slice() {
        [] => Err(missing()),
        [row] => match cells::printed(row, 0).map_err(Failure::Database)? {
            Some(found) if found == subject.key().as_bytes() => Ok(()),
            _ => Err(missing()),
        },
        _ => Err(Failure::Export(refusal::several_persons())),
    }
}

/// The key as it is printed.
pub(super) fn printed(cell: &str, key: &Column) -> String {
    match Kind::of(key) {
        Kind::Bytes => format!("lower(hex({cell}))"),
        _ => cell.to_owned(),
    }
}

/// Binds the key, in each form in which columns can be compared with it, and finds its tenant.
pub(super) async fn bind(
    connection: &mut MySqlConnection,
    territory: &Territory<'_>,
    place: Place,
    tenant: &TenantId,
) -> Result<TenantRow, Failure> {
    let rule = &territory.catalog.tenant;
    let key = territory.table(place).column(&rule.key).ok_or(Failure::Export(ExportError::TenantNotFound))?;
    set(connection, TENANT, tenant.as_str(), key).await.map_err(Failure::Database)?;
    let quoted = |name: &str| format!("t.{}", quote_for(Engine::Mysql, name));
    let cell = quoted(&key.name);
    let printed = printed(&cell, key);
    let condition = mysql::owner(&cell, key, key).ok_or_else(|| {
        Failure::Export(refusal::refused(
            format!("the tenant's key is of type {}, which Handover does not compare", key.type_name),
            None,
        ))
    })?;
    let label = rule.label.as_ref().map_or("null".to_owned(), |label| quoted(label));
    let relation = Slicer::new(territory).relation(place);
    let text = format!("select {printed}, {label} from {relation} as t where {condition} limit 2");
    let rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(connection).await.map_err(Failure::Database)?;
    let row = match rows.as_slice() {
        [] => return Err(Failure::Export(ExportError::TenantNotFound)),
        [row] => row,
        _ => {
            return Err(Failure::Export(refusal::refused(
                "several rows of the table of tenants have this key; name a unique column as `tenant.key`".to_owned(),
                None,
            )));
        }
    };
    debug_assert_eq!(row.len(), 2);
    let found = cells::printed(row, 0).map_err(Failure::Database)?;
    if found != Some(tenant.as_str().as_bytes()) {
        return Err(Failure::Export(ExportError::TenantNotFound));
    }
    let label = cells::printed(row, 1).map_err(Failure::Database)?;
    Ok(TenantRow {
        key: tenant.as_str().to_owned(),
        label: label.map(|label| String::from_utf8_lossy(label).into_owned()),
    })
}

/// A number or bytes are bound only where the id can be nothing else, so that `1abc` is never taken for 1: comparing with NULL finds nothing.
pub(super) async fn set(
    connection: &mut MySqlConnection,
    names: [&str; 3],
    id: &str,
    key: &Column,
) -> sqlx::Result<()> {
    let digits = id.strip_prefix('-').unwrap_or(id);
    let decimal = digits.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && digits.split('.').count() <= 2
        && digits.len() <= 30;
    // `007` is the number 7 where numbers are printed with zeros before them; as a text it is a key of its own.
    let canonical = Kind::of(key) == Kind::Number || digits == "0" || !digits.starts_with('0') && !digits.contains('.');
    let numeric = decimal && canonical;
    let number = if numeric && !digits.contains('.') { "?" } else { "cast(? as decimal(60, 30))" };
    let [text, numeral, bytes] = names;
    let text = format!("set @{text} = ?, @{numeral} = {number}, @{bytes} = unhex(?)");
    let query = sqlx::query(AssertSqlSafe(text)).persistent(false).bind(id);
    let query =
        match (numeric.then(|| id.parse::<i64>().ok()).flatten(), numeric.then(|| id.parse::<u64>().ok()).flatten()) {
            (Some(number), _) => query.bind(number),
            (None, Some(number)) => query.bind(number),
            (None, None) => query.bind(numeric.then_some(id)),
        };
    query.bind(hex::decode(id).is_ok().then_some(id)).execute(connection).await?;
    Ok(())
}
