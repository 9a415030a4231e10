//! What a mail says, in parts; the same parts become its text and its HTML.
//!
//! The HTML is for old clients: tables, inline style, nothing loaded from anywhere. A sheet of style in its head only turns the colours where a client shows
//! mails dark; whoever ignores it loses nothing.

use super::MailError;
use askama::Template;
use shared::{
    config::{Brand, Palette, Support},
    language::{Language, Value},
};

/// How many characters a line of the text has at most, but for words that are longer.
const WIDTH: usize = 72;

/// A mail that is being written.
pub(super) struct Sheet {
    pub(super) language: Language,
    pub(super) brand: Brand,
    title: String,
    parts: Vec<Part>,
    foot: Vec<Foot>,
}

/// A part of a mail.
pub(super) enum Part {
    /// What the mail is about.
    Paragraph(String),
    /// What is good to know.
    Quiet(String),
    /// What to do.
    Button { label: String, url: String },
    /// Where a button leads, for clients that show none. A text needs it once: there the button is its address.
    Address { url: String },
    /// Names and values.
    Facts(Vec<(String, String)>),
    /// What is typed in.
    Code(String),
    /// What is copied: a number, a command.
    Number(String),
    /// A list.
    Points(Vec<String>),
}

/// A sentence at the end, with an address to follow in it.
pub(super) struct Foot {
    before: String,
    link: Option<FootLink>,
    after: String,
}

pub(super) struct FootLink {
    text: String,
    url: String,
}

#[derive(Template)]
#[template(path = "mail/layout.html")]
struct Layout<'a> {
    language: &'a str,
    direction: &'a str,
    light: Palette,
    dark: Palette,
    product: &'a str,
    title: &'a str,
    parts: &'a [Part],
    foot: &'a [Foot],
    not_working: String,
}

impl Sheet {
    /// A mail in this language, as this brand, that begins with the sentence of this name.
    pub(super) fn new(language: Language, brand: Brand, title: &str) -> Self {
        let title = language.say_with(title, &[("product", brand.name.as_str().into())]);
        Self { language, brand, title, parts: Vec::new(), foot: Vec::new() }
    }

    /// The sentence of this name, which may also name the product.
    pub(super) fn say(&self, name: &str, values: &[(&str, Value<'_>)]) -> String {
        let mut all = vec![("product", self.brand.name.as_str().into())];
        all.extend(values.iter().cloned());
        self.language.say_with(name, &all)
    }

    /// Adds a part.
    pub(super) fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Adds the sentence of this name as what the mail is about.
    pub(super) fn paragraph(self, name: &str, values: &[(&str, Value<'_>)]) -> Self {
        let sentence = self.say(name, values);
        self.with(Part::Paragraph(sentence))
    }

    /// Adds the sentence of this name as what is good to know.
    pub(super) fn quiet(self, name: &str, values: &[(&str, Value<'_>)]) -> Self {
        let sentence = self.say(name, values);
        self.with(Part::Quiet(sentence))
    }

    /// Adds a button with what the sentence of this name says.
    pub(super) fn button(self, name: &str, url: &str) -> Self {
        let label = self.say(name, &[]);
        self.with(Part::Button { label, url: url.to_owned() })
    }

    /// Adds the sentence of this name at the end.
    pub(super) fn foot(mut self, name: &str) -> Self {
        let before = self.say(name, &[]);
        self.foot.push(Foot { before, link: None, after: String::new() });
        self
    }

    /// Adds at the end where to find help, if that is known.
    pub(super) fn help(mut self) -> Self {
        let Some(support) = self.brand.support.clone() else { return self };
        let name = match support {
            Support::Mail(_) => "mail-help-mail",
            Support::Page(_) => "mail-help-page",
        };
        // The place of the address in the sentence, which differs with the language.
        const PLACE: &str = "\u{1a}";
        let sentence = self.say(name, &[("help", PLACE.into())]);
        let (before, after) = sentence.split_once(PLACE).unwrap_or((&sentence, ""));
        let link = Some(FootLink { text: support.text(), url: support.href() });
        self.foot.push(Foot { before: before.to_owned(), link, after: after.to_owned() });
        self
    }

    /// Adds at the end the sentence of this name and the address that stops such mails.
    pub(super) fn unsubscribe(mut self, name: &str, url: &str) -> Self {
        let before = format!("{} ", self.say(name, &[]));
        let link = Some(FootLink { text: url.to_owned(), url: url.to_owned() });
        self.foot.push(Foot { before, link, after: String::new() });
        self
    }

    /// As HTML.
    pub(super) fn html(&self) -> Result<String, MailError> {
        let layout = Layout {
            language: self.language.as_str(),
            direction: self.language.direction(),
            light: self.brand.light(),
            dark: self.brand.dark(),
            product: &self.brand.name,
            title: &self.title,
            parts: &self.parts,
            foot: &self.foot,
            not_working: self.say("mail-not-working", &[]),
        };
        layout.render().map_err(|error| MailError::Unwritable(error.to_string()))
    }

    /// As plain text, in short lines; addresses, numbers and commands stay whole on lines of their own.
    pub(super) fn text(&self) -> String {
        let mut blocks = vec![wrapped(&self.title)];
        for part in &self.parts {
            match part {
                Part::Paragraph(text) | Part::Quiet(text) => blocks.push(wrapped(text)),
                Part::Button { label, url } => blocks.push(format!("{label}:\n\n{url}")),
                Part::Address { .. } => {}
                Part::Facts(facts) => {
                    let lines: Vec<String> =
                        facts.iter().map(|(name, value)| wrapped(&format!("{name}: {value}"))).collect();
                    blocks.push(lines.join("\n"));
                }
                Part::Code(text) | Part::Number(text) => blocks.push(format!("    {text}")),
                Part::Points(points) => {
                    let lines: Vec<String> = points.iter().map(|point| format!("  - {point}")).collect();
                    blocks.push(lines.join("\n"));
                }
            }
        }
        for foot in &self.foot {
            blocks.push(match &foot.link {
                Some(link) if foot.after.trim().is_empty() => {
                    format!("{}\n{}", wrapped(foot.before.trim_end()), link.text)
                }
                Some(link) => wrapped(&format!("{}{}{}", foot.before, link.text, foot.after)),
                None => wrapped(&foot.before),
            });
        }
        blocks.join("\n\n") + "\n"
    }
}

/// In lines of at most [`WIDTH`] characters; only ordinary spaces break.
fn wrapped(text: &str) -> String {
    let (mut out, mut length) = (String::with_capacity(text.len() + 8), 0);
    for word in text.split(' ') {
        let characters = word.chars().count();
        if length > 0 && length + 1 + characters > WIDTH {
            out.push('\n');
            length = 0;
        } else if !out.is_empty() {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += characters;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_are_short_and_no_word_is_lost(text in "[a-zäß]{1,20}( [a-zäß./]{1,90}){0,30}") {
            let lines = wrapped(&text);
            prop_assert_eq!(lines.replace('\n', " "), text);
            for line in lines.lines() {
                prop_assert!(line.chars().count() <= WIDTH || !line.contains(' '), "{}", line);
            }
        }
    }
}
