//! The torture database for SQLite: exported, restored by the sqlite3 shell, exported again.

use super::{archive, assert_same_rows, left_out, sqlite3, toml};
use crate::support::archive::Archive;
use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"))
}

fn torture(encoding: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("product.db");
    let head = format!("pragma encoding = '{encoding}'; pragma journal_mode = wal;\n");
    std::fs::write(
        folder.path().join("torture.sql"),
        head + std::fs::read_to_string(fixtures().join("sqlite.sql")).unwrap().as_str(),
    )
    .unwrap();
    assert_eq!(sqlite3(&file, "torture.sql", folder.path()), "wal\n");
    (folder, file)
}

fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

fn ask(file: &Path, query: &str) -> Vec<String> {
    let output =
        Command::new("sqlite3").args(["-bail", "-newline", "\u{1}", file.to_str().unwrap(), query]).output().unwrap();
    super::succeeded(&output);
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\u{1}').map(str::to_owned).collect()
}

/// Tables of the product in the file, each with whether its rows have an owner.
fn tables(file: &Path) -> Vec<(String, bool)> {
    let query = "select exists (select 1 from pragma_table_xinfo(list.name) as c where c.name = 't_id') || list.name from pragma_table_list as list
        where schema = 'main' and type in ('table', 'virtual') and name not like 'sqlite\\_%' escape '\\' order by name";
    ask(file, query).into_iter().map(|line| (line[1..].to_owned(), line.starts_with('1'))).collect()
}

fn catalog(file: &Path) -> String {
    let mut text =
        "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"tenants\"\nkey = \"id\"\nlabel = \"name\"\n".to_owned();
    for (table, owned) in tables(file) {
        let rule = match (table.as_str(), owned) {
            ("tenants", _) => "owner = { column = \"id\" }",
            ("words" | "boxes", _) => "exclude = \"made of other tables\"",
            (_, true) => "owner = { column = \"t_id\" }",
            (_, false) => "share = \"all\"",
        };
        writeln!(text, "[tables.{}]\n{rule}", toml(&table)).unwrap();
    }
    text
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Every value of the tenant by table and column, as SQLite itself shows it: storage class, bytes, bits of a number.
fn values(file: &Path, key: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (table, owned) in tables(file).into_iter().filter(|(table, _)| !["words", "boxes"].contains(&table.as_str())) {
        let own = match (table.as_str(), owned) {
            ("tenants", _) => format!("where id = {key}"),
            (_, true) => format!("where t_id = {key}"),
            (_, false) => String::new(),
        };
        let columns = ask(file, &format!("select name from pragma_table_xinfo('{}')", table.replace('\'', "''")));
        let shown: Vec<String> = columns
            .iter()
            .map(|column| quoted(column))
            .map(|column| {
                format!(
                    "typeof({column}), hex({column}), iif(typeof({column}) = 'real', printf('%!.20g', {column}), '')"
                )
            })
            .collect();
        let rows = ask(
            file,
            &format!("select {} from {} {own} order by {}", shown.join(", "), quoted(&table), shown.join(", ")),
        );
        all.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    all
}

fn restore(archive: &Archive) -> PathBuf {
    let file = archive.root().join("restored.db");
    // What it prints are the keys that point to nowhere in the source too.
    let broken = sqlite3(&file, "sql/restore.sql", &archive.root());
    assert!(broken.lines().all(|line| line.starts_with("orphans|")), "{broken}");
    file
}

#[tokio::test]
async fn every_value_name_and_table_of_sqlite_arrives_as_it_left() {
    let (_folder, file) = torture("UTF-8");
    for key in ["1", "2"] {
        let first = archive(&url(&file), &catalog(&file), key).await;
        let restored = restore(&first);
        let (left, arrived) = (values(&file, key), values(&restored, key));
        assert!(left.len() > 80, "{}", left.len());
        let different: Vec<_> = left.iter().zip(&arrived).filter(|(left, arrived)| left != arrived).collect();
        assert!(different.is_empty() && left.len() == arrived.len(), "{different:?}");
        assert_same_rows(&first, &archive(&url(&restored), &catalog(&restored), key).await);
        assert_rules(&first, &file, &restored);
    }
    assert!(!Path::new("/tmp/handover-pwned").exists());
}

#[tokio::test]
async fn a_file_in_utf_16_arrives_as_it_left() {
    let (_folder, file) = torture("UTF-16le");
    assert_eq!(ask(&file, "pragma encoding"), ["UTF-16le"]);
    let first = archive(&url(&file), &catalog(&file), "1").await;
    let restored = restore(&first);
    assert_same_rows(&first, &archive(&url(&restored), &catalog(&restored), "1").await);
}

fn assert_rules(archive: &Archive, source: &Path, restored: &Path) {
    let own = "type in ('table', 'index') and name not like 'sqlite\\_%' escape '\\' and tbl_name not glob 'words*' and tbl_name not glob 'boxes*'";
    for query in [
        "select user_version from pragma_user_version".to_owned(),
        "select application_id from pragma_application_id".to_owned(),
        format!(
            "select type || ' ' || name || ' ' || rtrim(sql, char(10)) from sqlite_schema where {own} order by name"
        ),
    ] {
        assert_eq!(ask(source, &query), ask(restored, &query), "{query}");
    }
    assert_eq!(ask(restored, "select name from sqlite_schema where type = 'trigger'"), [""; 0]);
    let left_out = left_out(archive);
    for expected in ["trigger never_on_restore", "trigger nor;this"] {
        assert!(left_out.iter().any(|one| one == expected), "{expected} is not in {left_out:?}");
    }
}
