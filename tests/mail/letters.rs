//! Every kind of mail in every language.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use mail_parser::{Message, MessageParser};
use shared::{
    config::{Config, SourceBrandConfig},
    language::Language,
    link::Protection,
};
use uuid::Uuid;
use worker::mail::preview::{Preview, previews};

const SOURCE: &str = "ceppro";
const PUBLIC: &str = "https://exports.example.com";
const KINDS: [&str; 8] =
    ["ready", "ready-files", "ready-encrypted", "expiring", "failed", "code", "run-failed", "schedule-paused"];

fn config() -> Config {
    let brand = SourceBrandConfig {
        name: Some("CepPro & Söhne".into()),
        accent: Some("#0a7d4f".into()),
        support: Some("help@ceppro.example".into()),
        home: Some("https://app.ceppro.example/data".parse().unwrap()),
    };
    let mut config = Config { public_url: Some(PUBLIC.parse().unwrap()), product: "House".into(), ..Config::default() };
    config.mail.from = "Exports <exports@example.com>".into();
    config.links.download_limit = Some(3);
    config.brands.insert(SOURCE.into(), brand);
    config
}

fn now() -> DateTime<Utc> {
    "2026-03-01T09:05:00Z".parse().unwrap()
}

fn all(config: &Config, language: Language) -> Vec<Preview> {
    let all = previews(config, SOURCE, language, now()).unwrap();
    assert_eq!(all.iter().map(|preview| preview.kind).collect::<Vec<_>>(), KINDS);
    all
}

/// What each kind must hold besides words: dates and sizes as the language writes them, addresses, numbers, commands.
fn holds(kind: &str, language: Language) -> Vec<String> {
    let moment = |text: &str| language.moment(text.parse().unwrap());
    let day = |text: &str| language.day(text.parse().unwrap());
    let link =
        vec![format!("{PUBLIC}/d/preview"), language.size(12_345_678), "START-HERE.html".to_owned(), "3".to_owned()];
    let export = "01900000-0000-7000-8000-000000000001".to_owned();
    let (schedule, run) = (export.replace("001", "002"), export.replace("001", "003"));
    let unsubscribe = format!("{PUBLIC}/u/preview");
    match kind {
        "ready" | "ready-files" => [link, vec![moment("2026-03-08T09:05:00Z")]].concat(),
        "ready-encrypted" => {
            [link, vec!["age --decrypt -i ".into(), "Backup key (age1qyqszqgpq…d3k2pm)".into()]].concat()
        }
        "expiring" => [link, vec![moment("2026-03-03T09:05:00Z"), day("2026-02-24T09:05:00Z"), unsubscribe]].concat(),
        "failed" => vec![
            export,
            day("2026-03-01T09:02:00Z"),
            "https://app.ceppro.example/data".into(),
            "help@ceppro.example".into(),
        ],
        "code" => vec!["1234 5678".into(), moment("2026-03-01T09:15:00Z")],
        "run-failed" => vec![schedule, run, "nightly".into(), moment("2026-03-01T08:05:00Z"), "12".into(), unsubscribe],
        "schedule-paused" => {
            vec![format!("PATCH /v1/schedules/{schedule}"), "\"paused\": false".into(), run, "3".into(), unsubscribe]
        }
        other => panic!("{other}"),
    }
}

#[test]
fn every_kind_says_in_every_language_what_it_has_to_say() {
    let config = config();
    for language in Language::ALL.iter().copied() {
        for Preview { kind, letter } in all(&config, language) {
            let html = unescaped(&letter.html);
            for wanted in holds(kind, language) {
                assert!(squeezed(&letter.text).contains(&wanted), "{kind} {language} lacks {wanted}:\n{}", letter.text);
                assert!(html.contains(&wanted), "{kind} {language} lacks {wanted}:\n{html}");
            }
            assert!(letter.subject.contains("CepPro & Söhne"), "{}", letter.subject);
            for part in [&letter.subject, &letter.text, &html] {
                // A sentence that is missing is its own name; a value that is missing stays in braces.
                assert!(
                    !part.contains("mail-") && !part.contains("{$") && !part.contains("{ $"),
                    "{kind} {language}:\n{part}"
                );
            }
            assert!(
                letter
                    .text
                    .lines()
                    .all(|line| line.chars().count() <= 78 || line.starts_with("    ") || !line.contains(' ')),
                "{}",
                letter.text
            );
        }
    }
}

#[test]
fn languages_differ_in_every_sentence_and_each_mail_speaks_one() {
    let config = config();
    let lines = |language| -> Vec<BTreeSet<String>> {
        let words =
            |line: &&str| line.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).count() > 3;
        let of = |preview: Preview| preview.letter.text.lines().filter(words).map(str::to_owned).collect();
        all(&config, language).into_iter().map(of).collect()
    };
    let english = lines(Language::English);
    for language in [Language::German, Language::Spanish, Language::French, Language::Long] {
        for (kind, (one, other)) in KINDS.iter().zip(english.iter().zip(lines(language))) {
            assert_eq!(one.intersection(&other).next(), None, "{kind} is partly English in {language}");
        }
    }
}

