//! Triggers, without their definers: a restored one is of whoever creates it.

use super::cells;
use crate::{
    plan::identifier::quote_for,
    schema::{Table, Trigger, Uncarried},
};
use shared::export::Engine;
use sqlx::MySqlConnection;

/// Adds the triggers of the tables in the order in which they fire. Returns whether the server may hide some: it shows them only to whoever has the right
/// `trigger`.
pub(super) async fn read(connection: &mut MySqlConnection, database: &str, tables: &mut [Table]) -> sqlx::Result<bool> {
    let listed = cells::read(
        connection,
        &format!(
            "select event_object_table, trigger_name, action_timing, event_manipulation from information_schema.triggers where trigger_schema = {}
             order by event_object_table, event_manipulation, action_timing, action_order",
            cells::literal(database)
        ),
    )
    .await?;
    let quote = |name: &str| quote_for(Engine::Mysql, name);
    for row in listed {
        let mut cells = row.into_iter();
        let [table, name, timing, event] = std::array::from_fn(|_| cells.next().flatten().unwrap_or_default());
        let Some(table) = tables.iter_mut().find(|known| known.name == table) else {
            continue;
        };
        // MariaDB's information schema loses backslashes; this is what was written.
        let written = cells::read(connection, &format!("show create trigger {}", quote(&name))).await?;
        let mut cells = written.into_iter().next().unwrap_or_default().into_iter().skip(1);
        let [mode, statement, _, collation] = std::array::from_fn(|_| cells.next().flatten().unwrap_or_default());
        let Some(body) = body(&statement) else {
            let reason = "its statement is not understood".to_owned();
            table.uncarried.push(Uncarried { kind: "trigger".to_owned(), name, text: statement, reason });
            continue;
        };
        // What a body means depends on both.
        let before = vec![
            format!("set sql_mode = {}", cells::literal(&mode)),
            format!("set collation_connection = {}", cells::literal(&collation)),
        ];
        let (timing, event) = (timing.to_lowercase(), event.to_lowercase());
        let statement =
            format!("create trigger {} {timing} {event} on {} for each row {body}", quote(&name), quote(&table.name));
        table.triggers.push(Trigger { name, before, statement });
    }
    let grants = cells::read(connection, "show grants").await?;
    let mut grants = grants.iter().filter_map(|row| row.first()?.as_deref());
    Ok(!grants.any(|grant| shows_triggers(grant, database)))
}

/// What a trigger does: what stands behind `for each row` and the trigger that it follows. The rest names a definer, and perhaps the database, in the words of
/// whoever wrote it; `None` if it is of an unknown shape.
fn body(statement: &str) -> Option<&str> {
    let mut rest = statement;
    let mut last = ["", "", ""];
    // A name in quotes is never taken for a word.
    while last.map(str::to_ascii_lowercase) != ["for", "each", "row"] {
        let (word, after) = word(rest)?;
        last = [last[1], last[2], word];
        rest = after;
    }
    let (next, after) = word(rest)?;
    if ["follows", "precedes"].iter().any(|order| next.eq_ignore_ascii_case(order)) {
        rest = word(after)?.1;
    }
    Some(rest.trim())
}

/// The next word, name or sign, comments left out, and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    if let Some(comment) = text.strip_prefix("/*").filter(|comment| !comment.starts_with(['!', 'M'])) {
        return word(comment.split_once("*/")?.1);
    }
    if text.starts_with('#') || text.starts_with("--") {
        return word(text.split_once('\n')?.1);
    }
    let quote = text.chars().next().filter(|first| ['`', '"', '\''].contains(first));
    let end = match quote {
        Some(quote) => {
            let mut rest = text.get(1..)?;
            loop {
                rest = rest.split_once(quote)?.1;
                match rest.strip_prefix(quote) {
                    Some(after) => rest = after,
                    None => break text.len() - rest.len(),
                }
            }
        }
        None => match text.find(|letter: char| !letter.is_alphanumeric() && !['_', '$'].contains(&letter)) {
            Some(0) => text.chars().next()?.len_utf8(),
            Some(end) => end,
            None => text.len(),
        },
    };
    (end > 0).then(|| text.split_at(end))
}

