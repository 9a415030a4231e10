//! The languages that people read, and every sentence in each of them.
//!
//! The sentences stand in `shared/locales/<language>/*.ftl` in the Fluent format (projectfluent.org); they are part of the program.
//! Two further languages are made from the English ones, to see that a layout holds: `en-XA` is longer and full of accents, `ar-XB` runs
//! from right to left. They are used by whoever asks for them by name.

mod open;
mod pseudo;
mod sentences;

pub use fluent_bundle::FluentValue as Value;
pub use open::OpenSentence;

use crate::export::words;
use chrono::{DateTime, Locale, Utc};
use fluent_langneg::{LanguageIdentifier, NegotiationStrategy, negotiate_languages, parse_accepted_languages};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::collections::BTreeMap;

words! {
    /// A language that people read. Its text is a tag of BCP 47.
    Language {
        /// English.
        English = "en",
        /// German.
        German = "de",
        /// Spanish.
        Spanish = "es",
        /// French.
        French = "fr",
        /// English, longer and with accents.
        Long = "en-XA",
        /// English, from right to left.
        Mirrored = "ar-XB",
    }
}

impl Language {
    /// Those that a person may be offered.
    pub const OFFERED: [Self; 4] = [Self::English, Self::German, Self::Spanish, Self::French];

    /// The best language for a tag (BCP 47) or for the header `Accept-Language` (RFC 9110); `otherwise` if none of them is there.
    pub fn wanted(tags: &str, otherwise: Self) -> Self {
        let mut ranked: Vec<&str> = tags.split(',').collect();
        ranked.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        let wanted = parse_accepted_languages(&ranked.join(","));
        let known: Vec<LanguageIdentifier> =
            Self::ALL.iter().filter_map(|language| language.as_str().parse().ok()).collect();
        negotiate_languages(&wanted, &known, None, NegotiationStrategy::Lookup)
            .first()
            .and_then(|best| best.to_string().parse().ok())
            .unwrap_or(otherwise)
    }

    /// `ltr` or `rtl`, as HTML's `dir` has it.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Mirrored => "rtl",
            _ => "ltr",
        }
    }

    /// The sentence of this name.
    pub fn say(self, name: &str) -> String {
        sentences::say(self, name, &[])
    }

    /// The sentence of this name with values in their places.
    pub fn say_with(self, name: &str, values: &[(&str, Value<'_>)]) -> String {
        sentences::say(self, name, values)
    }

    /// Every sentence whose name begins with this, by the rest of its name, with its places open: for a script that fills them in.
    pub fn open_sentences(self, beginning: &str) -> BTreeMap<String, OpenSentence> {
        open::sentences(self, beginning)
    }

    /// `22 November 2026, 13:37 UTC`, as it is written in this language.
    pub fn moment(self, time: DateTime<Utc>) -> String {
        let form = match self {
            Self::English | Self::Long | Self::Mirrored => "%-d %B %Y, %H:%M UTC",
            Self::German => "%-d. %B %Y, %H:%M UTC",
            Self::Spanish => "%-d de %B de %Y, %H:%M UTC",
            Self::French => "%-d %B %Y à %H:%M UTC",
        };
        time.format_localized(form, self.locale()).to_string()
    }

    /// `22 November 2026`, as it is written in this language; the calendar is UTC's.
    pub fn day(self, time: DateTime<Utc>) -> String {
        let form = match self {
            Self::English | Self::Long | Self::Mirrored | Self::French => "%-d %B %Y",
            Self::German => "%-d. %B %Y",
            Self::Spanish => "%-d de %B de %Y",
        };
        time.format_localized(form, self.locale()).to_string()
    }

    /// A size of three digits and a decimal unit, with this language's decimal sign.
    pub fn size(self, bytes: u64) -> String {
        let size = crate::display::size(bytes);
        match self {
            Self::English | Self::Long | Self::Mirrored => size,
            Self::German | Self::Spanish => size.replace('.', ",").replace("bytes", "Bytes").replace("byte", "Byte"),
            Self::French => {
                let size = size.replace('.', ",").replace("bytes", "octets").replace("byte", "octet");
                match size.strip_suffix('B') {
                    Some(size) => format!("{size}o"),
                    None => size,
                }
            }
        }
    }

    /// A whole number with this language's groups of three digits.
    pub fn number(self, number: u64) -> String {
        let group = match self {
            Self::English | Self::Long | Self::Mirrored => ",",
            Self::German => ".",
            // Narrow and without a break, as the Real Academia and the Imprimerie nationale have it.
            Self::Spanish | Self::French => "\u{202f}",
        };
        let digits = number.to_string();
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
        groups.join(group)
    }

    const fn locale(self) -> Locale {
        match self {
            Self::English | Self::Long | Self::Mirrored => Locale::en_GB,
            Self::German => Locale::de_DE,
            Self::Spanish => Locale::es_ES,
            Self::French => Locale::fr_FR,
        }
    }
}

impl JsonSchema for Language {
    fn schema_name() -> Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::OFFERED.map(Self::as_str) })
    }
}

/// How much a tag of `Accept-Language` counts (RFC 9110, section 12.4.2).
fn weight(tag: &str) -> f32 {
    tag.split_once(";q=").and_then(|(_, weight)| weight.trim().parse().ok()).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn the_best_language_of_a_browser_is_found() {
        for (wanted, language) in [
            ("de-CH, en;q=0.5", Language::German),
            ("it, fr;q=0.8, en;q=0.9", Language::English),
            ("pt-BR", Language::Spanish),
            ("es-MX", Language::Spanish),
            ("en-XA", Language::Long),
            ("ar-XB", Language::Mirrored),
            ("en-US", Language::English),
            ("", Language::Spanish),
            ("*", Language::Spanish),
            (";;;", Language::Spanish),
        ] {
            assert_eq!(Language::wanted(wanted, Language::Spanish), language, "{wanted}");
        }
    }

    #[test]
    fn numbers_sizes_and_times_are_written_as_people_do() {
        let time = Utc.with_ymd_and_hms(2026, 3, 1, 9, 5, 0).unwrap();
        assert_eq!(Language::English.moment(time), "1 March 2026, 09:05 UTC");
        assert_eq!(Language::German.moment(time), "1. März 2026, 09:05 UTC");
        assert_eq!(Language::Spanish.day(time), "1 de marzo de 2026");
        assert_eq!(Language::French.moment(time), "1 mars 2026 à 09:05 UTC");
        assert_eq!(Language::German.size(12_345), "12,3 kB");
        assert_eq!(Language::French.size(12_345), "12,3 ko");
        assert_eq!(Language::French.size(999), "999 octets");
        assert_eq!(Language::English.number(1_234_567), "1,234,567");
        assert_eq!(Language::German.number(1_234_567), "1.234.567");
        assert_eq!(Language::German.number(12), "12");
    }
}
