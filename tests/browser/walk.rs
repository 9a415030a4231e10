//! The walk through pages: each is held against everything that is promised of all of them.

use crate::support::browser::{Browser, Size, Theme};
use std::{path::PathBuf, sync::LazyLock};

/// What a page may cost, with everything that it loads.
const MOST_BYTES: u64 = 100_000;

/// Collects what is wrong, so that one run tells all of it.
pub(super) struct Walk<'a> {
    browser: &'a Browser,
    faults: Vec<String>,
    /// Texts that are data and so are not translated.
    data: Vec<String>,
    /// The address of Handover, where pages of products are looked at.
    beside: Option<String>,
    /// Rules of axe-core that do not count here.
    without: &'static [&'static str],
}

impl<'a> Walk<'a> {
    /// `data` are texts that stand in pages as they are: names of products and files.
    pub(super) fn new(browser: &'a Browser, data: &[&str]) -> Walk<'a> {
        let data = data.iter().map(|text| (*text).to_owned()).collect();
        Walk { browser, faults: Vec::new(), data, beside: None, without: &[] }
    }

    /// Looks at pages of products, which may ask the Handover at this address besides.
    pub(super) fn beside(mut self, handover: &str) -> Walk<'a> {
        self.beside = Some(handover.to_owned());
        self
    }

    /// Looks at mails, which the page of a mail program surrounds: landmarks are that page's.
    pub(super) fn in_a_mail_program(mut self) -> Walk<'a> {
        self.without = &["landmark-one-main", "region", "page-has-heading-one"];
        self
    }

    /// Opens a page in English and looks at it.
    pub(super) async fn visit(&mut self, page: &str, address: &str) {
        self.browser.complaints().await;
        self.browser.traffic().await;
        self.browser.open(address).await;
        let ready = "deep('handover-export').every(button => button.state && button.state !== 'loading')";
        self.browser.until("the button, if there is one", ready).await;
        self.look(page).await;
    }

    /// The same, and then in the languages that are made to break layouts.
    pub(super) async fn visit_in_all_languages(&mut self, page: &str, address: &str) {
        self.visit(page, address).await;
        self.read_in_languages(page, address).await;
    }

    /// Looks at the page that is open.
    pub(super) async fn look(&mut self, page: &str) {
        let browser = self.browser;
        let address = browser.address().await;
        let traffic = browser.traffic().await;
        if address.starts_with("http") {
            traffic.assert_only_from(&[address.as_str(), self.beside.as_deref().unwrap_or(&address)]);
            if traffic.bytes() >= MOST_BYTES {
                self.fault(page, format!("costs {} bytes: {:?}", traffic.bytes(), traffic.requests));
            }
        }
        self.faults(page, "complaint", browser.complaints().await);
        for theme in Theme::BOTH {
            browser.view(Size::PHONE, theme).await;
            self.picture(page, Size::PHONE, theme).await;
            if theme == Theme::Light {
                self.layout(page, Size::PHONE).await;
                for size in [Size::NARROW, Size::ZOOMED] {
                    browser.view(size, theme).await;
                    self.layout(page, size).await;
                }
            }
            browser.view(Size::DESKTOP, theme).await;
            let mut violations = browser.accessibility_violations().await;
            violations.retain(|violation| !self.without.iter().any(|rule| violation.starts_with(rule)));
            self.faults(page, theme.name(), violations);
            self.picture(page, Size::DESKTOP, theme).await;
        }
        browser.view(Size::DESKTOP, Theme::Light).await;
        self.layout(page, Size::DESKTOP).await;
        self.faults(page, "keyboard", browser.keyboard_faults().await);
        self.faults(page, "complaint", browser.complaints().await);
    }

    async fn read_in_languages(&mut self, page: &str, address: &str) {
        for (language, direction) in [("en-XA", "ltr"), ("ar-XB", "rtl")] {
            self.browser.prefer_languages(language).await;
            self.visit_in_language(page, address, language).await;
            let declared: Vec<String> = self
                .browser
                .run("return [document.documentElement.lang, document.documentElement.dir || 'ltr'];", Vec::new())
                .await;
            if declared != [language, direction] {
                self.fault(page, format!("in {language} says that it is {declared:?}"));
            }
        }
        self.browser.prefer_languages("en-GB,en").await;
    }

    /// Opens a page that speaks this language, on the narrowest screen.
    pub(super) async fn visit_in_language(&mut self, page: &str, address: &str, language: &str) {
        let browser = self.browser;
        browser.view(Size::NARROW, Theme::Light).await;
        browser.open(address).await;
        let ready = "deep('handover-export').every(button => button.state && button.state !== 'loading')";
        browser.until("the button, if there is one", ready).await;
        self.layout(&format!("{page} in {language}"), Size::NARROW).await;
        if language == "en-XA" {
            for text in browser.texts_in(language).await {
                if !self.is_translated(&text) {
                    self.fault(page, format!("is not translated: {text:?}"));
                }
            }
        }
        browser.view(Size::PHONE, Theme::Light).await;
        self.picture(&format!("{page}-{language}"), Size::PHONE, Theme::Light).await;
        browser.view(Size::DESKTOP, Theme::Light).await;
    }

    /// In `en-XA` every vowel of a sentence has an accent. Numbers, days, sizes, names and abbreviations have none.
    fn is_translated(&self, text: &str) -> bool {
        if text.contains(['á', 'ë', 'ï', 'ö', 'ü', 'Å', 'É', 'Î', 'Ø', 'Û']) {
            return true;
        }
        let mut rest = text.to_owned();
        for data in &self.data {
            rest = rest.replace(data.as_str(), "");
        }
        let is_word = |word: &&str| {
            let plain = word.trim_matches(|sign: char| !sign.is_alphanumeric());
            let vowel = plain.contains(['a', 'e', 'i', 'o', 'u']);
            let name_of_file =
                plain.contains(['.', '/', '@', '_']) || plain.contains(|sign: char| sign.is_ascii_digit());
            plain.chars().count() > 2 && vowel && !name_of_file && !MONTHS.contains(plain) && !UNITS.contains(&plain)
        };
        !rest.split_whitespace().any(|word| is_word(&word))
    }

    async fn layout(&mut self, page: &str, size: Size) {
        let found = self.browser.layout_faults(size).await;
        self.faults(page, size.name, found);
    }

    async fn picture(&self, page: &str, size: Size, theme: Theme) -> PathBuf {
        self.browser.picture(&page.replace(' ', "-"), size, theme).await
    }

    fn faults(&mut self, page: &str, kind: &str, found: Vec<String>) {
        for fault in found {
            self.fault(page, format!("({kind}) {fault}"));
        }
    }

    fn fault(&mut self, page: &str, fault: String) {
        self.faults.push(format!("{page}: {fault}"));
    }

    /// Panics with everything that was found.
    pub(super) fn end(self) {
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
    }
}

const UNITS: [&str; 2] = ["byte", "bytes"];

static MONTHS: LazyLock<String> = LazyLock::new(|| {
    "January February March April May June July August September October November December".to_owned()
});
