//! Which columns look as if they held a person's data.

use crate::schema::Column;

/// Names of columns by which people are known or reached, without the table's own prefix.
const PERSONAL: &[&str] = &[
    "email",
    "e_mail",
    "mail",
    "email_address",
    "mail_address",
    "phone",
    "phone_number",
    "telephone",
    "mobile",
    "mobile_number",
    "mobile_phone",
    "cell_phone",
    "fax",
    "fax_number",
    "first_name",
    "firstname",
    "middle_name",
    "last_name",
    "lastname",
    "full_name",
    "fullname",
    "given_name",
    "family_name",
    "surname",
    "maiden_name",
    "birthday",
    "birthdate",
    "birth_date",
    "date_of_birth",
    "dob",
    "birth_place",
    "gender",
    "nationality",
    "ssn",
    "social_security_number",
    "national_id",
    "passport_number",
    "tax_id",
    "iban",
    "street",
    "street_address",
    "home_address",
    "ip_address",
];

/// Types that hold answers and numbers of rows, never a person's data.
const HARMLESS: &[&str] = &["bool", "boolean"];

/// Whether the column's name speaks of a person: `email`, `contact_email`, `FirstName`, but not `email_template` or `phone_count`.
pub(super) fn looks_personal(column: &Column) -> bool {
    let base = column.base_type.split(['(', ' ']).next().unwrap_or_default();
    if HARMLESS.contains(&base) {
        return false;
    }
    let name = snake(&column.name);
    PERSONAL.iter().any(|word| {
        name.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with('_'))
            // A trailing number or its kind changes nothing: `phone_2`, `phone2`.
            || name.trim_end_matches(|char: char| char.is_ascii_digit() || char == '_') == *word
    })
}

/// The name in words with underscores, in lower case: `FirstName` becomes `first_name`, `E-Mail` `e_mail`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut before = '_';
    for char in name.chars() {
        if char.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
            snake.push('_');
        }
        match char.is_alphanumeric() {
            true => snake.extend(char.to_lowercase()),
            false => snake.push('_'),
        }
        before = char;
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_persons_and_ways_to_reach_them_are_personal() {
        let looks = |name: &str| {
            looks_personal(&Column { name: name.to_owned(), base_type: "text".to_owned(), ..Column::default() })
        };
        for name in [
            "email",
            "E-Mail",
            "contact_email",
            "phone",
            "phone_2",
            "phone2",
            "firstName",
            "FirstName",
            "last_name",
            "date_of_birth",
            "billing_street",
        ] {
            assert!(looks(name), "{name}");
        }
        for name in [
            "name",
            "title",
            "email_template",
            "phone_count",
            "calling_code",
            "female",
            "blackmail",
            "hotmail",
            "code",
            "gender_id",
            "email_verified_at",
        ] {
            assert!(!looks(name), "{name}");
        }
        assert!(!looks_personal(&Column {
            name: "email".to_owned(),
            base_type: "bool".to_owned(),
            ..Column::default()
        }));
    }
}
