//! Archives opened by what people have: Info-ZIP, 7-Zip, Python, Java, and LibreOffice for the tables.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use examples::{ceppro, customertrackr};
use tempfile::TempDir;

use crate::support::{
    ceppro::CepPro,
    customertrackr::CustomerTrackr,
    markers::marked,
    process::{run, text},
    program::handover,
};

/// What spreadsheets like to change, and what must come out of them.
const TEXTS: [&str; 22] = [
    "Ångström & Çelik, Łódź",
    "Größe „M“ – 5 €",
    "日本語 العربية",
    "007",
    "00",
    "12345678901234567890",
    "4006381333931",
    "12E3",
    "1.10",
    "1-2",
    "3/4",
    "12:30",
    "50%",
    "MARCH1",
    "1-Sep",
    "TRUE",
    "1,000",
    "two\nlines",
    "with \"quotes\"",
    "semi;colon\tand tab",
    "2024-03-01",
    "0123456789abcdef",
];

/// What a spreadsheet would run; it shows them with the `'` that keeps it from that.
const FORMULAS: [&str; 5] =
    ["=1+1", "=HYPERLINK(\"https://evil.example\",\"click\")", "+49 151 1234567", "@SUM(A1)", "-2+3"];

/// An archive of a tenant whose contacts have such names.
struct Opened {
    folder: TempDir,
}

