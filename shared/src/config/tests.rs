use super::*;
use secrecy::ExposeSecret;

const KEY: &str = "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn read(role: Role, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    read_with(None, role, variables)
}

fn read_with(file: Option<&Path>, role: Role, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    Config::read(file, variables, role)
}

fn findings(read: Result<Config, ConfigError>) -> Vec<String> {
    read.err().map(|error| error.findings).unwrap_or_default()
}

/// What API and worker share.
const API: &[(&str, &str)] = &[
    ("HANDOVER_PUBLIC_URL", "https://exports.example.com"),
    ("HANDOVER_LEDGER__URL", "postgres://h:secret@db/h"),
    ("HANDOVER_QUEUE__URL", "redis://:secret@queue:6379/0"),
    ("HANDOVER_VAULT__BUCKET", "archives"),
    ("HANDOVER_LINKS__KEYS", KEY),
    ("HANDOVER_ENCRYPTION__KEYS", KEY),
];

/// And what a worker needs besides.
const MAIL: &[(&str, &str)] =
    &[("HANDOVER_MAIL__URL", "smtps://u:secret@mail"), ("HANDOVER_MAIL__FROM", "Exports <exports@example.com>")];

fn grown() -> Vec<(&'static str, &'static str)> {
    [API, MAIL].concat()
}

#[test]
fn without_any_setting_one_process_keeps_everything_in_the_data_folder() {
    let config = read(Role::Serve, &[]).unwrap();
    assert_eq!(config.public_url().as_str(), "http://127.0.0.1:8080/");
    assert_eq!(config.ledger_url().expose_secret(), "sqlite://./handover-data/ledger.sqlite");
    assert!(config.is_embedded_vault() && config.is_embedded_queue() && config.is_embedded_mail());
}

#[test]
fn a_variable_stands_over_the_file_and_an_empty_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let text = "product = \"Ours\"\n[queue]\nwindow = 7\nlease = \"30s\"\n[vault]\npath_style = true\n";
    std::fs::write(&file, text).unwrap();
    let variables = [
        ("HANDOVER_QUEUE__WINDOW", "9"),
        ("HANDOVER_PRODUCT", ""),
        ("HANDOVER_QUEUE__URL", ""),
        ("HANDOVER_CACHE", "/tmp"),
        ("HOME", "/root"),
    ];
    let config = read_with(Some(&file), Role::Serve, &variables).unwrap();
    assert_eq!(config.product, "Ours");
    assert_eq!(config.queue.window, 9);
    assert_eq!(config.queue.lease, Duration::from_secs(30));
    assert!(config.vault.path_style);
    assert!(config.queue.url.is_none());
}

#[test]
fn every_finding_is_told_at_once() {
    let variables = [
        ("HANDOVER_VAULT__ENCRYPTION", "AES265"),
        ("HANDOVER_VAULT_BUCKET", "b"),
        ("HANDOVER_QUEUE__WINDOW", "-1"),
        ("HANDOVER_QUEUE__LEASE", "4s"),
        ("HANDOVER_LINKS__LIFETIME", "7"),
        ("HANDOVER_LISTEN", "8080"),
        ("HANDOVER_VAULT__PATH_STYLE", "perhaps"),
        ("HANDOVER_PUBLIC_URL", "exports.example.com"),
        ("HANDOVER_NONSENSE", "x"),
        ("HANDOVER_LOG__FILTER", "info,worker=loud"),
    ];
    let mut found = findings(read(Role::Serve, &variables));
    found.sort();
    assert_eq!(
        found,
        [
            "HANDOVER_LINKS__LIFETIME: `7` is not a time span such as 30s, 15m or 7d",
            "HANDOVER_LISTEN: `8080` is not an address and port such as 127.0.0.1:8080",
            "HANDOVER_LOG__FILTER: `info,worker=loud` is not a filter such as info or info,worker=debug",
            "HANDOVER_NONSENSE: there is no such setting: remove it",
            "HANDOVER_PUBLIC_URL: `exports.example.com` is not an address such as https://exports.example.com",
            "HANDOVER_QUEUE__LEASE: must be at least 5s",
            "HANDOVER_QUEUE__WINDOW: `-1` is not a whole number from 0 to 4294967295",
            "HANDOVER_VAULT_BUCKET: there is no such setting; did you mean HANDOVER_VAULT__BUCKET?",
            "HANDOVER_VAULT__ENCRYPTION: `AES265` is not one of AES256, aws:kms, none",
            "HANDOVER_VAULT__PATH_STYLE: `perhaps` is not true or false",
        ]
    );
}

