//! The statements around the data, for MySQL and MariaDB.

use crate::format::sql::{Ddl, kept::Kept};

/// Writes them.
pub(in crate::format::sql) fn write(_kept: &Kept<'_>) -> Ddl {
    todo!()
}
