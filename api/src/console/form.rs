//! What people type into forms, as the members of a request of the API: one document, which is both what is done and what the page shows as a call.

use crate::problem::{Finding, Problem};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const UNFINISHED: &str = "Not everything is filled in as it must be.";

/// A request in the making.
#[derive(Debug, Default)]
pub(super) struct Document(Map<String, Value>);

impl Document {
    /// Takes a text, unless it is empty.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        if !text.trim().is_empty() {
            self.0.insert(name.to_owned(), json!(text.trim()));
        }
    }

    /// Takes a whole number, unless the field is empty; what is none goes in as it is, so that the request is refused at its place.
    pub(super) fn number(&mut self, name: &str, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.0.insert(name.to_owned(), text.parse::<u32>().map_or_else(|_| json!(text), |number| json!(number)));
        }
    }

    /// Takes a value.
    pub(super) fn value(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// The whole.
    pub(super) fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

/// The words of those boxes that are ticked.
pub(super) fn ticked(boxes: &[(&'static str, &str)]) -> Vec<&'static str> {
    boxes.iter().filter(|(_, value)| !value.is_empty()).map(|(word, _)| *word).collect()
}

/// One item of each line, or between commas; none of them empty.
pub(super) fn items(text: &str) -> Vec<String> {
    text.split(['\n', ',']).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Each line that is not empty, as it stands: a tenant's key may hold a comma, and begin or end with a space.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// The box that is ticked before something is gone for good.
#[derive(Debug, Deserialize)]
pub(crate) struct Sure {
    #[serde(default)]
    sure: String,
}

impl Sure {
    /// Refuses a form whose box was not ticked.
    pub(super) fn require(self) -> Result<(), Problem> {
        if self.sure == "yes" {
            return Ok(());
        }
        let detail = "Nothing was deleted: the box that says you mean it was not ticked.".to_owned();
        Err(Problem::invalid_request(vec![Finding { pointer: String::new(), detail }]))
    }
}

/// What was wrong with a form that was sent, to be shown on its page again.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    /// What was wrong as a whole; empty where nothing was.
    pub(super) news: String,
    findings: Vec<Finding>,
}

impl Mistakes {
    /// Those of a refusal that a person can mend by filling in something else; other problems stay problems.
    pub(super) fn of(problem: Problem) -> Result<Self, Problem> {
        if !problem.status().is_client_error() {
            return Err(problem);
        }
        let findings = problem.findings().to_vec();
        let news = match findings.is_empty() {
            true => problem.detail().to_owned(),
            false => UNFINISHED.to_owned(),
        };
        Ok(Self { news, findings })
    }

    /// Adds what is wrong with a field.
    pub(super) fn add(&mut self, pointer: &str, detail: String) {
        self.news = UNFINISHED.to_owned();
        self.findings.push(Finding { pointer: pointer.to_owned(), detail });
    }

    /// What is wrong with this field, or below it; empty where nothing is.
    pub(super) fn at(&self, pointer: &str) -> String {
        let is_below =
            |place: &str| place.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let here: Vec<&str> = self
            .findings
            .iter()
            .filter(|finding| is_below(&finding.pointer))
            .map(|finding| finding.detail.as_str())
            .collect();
        here.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_is_left_out_and_a_wrong_number_is_kept_for_its_refusal() {
        let mut document = Document::default();
        document.text("source", " ");
        document.text("tenant", " 7 ");
        document.number("jitter", "12");
        document.number("pause_after", "often");
        assert_eq!(document.finish(), json!({ "tenant": "7", "jitter": 12, "pause_after": "often" }));
    }

    #[test]
    fn lists_are_read_by_lines_or_commas() {
        assert_eq!(items("a@x.example,\n b@x.example\n\n"), ["a@x.example", "b@x.example"]);
        assert_eq!(lines("Miller, Ann\r\n 7 \n\n"), ["Miller, Ann", " 7 "], "a key is taken as it stands");
        assert_eq!(ticked(&[("csv", "on"), ("sql", "")]), ["csv"]);
    }

    #[test]
    fn a_mistake_is_found_at_its_field() {
        let finding = |pointer: &str| Finding { pointer: pointer.into(), detail: format!("wrong at {pointer}") };
        let mistakes = Mistakes::of(Problem::invalid_request(vec![finding("/notify/1"), finding("/cron")])).unwrap();
        assert_eq!((mistakes.at("/notify"), mistakes.at("/note")), ("wrong at /notify/1".into(), String::new()));
        assert!(Mistakes::of(Problem::internal("x")).is_err());
    }
}