#[test]
fn a_finding_in_the_file_names_variable_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let name = file.display();
    let text = "colour = 1\nproduct = [\"a\"]\nlog = 5\n[vault]\nencrypton = \"none\"\nconcurrency = \"two\"\n[vault.prefix]\na = 1\n";
    std::fs::write(&file, text).unwrap();
    let mut found = findings(read_with(Some(&file), Role::Serve, &[]));
    found.sort();
    assert_eq!(
        found,
        [
            format!("HANDOVER_COLOUR (`colour` in {name}): there is no such setting: remove it"),
            format!("HANDOVER_LOG (`log` in {name}): is a section: its settings stand below it"),
            format!("HANDOVER_PRODUCT (`product` in {name}): must be a single value"),
            format!(
                "HANDOVER_VAULT__CONCURRENCY (`vault.concurrency` in {name}): `two` is not a whole number from 0 to 4294967295"
            ),
            format!(
                "HANDOVER_VAULT__ENCRYPTON (`vault.encrypton` in {name}): there is no such setting; did you mean HANDOVER_VAULT__ENCRYPTION?"
            ),
            format!("HANDOVER_VAULT__PREFIX (`vault.prefix` in {name}): must be a single value"),
        ]
    );
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_a_finding_without_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    assert_eq!(findings(read_with(Some(&file), Role::Serve, &[])).len(), 1);
    std::fs::write(&file, "[ledger]\nurl = \"postgres://u:hunter2@db\n").unwrap();
    let found = findings(read_with(Some(&file), Role::Serve, &[]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("line 2 is not TOML"), "{found:?}");
    assert!(!found[0].contains("hunter2"), "{found:?}");
}

#[test]
fn a_secret_comes_from_its_file_without_the_newline() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    std::fs::write(&file, "redis://:pass word@queue\n").unwrap();
    let path = file.to_str().unwrap();
    let config = read(Role::Serve, &[("HANDOVER_QUEUE__URL_FILE", path)]).unwrap();
    let url = config.queue.url.unwrap();
    assert_eq!(url.expose_secret(), "redis://:pass word@queue");

    let both = [("HANDOVER_QUEUE__URL_FILE", path), ("HANDOVER_QUEUE__URL", "redis://other")];
    assert_eq!(
        findings(read(Role::Serve, &both)),
        ["HANDOVER_QUEUE__URL: HANDOVER_QUEUE__URL_FILE is set too: remove one of them"]
    );
    let no_secret = [("HANDOVER_PRODUCT_FILE", path)];
    assert_eq!(findings(read(Role::Serve, &no_secret)).len(), 1);
}

#[test]
fn a_secret_file_that_cannot_be_read_is_one_finding_and_not_two() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    for (file, why) in [("/nowhere/url", "cannot be read"), (empty.to_str().unwrap(), "is empty")] {
        let mut variables = API.to_vec();
        variables.retain(|(name, _)| *name != "HANDOVER_QUEUE__URL");
        variables.push(("HANDOVER_QUEUE__URL_FILE", file));
        let found = findings(read(Role::Api, &variables));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("HANDOVER_QUEUE__URL: HANDOVER_QUEUE__URL_FILE"));
        assert!(found[0].contains(why), "{found:?}");
    }
}

