//! The name of a language, as programs write it.

use serde::Deserialize;
use shared::language::Language;

/// A tag of BCP 47 (RFC 5646), of at most 64 characters; its parts are not looked up in any register.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct LanguageTag(String);

/// The text is not such a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a language tag as in `de` or `pt-BR` (BCP 47)")]
pub(crate) struct NotATag;

impl LanguageTag {
    /// The best language there is for it; `otherwise` if none is.
    pub(crate) fn language(&self, otherwise: Language) -> Language {
        // What follows a single letter is about calendars and the like, or private (RFC 5646, section 2.2.6).
        let parts: Vec<&str> = self.0.split('-').take_while(|part| part.len() > 1).collect();
        Language::wanted(&parts.join("-"), otherwise)
    }
}

impl TryFrom<String> for LanguageTag {
    type Error = NotATag;

    fn try_from(text: String) -> Result<Self, NotATag> {
        let is_part =
            |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_language = |part: &str| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_tag =
            text.len() <= 64 && text.split('-').all(is_part) && text.split('-').next().is_some_and(is_language);
        if is_tag { Ok(Self(text)) } else { Err(NotATag) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_leads_to_the_best_language_there_is() {
        for (tag, language) in [
            ("de", Language::German),
            ("DE-at", Language::German),
            ("de-u-co-phonebk", Language::German),
            ("fr-x-private", Language::French),
            ("es-419", Language::Spanish),
            ("en-XA", Language::Long),
            ("it", Language::French),
            ("zh-Hant-TW", Language::French),
        ] {
            let tag = LanguageTag::try_from(tag.to_owned()).unwrap();
            assert_eq!(tag.language(Language::French), language, "{tag:?}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in [
            "",
            "d",
            "de_AT",
            "de,en",
            "de;q=1",
            "-de",
            "de-",
            "de--AT",
            "*",
            "deutschland",
            "12",
            "dé",
            "de-abcdefghi",
        ] {
            assert!(LanguageTag::try_from(text.to_owned()).is_err(), "{text:?}");
        }
        assert!(LanguageTag::try_from(format!("de{}", "-a".repeat(40))).is_err());
    }
}
