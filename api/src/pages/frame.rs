//! What every page of a person has in common: whose it is, the language it speaks, and where it stands.

use super::html;
use crate::Context;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
};
use askama::Template;
use chrono::{DateTime, Utc};
use shared::{
    config::Brand,
    language::{Language, Value},
    ledger::{
        exports::{self, Export},
        links::Link,
    },
};
use std::borrow::Borrow;

/// Takes the place of a value that is written in another way than the sentence around it.
const MARK: &str = "\u{e000}";

/// The frame of a page.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The language it speaks.
    pub(crate) language: Language,
    /// Whose it is.
    pub(crate) brand: Brand,
    /// The way up from the page's address to where `assets` stands.
    pub(crate) up: String,
    /// The stylesheet with the brand's colours.
    pub(crate) colours: String,
    /// Whether somebody chose the language on a page.
    is_chosen: bool,
    /// Whether the address can be opened again, in another language.
    is_shown_again: bool,
}

/// A language that can be chosen.
pub(crate) struct Choice {
    pub(crate) tag: &'static str,
    /// Its name in itself.
    pub(crate) name: &'static str,
    pub(crate) is_current: bool,
}

impl Frame {
    /// Of a page that belongs to no export.
    pub(crate) fn own(context: &Context, request: &HttpRequest) -> Self {
        let brand = context.config.own_brand();
        Self::new(brand, "assets/brand.css".to_owned(), request, context.config.language)
    }

    /// Of a page about an export: in its product's colours, and in its language if the browser names none that there is.
    pub(crate) fn of(context: &Context, request: &HttpRequest, export: &Export) -> Self {
        let colours = match context.config.brands.contains_key(&export.source) {
            true => format!("assets/brand/{}.css", export.source),
            false => "assets/brand.css".to_owned(),
        };
        Self::new(context.config.brand(&export.source), colours, request, export.language)
    }

    /// Of a page about a link. One whose export the ledger cannot say is the installation's.
    pub(crate) async fn of_link(context: &Context, request: &HttpRequest, link: &Link) -> Self {
        match exports::find(&context.ledger, link.export_id).await {
            Ok(Some(export)) => Self::of(context, request, &export),
            _ => Self::own(context, request),
        }
    }

    fn new(brand: Brand, colours: String, request: &HttpRequest, otherwise: Language) -> Self {
        let chosen = chosen(request);
        let told = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let told = || told.map_or(otherwise, |tags| Language::wanted(tags, otherwise));
        let depth = request.path().matches('/').count().saturating_sub(1);
        Self {
            language: chosen.unwrap_or_else(told),
            brand,
            up: "../".repeat(depth),
            colours,
            is_chosen: chosen.is_some(),
            is_shown_again: request.method() == Method::GET,
        }
    }

    /// The sentence of this name.
    pub(crate) fn say(&self, name: &str) -> String {
        self.language.say(name)
    }

    /// The sentence of this name with one value in its place.
    pub(crate) fn say_of(&self, name: &str, place: &str, value: &str) -> String {
        self.language.say_with(name, &[(place, value.into())])
    }

    /// What stands before and after this place in the sentence of this name.
    pub(crate) fn say_around(&self, name: &str, place: &str) -> (String, String) {
        let said = self.say_of(name, place, MARK);
        let (before, after) = said.split_once(MARK).unwrap_or((&said, ""));
        (before.to_owned(), after.to_owned())
    }

    /// The sentence of this name about so many things.
    pub(crate) fn count(&self, name: &str, count: impl Borrow<u64>) -> String {
        self.count_with(name, *count.borrow(), &[])
    }

