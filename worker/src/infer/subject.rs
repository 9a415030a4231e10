//! Persons inside a tenant's data.

use super::{
    InferError, SubjectRequest,
    draft::SubjectDraft,
    landscape::{Landscape, Place},
    noun, personal,
    way::Ways,
};
use crate::schema::Column;

/// A kind of person whose table was found.
pub(super) struct Person {
    pub(super) place: Place,
    pub(super) draft: SubjectDraft,
}

/// Finds the table, the key and the address of each kind of person that was asked for.
pub(super) fn find(land: &Landscape<'_>, requests: &[SubjectRequest]) -> Result<Vec<Person>, InferError> {
    requests
        .iter()
        .map(|request| {
            let place = land.named(&request.table).ok_or_else(|| {
                InferError::Request(format!("subject `{}`: the source has no table `{}`", request.name, request.table))
            })?;
            let key = match &request.key {
                Some(name) => land.table(place).column(name).map(|column| column.name.clone()),
                None => land.only_key(place),
            };
            let key = key.ok_or_else(|| {
                InferError::Request(format!(
                    "subject `{}`: say which column of {} identifies one person: --subject {}={}.COLUMN",
                    request.name, request.table, request.name, request.table
                ))
            })?;
            let email = email(land, place);
            let note = match &email {
                Some(email) => format!("The address on file is taken from `{}`, by its name.", email.name),
                None => "No column is named like an address on file.".to_owned(),
            };
            Ok(Person {
                place,
                draft: SubjectDraft {
                    name: request.name.clone(),
                    table: land.name(place).to_owned(),
                    key,
                    email: email.map(|column| column.name.clone()),
                    notes: vec![note],
                },
            })
        })
        .collect()
}

/// The column with the address on file: the one whose name says it shortest.
fn email<'a>(land: &Landscape<'a>, place: Place) -> Option<&'a Column> {
    let table = land.table(place);
    let speaks = |column: &&Column| {
        let words = noun::words(&column.name);
        let telling = words.iter().any(|word| word == "email" || word == "mail")
            || words.windows(2).any(|two| two == ["e", "mail"]);
        telling && personal::looks_personal(table, column)
    };
    table.columns.iter().filter(speaks).min_by_key(|column| column.name.chars().count())
}

/// For each kind of person the only key that leads from the table to one, if a row always has it.
pub(super) fn ways(place: Place, ways: &Ways, persons: &[Person]) -> Vec<(String, String)> {
    persons
        .iter()
        .filter(|person| person.place != place)
        .filter_map(|person| {
            let mut leading = ways.ways.iter().filter(|way| way.to == person.place);
            let doubted = ways.doubts.iter().any(|doubt| doubt.to == Some(person.place));
            match (leading.next(), leading.next()) {
                (Some(way), None) if way.required && !doubted => Some((person.draft.name.clone(), way.words())),
                _ => None,
            }
        })
        .collect()
}