/// Whether a line of `show grants` gives the right on every table of the database.
fn shows_triggers(grant: &str, database: &str) -> bool {
    let Some((rights, on)) = grant.strip_prefix("GRANT ").and_then(|grant| grant.split_once(" ON ")) else {
        return false;
    };
    // A list in brackets names columns.
    let named = rights.split(", ").any(|right| right == "TRIGGER" || right.starts_with("ALL PRIVILEGES"));
    let Some((place, _)) = on.split_once(".* TO ").filter(|_| named) else {
        return false;
    };
    let quoted = place.strip_prefix('`').and_then(|place| place.strip_suffix('`'));
    match quoted {
        Some(pattern) => is_like(database, &pattern.replace("``", "`")),
        None => place == "*",
    }
}

/// Whether a name fits a pattern of databases: `%` stands for any letters, `_` for one, and a backslash takes either for itself.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut letters = pattern.chars();
    let Some(first) = letters.next() else { return name.is_empty() };
    let rest = letters.as_str();
    let after = |letter: Option<char>| {
        let mut name = name.chars();
        name.next().is_some_and(|found| letter.is_none_or(|letter| letter == found)).then(|| name.as_str().to_owned())
    };
    match first {
        '%' => (0..=name.len()).filter_map(|start| name.get(start..)).any(|name| is_like(name, rest)),
        '_' => after(None).is_some_and(|name| is_like(&name, rest)),
        '\\' => {
            let escaped = letters.next();
            escaped.is_some() && after(escaped).is_some_and(|name| is_like(&name, letters.as_str()))
        }
        letter => after(Some(letter)).is_some_and(|name| is_like(&name, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_found_whoever_wrote_the_statement() {
        for (statement, expected) in [
            (
                "CREATE DEFINER=`a``b for each row`@`%` trigger x before insert on t for each row set new.a = 1",
                Some("set new.a = 1"),
            ),
            (
                "CREATE DEFINER=`root`@`localhost` TRIGGER shop.`for` /* for each row */ AFTER DELETE -- it's\n ON shop.\"each\" FOR\nEACH\tROW PRECEDES `x y` begin -- it's\nend",
                Some("begin -- it's\nend"),
            ),
            ("CREATE DEFINER=r TRIGGER x AFTER DELETE ON t FOR EACH ROW follows y", Some("")),
            ("CREATE TRIGGER `x", None),
            ("", None),
        ] {
            assert_eq!(body(statement), expected, "{statement}");
        }
    }

    #[test]
    fn only_the_right_on_the_whole_database_shows_every_trigger() {
        for (grant, shows) in [
            ("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", true),
            ("GRANT SELECT, SHOW VIEW, TRIGGER ON `my\\_shop`.* TO `reader`@`%`", true),
            ("GRANT TRIGGER ON `my%`.* TO `reader`@`%`", true),
            ("GRANT TRIGGER ON `my_sho_`.* TO `reader`@`%`", true),
            ("GRANT TRIGGER ON `my\\_sho`.* TO `reader`@`%`", false),
            ("GRANT TRIGGER ON `other`.* TO `my_shop`@`%`", false),
            ("GRANT TRIGGER ON `my_shop`.`sales` TO `reader`@`%`", false),
            ("GRANT SELECT, SHOW VIEW ON `my_shop`.* TO `reader`@`%`", false),
            ("GRANT SELECT (`TRIGGER`) ON `my_shop`.* TO `reader`@`%`", false),
            ("GRANT `TRIGGER` TO `reader`@`%`", false),
        ] {
            assert_eq!(shows_triggers(grant, "my_shop"), shows, "{grant}");
        }
    }
}
