//! Names in SQL.

use shared::export::Engine;

/// The name as a quoted identifier of the engine: the only form in which a name of the source reaches SQL text, so that no name can end it.
pub(crate) fn quote_for(engine: Engine, name: &str) -> String {
    match engine {
        Engine::Mysql => format!("`{}`", name.replace('`', "``")),
        Engine::Postgres | Engine::Sqlite => quote(name),
    }
}

/// The name as a quoted identifier of PostgreSQL and SQLite.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_name_does_not_end_it() {
        assert_eq!(quote(r#"a" or 1=1 --"#), r#""a"" or 1=1 --""#);
        assert_eq!(quote_for(Engine::Mysql, "a` or 1=1 -- \""), "`a`` or 1=1 -- \"`");
    }
}
