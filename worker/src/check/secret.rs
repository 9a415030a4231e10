//! Which columns look as if they held a secret.

use crate::schema::{Column, Table};

/// Secret wherever they stand in a name.
const SECRET: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "pass",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "otp",
    "totp",
    "hotp",
    "mfa",
    "2fa",
    "salt",
    "pin",
    "pincode",
    "apikey",
    "apikeys",
    "privatekey",
    "secretkey",
    "accesskey",
    "token",
    "tokens",
    "jwt",
    "cvv",
    "cvc",
    "sessionid",
    "backupcodes",
    "backupcode",
    "recoverycode",
    "recoverycodes",
    "htpasswd",
    "keystore",
];

/// Secret next to each other.
const PAIRS: &[(&[&str], &[&str])] = &[
    (
        &[
            "api",
            "private",
            "access",
            "signing",
            "encryption",
            "ssh",
            "auth",
            "session",
            "master",
            "service",
            "webhook",
            "hmac",
            "gpg",
            "pgp",
            "wallet",
            "data",
            "decryption",
            "client",
            "app",
            "deploy",
        ],
        &["key", "keys"],
    ),
    (
        &[
            "backup",
            "recovery",
            "reset",
            "verification",
            "login",
            "auth",
            "security",
            "scratch",
            "activation",
            "confirmation",
            "2fa",
        ],
        &["code", "codes"],
    ),
    (&["session"], &["id", "ids", "cookie"]),
    (&["seed", "mnemonic"], &["phrase"]),
    (&["auth", "hashed", "encrypted"], &["hash", "pw", "cookie"]),
    (&["card"], &["number"]),
    (&["key"], &["hash", "digest"]),
];

/// Last words that make a column speak about a secret instead of holding it.
const ABOUT: &[&str] = &[
    "count",
    "counts",
    "limit",
    "limits",
    "length",
    "attempts",
    "type",
    "kind",
    "enabled",
    "required",
    "policy",
    "expiry",
    "at",
    "on",
    "ttl",
    "status",
    "usage",
    "used",
    "budget",
    "algorithm",
    "version",
    "issuer",
    "label",
    "strength",
];

/// Types that hold moments and answers, never a secret.
const HARMLESS: &[&str] =
    &["bool", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "boolean", "datetime"];

/// The only secrets that come as numbers.
const NUMERIC_SECRETS: &[&str] = &[
    "pin", "pincode", "otp", "totp", "hotp", "password", "passcode", "passwd", "pwd", "cvv", "cvc", "code", "codes",
    "number",
];

const NUMBERS: &[&str] = &[
    "int2", "int4", "int8", "numeric", "float4", "float8", "money", "int", "integer", "bigint", "smallint", "tinyint",
    "real", "double", "decimal",
];

/// Whether the column's name and type suggest a secret. A column that only points to another table is none.
pub(crate) fn looks_secret(table: &Table, column: &Column) -> bool {
    let base = column.base_type.split(['(', ' ']).next().unwrap_or_default();
    if HARMLESS.contains(&base) || table.foreign_keys.iter().any(|key| key.columns.as_slice() == [column.name.as_str()])
    {
        return false;
    }
    let words = words(&column.name);
    let number = NUMBERS.contains(&base);
    let telling = |word: &str| !number || NUMERIC_SECRETS.contains(&word);
    let single = words.iter().any(|word| is_secret(word) && telling(word));
    let paired = words.windows(2).any(|pair| {
        telling(&pair[1])
            && PAIRS
                .iter()
                .any(|(first, second)| first.contains(&pair[0].as_str()) && second.contains(&pair[1].as_str()))
    });
    let about = words.len() > 1 && words.last().is_some_and(|last| ABOUT.contains(&last.as_str()));
    (single || paired) && !about
}

fn is_secret(word: &str) -> bool {
    SECRET.contains(&word)
        || word.starts_with("password")
        || word.starts_with("passwd")
        || ["password", "passwd", "secret", "token", "tokens", "apikey", "privatekey"]
            .iter()
            .any(|end| word.ends_with(end))
}

/// The words of a name in lower case: `apiToken2`, `API_TOKEN2` and `api-token2` are all `api`, `token`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (index, char) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| chars.get(index));
        let after = chars.get(index + 1);
        let starts = char.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase()));
        if !char.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if char.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(char.to_lowercase());
        }
    }
    words
        .into_iter()
        .map(|word| {
            let bare = word.trim_end_matches(|char: char| char.is_ascii_digit());
            if bare.is_empty() { word.clone() } else { bare.to_owned() }
        })
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ForeignKey;

    fn looks(name: &str, base_type: &str) -> bool {
        let column = Column { name: name.to_owned(), base_type: base_type.to_owned(), ..Column::default() };
        looks_secret(&Table::default(), &column)
    }

    #[test]
    fn secrets_are_seen_in_every_spelling() {
        for name in [
            "password",
            "password_hash",
            "hashed_password",
            "encryptedPassword",
            "PasswordHash",
            "passwd",
            "pwd",
            "secret",
            "client_secret",
            "totp_secret",
            "token",
            "api_token",
            "apiToken",
            "APIToken",
            "token_hash",
            "refresh_token2",
            "authtoken",
            "access_token",
            "api_key",
            "apikey",
            "apiKey",
            "API_KEY",
            "private_key",
            "privateKeyPem",
            "access_key",
            "salt",
            "otp",
            "mfa_seed",
            "backup_codes",
            "backup_code",
            "recovery_code",
            "session_id",
            "sessionId",
            "credentials",
            "pin",
            "door_pin",
            "ssh_key",
            "jwt",
            "webhook-secret",
            "reset_code",
            "card_number",
            "passwordhash",
        ] {
            assert!(looks(name, "text"), "{name} should be seen");
        }
        assert!(looks("pin", "int4"));
        assert!(looks("backup_codes", "jsonb"));
        assert!(looks("secret", "bytea"));
    }

    #[test]
    fn harmless_names_are_left_alone() {
        for (name, base_type) in [
            ("secretary", "text"),
            ("secretary_name", "text"),
            ("token_count", "int4"),
            ("token_limit", "text"),
            ("public_key", "text"),
            ("password_changed_at", "timestamptz"),
            ("password_expires", "date"),
            ("has_password", "bool"),
            ("mfa_enabled", "boolean"),
            ("hashtag", "text"),
            ("pinned", "bool"),
            ("pinned_note", "text"),
            ("spinner", "text"),
            ("opinion", "text"),
            ("key", "text"),
            ("session", "text"),
            ("tokens", "int8"),
            ("passenger", "text"),
            ("passport_number", "text"),
            ("country_code", "text"),
            ("data", "jsonb"),
            ("sku", "text"),
            ("compass", "text"),
            ("salty", "text"),
        ] {
            assert!(!looks(name, base_type), "{name} should be left alone");
        }
    }

    #[test]
    fn a_column_that_points_to_a_table_of_tokens_is_no_token() {
        let column = Column { name: "api_token_id".to_owned(), base_type: "uuid".to_owned(), ..Column::default() };
        let table = Table {
            foreign_keys: vec![ForeignKey {
                name: None,
                columns: vec!["api_token_id".to_owned()],
                to_schema: "public".to_owned(),
                to_table: "api_tokens".to_owned(),
                to_columns: vec!["id".to_owned()],
                definition: None,
            }],
            ..Table::default()
        };
        assert!(!looks_secret(&table, &column));
    }
}
