//! Shapes of secrets.

/// What a value can be by its shape alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// bcrypt, argon2, scrypt, PBKDF2, crypt.
    PasswordHash,
    /// RFC 7519.
    Jwt,
    /// PEM, RFC 7468, of a private key.
    PrivateKey,
    /// A key whose provider marks it as secret by its beginning.
    ProviderKey,
    /// `otpauth://`.
    OneTimePassword,
    /// A URL with a password in it.
    UrlWithPassword,
}

impl Shape {
    /// What it is, in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::PasswordHash => "a password's hash",
            Self::Jwt => "a signed token (JWT)",
            Self::PrivateKey => "a private key (PEM)",
            Self::ProviderKey => "a provider's secret key",
            Self::OneTimePassword => "a secret that makes second-factor codes",
            Self::UrlWithPassword => "an address with a password in it",
        }
    }
}

/// Beginnings that providers give to keys which must stay secret, and how long the rest is at least.
const PROVIDERS: &[(&str, usize)] = &[
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("rk_test_", 16),
    ("whsec_", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("xoxa-", 16),
    ("xoxr-", 16),
    ("xoxs-", 16),
    ("xapp-", 16),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 35),
    ("ya29.", 20),
    ("SG.", 40),
    ("sk-ant-", 20),
    ("sk-proj-", 20),
    ("npm_", 36),
    ("pypi-", 40),
    ("dop_v1_", 40),
    ("shpat_", 30),
    ("shpss_", 30),
    ("EAACEdEose0cBA", 8),
    ("sq0csp-", 30),
    ("key-", 32),
    ("AGE-SECRET-KEY-1", 40),
];

/// The shape of the whole value.
pub(super) fn whole(value: &str) -> Option<Shape> {
    let value = value.trim();
    if is_password_hash(value) {
        return Some(Shape::PasswordHash);
    }
    if value.starts_with("-----BEGIN ") && is_private_key(value) {
        return Some(Shape::PrivateKey);
    }
    if value.contains(char::is_whitespace) {
        return None;
    }
    one_word(value)
}

/// The shape of something inside a longer text.
pub(super) fn within(value: &str) -> Option<Shape> {
    if is_private_key(value) {
        return Some(Shape::PrivateKey);
    }
    let ends = |char: char| {
        char.is_whitespace() || ['"', '\'', ',', ';', '<', '>', '(', ')', '{', '}', '[', ']'].contains(&char)
    };
    value
        .split(ends)
        .flat_map(|word| [word, word.rsplit('=').next().unwrap_or(word)])
        .find_map(|word| if is_password_hash(word) { Some(Shape::PasswordHash) } else { one_word(word) })
}

fn one_word(word: &str) -> Option<Shape> {
    if is_jwt(word) {
        return Some(Shape::Jwt);
    }
    if word.starts_with("otpauth://") {
        return Some(Shape::OneTimePassword);
    }
    let token = |rest: &str, least: usize| {
        rest.len() >= least && rest.chars().all(|char| char.is_ascii_alphanumeric() || "_-.".contains(char))
    };
    if PROVIDERS.iter().any(|(begin, least)| word.strip_prefix(begin).is_some_and(|rest| token(rest, *least))) {
        // AWS writes its key ids in capitals; a name may begin alike.
        let amazon = word.starts_with("AKIA") || word.starts_with("ASIA");
        if !amazon || word.len() == 20 && word.chars().all(|char| char.is_ascii_uppercase() || char.is_ascii_digit()) {
            return Some(Shape::ProviderKey);
        }
    }
    let (_, rest) = word.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    (!password.is_empty()).then_some(Shape::UrlWithPassword)
}

fn is_password_hash(value: &str) -> bool {
    let plain = value.bytes().all(|byte| byte.is_ascii_graphic());
    let bcrypt = |rest: &str| rest.len() == 56 && rest.as_bytes()[2] == b'$';
    plain
        && (["$2a$", "$2b$", "$2y$", "$2x$"].iter().any(|begin| value.strip_prefix(begin).is_some_and(bcrypt))
            || ["$argon2i$", "$argon2d$", "$argon2id$", "$scrypt$", "$pbkdf2", "$6$", "$5$", "$1$", "$y$", "$7$"]
                .iter()
                .any(|begin| value.starts_with(begin) && value.len() >= 30)
            || [
                "pbkdf2_sha",
                "bcrypt_sha256$",
                "bcrypt$",
                "argon2$",
                "scrypt$",
                "scrypt:",
                "pbkdf2:sha",
                "SCRAM-SHA-256$",
            ]
            .iter()
            .any(|begin| value.starts_with(begin) && value.len() >= 40 && value.contains('$'))
            || ["{SSHA}", "{SSHA256}", "{SSHA512}", "{bcrypt}", "{argon2}"]
                .iter()
                .any(|begin| value.strip_prefix(begin).is_some_and(|rest| rest.len() >= 20)))
}

fn is_jwt(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let url_safe = |part: &&str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    // `eyJ` is how `{"` begins in base64.
    matches!(parts.len(), 3 | 5) && word.starts_with("eyJ") && word.len() >= 40 && parts.iter().all(url_safe)
}

fn is_private_key(text: &str) -> bool {
    text.match_indices("-----BEGIN ").any(|(begin, mark)| {
        let label = text[begin + mark.len()..].split("-----").next().unwrap_or_default();
        label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK")
    })
}

/// Names of columns whose values look random without being secret.
const RANDOM_BY_NATURE: &[&str] = &[
    "checksum",
    "hash",
    "digest",
    "etag",
    "sha",
    "sha1",
    "sha256",
    "md5",
    "crc",
    "fingerprint",
    "uuid",
    "guid",
    "id",
    "slug",
    "ref",
    "reference",
    "path",
    "url",
    "uri",
    "file",
    "filename",
    "cursor",
    "trace",
    "span",
    "commit",
    "revision",
    "public",
    "version",
    "signature",
    "nonce",
    "blob",
    "content",
    "thumbnail",
    "image",
    "photo",
    "avatar",
];

/// Whether a value looks as if a machine had rolled it: one long word of many different characters, and no UUID, number, name or address.
pub(super) fn is_random(column: &str, value: &str) -> bool {
    let value = value.trim();
    let harmless = super::noun::words(column).iter().any(|word| RANDOM_BY_NATURE.contains(&word.as_str()));
    if harmless || !(20..=512).contains(&value.len()) {
        return false;
    }
    let bytes = value.as_bytes();
    if !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte)) || is_uuid(value) {
        return false;
    }
    let count = |what: fn(&u8) -> bool| bytes.iter().filter(|byte| what(byte)).count();
    let (digits, lower, upper) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
    if bytes.iter().all(u8::is_ascii_hexdigit) && value.len() >= 32 && digits > 0 && digits < value.len() {
        return entropy(bytes) >= 3.0;
    }
    // Words joined by dashes have few digits, and those stand together.
    let changes = bytes.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    digits * 20 >= value.len() && lower + upper > 0 && changes * 4 >= value.len() && entropy(bytes) >= 3.6
}

fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    }
}

fn is_uuid(value: &str) -> bool {
    let parts: Vec<usize> = value.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Shannon's entropy in bits for each byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    #[expect(clippy::cast_precision_loss, reason = "at most 512 bytes")]
    let length = bytes.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum()
}
