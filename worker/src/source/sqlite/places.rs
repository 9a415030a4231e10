//! The files in which tenants are placed, and who the tenants are.

use super::{SqliteSnapshot, options, unreadable, values};
use crate::{
    catalog::Template,
    error::ExportError,
    plan::{
        identifier::quote,
        territory::{Place, Territory},
    },
    source::refusal,
};
use futures::TryStreamExt;
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Row};
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a file of its own.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The file of the tenant with this key, whole and without links: exactly where the template says, spelt exactly so, and not the source's own.
pub(in crate::source) fn file(
    url: &SecretString,
    template: &Template,
    key: &str,
) -> Result<Option<String>, ExportError> {
    let own = options(url)?.get_filename().to_owned();
    let Some(file) = located(&own, template, key) else { return Ok(None) };
    Ok(file.to_str().map(str::to_owned))
}

/// The keys of all files that fit the template.
pub(in crate::source) fn keys_of_files(url: &SecretString, template: &Template) -> Result<Vec<String>, ExportError> {
    let own = options(url)?.get_filename().to_owned();
    let (_, name, _) = template.path();
    let entries = folder(&own, template).and_then(std::fs::read_dir).map_err(|_| {
        refusal::refused("the folder of the tenants' files cannot be read; check its path and rights".to_owned(), None)
    })?;
    let mut keys = Vec::new();
    for entry in entries.flatten() {
        let entry = entry.file_name();
        let Some(entry) = entry.to_str() else { continue };
        if COMPANIONS.iter().any(|companion| entry.ends_with(companion)) {
            continue;
        }
        if let Some(key) = name.key_of(entry)
            && located(&own, template, key).is_some()
        {
            keys.push(key.to_owned());
        }
    }
    keys.sort_unstable();
    Ok(keys)
}

/// The folder in which files or folders are named after keys, without links.
fn folder(own: &Path, template: &Template) -> std::io::Result<PathBuf> {
    let (folder, _, _) = template.path();
    let beside = own.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::canonicalize(beside.join(folder))
}

fn located(own: &Path, template: &Template, key: &str) -> Option<PathBuf> {
    if key.contains(['/', '\\', '\0']) || key == "." || key == ".." {
        return None;
    }
    let (_, name, rest) = template.path();
    let mut expected = folder(own, template).ok()?.join(name.of(key));
    if !rest.is_empty() {
        expected.push(rest);
    }
    // A link would lead elsewhere, and a file system that ignores case would open another tenant's file: either is spelt otherwise then.
    let found = std::fs::canonicalize(&expected).ok()?;
    let is_own = std::fs::canonicalize(own).is_ok_and(|own| own == found);
    (found == expected && found.is_file() && !is_own).then_some(found)
}

impl SqliteSnapshot {
    /// The keys of all tenants, as they are printed.
    pub(in crate::source) async fn keys(
        &mut self,
        territory: &Territory<'_>,
        place: Place,
    ) -> Result<Vec<String>, ExportError> {
        let Some(key) = territory.tenant_key() else { return Ok(Vec::new()) };
        let table = territory.table(place);
        let text = format!(
            "select t.{key} from {}.{} as t where t.{key} is not null order by t.{key}",
            quote(&table.schema),
            quote(&table.name),
            key = quote(&key.name),
        );
        let mut rows = sqlx::query(AssertSqlSafe(text)).persistent(false).fetch(&mut self.connection);
        let mut keys = Vec::new();
        while let Some(row) =
            rows.try_next().await.map_err(|error| refusal::sqlite(error, "reading who the tenants are"))?
        {
            debug_assert_eq!(row.len(), 1);
            let value = values::value(&row, 0).map_err(unreadable)?;
            keys.extend(values::print(&value).map(|key| String::from_utf8_lossy(&key).into_owned()));
        }
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        Template::try_from(text.to_owned()).unwrap()
    }

    fn fill(folder: &Path, files: &[&str]) -> SecretString {
        for file in files {
            let path = folder.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        SecretString::from(format!("sqlite://{}", folder.join("control.db").display()))
    }

    #[test]
    fn only_the_file_that_the_template_says_is_a_tenants() {
        let folder = tempfile::tempdir().unwrap();
        let url = fill(
            folder.path(),
            &["control.db", "shops/7.db", "shops/A.db", "shops/7.db-wal", "secret.db", "shops/x y%3f#?.db"],
        );
        let shops = template("shops/{key}.db");
        let whole = |name: &str| std::fs::canonicalize(folder.path()).unwrap().join(name).to_str().map(str::to_owned);
        assert_eq!(file(&url, &shops, "7").unwrap(), whole("shops/7.db"));
        assert_eq!(file(&url, &shops, "x y%3f#?").unwrap(), whole("shops/x y%3f#?.db"));
        for key in ["8", "a", "../secret", "..", ".", "../shops/7", "shops", "7.db", "", "7\0"] {
            assert_eq!(file(&url, &shops, key).unwrap(), None, "{key}");
        }
        assert_eq!(keys_of_files(&url, &shops).unwrap(), ["7", "A", "x y%3f#?"]);
        // The source's own file is nobody's.
        assert_eq!(file(&url, &template("{key}.db"), "control").unwrap(), None);
        assert_eq!(keys_of_files(&url, &template("{key}.db")).unwrap(), ["secret"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let url = fill(folder.path(), &["control.db", "shops/7.db", "elsewhere.db", "of/7/data.db"]);
        let link = |to: &str, from: &str| {
            std::os::unix::fs::symlink(folder.path().join(to), folder.path().join(from)).unwrap()
        };
        link("elsewhere.db", "shops/8.db");
        link("shops/7.db", "shops/9.db");
        link("of/7", "of/8");
        let shops = template("shops/{key}.db");
        assert_eq!(keys_of_files(&url, &shops).unwrap(), ["7"]);
        let folders = template("of/{key}/data.db");
        assert_eq!(keys_of_files(&url, &folders).unwrap(), ["7"]);
        assert!(file(&url, &folders, "7").unwrap().is_some() && file(&url, &folders, "8").unwrap().is_none());
        // Folders above may be links: the template's own folder is where it is.
        link("shops", "linked");
        assert!(file(&url, &template("linked/{key}.db"), "7").unwrap().is_some());
    }
}
