//! What was set, as opposed to what was left at its default.

use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// The value of each variable that was set, wherever it was. Some are secret, so none is shown.
#[derive(Clone, Default)]
pub struct Given(BTreeMap<String, SecretString>);

impl Given {
    pub(super) fn add(&mut self, variable: String, value: &str) {
        self.0.insert(variable, value.into());
    }

    /// Variables and values, for fingerprints.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(variable, value)| (variable.as_str(), value.expose_secret()))
    }
}

impl std::fmt::Debug for Given {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Given")
    }
}
