//! The sentences of each language, read once.

use super::{Language, Value, pseudo};
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use std::{borrow::Cow, sync::LazyLock};

macro_rules! texts {
    ($language:literal) => {
        texts!($language: "page" "refusal" "mail" "start-here" "embed")
    };
    ($language:literal: $($file:literal)+) => {
        &[$(include_str!(concat!("../../locales/", $language, "/", $file, ".ftl"))),+]
    };
}

/// The texts of a language in the Fluent format. Those of the pseudo-languages are the English ones.
pub(super) const fn texts(language: Language) -> &'static [&'static str] {
    match language {
        Language::English | Language::Long | Language::Mirrored => texts!("en"),
        Language::German => texts!("de"),
        Language::Spanish => texts!("es"),
        Language::French => texts!("fr"),
    }
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<(Language, Bundle)>> =
    LazyLock::new(|| Language::ALL.iter().copied().map(|language| (language, bundle(language))).collect());

/// What makes a pseudo-language out of a text.
pub(super) fn transform(language: Language) -> Option<fn(&str) -> Cow<'_, str>> {
    match language {
        Language::Long => Some(pseudo::lengthen),
        Language::Mirrored => Some(pseudo::mirror),
        _ => None,
    }
}

fn bundle(language: Language) -> Bundle {
    let mut bundle = Bundle::new_concurrent(language.as_str().parse().into_iter().collect());
    // Addresses and commands are copied from mails: invisible signs around them would break them.
    bundle.set_use_isolating(false);
    bundle.set_transform(transform(language));
    for text in texts(language) {
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(?errors, language = language.as_str(), "Sentences of this language cannot be read");
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(?errors, language = language.as_str(), "A sentence of this language is there twice");
        }
    }
    bundle
}

/// The sentence in this language, else in English, else its name: a page with a gap is better than none. That there is no gap, a test shows.
pub(super) fn say(language: Language, name: &str, values: &[(&str, Value<'_>)]) -> String {
    let mut places = FluentArgs::new();
    for (place, value) in values {
        places.set(*place, value.clone());
    }
    for tried in [language, Language::English] {
        let Some((_, bundle)) = BUNDLES.iter().find(|(known, _)| *known == tried) else { continue };
        let Some(pattern) = bundle.get_message(name).and_then(|message| message.value()) else { continue };
        let mut errors = Vec::new();
        let said = bundle.format_pattern(pattern, Some(&places), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(?errors, name, language = tried.as_str(), "A sentence lacks a value");
        }
        return said;
    }
    tracing::error!(name, "A sentence is in no language");
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluent_bundle::FluentResource;
    use std::collections::{BTreeMap, BTreeSet};

    /// Each sentence of a language with the names of its places.
    fn sentences(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut sentences = BTreeMap::new();
        for text in texts(language) {
            let resource = FluentResource::try_new((*text).to_owned()).unwrap();
            let mut name = String::new();
            assert!(resource.entries().count() > 0 || text.trim().is_empty());
            for line in text.lines() {
                if let Some((head, _)) = line.split_once(" =")
                    && !line.starts_with([' ', '#', '-'])
                {
                    name = head.to_owned();
                    assert!(sentences.insert(name.clone(), BTreeSet::new()).is_none(), "{name} twice in {language}");
                }
                let places = line.split('$').skip(1).map(|rest| {
                    rest.chars().take_while(|sign| sign.is_alphanumeric() || "-_".contains(*sign)).collect::<String>()
                });
                if let Some(known) = sentences.get_mut(&name) {
                    known.extend(places);
                }
            }
        }
        sentences
    }

    #[test]
    fn every_language_has_every_sentence_with_the_same_places() {
        let english = sentences(Language::English);
        assert!(!english.is_empty());
        for language in Language::OFFERED {
            assert_eq!(sentences(language), english, "{language}");
        }
    }

    #[test]
    fn a_sentence_is_said_in_each_language() {
        let said: BTreeSet<String> =
            Language::ALL.iter().copied().map(|language| language.say("refusal-not-found")).collect();
        assert_eq!(said.len(), Language::ALL.len());
        assert!(said.contains("Dieser Link funktioniert nicht"));
    }
}
