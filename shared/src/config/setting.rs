//! The settings as a list, taken from the JSON schema of [`Config`].

use super::Config;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// Stands in a path for the name of a source.
pub(super) const NAME: &str = "<name>";

/// One value that can be set.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// Its keys from the outermost section, [`NAME`] where a source's name stands.
    pub(super) path: Vec<String>,
    /// The doc comment of its field.
    pub(super) description: String,
    /// Its default as it would be written, if it has one.
    pub(super) default: Option<String>,
    /// Whether its value is never printed and may come from a file.
    pub(super) is_secret: bool,
    /// What its value must be, as it follows "is not".
    pub(super) expectation: String,
}

impl Setting {
    /// Its variable, with `<NAME>` where a source's name stands.
    pub(super) fn variable(&self) -> String {
        variable(&self.path)
    }

    /// Whether `path` leads to this setting.
    pub(super) fn is_at<S: AsRef<str>>(&self, path: &[S]) -> bool {
        self.path.len() == path.len()
            && self
                .path
                .iter()
                .zip(path)
                .all(|(own, key)| own == key.as_ref() || (own == NAME && !key.as_ref().is_empty()))
    }
}

/// The variable of the setting at `path`.
pub(super) fn variable<S: AsRef<str>>(path: &[S]) -> String {
    let keys: Vec<String> = path.iter().map(|key| key.as_ref().to_uppercase()).collect();
    format!("HANDOVER_{}", keys.join("__"))
}

/// Every setting, in the order of the fields.
pub(super) fn settings() -> Vec<Setting> {
    let schema = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Config>()
        .to_value();
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    let mut settings = Vec::new();
    collect(&mut Vec::new(), &schema, &defaults, &mut settings);
    settings
}

fn collect(path: &mut Vec<String>, schema: &Value, default: &Value, settings: &mut Vec<Setting>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (key, schema) in properties {
            path.push(key.clone());
            collect(path, schema, &default[key], settings);
            path.pop();
        }
    } else if schema["additionalProperties"].is_object() {
        path.push(NAME.into());
        collect(path, &schema["additionalProperties"], &Value::Null, settings);
        path.pop();
    } else {
        settings.push(Setting {
            path: path.clone(),
            description: schema["description"].as_str().unwrap_or_default().into(),
            default: match default {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            },
            is_secret: schema["writeOnly"] == Value::Bool(true),
            expectation: expectation(schema),
        });
    }
}

fn expectation(schema: &Value) -> String {
    let constants: Vec<&str> = match (&schema["enum"], &schema["oneOf"]) {
        (Value::Array(values), _) => values.iter().filter_map(Value::as_str).collect(),
        (_, Value::Array(variants)) => variants.iter().filter_map(|variant| variant["const"].as_str()).collect(),
        _ => Vec::new(),
    };
    if !constants.is_empty() {
        return format!("one of {}", constants.join(", "));
    }
    let type_name = match &schema["type"] {
        // A setting that may be absent.
        Value::Array(types) => types.iter().find_map(|name| name.as_str().filter(|name| *name != "null")),
        name => name.as_str(),
    };
    match (type_name, schema["format"].as_str()) {
        (Some("integer"), Some("uint64")) => "a whole number",
        (Some("integer"), _) => "a whole number from 0 to 4294967295",
        (Some("boolean"), _) => "true or false",
        (_, Some("duration")) => "a time span such as 30s, 15m or 7d",
        (_, Some("uri")) => "an address such as https://exports.example.com",
        (_, Some("socket-address")) => "an address and port such as 127.0.0.1:8080",
        _ => "a text",
    }
    .into()
}

/// The known name nearest to `unknown`, if one is near enough to be a slip of the hand.
pub(super) fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (distance(unknown, name), name))
        .filter(|(distance, _)| *distance <= 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The Levenshtein distance in bytes.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, a) in left.bytes().enumerate() {
        let mut diagonal = line;
        row[0] = line + 1;
        for (column, b) in right.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_description() {
        for setting in settings() {
            assert!(!setting.description.is_empty(), "{} has no doc comment", setting.variable());
        }
    }

    #[test]
    fn exactly_the_settings_with_credentials_are_secret() {
        let secret: Vec<String> =
            settings().iter().filter(|setting| setting.is_secret).map(Setting::variable).collect();
        assert_eq!(
            secret,
            [
                "HANDOVER_LEDGER__URL",
                "HANDOVER_QUEUE__URL",
                "HANDOVER_VAULT__ACCESS_KEY_ID",
                "HANDOVER_VAULT__SECRET_ACCESS_KEY",
                "HANDOVER_ENCRYPTION__KEYS",
                "HANDOVER_ENCRYPTION__KMS_ACCESS_KEY_ID",
                "HANDOVER_ENCRYPTION__KMS_SECRET_ACCESS_KEY",
                "HANDOVER_MAIL__URL",
                "HANDOVER_LINKS__KEYS",
                "HANDOVER_PORTAL__SOURCES__<NAME>__KEYS",
                "HANDOVER_SOURCES__<NAME>__URL",
            ]
        );
    }

    #[test]
    fn a_slip_of_the_hand_is_recognised() {
        let known = ["HANDOVER_VAULT__BUCKET", "HANDOVER_VAULT__PREFIX"];
        assert_eq!(nearest("HANDOVER_VAULT_BUCKET", known), Some(known[0]));
        assert_eq!(nearest("HANDOVER_SOMETHING", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
