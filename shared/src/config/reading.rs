//! How settings are read: the file first, variables over it, and what cannot be read becomes a finding.

use super::{
    Config, Given,
    findings::Findings,
    setting::{Setting, nearest, settings, variable},
    shown::without_password,
};
use config::{Environment, File, FileFormat};
use serde_path_to_error::Segment;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use toml::{Table, Value};

/// The file that is read when none is named.
const FILE: &str = "handover.toml";
/// Where the Makefile keeps tools; not a setting.
const IGNORED: &str = "HANDOVER_CACHE";

/// What was read and not yet understood.
pub(super) struct Reading {
    pub(super) settings: Vec<Setting>,
    pub(super) file: String,
    pub(super) table: Table,
    pub(super) variables: BTreeMap<String, String>,
    /// The files that variables were read from.
    pub(super) secret_files: BTreeMap<String, String>,
}

/// Reads what can be read; each setting that cannot be keeps its default and is a finding.
pub(super) fn read(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (String, String)>,
    findings: &mut Findings,
) -> Config {
    let reading = Reading::gather(file, variables, findings);
    let given = reading.given();
    Config { given, ..reading.into_config(findings) }
}

impl Reading {
    /// What the file and the variables say, without what is no setting.
    pub(super) fn gather(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        findings: &mut Findings,
    ) -> Self {
        let file = file.or_else(|| Some(Path::new(FILE)).filter(|file| file.exists()));
        let mut reading = Reading {
            settings: settings(),
            file: file.map_or_else(String::new, |file| file.display().to_string()),
            table: Table::new(),
            variables: BTreeMap::new(),
            secret_files: BTreeMap::new(),
        };
        if let Some(file) = file {
            reading.read_table(file, findings);
        }
        reading.read_variables(variables, findings);
        reading.drop_incomplete_sources(findings);
        reading
    }

