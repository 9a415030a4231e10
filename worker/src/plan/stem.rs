//! Names of files: safe on every file system and unique without regard to case.

use sha2::{Digest, Sha256};
use std::collections::HashSet;

const LONGEST: usize = 100;
const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// One stem for each name, in the same order: `[A-Za-z0-9._-]` stays, every other byte becomes `_xHH`.
pub(crate) fn stems<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let mut taken = HashSet::new();
    names
        .into_iter()
        .map(|name| {
            let mut stem = safe(name);
            if stem.len() > LONGEST {
                stem = with_digest(&stem, name, 0);
            }
            let mut attempt = 0;
            while !taken.insert(stem.to_ascii_lowercase()) {
                attempt += 1;
                stem = with_digest(&safe(name), name, attempt);
            }
            stem
        })
        .collect()
}

fn safe(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        match byte {
            b'.' | b'-' if index == 0 => stem.push_str(&format!("_x{byte:02X}")),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => {
                stem.push(char::from(byte));
            }
            _ => stem.push_str(&format!("_x{byte:02X}")),
        }
    }
    let first = stem.split('.').next().unwrap_or_default();
    match stem.is_empty() || RESERVED.contains(&first.to_ascii_lowercase().as_str()) {
        true => format!("_{stem}"),
        false => stem,
    }
}

fn with_digest(stem: &str, name: &str, attempt: u32) -> String {
    let digest = hex::encode(Sha256::digest(format!("{name}\0{attempt}")));
    let kept: String = stem.chars().take(LONGEST - 9).collect();
    format!("{kept}-{}", &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_names_become_harmless_files() {
        assert_eq!(
            stems(["sales", "../../t", "CON", "nul.x", ".hidden", "a\"b\n", "é", "-rf"]),
            ["sales", "_x2E._x2F.._x2Ft", "_CON", "_nul.x", "_x2Ehidden", "a_x22b_x0A", "_xC3_xA9", "_x2Drf"]
        );
    }

    #[test]
    fn names_that_differ_only_in_case_get_different_files() {
        let stems = stems(["Users", "users", "USERS"]);
        let folded: HashSet<String> = stems.iter().map(|stem| stem.to_ascii_lowercase()).collect();
        assert_eq!(folded.len(), 3);
        assert_eq!(stems[0], "Users");
    }

    proptest! {
        #[test]
        fn every_stem_is_short_plain_and_unique(names in prop::collection::hash_set("\\PC{1,60}", 1..20)) {
            let names: Vec<String> = names.into_iter().collect();
            let stems = stems(names.iter().map(String::as_str));
            let folded: HashSet<String> = stems.iter().map(|stem| stem.to_ascii_lowercase()).collect();
            prop_assert_eq!(folded.len(), names.len());
            for stem in stems {
                prop_assert!(stem.len() <= LONGEST && !stem.starts_with('.'));
                prop_assert!(stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)));
            }
        }
    }
}
