//! Sentences with their places open, for a script that fills them in: `{name}` where a value belongs, and each form of a plural by itself.

use super::{
    Language,
    sentences::{texts, transform},
};
use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey};
use serde::Serialize;
use std::{borrow::Cow, collections::BTreeMap};

/// A sentence with its places open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum OpenSentence {
    /// One form for all values.
    Plain(String),
    /// A form for each category of plurals (CLDR: `one`, `other`, …), or for one number.
    Counted {
        /// The place whose value decides.
        by: String,
        /// The forms by category or number; `other` is always there.
        #[serde(flatten)]
        forms: BTreeMap<String, String>,
    },
}

type Transform = Option<fn(&str) -> Cow<'_, str>>;

/// Every sentence of the language whose name begins so, by the rest of its name. One that says more than a script can be told is left out and logged.
pub(super) fn sentences(language: Language, beginning: &str) -> BTreeMap<String, OpenSentence> {
    let mut sentences = BTreeMap::new();
    for text in texts(language) {
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new((*text).to_owned());
        for entry in resource.entries() {
            let Entry::Message(message) = entry else { continue };
            let (Some(name), Some(pattern)) = (message.id.name.strip_prefix(beginning), &message.value) else {
                continue;
            };
            match opened(pattern, transform(language)) {
                Some(sentence) => drop(sentences.insert(name.to_owned(), sentence)),
                None => tracing::error!(name, "A sentence cannot be said by a script"),
            }
        }
    }
    sentences
}

fn opened(pattern: &Pattern<&str>, transform: Transform) -> Option<OpenSentence> {
    let is_choice = |element: &PatternElement<&str>| {
        matches!(element, PatternElement::Placeable { expression: Expression::Select { .. } })
    };
    let Some(place) = pattern.elements.iter().position(is_choice) else {
        return plain(&pattern.elements, transform).map(OpenSentence::Plain);
    };
    let PatternElement::Placeable {
        expression: Expression::Select { selector: InlineExpression::VariableReference { id }, variants },
    } = &pattern.elements[place]
    else {
        return None;
    };
    let before = plain(&pattern.elements[..place], transform)?;
    let after = plain(&pattern.elements[place + 1..], transform)?;
    let form = |variant: &Variant<&str>| {
        let (VariantKey::Identifier { name } | VariantKey::NumberLiteral { value: name }) = &variant.key;
        Some(((*name).to_owned(), format!("{before}{}{after}", plain(&variant.value.elements, transform)?)))
    };
    let forms = variants.iter().map(form).collect::<Option<BTreeMap<_, _>>>()?;
    forms.contains_key("other").then(|| OpenSentence::Counted { by: id.name.to_owned(), forms })
}

fn plain(elements: &[PatternElement<&str>], transform: Transform) -> Option<String> {
    let text = |element: &PatternElement<&str>| match element {
        PatternElement::TextElement { value } => {
            Some(transform.map_or((*value).into(), |transform| transform(value)).into_owned())
        }
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
            Some(format!("{{{}}}", id.name))
        }
        PatternElement::Placeable { .. } => None,
    };
    elements.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(text: &str) -> Option<serde_json::Value> {
        let resource = FluentResource::try_new(text.to_owned()).unwrap();
        let Some(Entry::Message(message)) = resource.get_entry(0) else { panic!("{text}") };
        opened(message.value.as_ref().unwrap(), None).map(|sentence| json!(sentence))
    }

    #[test]
    fn places_stay_open_and_each_form_of_a_plural_is_whole() {
        assert_eq!(of("a = Until { $date }, { $size }."), Some(json!("Until {date}, {size}.")));
        let counted = "a = About { $size }, { $tables ->\n    [1] just one\n    [one] one table\n   *[other] { $tables } tables\n  } in all";
        let forms = json!({
            "by": "tables", "1": "About {size}, just one in all", "one": "About {size}, one table in all",
            "other": "About {size}, {tables} tables in all",
        });
        assert_eq!(of(counted), Some(forms));
    }

    #[test]
    fn what_a_script_cannot_say_is_not_guessed() {
        for text in [
            "a = { NUMBER($size) }",
            "a = { $sex ->\n   *[female] her\n  }",
            "a = { b }",
            "a = { $n ->\n   *[other] { $m ->\n       *[other] x\n    }\n  }",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn every_sentence_of_the_button_is_open_in_every_language() {
        let english = sentences(Language::English, "embed-");
        let names: Vec<_> = english.keys().collect();
        assert!(names.len() > 30);
        let written: usize = texts(Language::English).iter().map(|text| text.matches("\nembed-").count()).sum();
        assert_eq!(names.len(), written);
        for language in Language::ALL {
            let said = sentences(*language, "embed-");
            assert_eq!(said.keys().collect::<Vec<_>>(), names, "{language}");
            assert!(
                *language == Language::English || said.iter().all(|(name, sentence)| sentence != &english[name]),
                "{language}"
            );
        }
    }
}