impl Opened {
    async fn new() -> Opened {
        let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
        let tenant = &product.tenants[0];
        let rows: Vec<String> = TEXTS
            .iter()
            .chain(&FORMULAS)
            .enumerate()
            .map(|(place, name)| {
                let (key, name) = (quoted(&tenant.key), quoted(name));
                format!(
                    "insert into contacts (account_id, given_name, family_name, email, phone, postal_code, created_at)
                     values ({key}, 'opening-{place:02}', {name}, 'opening-{place}@example.com', '0151 000{place}', '0{place:04}', '2026-01-01T00:00:00Z');"
                )
            })
            .collect();
        product.run(&rows.concat()).await;
        let opened = Opened { folder: tempfile::Builder::new().prefix("handover-opening-").tempdir().unwrap() };
        opened.export(&product.source_url(), customertrackr::CATALOG, &tenant.key).await;
        opened
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn export(&self, url: &str, catalog: &str, tenant: &str) {
        fs::write(self.path("catalog.toml"), catalog).unwrap();
        let (catalog, output) = (self.path("catalog.toml"), self.path("archive.zip"));
        let made = handover(&[
            "export",
            "--source",
            url,
            "--catalog",
            text(&catalog),
            "--tenant",
            tenant,
            "--output",
            text(&output),
            "--csv-profile",
            "spreadsheet",
        ]);
        let made = made.run().await;
        assert_eq!(made.status.code(), Some(0), "{made:?}");
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Every file below a folder, by its path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Unpacks with every program; all of them must give the same files, whose checksums are right.
fn assert_opens(opened: &Opened) {
    let zip = opened.path("archive.zip");
    let into = |name: &str| {
        fs::create_dir(opened.path(name)).unwrap();
        opened.path(name)
    };
    let by_unzip = into("unzip");
    run(Command::new("unzip").args(["-q", text(&zip), "-d", text(&by_unzip)]));
    run(Command::new("sha256sum").args(["--check", "--strict", "--quiet", "CHECKSUMS.sha256"]).current_dir(&by_unzip));
    let expected = files(&by_unzip);
    assert!(expected.contains_key(Path::new("START-HERE.html")) && expected.len() > 10, "{:?}", expected.keys());

    let by_seven = into("7z");
    run(Command::new("7z").args(["t", text(&zip)]));
    run(Command::new("7z").args(["x", "-y", text(&zip), &format!("-o{}", text(&by_seven))]));
    let by_python = into("python");
    run(Command::new("python3").args(["-m", "zipfile", "--test", text(&zip)]));
    run(Command::new("python3").args(["-m", "zipfile", "--extract", text(&zip), text(&by_python)]));
    let by_java = into("java");
    run(Command::new("jar").args(["--extract", "--file", text(&zip)]).current_dir(&by_java));
    for (program, folder) in [("7z", by_seven), ("python", by_python), ("jar", by_java)] {
        let found = files(&folder);
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{program}");
        for (path, bytes) in &expected {
            assert!(found[path] == *bytes, "{program} gives another {}", path.display());
        }
    }
}

/// The cells of a CSV file, with or without a byte order mark.
fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// What LibreOffice shows of a table after a double-click: UTF-8 and commas are what its dialog proposes, and `evaluates` is its box "Evaluate formulas".
fn as_libreoffice_shows(table: &Path, folder: &Path, evaluates: bool) -> Vec<Vec<String>> {
    fs::create_dir_all(folder).unwrap();
    let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
    let read = format!("--infilter=CSV:44,34,76,1,,0,false,false,false,false,false,-1,{evaluates}");
    let written = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false";
    let folder = folder.join("shown");
    run(Command::new("soffice").args([
        &profile,
        "--headless",
        "--norestore",
        &read,
        "--convert-to",
        written,
        "--outdir",
        text(&folder),
        text(table),
    ]));
    cells(&fs::read(folder.join(table.file_name().unwrap())).unwrap())
}

/// A cell as people mean it: a number by its value, everything else by its text, whose lines may end in either way.
fn meant(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(number) if cell.starts_with(|first: char| first.is_ascii_digit() || first == '-') => number.to_string(),
        _ => cell.replace("\r\n", "\n").replace('\r', "\n"),
    }
}

#[tokio::test]
async fn an_archive_opens_with_what_people_have_and_its_tables_are_intact_in_a_spreadsheet() {
    let opened = Opened::new().await;
    assert_opens(&opened);

    let table = opened.path("unzip").join("csv/contacts.csv");
    let written = cells(&fs::read(&table).unwrap());
    let column = |name: &str| written[0].iter().position(|column| column == name).unwrap();
    let (given, family, postal) = (column("given_name"), column("family_name"), column("postal_code"));
    for evaluates in [false, true] {
        let shown = as_libreoffice_shows(&table, &opened.path(&format!("office-{evaluates}")), evaluates);
        assert_eq!(shown.len(), written.len());
        for (shown, written) in shown.iter().zip(&written) {
            let mean = |row: &[String]| row.iter().map(|cell| meant(cell)).collect::<Vec<_>>();
            assert_eq!(mean(shown), mean(written), "evaluates: {evaluates}");
        }
        for (place, value) in TEXTS.iter().chain(&FORMULAS).enumerate() {
            let row = shown.iter().find(|row| row[given] == format!("opening-{place:02}")).unwrap();
            let cell = row[family].strip_suffix('\t').unwrap_or(&row[family]);
            let expected = if FORMULAS.contains(value) { format!("'{value}") } else { (*value).to_owned() };
            assert_eq!(cell, expected, "evaluates: {evaluates}");
            assert_eq!(row[postal].trim_end_matches('\t'), format!("0{place:04}"), "evaluates: {evaluates}");
        }
    }
}

#[tokio::test]
async fn an_archive_from_postgresql_opens_with_them_too() {
    let product = CepPro::create().await;
    let opened = Opened { folder: tempfile::Builder::new().prefix("handover-opening-").tempdir().unwrap() };
    opened.export(&product.source_url().await, ceppro::CATALOG, &product.tenants[0].key).await;
    assert_opens(&opened);
    let table = opened.path("unzip").join("csv/products.csv");
    let written = cells(&fs::read(&table).unwrap());
    let shown = as_libreoffice_shows(&table, &opened.path("office"), false);
    assert!(shown.len() > 1);
    for (shown, written) in shown.iter().zip(&written) {
        let mean = |row: &[String]| row.iter().map(|cell| meant(cell)).collect::<Vec<_>>();
        assert_eq!(mean(shown), mean(written));
    }
}
