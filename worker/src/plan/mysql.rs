//! How MySQL and MariaDB compare values, and how to make them do it exactly.
//!
//! Left to itself the server compares a number with a text as two floats, so that `1abc` is 1, and two texts by a collation that may be neither's. Every
//! comparison is written so that kinds never mix and one collation decides.

use crate::schema::Column;

/// What kind of values a column holds, as far as comparing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Integers, decimals, floats, years.
    Number,
    /// Text with a collation, `enum` and `set` included.
    Text,
    /// Strings of bytes.
    Bytes,
    /// Anything else: `uuid`, `inet6`, dates. Compared by its own rules.
    Other,
}

impl Kind {
    pub(crate) fn of(column: &Column) -> Self {
        match column.base_type.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float" | "double" | "year" => {
                Self::Number
            }
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Self::Bytes,
            _ if column.collation.as_deref().is_some_and(|collation| collation != "binary") => Self::Text,
            _ => Self::Other,
        }
    }
}

/// The character set of a collation: every collation's name begins with it.
pub(crate) fn character_set(collation: &str) -> &str {
    collation.split('_').next().unwrap_or(collation)
}

/// The cell of `column` holds the bound key of the tenant, which `key` holds in the tenants' table; `None` if the two can never be compared exactly.
///
/// The forms of the key are bound as user variables: `@handover_tenant` as text, `@handover_number` and `@handover_bytes` only if the id is such, else NULL. An index
/// on the column serves, except where the tenants' key has another collation.
pub(crate) fn owner(cell: &str, column: &Column, key: &Column) -> Option<String> {
    let tenant =
        |collation: &str| format!("convert(@handover_tenant using {}) collate {collation}", character_set(collation));
    match (Kind::of(column), Kind::of(key)) {
        (Kind::Number, Kind::Number | Kind::Text) => Some(format!("{cell} = @handover_number")),
        (Kind::Bytes, Kind::Bytes) => Some(format!("{cell} = @handover_bytes")),
        (Kind::Text, Kind::Text) => {
            let (own, decides) = (column.collation.as_deref()?, key.collation.as_deref()?);
            let (own_set, set) = (character_set(own), character_set(decides));
            Some(if own == decides || own_set != set && own_set == "utf8mb4" {
                format!("{cell} = {}", tenant(own))
            } else if own_set == set {
                format!("{cell} collate {decides} = {}", tenant(decides))
            } else if set == "utf8mb4" {
                format!("convert({cell} using {set}) collate {decides} = {}", tenant(decides))
            } else {
                format!("convert({cell} using utf8mb4) collate utf8mb4_bin = {}", tenant("utf8mb4_bin"))
            })
        }
        (Kind::Text, Kind::Number | Kind::Other) => Some(format!("{cell} = {}", tenant(column.collation.as_deref()?))),
        (Kind::Other, Kind::Text) => Some(format!("{cell} = @handover_tenant")),
        (Kind::Other, Kind::Other) if column.base_type == key.base_type => Some(format!("{cell} = @handover_tenant")),
        _ => None,
    }
}

/// The cell of `key` holds the bound key of the person; its forms are bound like the tenant's, as `@handover_subject`, `@handover_subject_number` and
/// `@handover_subject_bytes`.
pub(crate) fn person(cell: &str, key: &Column) -> Option<String> {
    Some(match Kind::of(key) {
        Kind::Number => format!("{cell} = @handover_subject_number"),
        Kind::Bytes => format!("{cell} = @handover_subject_bytes"),
        Kind::Text => {
            let collation = key.collation.as_deref()?;
            format!("{cell} = convert(@handover_subject using {}) collate {collation}", character_set(collation))
        }
        Kind::Other => format!("{cell} = @handover_subject"),
    })
}

/// The two cells hold the same value; the collation of `parent`, which is one of the two columns, decides.
pub(crate) fn equal(left: (&str, &Column), right: (&str, &Column), parent: &Column) -> String {
    let (left, right) = sides(left, right, parent);
    format!("{left} = {right}")
}

