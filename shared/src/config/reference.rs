//! The settings as text: `.env.example` and the table of the README.

use super::setting::{Setting, settings};
use std::fmt::Write;

/// The text of `.env.example`: every variable, commented out, with its description and default.
pub fn env_example() -> String {
    let mut text = String::from(
        "# Every setting of Handover. Remove the `#` before a variable to set it; an empty one counts as not set.\n\
         # The same settings may stand in handover.toml, which variables override: HANDOVER_VAULT__BUCKET is `bucket` below `[vault]`.\n",
    );
    for setting in settings() {
        let variable = setting.variable();
        let default = setting.default.as_deref().unwrap_or_default();
        // A String takes all that is written.
        let _ = write!(text, "\n# {}\n", setting.description);
        if setting.is_secret {
            let _ = writeln!(text, "# {}", file_hint(&variable));
        }
        let _ = writeln!(text, "#{variable}={}", quoted(default));
    }
    text
}

/// The table of the README: variable, what it sets, default.
pub fn markdown_table() -> String {
    let mut text = String::from("| variable | what it sets | default |\n| --- | --- | --- |\n");
    for setting in settings() {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            setting.variable(),
            what(&setting),
            setting
                .default
                .as_deref()
                .filter(|default| !default.is_empty())
                .map(|default| format!("`{default}`"))
                .unwrap_or_default(),
        );
    }
    text
}

fn what(setting: &Setting) -> String {
    let mut what = setting.description.replace('|', "\\|");
    if setting.is_secret {
        what.push_str(" (or `…_FILE`)");
    }
    what
}

fn file_hint(variable: &str) -> String {
    format!("Secret: {variable}_FILE may name a file that holds the value instead.")
}

/// `value` as shells and Compose read it from an env file.
fn quoted(value: &str) -> String {
    if value.contains(|c: char| c.is_whitespace() || "<>\"'$#".contains(c)) {
        return format!("\"{value}\"");
    }
    value.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Role};

    #[test]
    fn the_example_names_every_setting_and_its_default() {
        let text = env_example();
        for line in [
            "#HANDOVER_LISTEN=127.0.0.1:8080",
            "#HANDOVER_QUEUE__LEASE=1m",
            "#HANDOVER_VAULT__ENCRYPTION=AES256",
            "#HANDOVER_LEDGER__URL=",
            "#HANDOVER_MAIL__FROM=\"Handover <handover@localhost>\"",
            "#HANDOVER_SOURCES__<NAME>__CATALOG=",
            "# Secret: HANDOVER_LINKS__KEYS_FILE may name a file that holds the value instead.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert_eq!(text.matches("\n#HANDOVER_").count(), settings().len());
    }

    #[test]
    fn the_defaults_of_the_example_are_accepted_as_values() {
        let text = env_example();
        let variables = text
            .lines()
            .filter_map(|line| line.strip_prefix("#HANDOVER_"))
            .filter(|line| !line.starts_with("SOURCES__"))
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (format!("HANDOVER_{name}"), value.trim_matches('"').into()));
        let read = Config::read(None, variables, Role::Serve);
        assert_eq!(read.map(|config| format!("{config:?}")), Ok(format!("{:?}", Config::default())));
    }

    #[test]
    fn the_table_has_a_row_of_three_cells_for_every_setting() {
        let table = markdown_table();
        assert_eq!(table.lines().count(), settings().len() + 2);
        for row in table.lines() {
            assert_eq!(row.replace("\\|", "").matches('|').count(), 4, "{row}");
        }
    }
}