#[test]
fn html_is_for_old_clients_and_loads_nothing() {
    let config = config();
    for language in Language::ALL.iter().copied() {
        for Preview { kind, letter } in all(&config, language) {
            let html = &letter.html;
            assert!(html.starts_with("<!doctype html>"), "{kind}");
            assert!(html.contains(&format!("<html lang=\"{language}\" dir=\"{}\">", language.direction())), "{kind}");
            for fetched in
                ["<img", "src=", "background=", "url(", "<link", "<script", "@import", "<iframe", "<svg", "<form"]
            {
                assert!(!html.contains(fetched), "{kind}: {fetched}");
            }
            for modern in ["display:flex", "display:grid", "position:", "var(", "<div", "<section", "<ul"] {
                assert!(!html.contains(modern), "{kind}: {modern} is unknown to old clients");
            }
            assert_eq!(html.matches("<table").count(), html.matches("</table>").count(), "{kind}");
            assert!(html.matches("<table").count() == html.matches("role=\"presentation\"").count(), "{kind}");
            assert!(
                html.contains("prefers-color-scheme: dark") && html.contains("#0a7d4f"),
                "{kind}: the brand's colour"
            );
            assert!(html.len() < 16_000, "{kind} is larger than mail programs show at once: {}", html.len());
        }
    }
}

#[test]
fn the_lines_that_programs_read_are_right() {
    let config = config();
    for language in Language::OFFERED {
        for Preview { kind, letter } in all(&config, language) {
            let number = Uuid::now_v7();
            let bytes = letter.message(number).unwrap().formatted();
            let message = MessageParser::default().parse(&bytes).unwrap();
            let line = |name: &str| raw(&message, name);
            assert_eq!(line("Auto-Submitted").as_deref(), Some("auto-generated"), "{kind}");
            assert_eq!(line("Content-Language").as_deref(), Some(language.as_str()), "{kind}");
            assert_eq!(message.message_id(), Some(format!("{}@example.com", number.simple()).as_str()));
            assert_eq!(message.subject(), Some(letter.subject.as_str()), "{kind}");
            let stops = ["expiring", "run-failed", "schedule-paused"].contains(&kind);
            let unsubscribe = stops.then(|| format!("<{PUBLIC}/u/preview>"));
            assert_eq!(line("List-Unsubscribe"), unsubscribe, "{kind}");
            assert_eq!(line("List-Unsubscribe-Post"), stops.then(|| "List-Unsubscribe=One-Click".to_owned()), "{kind}");
            assert!(line("Reply-To").unwrap().contains("help@ceppro.example"), "{kind}");
        }
    }
}

#[test]
fn one_click_is_offered_by_tls_only() {
    let config = Config { public_url: Some("http://localhost:8080".parse().unwrap()), ..config() };
    for Preview { kind, letter } in all(&config, Language::English) {
        let bytes = letter.message(Uuid::now_v7()).unwrap().formatted();
        let message = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(raw(&message, "List-Unsubscribe-Post"), None, "{kind}");
        assert_eq!(raw(&message, "List-Unsubscribe").is_some(), letter.unsubscribe.is_some(), "{kind}");
    }
}

#[test]
fn what_a_link_asks_for_is_said_beforehand() {
    let mut config = config();
    for protection in [Protection::Code, Protection::SignedIn] {
        config.links.protection = protection;
        for language in Language::OFFERED {
            let name = if protection == Protection::Code { "mail-asks-code" } else { "mail-asks-signed-in" };
            let asked = language.say_with(name, &[("product", "CepPro & Söhne".into())]);
            for Preview { kind, letter } in all(&config, language) {
                let leads_there = kind.starts_with("ready") || kind == "expiring";
                assert_eq!(squeezed(&letter.text).contains(&asked), leads_there, "{kind} {language}");
            }
        }
    }
}

#[test]
fn without_help_and_home_a_failed_export_still_says_what_to_do() {
    let config = Config { brands: Default::default(), ..config() };
    let failed = all(&config, Language::German).into_iter().find(|preview| preview.kind == "failed").unwrap();
    let text = squeezed(&failed.letter.text);
    assert!(text.contains("Fordern Sie einen neuen Export an") && text.contains("die Betreiber von House"), "{text}");
    assert!(!text.contains("https://"), "{text}");
}

fn raw(message: &Message<'_>, name: &str) -> Option<String> {
    message.header_raw(name).map(|value| value.trim().to_owned())
}

/// The text without its line breaks.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(html: &str) -> String {
    [("&#38;", "&"), ("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">")]
        .iter()
        .fold(html.to_owned(), |html, (escaped, plain)| html.replace(escaped, plain))
}