    fn read_table(&mut self, file: &Path, findings: &mut Findings) {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => return findings.add(&self.file, format_args!("cannot be read: {error}")),
        };
        match text.parse::<Table>() {
            Ok(mut table) => {
                self.keep_known(&mut table, &mut Vec::new(), findings);
                self.table = table;
            }
            // The message alone: the rest of the error quotes the line, which may hold a secret.
            Err(error) => {
                let line = error
                    .span()
                    .and_then(|span| text.get(..span.start))
                    .map_or(1, |before| before.matches('\n').count() + 1);
                findings.add(&self.file, format_args!("line {line} is not TOML: {}", error.message()));
            }
        }
    }

    /// Removes what is no setting from `table`, which stands at `path`.
    fn keep_known(&self, table: &mut Table, path: &mut Vec<String>, findings: &mut Findings) {
        table.retain(|key, value| {
            path.push(key.into());
            let is_setting = self.settings.iter().any(|setting| setting.is_at(path));
            let is_section =
                self.settings.iter().any(|setting| setting.path.len() > path.len() && setting_begins(setting, path));
            let place = format!(" (`{}` in {})", path.join("."), self.file);
            let problem = match value {
                Value::Table(inner) if is_section => {
                    self.keep_known(inner, path, findings);
                    None
                }
                Value::Table(_) | Value::Array(_) if is_setting => Some("must be a single value".into()),
                _ if is_setting => None,
                _ if is_section => Some("is a section: its settings stand below it".into()),
                _ => Some(self.unknown(&variable(path))),
            };
            let is_kept = problem.is_none();
            if let Some(problem) = problem {
                findings.add_at(variable(path), &place, problem);
            }
            path.pop();
            is_kept
        });
    }

    fn unknown(&self, name: &str) -> String {
        let known: Vec<String> = self.settings.iter().map(Setting::variable).collect();
        match nearest(name, known.iter().map(String::as_str)) {
            Some(known) => format!("there is no such setting; did you mean {known}?"),
            None => "there is no such setting: remove it".into(),
        }
    }

    fn read_variables(&mut self, variables: impl IntoIterator<Item = (String, String)>, findings: &mut Findings) {
        let given: BTreeMap<String, String> = variables
            .into_iter()
            .filter(|(name, value)| name.starts_with("HANDOVER_") && name != IGNORED && !value.is_empty())
            .collect();
        for (name, value) in &given {
            let owner =
                name.strip_suffix("_FILE").filter(|owner| self.setting_of(owner).is_some_and(|of| of.is_secret));
            match (self.setting_of(name), owner) {
                (Some(_), _) => {
                    self.variables.insert(name.clone(), value.clone());
                }
                (None, Some(owner)) if given.contains_key(owner) => {
                    findings.add(owner, format_args!("{name} is set too: remove one of them"));
                }
                (None, Some(owner)) => match secret_in(value) {
                    Ok(secret) => {
                        self.variables.insert(owner.into(), secret);
                        self.secret_files.insert(owner.into(), value.clone());
                    }
                    Err(why) => findings.add(owner, format_args!("{name}: `{value}` {why}")),
                },
                (None, None) => findings.add(name, self.unknown(name)),
            }
        }
    }

    fn setting_of(&self, name: &str) -> Option<&Setting> {
        let path = path_of(name)?;
        self.settings.iter().find(|setting| setting.is_at(&path))
    }

    /// A source without its address or catalog is a finding, and no source.
    fn drop_incomplete_sources(&mut self, findings: &mut Findings) {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        if let Some(Value::Table(sources)) = self.table.get("sources") {
            for (name, source) in sources {
                let keys = source.as_table().into_iter().flat_map(Table::keys).cloned();
                found.entry(name.clone()).or_default().extend(keys);
            }
        }
        for name in self.variables.keys() {
            if let Some([section, source, key]) = path_of(name).as_deref()
                && section == "sources"
            {
                found.entry(source.clone()).or_default().insert(key.clone());
            }
        }
        for (source, keys) in found {
            let missing: Vec<&str> = ["url", "catalog"].into_iter().filter(|key| !keys.contains(*key)).collect();
            for key in &missing {
                let name = variable(&["sources", &source, key]);
                findings.add(name, format_args!("the source `{source}` needs it"));
            }
            if !missing.is_empty() {
                for key in keys {
                    self.take(&["sources".into(), source.clone(), key]);
                }
                if let Some(Value::Table(sources)) = self.table.get_mut("sources") {
                    sources.remove(&source);
                }
            }
        }
    }

    /// Takes the value at `path` out, with the place where it stood; a variable stands over the file.
    fn take(&mut self, path: &[String]) -> Option<(String, String)> {
        if let Some(value) = self.variables.remove(&variable(path)) {
            return Some((String::new(), value));
        }
        let (last, sections) = path.split_last()?;
        let mut table = &mut self.table;
        for section in sections {
            table = table.get_mut(section)?.as_table_mut()?;
        }
        let value = match table.remove(last)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Some((format!(" (`{}` in {})", path.join("."), self.file), value))
    }

    /// Everything that is set; a variable stands over the file.
    fn given(&self) -> Given {
        let mut given = Given::default();
        collect(&self.table, &mut Vec::new(), &mut given);
        for (name, value) in &self.variables {
            given.add(name.clone(), value);
        }
        given
    }

    /// The configuration; a value that does not fit is taken out and the rest tried again.
    fn into_config(mut self, findings: &mut Findings) -> Config {
        loop {
            let environment = Environment::with_prefix("HANDOVER")
                .prefix_separator("_")
                .separator("__")
                .source(Some(self.variables.clone().into_iter().collect()));
            let merged = config::Config::builder()
                .add_source(File::from_str(&self.table.to_string(), FileFormat::Toml))
                .add_source(environment)
                .build();
            let path = match merged.map(serde_path_to_error::deserialize::<_, Config>) {
                Ok(Ok(config)) => return config,
                Ok(Err(error)) => keys_of(error.path()),
                Err(_) => Vec::new(),
            };
            let Some((place, value)) = self.take(&path) else {
                findings.add(variable(&path), "cannot be read");
                return Config::default();
            };
            let Some(setting) = self.settings.iter().find(|setting| setting.is_at(&path)) else {
                continue;
            };
            if setting.is_secret {
                findings.add_at(variable(&path), &place, format_args!("is not {}", setting.expectation));
            } else {
                findings.add_at(
                    variable(&path),
                    &place,
                    format_args!("`{}` is not {}", without_password(&value), setting.expectation),
                );
            }
        }
    }
}

fn collect(table: &Table, path: &mut Vec<String>, given: &mut Given) {
    for (key, value) in table {
        path.push(key.clone());
        match value {
            Value::Table(inner) => collect(inner, path, given),
            Value::String(text) => given.add(variable(path), text),
            other => given.add(variable(path), &other.to_string()),
        }
        path.pop();
    }
}

fn setting_begins(setting: &Setting, path: &[String]) -> bool {
    let start = Setting { path: setting.path[..path.len()].to_vec(), ..setting.clone() };
    start.is_at(path)
}

/// The path a variable leads to; none when it is not written as settings are.
fn path_of(name: &str) -> Option<Vec<String>> {
    let path: Vec<String> = name.strip_prefix("HANDOVER_")?.split("__").map(str::to_lowercase).collect();
    (variable(&path) == name).then_some(path)
}

fn keys_of(path: &serde_path_to_error::Path) -> Vec<String> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            _ => None,
        })
        .collect()
}

/// The content of a secret's file, without the newline at its end.
fn secret_in(file: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err("is empty".into());
    }
    Ok(secret.into())
}