#[test]
fn no_finding_holds_a_secret() {
    let variables = [
        ("HANDOVER_LEDGER__URL", "mysql://u:hunter2@db"),
        ("HANDOVER_QUEUE__URL", "hunter2"),
        ("HANDOVER_MAIL__URL", "http://hunter2@mail"),
        ("HANDOVER_LINKS__KEYS", "a:hunter2"),
        ("HANDOVER_ENCRYPTION__KEYS", "a:hunter2"),
        ("HANDOVER_ENCRYPTION__KMS_SECRET_ACCESS_KEY", "hunter2"),
        ("HANDOVER_VAULT__SECRET_ACCESS_KEY", "hunter2"),
        ("HANDOVER_SOURCES__SHOP__URL", "hunter2"),
        ("HANDOVER_SOURCES__SHOP__CATALOG", "/nowhere.toml"),
    ];
    let error = read(Role::Worker, &variables).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    for (variable, _) in variables {
        let named = variable.replace("SECRET_ACCESS_KEY", "ACCESS_KEY_ID");
        assert!(error.findings.iter().any(|line| line.starts_with(&named)), "{named}: {error}");
    }
    let config = read(Role::Api, API).unwrap();
    assert!(!format!("{config:?}").contains("secret@"));
}

#[test]
fn two_processes_need_what_they_share() {
    assert!(read(Role::Api, API).is_ok());
    assert!(read(Role::Worker, &grown()).is_ok());
    let names = |role| -> Vec<String> {
        let lines = findings(read(role, &[]));
        lines.iter().filter_map(|line| Some(line.split_once(':')?.0.into())).collect()
    };
    let shared = [
        "HANDOVER_LEDGER__URL",
        "HANDOVER_PUBLIC_URL",
        "HANDOVER_QUEUE__URL",
        "HANDOVER_VAULT__BUCKET",
        "HANDOVER_LINKS__KEYS",
        "HANDOVER_ENCRYPTION__KEYS",
    ];
    assert_eq!(names(Role::Api), shared);
    assert_eq!(names(Role::Worker), [&shared[..], &["HANDOVER_MAIL__URL"]].concat());
    assert!(names(Role::Ledger).is_empty());
    let mut sqlite = grown();
    sqlite[1].1 = "sqlite:///data/ledger.sqlite";
    let found = findings(read(Role::Worker, &sqlite));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("SQLite is for `handover serve`"), "{found:?}");
}

#[test]
fn the_api_refuses_source_credentials() {
    let mut variables = API.to_vec();
    variables.push(("HANDOVER_SOURCES__SHOP__URL", "postgres://u:p@db/shop"));
    variables.push(("HANDOVER_SOURCES__SHOP__CATALOG", "Cargo.toml"));
    assert_eq!(
        findings(read(Role::Api, &variables)),
        ["HANDOVER_SOURCES: the API holds no source credentials; set it for the worker only"]
    );
    variables.extend(MAIL);
    let config = read(Role::Worker, &variables).unwrap();
    assert_eq!(config.sources["shop"].catalog, Path::new("Cargo.toml"));
}

#[test]
fn a_source_is_complete_or_a_finding() {
    let variables = [
        ("HANDOVER_SOURCES__SHOP__URL", "postgres://u:p@db/shop"),
        ("HANDOVER_SOURCES__9__URL", "postgres://u:p@db/shop"),
        ("HANDOVER_SOURCES__9__CATALOG", "Cargo.toml"),
        ("HANDOVER_SOURCES__DESK__CATALOG", "Cargo.toml"),
        ("HANDOVER_SOURCES__DESK__URL", "http://db"),
        ("HANDOVER_SOURCES__DESK__TABLES", "all"),
    ];
    assert_eq!(
        findings(read(Role::Serve, &variables)),
        [
            "HANDOVER_SOURCES__DESK__TABLES: there is no such setting: remove it",
            "HANDOVER_SOURCES__SHOP__CATALOG: the source `shop` needs it",
            "HANDOVER_SOURCES__9: the name must begin with a small letter; small letters, digits, `_` and `-` may follow",
            "HANDOVER_SOURCES__DESK__URL: must be postgres://user:password@host/database, mysql://user:password@host/database or sqlite://path",
        ]
    );
}

