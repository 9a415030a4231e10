//! Which columns look as if they were about a person.

use super::{
    noun,
    secret::{ColumnDecision, ColumnVerdict},
};
use crate::schema::{Column, Table};

/// Personal wherever they stand in a name.
const PERSONAL: &[&str] = &[
    "email",
    "emails",
    "mail",
    "phone",
    "phones",
    "telephone",
    "mobile",
    "fax",
    "firstname",
    "lastname",
    "fullname",
    "surname",
    "forename",
    "nickname",
    "username",
    "login",
    "birthday",
    "birthdate",
    "birth",
    "born",
    "dob",
    "gender",
    "sex",
    "ssn",
    "passport",
    "iban",
    "bic",
    "address",
    "street",
    "postcode",
    "zip",
    "zipcode",
    "latitude",
    "longitude",
    "ip",
    "salary",
    "diagnosis",
    "religion",
    "ethnicity",
    "avatar",
    "photo",
    "signature",
    "imei",
    "vat",
    "taxpayer",
];

/// Personal next to each other.
const PAIRS: &[(&str, &str)] = &[
    ("first", "name"),
    ("last", "name"),
    ("full", "name"),
    ("given", "name"),
    ("family", "name"),
    ("middle", "name"),
    ("maiden", "name"),
    ("user", "name"),
    ("contact", "name"),
    ("display", "name"),
    ("legal", "name"),
    ("postal", "code"),
    ("tax", "number"),
    ("account", "number"),
    ("national", "id"),
    ("user", "agent"),
    ("job", "title"),
];

/// Names of tables whose `name` is somebody's.
const PEOPLE: &[&str] = &[
    "user",
    "person",
    "customer",
    "client",
    "contact",
    "employee",
    "staff",
    "member",
    "patient",
    "student",
    "guest",
    "driver",
    "agent",
    "author",
    "owner",
    "vendor",
    "supplier",
    "company",
    "organization",
    "account",
    "profile",
    "admin",
    "administrator",
    "subscriber",
    "participant",
    "candidate",
    "applicant",
];

/// Whether the column's name, or its table's with it, suggests that it is about a person.
pub(super) fn looks_personal(table: &Table, column: &Column) -> bool {
    let words = noun::words(&column.name);
    let base = column.base_type.to_ascii_lowercase();
    if ["bool", "timestamp"].iter().any(|part| base.contains(part)) {
        return false;
    }
    let people = noun::words(&table.name).iter().any(|word| {
        let forms = noun::singulars(word);
        PEOPLE.iter().any(|name| forms.iter().any(|form| form == name))
    });
    words.iter().any(|word| PERSONAL.contains(&word.as_str()))
        || words.windows(2).any(|pair| PAIRS.iter().any(|(first, second)| pair[0] == *first && pair[1] == *second))
        || people && words == ["name"]
        || ["inet", "cidr", "macaddr"].contains(&base.as_str())
}

/// The columns' verdicts, with a question for each other column that may be about a person who is not the tenant's.
pub(super) fn with_questions(table: &Table, mut verdicts: Vec<ColumnVerdict>) -> Vec<ColumnVerdict> {
    for column in &table.columns {
        let known = verdicts.iter().any(|verdict| verdict.column == column.name);
        if !known && !table.primary_key.contains(&column.name) && looks_personal(table, column) {
            verdicts.push(ColumnVerdict {
                column: column.name.clone(),
                decision: ColumnDecision::Undecided(
                    "may be about a person who is not the tenant's: omit it, mask it, or keep it with a reason?"
                        .to_owned(),
                ),
                note: None,
            });
        }
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(table: &str, column: &str) -> bool {
        let table = Table { name: table.to_owned(), ..Table::default() };
        looks_personal(&table, &Column { name: column.to_owned(), base_type: "text".to_owned(), ..Column::default() })
    }

    #[test]
    fn what_is_about_a_person_is_seen_and_a_list_is_not() {
        for (table, column) in
            [("staff", "name"), ("things", "contact_email"), ("things", "firstName"), ("places", "street")]
        {
            assert!(looks(table, column), "{table}.{column}");
        }
        for (table, column) in [
            ("plans", "name"),
            ("countries", "calling_code"),
            ("plans", "monthly_price"),
            ("units", "description"),
            ("plans", "shipping_class"),
        ] {
            assert!(!looks(table, column), "{table}.{column}");
        }
    }
}
