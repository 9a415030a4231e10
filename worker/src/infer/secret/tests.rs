use super::*;

const BCRYPT: &str = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

fn column(name: &str, base_type: &str) -> Column {
    Column { name: name.to_owned(), base_type: base_type.to_owned(), ..Column::default() }
}

fn named(name: &str, base_type: &str) -> Option<ColumnDecision> {
    let column = column(name, base_type);
    by_name(looks_secret(&crate::schema::Table::default(), &column), &column)
}

fn shaped(name: &str, values: &[&str]) -> Option<ColumnDecision> {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    by_shape(&column(name, "text"), &values).map(|verdict| verdict.decision)
}

#[test]
fn names_that_mean_nothing_else_are_omitted() {
    for name in [
        "password_hash",
        "encrypted_password",
        "totp_secret",
        "backup_codes",
        "token_hash",
        "api_token",
        "passcode",
        "private_key",
        "client_secret",
        "apiKey",
        "webhook_secret",
        "passwd",
    ] {
        assert!(matches!(named(name, "text"), Some(ColumnDecision::Omit(_))), "{name}");
    }
}

#[test]
fn names_with_two_meanings_are_asked_about() {
    for name in ["pin", "salt", "pass", "session_id", "api_token_id", "credentials", "data_key", "secret_name"] {
        assert!(matches!(named(name, "text"), Some(ColumnDecision::Undecided(_))), "{name}");
    }
}

#[test]
fn near_misses_are_left_alone() {
    for (name, base_type) in [
        ("secretary", "text"),
        ("token_count", "int4"),
        ("public_key", "text"),
        ("password_changed_at", "timestamptz"),
        ("hashtag", "text"),
        ("tokenized_at", "timestamptz"),
        ("session_id", "int8"),
        ("passenger", "text"),
    ] {
        assert_eq!(named(name, base_type), None, "{name}");
    }
}

#[test]
fn a_comment_that_speaks_of_a_secret_is_a_question() {
    let told = Column { comment: Some("bcrypt, see the sign-in service".to_owned()), ..column("verifier", "text") };
    assert!(matches!(by_name(false, &told), Some(ColumnDecision::Undecided(_))));
}

#[test]
fn shapes_that_mean_nothing_else_are_omitted_whatever_the_name() {
    let argon = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG";
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----";
    for value in [
        BCRYPT,
        argon,
        "pbkdf2_sha256$260000$c29tZXNhbHRzb21l$l1cGFzc3dvcmRoYXNoMTIzNDU2Nzg5MA==",
        JWT,
        pem,
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "xoxb-123456789012-abcdefGHIJKLmnop",
        "AKIAIOSFODNN7EXAMPLE",
        "otpauth://totp/Shop:jo?secret=JBSWY3DPEHPK3PXP",
        "postgres://app:hunter2@db.internal/shop",
    ] {
        assert!(matches!(shaped("value", &[value, value]), Some(ColumnDecision::Omit(_))), "{value}");
    }
}

#[test]
fn one_secret_among_ordinary_texts_is_a_question() {
    let open = shaped("body", &["call back", "thanks", &format!("use {JWT} please")]);
    assert!(matches!(open, Some(ColumnDecision::Undecided(_))), "{open:?}");
}

#[test]
fn harmless_texts_are_left_alone() {
    let uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    for values in [
        [uuid; 6],
        ["https://example.com/a/very/long/path/of/a/page"; 6],
        ["-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"; 6],
        ["pay for the blue phone with the cracked screen"; 6],
        ["a-very-long-slug-of-a-page-about-phones-2024"; 6],
        ["AKIAWORDTHATISNOKEYATALL"; 6],
    ] {
        assert_eq!(shaped("value", &values), None, "{values:?}");
    }
    assert_eq!(shaped("checksum", &["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"; 6]), None);
}

#[test]
fn random_texts_are_a_question_and_never_quoted() {
    let values: Vec<String> = (0..8).map(|n| format!("q{n}Zk8Lw2Xv{n}Bn5Rt9Yc3Hd7Fj1Mp{n}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let Some(ColumnDecision::Undecided(question)) = shaped("value", &values) else { panic!("not seen") };
    assert!(values.iter().all(|value| !question.contains(value)), "{question}");
}

#[test]
fn secrets_inside_json_are_a_question_that_names_the_member_only() {
    for document in [
        r#"{"smtp": {"host": "mail", "password": "hunter2"}}"#,
        r#"{"hooks": [{"apiKey": "abc"}]}"#,
        &format!(r#"{{"state": "{JWT}"}}"#),
    ] {
        let Some(ColumnDecision::Undecided(question)) = shaped("settings", &[document]) else { panic!("{document}") };
        assert!(!question.contains("hunter2") && !question.contains("eyJ") && !question.contains("abc"), "{question}");
    }
    for document in [r#"{"token_count": 3, "secretary": "Jo", "password_changed_at": null}"#, r#"{"password": ""}"#] {
        assert_eq!(shaped("settings", &[document]), None, "{document}");
    }
    let hostile = r#"{"my password is hunter2, token": "x", "jo@example.com token": "y"}"#;
    assert_eq!(shaped("settings", &[hostile]), None);
}