/// The two cells in the forms in which `=` compares them exactly; the collation of `parent`, which is one of the two columns, decides.
pub(crate) fn sides(left: (&str, &Column), right: (&str, &Column), parent: &Column) -> (String, String) {
    let ((near, near_column), (far, far_column)) = (left, right);
    let collations = (near_column.collation.as_deref(), far_column.collation.as_deref());
    match (Kind::of(near_column), Kind::of(far_column)) {
        (Kind::Number, Kind::Text | Kind::Bytes) => (printed(near, far_column), far.to_owned()),
        (Kind::Text | Kind::Bytes, Kind::Number) => (near.to_owned(), printed(far, near_column)),
        (Kind::Text, Kind::Text) if collations.0 != collations.1 => {
            let [one, other] =
                [collations.0, collations.1].map(|collation| character_set(collation.unwrap_or_default()));
            let decides = parent.collation.as_deref().unwrap_or("utf8mb4_bin");
            if one == other {
                (format!("{near} collate {decides}"), far.to_owned())
            } else if one == "utf8mb4" || other == "utf8mb4" {
                // The server turns the other side into this one, whose collation decides.
                (near.to_owned(), far.to_owned())
            } else {
                (format!("convert({near} using utf8mb4) collate utf8mb4_bin"), format!("convert({far} using utf8mb4)"))
            }
        }
        (Kind::Other, Kind::Other) if near_column.base_type != far_column.base_type => {
            (format!("cast({near} as char)"), format!("cast({far} as char)"))
        }
        _ => (near.to_owned(), far.to_owned()),
    }
}

/// A number as the server prints it, as a text that compares with this column's.
fn printed(number: &str, text: &Column) -> String {
    match text.collation.as_deref().filter(|collation| *collation != "binary") {
        Some(collation) => {
            format!("convert(cast({number} as char) using {}) collate {collation}", character_set(collation))
        }
        None => format!("cast({number} as char)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(base_type: &str, collation: Option<&str>) -> Column {
        Column {
            base_type: base_type.to_owned(),
            type_name: base_type.to_owned(),
            collation: collation.map(str::to_owned),
            ..Column::default()
        }
    }

    #[test]
    fn a_key_is_compared_in_the_form_of_the_column() {
        let text = column("varchar", Some("utf8mb4_unicode_ci"));
        let number = column("bigint", None);
        let bytes = column("binary", None);
        assert_eq!(owner("c", &number, &number).unwrap(), "c = @handover_number");
        assert_eq!(owner("c", &bytes, &bytes).unwrap(), "c = @handover_bytes");
        assert_eq!(
            owner("c", &text, &text).unwrap(),
            "c = convert(@handover_tenant using utf8mb4) collate utf8mb4_unicode_ci"
        );
        assert_eq!(owner("c", &bytes, &number), None);
        assert_eq!(owner("c", &column("uuid", None), &number), None);
    }

    #[test]
    fn the_tenants_collation_decides_between_two_of_one_character_set() {
        let (lax, strict) = (column("varchar", Some("utf8mb4_general_ci")), column("varchar", Some("utf8mb4_bin")));
        assert_eq!(
            owner("c", &lax, &strict).unwrap(),
            "c collate utf8mb4_bin = convert(@handover_tenant using utf8mb4) collate utf8mb4_bin"
        );
        assert_eq!(sides(("a", &lax), ("b", &strict), &strict), ("a collate utf8mb4_bin".to_owned(), "b".to_owned()));
    }

    #[test]
    fn a_number_and_a_text_are_never_compared_as_floats() {
        let (text, number) = (column("varchar", Some("latin1_swedish_ci")), column("int", None));
        let printed = "convert(cast(n as char) using latin1) collate latin1_swedish_ci".to_owned();
        assert_eq!(sides(("n", &number), ("t", &text), &number), (printed.clone(), "t".to_owned()));
        assert_eq!(sides(("t", &text), ("n", &number), &number), ("t".to_owned(), printed));
    }
}
