use super::accounts::image;
use super::sizes;
use crate::table::{Cursor, Table, Value, row};
use crate::{people, prose};

pub(super) const COMPANIES: Table = Table {
    name: "companies",
    columns: &[
        "id",
        "account_id",
        "parent_id",
        "name",
        "website",
        "address",
        "country_code",
        "registration_number",
        "employees",
        "annual_revenue",
        "created_at",
    ],
    size: sizes::COMPANIES,
    row: company,
};

fn company(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let parent = cursor.random.below(cursor.index);
    let has_parent = cursor.index > 0 && cursor.random.one_in(5);
    let name = people::firm(&mut cursor.random);
    row![
        id,
        cursor.tenant.key.clone(),
        has_parent.then(|| cursor.id_of(parent)),
        cursor.tenant.marked(name),
        cursor.random.one_in(2).then(|| format!("https://www.example.com/{id}?a=1&b=\"2\"")),
        cursor.random.one_in(2).then(|| people::street_address(&mut cursor.random)),
        cursor.random.pick([None, Some("DE"), Some("FR"), Some("JP"), Some("IL"), Some("NA")]),
        // Text, though all of it are digits and the first is a zero.
        Some(format!("{:010}", cursor.random.below(1_000_000_000))),
        cursor.random.pick([None, Some(0), Some(12), Some(48_000)]),
        cursor.random.pick([None, Some(0.1 + 0.2), Some(1_250_000.5), Some(-7e-12), Some(1e21)]),
        cursor.moment().iso(),
    ]
}

pub(super) const CONTACTS: Table = Table {
    name: "contacts",
    columns: &[
        "id",
        "account_id",
        "company_id",
        "owner_id",
        "given_name",
        "family_name",
        "email",
        "phone",
        "address",
        "postal_code",
        "job_title",
        "marketing_consent",
        "score",
        "photo",
        "created_at",
    ],
    size: sizes::CONTACTS,
    row: contact,
};

fn contact(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let company = cursor.any_id(sizes::COMPANIES);
    let owner = cursor.any_id(sizes::USERS);
    let (given, family) = people::name(&mut cursor.random);
    let given = if cursor.random.one_in(30) { prose::awkward_text(&mut cursor.random) } else { given };
    row![
        id,
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(4)).then_some(company),
        (!cursor.random.one_in(4)).then_some(owner),
        given,
        cursor.tenant.marked(family),
        // The first has one, so that somebody can always be asked for by their address.
        (cursor.index == 0 || !cursor.random.one_in(6)).then(|| people::email(&mut cursor.random, id)),
        cursor.random.one_in(2).then(|| people::phone(&mut cursor.random)),
        cursor.random.one_in(2).then(|| people::street_address(&mut cursor.random)),
        cursor.random.pick([None, Some("01099"), Some("SW1A 1AA"), Some("10115"), Some("")]),
        prose::awkward(&mut cursor.random),
        cursor.random.one_in(3),
        cursor.random.pick([None, Some(0.5), Some(99.99), Some(1.0 / 3.0)]),
        cursor.random.one_in(25).then(|| image(cursor)),
        cursor.moment().iso(),
    ]
}