    /// The same with further values.
    pub(crate) fn count_with(&self, name: &str, count: u64, values: &[(&str, Value<'_>)]) -> String {
        let counted = [("count", Value::from(count)), ("shown", Value::from(self.number(count)))];
        let values: Vec<_> = counted.into_iter().chain(values.iter().cloned()).collect();
        self.language.say_with(name, &values)
    }

    /// The sentence of this name with the product's.
    pub(crate) fn say_product(&self, name: &str) -> String {
        self.say_of(name, "product", &self.brand.name)
    }

    /// A number as it is written in the language.
    pub(crate) fn number(&self, number: impl Borrow<u64>) -> String {
        self.language.number(*number.borrow())
    }

    /// A size as it is written in the language.
    pub(crate) fn size(&self, bytes: impl Borrow<u64>) -> String {
        self.language.size(*bytes.borrow())
    }

    /// A time as it is written in the language.
    pub(crate) fn moment(&self, time: DateTime<Utc>) -> String {
        self.language.moment(time)
    }

    /// What has to follow an address on the page, so that what is there speaks the same language.
    pub(crate) fn query(&self) -> String {
        if self.is_chosen { format!("?lang={}", self.language) } else { String::new() }
    }

    /// The languages that can be chosen; none where the address cannot be opened again.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        if !self.is_shown_again {
            return Vec::new();
        }
        let choice = |language: Language| Choice {
            tag: language.as_str(),
            name: match language {
                Language::English | Language::Long | Language::Mirrored => "English",
                Language::German => "Deutsch",
                Language::Spanish => "Español",
                Language::French => "Français",
            },
            is_current: language == self.language,
        };
        Language::OFFERED.into_iter().map(choice).collect()
    }

    /// Answers with a page in this frame. `form_target` is a further origin that a form on it may lead to.
    pub(crate) fn answer(&self, status: StatusCode, page: &impl Template, form_target: Option<&str>) -> HttpResponse {
        let mut response = html(status, page, form_target);
        let language = HeaderValue::from_static(self.language.as_str());
        response.headers_mut().insert(header::CONTENT_LANGUAGE, language);
        response
    }
}

/// The language that the address asks for.
fn chosen(request: &HttpRequest) -> Option<Language> {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(name, _)| name == "lang").and_then(|(_, tag)| tag.parse().ok())
}

/// What has to follow an address so that its page speaks the language that this request's address asks for.
pub(crate) fn query(request: &HttpRequest) -> String {
    chosen(request).map(|language| format!("?lang={language}")).unwrap_or_default()
}

#[cfg(test)]
impl Frame {
    /// A frame of this language at a link's address.
    pub(crate) fn example(language: Language, product: &str) -> Self {
        let config = shared::config::Config { product: product.to_owned(), ..Default::default() };
        let request = actix_web::test::TestRequest::get().uri("/d/token").to_http_request();
        Self::new(config.own_brand(), "assets/brand.css".to_owned(), &request, language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn frame(uri: &str, languages: &str) -> Frame {
        let request = TestRequest::get().uri(uri).insert_header(("accept-language", languages)).to_http_request();
        Frame::new(shared::config::Config::default().own_brand(), String::new(), &request, Language::Spanish)
    }

    #[test]
    fn the_language_is_the_chosen_one_else_the_browsers_else_the_exports() {
        for (uri, languages, language) in [
            ("/d/x?lang=fr", "de", Language::French),
            ("/d/x?lang=xx", "de", Language::German),
            ("/d/x", "it, pl", Language::Spanish),
            ("/d/x", "en-US,en;q=0.9", Language::English),
            ("/d/x?lang=ar-XB", "de", Language::Mirrored),
        ] {
            assert_eq!(frame(uri, languages).language, language, "{uri} {languages}");
        }
        assert_eq!(frame("/d/x?lang=fr", "de").query(), "?lang=fr");
        assert_eq!(frame("/d/x", "de").query(), "");
    }

    #[test]
    fn assets_are_found_from_wherever_a_page_stands() {
        for (uri, up) in [("/", ""), ("/d/", "../"), ("/d/x", "../"), ("/d/x/code", "../../"), ("/f/y?a=/b", "../")] {
            assert_eq!(frame(uri, "").up, up, "{uri}");
        }
    }

    #[test]
    fn a_value_can_be_written_in_another_way_than_its_sentence() {
        for language in Language::ALL {
            let (before, after) = Frame::example(*language, "CepPro").say_around("page-code-lead", "address");
            assert!(!before.is_empty() && !after.is_empty() && !(before + &after).contains(MARK), "{language}");
        }
    }
}
