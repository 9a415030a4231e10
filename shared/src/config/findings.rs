//! What is wrong with a configuration, gathered so that one start tells everything.

use super::ConfigError;
use std::fmt::Display;

/// Findings in the order they were met, one per variable: what follows from the first is no news.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<(String, String)>);

impl Findings {
    /// Notes `what` is wrong with `variable`, unless something was wrong with it before.
    pub(super) fn add(&mut self, variable: impl Into<String>, what: impl Display) {
        self.add_at(variable, "", what);
    }

    /// As [`Findings::add`], with the place where the value stands when that is not the variable itself.
    pub(super) fn add_at(&mut self, variable: impl Into<String>, place: &str, what: impl Display) {
        let variable = variable.into();
        if !self.0.iter().any(|(known, _)| *known == variable) {
            let line = format!("{variable}{place}: {what}");
            self.0.push((variable, line));
        }
    }

    /// `value` when nothing was found.
    pub(super) fn or<T>(self, value: T) -> Result<T, ConfigError> {
        if self.0.is_empty() {
            return Ok(value);
        }
        Err(ConfigError { findings: self.0.into_iter().map(|(_, line)| line).collect() })
    }
}
