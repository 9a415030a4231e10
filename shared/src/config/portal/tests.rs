//! Which settings of portal tokens are taken.

use super::*;
use proptest::prelude::*;

const ED25519: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAL1iOeRMQoXL/wrAhysbbGablY7cwoayZwxMG7qDt5gg=\n-----END PUBLIC KEY-----";
const P256: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEeE+JM0Dq11g7+t+x7k4Zoc3aFvs\nf0RUHabz8IZLBuE8iLT4LzsvB2itVSFUHl5KJavmAJYhUrqX7JeCHpZeUw==\n-----END PUBLIC KEY-----";
const RSA: &str = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAps4Pn4EHeSRgLF+i0LX9\nmd39eRuoc4neP2/1fNOAuAWGcKe6GMTtRoS/i2MkDNEnrU+kFMuiQYjk0avbzK3v\nZYzkIKqCjOHvtfuaK8qzHNIResUuY1N8BuC8SWvP1eTXLnbNqEP7L93+DYmOvb53\n3ADTRtWWkZPQR7gvD+437pM2ACvpAkq76rCBdbIBQC6aCz2yGziRISJ32kV6Lz5j\npzJcM91kFFx4AHkQwnrxGzBtKNmmfWrg+GQylmUtLuxuh+BDhPY8HmF7lRKRsPqM\ntRl8mbmZc7DPAjWErqnm6Vp7s5gdy+AYpzF/VaiPVPVm8YVdaC0Q4msuS/b7wgRk\nIQIDAQAB\n-----END PUBLIC KEY-----";
const P384: &str = "-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE4fna7WHFsjjUZ+EdMLqz1Vc+y314R+LV\npyoWFOOyixwRxbZssv69Q3EoruLBlLwjZBD6ZqvQ7V0jjgAeDyU0DWRL/X0YJ4kF\nrtsRx2IGzsnylHtA9rtTtE5WC5zMQC4L\n-----END PUBLIC KEY-----";
const SECP256K1: &str = "-----BEGIN PUBLIC KEY-----\nMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEmIt96MlAT1aRgDBnuO5WnEM8T09y8ow7\n8FA4fIro7m1Wm5Ab4OwZ0dAVA/qlCccy/krZBg06JY+OREFV/kuVsA==\n-----END PUBLIC KEY-----";
const RSA_1024: &str = "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDm2vY2nolsmyZczquqgVIrQwOm\nOugqHroUe5jtAr+bxIsgGdg+1PaExN2hKedi7u6LHCQVtNgMeWQSon2ECjwRmeIv\ncwq5p3HdL8HD8DMu5fGIAnA3SJbqWqY92LURpNcaVmCgXXCY4jEfa51uGjJ97XcI\nLQiI42oQZzaiU1alCQIDAQAB\n-----END PUBLIC KEY-----";
const SECRET: &str = "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBieXRlcyE=";

fn read(keys: &str) -> Result<Vec<(String, PortalAlgorithm)>, String> {
    let source = PortalSourceConfig { keys: Some(keys.to_owned().into()), ..PortalSourceConfig::default() };
    source.keys().map(|keys| keys.into_iter().map(|key| (key.id, key.algorithm)).collect())
}