#[test]
fn contradictions_in_the_vault_are_findings() {
    for (variables, variable) in [
        (&[("HANDOVER_VAULT__ENCRYPTION", "aws:kms")][..], "HANDOVER_VAULT__KMS_KEY_ID"),
        (&[("HANDOVER_VAULT__KMS_KEY_ID", "k")], "HANDOVER_VAULT__KMS_KEY_ID"),
        (&[("HANDOVER_VAULT__ACCESS_KEY_ID", "k")], "HANDOVER_VAULT__SECRET_ACCESS_KEY"),
        (&[("HANDOVER_VAULT__SECRET_ACCESS_KEY", "k")], "HANDOVER_VAULT__ACCESS_KEY_ID"),
        (&[("HANDOVER_VAULT__PART_MEBIBYTES", "4")], "HANDOVER_VAULT__PART_MEBIBYTES"),
        (&[("HANDOVER_VAULT__PART_MEBIBYTES", "1025")], "HANDOVER_VAULT__PART_MEBIBYTES"),
        (&[("HANDOVER_VAULT__CONCURRENCY", "0")], "HANDOVER_VAULT__CONCURRENCY"),
        (&[("HANDOVER_VAULT__PREFIX", "../other")], "HANDOVER_VAULT__PREFIX"),
        (&[("HANDOVER_VAULT__ENDPOINT", "ftp://store")], "HANDOVER_VAULT__ENDPOINT"),
    ] {
        let mut all = vec![("HANDOVER_VAULT__BUCKET", "archives")];
        all.extend_from_slice(variables);
        let found = findings(read(Role::Serve, &all));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(variable), "{found:?}");
    }
    let without_bucket = [("HANDOVER_VAULT__ENDPOINT", "http://store")];
    assert_eq!(findings(read(Role::Serve, &without_bucket)).len(), 1);
}

#[test]
fn numbers_and_times_have_limits() {
    for (variable, value) in [
        ("HANDOVER_LINKS__PRESIGNED_LIFETIME", "5m 1s"),
        ("HANDOVER_LINKS__LIFETIME", "366d"),
        ("HANDOVER_RETENTION__PORTAL_DAYS", "0"),
        ("HANDOVER_RETENTION__OPERATOR_DAYS", "0"),
        ("HANDOVER_RETENTION__SCHEDULE_DAYS", "3661"),
        ("HANDOVER_WORKER__EXPORTS", "0"),
        ("HANDOVER_WORKER__ATTEMPTS", "0"),
        ("HANDOVER_WORKER__LEASE", "4s"),
        ("HANDOVER_WORKER__RECONCILE_EVERY", "0s"),
        ("HANDOVER_QUEUE__WINDOW", "0"),
        ("HANDOVER_QUEUE__PREFIX", "a b"),
        ("HANDOVER_MAIL__FROM", "nobody"),
        ("HANDOVER_MAIL__CA_FILE", "/nowhere.pem"),
        ("HANDOVER_PUBLIC_URL", "https://u:p@host/?q"),
    ] {
        let found = findings(read(Role::Serve, &[(variable, value)]));
        assert_eq!(found.len(), 1, "{variable}: {found:?}");
        assert!(found[0].starts_with(variable), "{found:?}");
    }
}

#[test]
fn a_relay_needs_a_sender_that_someone_chose() {
    let found = findings(read(Role::Serve, &[("HANDOVER_MAIL__URL", "smtp://relay:587")]));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("HANDOVER_MAIL__FROM: is not set"), "{found:?}");
}

#[test]
fn links_begin_with_the_whole_public_address() {
    let mut config = Config { public_url: Some("https://example.com/exports".parse().unwrap()), ..Config::default() };
    let link = config.public_url().join("d/token").unwrap();
    assert_eq!(link.as_str(), "https://example.com/exports/d/token");
    config.public_url = None;
    config.listen = "[::]:80".parse().unwrap();
    assert_eq!(config.public_url().as_str(), "http://127.0.0.1/");
}

#[test]
fn the_api_refuses_what_only_the_worker_needs() {
    let of_worker = [grown(), vec![("HANDOVER_SIGNING__KEY_FILE", "Cargo.toml")]].concat();
    assert_eq!(
        findings(read(Role::Api, &of_worker)),
        [
            "HANDOVER_MAIL__URL: the API sends no mail and holds no relay's password; set it for the worker only",
            "HANDOVER_SIGNING__KEY_FILE: the API signs no archive; set it for the worker only",
        ]
    );
    assert!(read(Role::Worker, &of_worker).is_ok());
}
