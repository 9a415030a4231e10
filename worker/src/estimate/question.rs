//! What each kind of source is asked about the size of a slice, and how it answers.

use crate::plan::{TablePlan, identifier::quote_for};
use serde_json::Value;
use shared::export::Engine;

/// What a planner expects of a slice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Guess {
    /// Its rows.
    pub(super) rows: Option<u64>,
    /// About how many bytes a row has.
    pub(super) width: Option<u64>,
}

/// What is asked without reading a row. SQLite keeps no numbers about values.
pub(super) fn guesses(engine: Engine, table: &TablePlan) -> Vec<String> {
    match engine {
        Engine::Postgres => vec![format!("explain (format json) {}", table.select)],
        Engine::Mysql => vec![
            format!("explain format = json {}", table.select),
            format!(
                "select avg_row_length from information_schema.tables where table_schema = database() and table_name = '{}'",
                table.table.replace('\'', "''")
            ),
        ],
        Engine::Sqlite => Vec::new(),
    }
}

/// The count of the slice's rows; on SQLite, which has nothing else to go by, also of their bytes.
pub(super) fn count(engine: Engine, table: &TablePlan) -> String {
    if engine != Engine::Sqlite || table.columns.is_empty() {
        return format!("select count(*) from ({}) as slice", table.select);
    }
    let lengths: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("coalesce(length(cast({} as blob)), 0)", quote_for(engine, &column.name)))
        .collect();
    // One sum a column: a single expression over very many of them would be too deep.
    let sums: Vec<String> = lengths.iter().map(|length| format!("coalesce(sum({length}), 0)")).collect();
    format!("select count(*), {} from ({}) as slice", balanced(&sums), table.select)
}

/// The terms added up two by two, so that the expression is as flat as it can be.
fn balanced(terms: &[String]) -> String {
    match terms {
        [] => "0".to_owned(),
        [one] => one.clone(),
        several => {
            let (left, right) = several.split_at(several.len() / 2);
            format!("({} + {})", balanced(left), balanced(right))
        }
    }
}

/// A cell that holds a whole number.
pub(super) fn number(cell: &[u8]) -> Option<u64> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

impl Guess {
    /// Takes in what one of [`guesses`] was answered.
    pub(super) fn add(&mut self, engine: Engine, rows: &[Vec<Option<Vec<u8>>>]) {
        let Some(cell) = rows.first().and_then(|row| row.first()).and_then(Option::as_deref) else { return };
        if let Some(width) = number(cell) {
            self.width = Some(width);
            return;
        }
        let Ok(plan) = serde_json::from_slice::<Value>(cell) else { return };
        match engine {
            Engine::Postgres => {
                let node = &plan[0]["Plan"];
                self.rows = whole(&node["Plan Rows"]);
                self.width = whole(&node["Plan Width"]);
            }
            Engine::Mysql => {
                let mut expected = None;
                multiply(&plan, &mut expected);
                self.rows = expected.and_then(rounded);
            }
            Engine::Sqlite => {}
        }
    }
}

/// Multiplies what MySQL (`rows_examined_per_scan`) or MariaDB (`rows`) expects of each table that is joined; subqueries only decide which rows stay.
fn multiply(plan: &Value, expected: &mut Option<f64>) {
    match plan {
        Value::Object(members) => {
            let rows = members.get("rows_examined_per_scan").or_else(|| members.get("rows")).and_then(Value::as_f64);
            if let Some(rows) = rows {
                let filtered = members.get("filtered").and_then(|part| match part {
                    Value::String(text) => text.parse().ok(),
                    part => part.as_f64(),
                });
                *expected = Some(expected.unwrap_or(1.0) * rows * filtered.unwrap_or(100.0) / 100.0);
            }
            let inner = members.iter().filter(|(key, _)| !key.contains("subquer") && !key.contains("materialized"));
            inner.for_each(|(_, value)| multiply(value, expected));
        }
        Value::Array(items) => items.iter().for_each(|item| multiply(item, expected)),
        _ => {}
    }
}

fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().and_then(rounded))
}

fn rounded(number: f64) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a guess that is out of range becomes the nearest number in it"
    )]
    number.is_finite().then(|| number.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(engine: Engine, answers: &[&str]) -> Guess {
        let mut guess = Guess::default();
        for answer in answers {
            guess.add(engine, &[vec![Some(answer.as_bytes().to_vec())]]);
        }
        guess
    }

    #[test]
    fn the_plans_of_the_three_servers_are_read() {
        let postgres =
            r#"[{"Plan": {"Node Type": "Sort", "Plan Rows": 1234, "Plan Width": 56, "Plans": [{"Plan Rows": 9}]}}]"#;
        assert_eq!(guessed(Engine::Postgres, &[postgres]), Guess { rows: Some(1234), width: Some(56) });
        let mysql = r#"{"query_block": {"ordering_operation": {"table": {"rows_examined_per_scan": 200, "filtered": "50.00",
            "attached_subqueries": [{"query_block": {"table": {"rows_examined_per_scan": 7}}}]}}}}"#;
        assert_eq!(guessed(Engine::Mysql, &[mysql, "64"]), Guess { rows: Some(100), width: Some(64) });
        let mariadb = r#"{"query_block": {"nested_loop": [{"table": {"rows": 3, "filtered": 100}}, {"table": {"rows": 10, "filtered": 33.3}}]}}"#;
        assert_eq!(guessed(Engine::Mysql, &[mariadb]), Guess { rows: Some(10), width: None });
        assert_eq!(guessed(Engine::Mysql, &["{}"]), Guess::default());
    }

    #[test]
    fn a_sum_of_many_columns_is_flat() {
        let terms: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        let depth = balanced(&terms)
            .chars()
            .scan(0, |depth: &mut i32, letter| {
                *depth += i32::from(letter == '(') - i32::from(letter == ')');
                Some(*depth)
            })
            .max();
        assert_eq!(depth, Some(10));
    }
}