/// The variables that something is wrong with.
fn wrong(config: &PortalConfig) -> Vec<String> {
    let mut findings = Findings::default();
    config.check(&mut findings);
    let found = findings.or(()).err().map(|error| error.findings).unwrap_or_default();
    found.iter().map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

fn product(adjust: impl FnOnce(&mut PortalSourceConfig)) -> PortalConfig {
    let mut source = PortalSourceConfig {
        issuer: Some("https://app.example.com".into()),
        member: Some("user".into()),
        keys: Some(format!("k1:{SECRET}").into()),
        ..PortalSourceConfig::default()
    };
    adjust(&mut source);
    PortalConfig { sources: BTreeMap::from([("shop".into(), source)]), ..PortalConfig::default() }
}

#[test]
fn the_kind_of_a_key_decides_the_algorithm() {
    let text = format!("a:{ED25519}\nb: {P256} , c:\n{RSA}\n,d:{SECRET},");
    let expected = [
        ("a", PortalAlgorithm::EdDsa),
        ("b", PortalAlgorithm::Es256),
        ("c", PortalAlgorithm::Rs256),
        ("d", PortalAlgorithm::Hs256),
    ];
    assert_eq!(read(&text).unwrap(), expected.map(|(id, algorithm)| (id.to_owned(), algorithm)));
}

#[test]
fn a_key_that_does_not_count_is_refused_and_not_quoted() {
    let short = "a:c2l4dGVlbiBieXRlcw==";
    let private = format!("a:{}", ED25519.replace("PUBLIC", "PRIVATE"));
    let open = format!("a:{}", ED25519.split("-----END").next().unwrap());
    let twice = format!("a:{SECRET},a:{ED25519}");
    // Whoever knows a public key could sign with it, were it taken as a secret.
    let bare: String = ED25519.lines().filter(|line| !line.starts_with("-----")).collect();
    let bare = format!("a:{bare}");
    let texts = [P384, SECP256K1, RSA_1024].map(|key| format!("a:{key}"));
    for text in [
        short, &private, &open, &twice, &bare, SECRET, ED25519, "", ",", "a:", "a:???", "a b:c2l4", &texts[0],
        &texts[1], &texts[2],
    ] {
        let why = read(text).unwrap_err();
        assert!(!why.contains("c2l4dGVlbi") && !why.contains("MCow") && !why.contains("-----"), "{why}");
    }
}

proptest! {
    #[test]
    fn whatever_stands_there_is_read_or_refused(text in "([a-z]:)?(-----BEGIN|-----END|-----|[a-zA-Z0-9+/=:,\n é]{0,9}){0,9}") {
        let _ = read(&text);
    }
}

#[test]
fn a_source_says_where_its_keys_are_exactly_once() {
    assert_eq!(wrong(&product(|_| {})), [""; 0]);
    assert_eq!(wrong(&product(|source| source.keys = None)), ["HANDOVER_PORTAL__SOURCES__SHOP__KEYS"]);
    let url: Url = "https://app.example.com/jwks.json".parse().unwrap();
    let both = product(|source| source.jwks_url = Some(url.clone()));
    assert_eq!(wrong(&both), ["HANDOVER_PORTAL__SOURCES__SHOP__KEYS"]);
    let by_url = |url: &str| {
        let url = url.parse().unwrap();
        wrong(&product(|source| (source.keys, source.jwks_url) = (None, Some(url))))
    };
    for url in
        ["https://app.example.com/jwks", "http://127.0.0.1:9000/jwks", "http://[::1]/jwks", "http://localhost/jwks"]
    {
        assert_eq!(by_url(url), [""; 0], "{url}");
    }
    for url in
        ["http://app.example.com/jwks", "http://localhost.example.com/", "https://u:p@app.example.com/", "file:///jwks"]
    {
        assert_eq!(by_url(url), ["HANDOVER_PORTAL__SOURCES__SHOP__JWKS_URL"], "{url}");
    }
    let by_file = product(|source| (source.keys, source.jwks_file) = (None, Some("/nowhere.json".into())));
    assert_eq!(wrong(&by_file), ["HANDOVER_PORTAL__SOURCES__SHOP__JWKS_FILE"]);
}

#[test]
fn an_issuer_is_needed_and_a_member_is_a_kind_of_person() {
    assert_eq!(wrong(&product(|source| source.issuer = None)), ["HANDOVER_PORTAL__SOURCES__SHOP__ISSUER"]);
    assert_eq!(wrong(&product(|source| source.issuer = Some(" ".into()))), ["HANDOVER_PORTAL__SOURCES__SHOP__ISSUER"]);
    assert_eq!(wrong(&product(|source| source.member = None)), [""; 0]);
    assert_eq!(
        wrong(&product(|source| source.member = Some("a user".into()))),
        ["HANDOVER_PORTAL__SOURCES__SHOP__MEMBER"]
    );
    assert_eq!(
        wrong(&PortalConfig { audience: String::new(), ..PortalConfig::default() }),
        ["HANDOVER_PORTAL__AUDIENCE"]
    );
}

#[test]
fn origins_are_as_browsers_write_them() {
    let origins = |text: &str| PortalConfig { origins: Some(text.into()), ..PortalConfig::default() };
    let good = origins("https://app.example.com, https://app.example.com:8443,http://localhost:3000 ,");
    assert_eq!(good.origins(), ["https://app.example.com", "https://app.example.com:8443", "http://localhost:3000"]);
    assert_eq!(wrong(&good), [""; 0]);
    for text in [
        "*",
        "null",
        "app.example.com",
        "https://app.example.com/",
        "https://App.example.com",
        "https://app.example.com:443",
        "https://*.example.com",
        "http://app.example.com",
        "https://u@app.example.com",
    ] {
        assert_eq!(wrong(&origins(text)), ["HANDOVER_PORTAL__ORIGINS"], "{text}");
    }
    assert!(PortalConfig::default().origins().is_empty());
}
