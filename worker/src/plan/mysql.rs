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

/// Two cells hold the same value; the collation of `parent`, which is one of the two columns, decides.
pub(crate) fn equal(left: (&str, &Column), right: (&str, &Column), parent: &Column) -> String {
    let ((near, near_column), (far, far_column)) = (left, right);
    match (Kind::of(near_column), Kind::of(far_column)) {
        (Kind::Number, Kind::Text | Kind::Bytes) => number_in_text(near, near_column, far, far_column),
        (Kind::Text | Kind::Bytes, Kind::Number) => number_in_text(far, far_column, near, near_column),
        (Kind::Text, Kind::Text) => match (near_column.collation.as_deref(), far_column.collation.as_deref()) {
            (Some(one), Some(other)) if one != other => {
                let (one, other) = (character_set(one), character_set(other));
                let decides = parent.collation.as_deref().unwrap_or("utf8mb4_bin");
                if one == other {
                    format!("{near} collate {decides} = {far}")
                } else if one == "utf8mb4" || other == "utf8mb4" {
                    // The server turns the other side into this one, whose collation decides.
                    format!("{near} = {far}")
                } else {
                    format!("convert({near} using utf8mb4) collate utf8mb4_bin = convert({far} using utf8mb4)")
                }
            }
            _ => format!("{near} = {far}"),
        },
        (Kind::Other, Kind::Other) if near_column.base_type != far_column.base_type => {
            format!("cast({near} as char) = cast({far} as char)")
        }
        _ => format!("{near} = {far}"),
    }
}

/// The text is the number as the server prints it. The first comparison lets an index find the number, the second is the exact one.
fn number_in_text(number: &str, column: &Column, text: &str, text_column: &Column) -> String {
    let printed = match text_column.collation.as_deref().filter(|collation| *collation != "binary") {
        Some(collation) => {
            format!("convert(cast({number} as char) using {}) collate {collation}", character_set(collation))
        }
        None => format!("cast({number} as char)"),
    };
    let exact = format!("{text} = {printed}");
    match column.base_type.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => {
            let sign = if column.type_name.contains("unsigned") { "unsigned" } else { "signed" };
            format!("{number} = cast({text} as {sign}) and {exact}")
        }
        _ => exact,
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
        assert_eq!(equal(("a", &lax), ("b", &strict), &strict), "a collate utf8mb4_bin = b");
    }

    #[test]
    fn a_number_and_a_text_are_never_compared_as_floats() {
        let (text, number) = (column("varchar", Some("latin1_swedish_ci")), column("int", None));
        let expected = "n = cast(t as signed) and t = convert(cast(n as char) using latin1) collate latin1_swedish_ci";
        assert_eq!(equal(("n", &number), ("t", &text), &number), expected);
        assert_eq!(equal(("t", &text), ("n", &number), &number), expected);
    }
}
