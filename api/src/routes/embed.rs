//! The button that products put into their pages: its script, and its sentences in each language. Any page of any origin may load them; they say nothing of
//! an installation.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web::Path,
};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use sha2::{Digest, Sha256};
use shared::language::{Language, OpenSentence};
use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::LazyLock,
};

/// The script in its parts, which make one module.
const SCRIPT: &str = concat!(
    include_str!("../../assets/embed/style.js"),
    include_str!("../../assets/embed/service.js"),
    include_str!("../../assets/embed/words.js"),
    include_str!("../../assets/embed/picture.js"),
    include_str!("../../assets/embed/element.js"),
);

static SCRIPT_FILE: LazyLock<File> = LazyLock::new(|| File::new("text/javascript; charset=utf-8", SCRIPT.into()));
static SENTENCES: LazyLock<Vec<(Language, File)>> = LazyLock::new(|| {
    let file = |language: &Language| (*language, File::new("application/json", Sentences::of(*language).to_text()));
    Language::ALL.iter().map(file).collect()
});

/// A file that is ready to be sent, also compressed: a page waits for it.
struct File {
    content_type: &'static str,
    plain: String,
    compressed: Option<Vec<u8>>,
    tag: String,
}

/// The sentences of one language, as the script reads them.
#[derive(Serialize)]
struct Sentences {
    language: &'static str,
    direction: &'static str,
    strings: BTreeMap<String, OpenSentence>,
}

/// The script.
pub(crate) async fn script(request: HttpRequest) -> HttpResponse {
    SCRIPT_FILE.answer(&request)
}

/// The sentences in the language that is nearest to the one named; English where none is.
pub(crate) async fn strings(request: HttpRequest, language: Path<String>) -> HttpResponse {
    let wanted = Language::wanted(&language, Language::English);
    match SENTENCES.iter().find(|(language, _)| *language == wanted) {
        Some((_, file)) => file.answer(&request),
        None => HttpResponse::NotFound().finish(),
    }
}

impl Sentences {
    fn of(language: Language) -> Self {
        let strings = language.open_sentences("embed-");
        Self { language: language.as_str(), direction: language.direction(), strings }
    }

    fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl File {
    fn new(content_type: &'static str, plain: String) -> Self {
        // Weak: the same whether it is compressed or not.
        let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&plain)[..12]));
        Self { content_type, compressed: compressed(&plain).ok(), plain, tag }
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = if self.is_known(request) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((header::ETAG, self.tag.as_str()))
            .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
            .insert_header((header::VARY, "accept-encoding"))
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .insert_header((HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"));
        if self.is_known(request) {
            return response.finish();
        }
        response.content_type(self.content_type);
        match &self.compressed {
            Some(compressed) if takes_gzip(request) => {
                response.insert_header((header::CONTENT_ENCODING, "gzip")).body(compressed.clone())
            }
            _ => response.body(self.plain.clone()),
        }
    }

    /// Whether the browser has it already (RFC 9110, section 13.1.2).
    fn is_known(&self, request: &HttpRequest) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        members(request, header::IF_NONE_MATCH).any(|tag| tag.trim() == "*" || opaque(tag) == opaque(&self.tag))
    }
}

fn compressed(plain: &str) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain.as_bytes())?;
    encoder.finish()
}

/// Whether `Accept-Encoding` names gzip, and not as what is refused (RFC 9110, section 12.5.3).
fn takes_gzip(request: &HttpRequest) -> bool {
    members(request, header::ACCEPT_ENCODING).any(|member| {
        let (coding, weight) = member.split_once(';').unwrap_or((member, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        coding.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

fn members(request: &HttpRequest, name: HeaderName) -> impl Iterator<Item = &str> {
    request.headers().get_all(name).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn gzip_is_sent_to_whoever_takes_it() {
        for (accepted, is_taken) in
            [("gzip, br", true), ("br;q=1.0, GZIP;q=0.5", true), ("gzip;q=0", false), ("br", false), ("", false)]
        {
            let request = TestRequest::get().insert_header(("accept-encoding", accepted)).to_http_request();
            assert_eq!(takes_gzip(&request), is_taken, "{accepted}");
        }
        assert!(!takes_gzip(&TestRequest::get().to_http_request()));
    }

    #[test]
    fn every_sentence_that_the_script_says_is_there_and_no_other() {
        let is_name =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let quoted: Vec<&str> = SCRIPT.split('"').filter(|text| is_name(text)).collect();
        let sentences = Sentences::of(Language::English).strings;
        for name in sentences.keys() {
            assert!(quoted.contains(&name.as_str()), "nothing says {name}");
        }
        for said in SCRIPT.split("say(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(sentences.contains_key(said), "there is no sentence {said}");
        }
    }
}
