//! A browser as people have it: Chromium without a screen, driven over WebDriver and its own protocol.
//!
//! ```ignore
//! let browser = Browser::start().await;
//! browser.view(Size::PHONE, Theme::Dark).await;
//! browser.open(&url).await;
//! browser.click("button").await;
//! browser.assert_no_complaints().await;
//! ```
//!
//! A selector is looked for in the document and in every open shadow root below it.

mod accessibility;
mod complaints;
mod downloads;
mod keyboard;
mod layout;
mod network;
mod picture;
mod view;

pub(crate) use network::Network;
pub(crate) use view::{Size, Theme};

use std::{path::PathBuf, process::Command, time::Duration};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    Capabilities, ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel, WebDriver, WebElement,
    WindowHandle,
};

use super::{
    patience::{LONG, until},
    port,
    process::{Launch, Process},
};

/// Without the shell script around it, so that the process to end is the browser itself.
const CHROMIUM: &str = "/usr/lib/chromium/chromium";
const CHROMEDRIVER: &str = "/usr/bin/chromedriver";

/// One browser with a profile of its own; ends when dropped.
pub(crate) struct Browser {
    driver: WebDriver,
    _chromedriver: Process,
    _chromium: Process,
    folder: TempDir,
}

impl Browser {
    /// Starts one with an empty profile: no cookie, no cache, no history.
    pub(crate) async fn start() -> Browser {
        // WebDriver is spoken over a client of HTTP that wants one. Whoever comes second finds it installed.
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::Builder::new().prefix("handover-browser-").tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        std::fs::create_dir(place("downloads")).unwrap();

        // Chromedriver leaves its browser behind when it is ended. So each is a process of ours.
        let mut command = Command::new(CHROMIUM);
        command.env("HOME", folder.path()).env("TMPDIR", folder.path());
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
        command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        command.args(["--disable-dev-shm-usage", "--disable-breakpad", "--disable-default-apps", "--no-proxy-server"]);
        command.args(["--disable-extensions", "--password-store=basic", "--hide-scrollbars"]);
        command.args(["--disable-features=Translate,OptimizationHints,MediaRouter", "--lang=en-GB"]);
        command.arg("--remote-debugging-port=0").arg(format!("--user-data-dir={}", place("profile").display()));
        command.arg("about:blank");
        let chromium = launch(&command, place("chromium.log"));
        let debugger = until("Chromium's port", LONG, async || {
            let text = std::fs::read_to_string(place("profile/DevToolsActivePort")).ok()?;
            text.lines().next().map(str::to_owned)
        })
        .await;

        let port = port::free();
        let mut command = Command::new(CHROMEDRIVER);
        command.env("HOME", folder.path()).env("TMPDIR", folder.path()).arg(format!("--port={port}"));
        let chromedriver = launch(&command, place("chromedriver.log"));
        assert!(port::answers(port, LONG).await, "chromedriver; {}", chromedriver.said());
        let driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities(&debugger))
            .request_timeout(LONG)
            .await
            .unwrap_or_else(|error| panic!("{error}; {}", chromedriver.said()));

        let browser = Browser { driver, _chromedriver: chromedriver, _chromium: chromium, folder };
        browser.prepare_tab().await;
        browser.allow_downloads().await;
        browser
    }

    /// What every tab needs for itself.
    async fn prepare_tab(&self) {
        self.watch_policy().await;
        // Every page is measured as its first visitor gets it.
        self.command("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
        self.view(Size::DESKTOP, Theme::Light).await;
    }

    /// What WebDriver itself offers.
    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Goes to an address and waits until the page is loaded.
    pub(crate) async fn open(&self, address: &str) {
        self.driver.goto(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// Loads the page once more.
    pub(crate) async fn reload(&self) {
        self.driver.refresh().await.unwrap();
    }

    /// Where it is.
    pub(crate) async fn address(&self) -> String {
        self.driver.current_url().await.unwrap().into()
    }

    /// Opens one more tab, prepared like the first, and goes there.
    pub(crate) async fn new_tab(&self) -> WindowHandle {
        let tab = self.driver.new_tab().await.unwrap();
        self.driver.switch_to_window(tab.clone()).await.unwrap();
        self.prepare_tab().await;
        tab
    }

    /// The tab that is looked at now.
    pub(crate) async fn tab(&self) -> WindowHandle {
        self.driver.window().await.unwrap()
    }

    /// Goes to a tab.
    pub(crate) async fn switch_to(&self, tab: &WindowHandle) {
        self.driver.switch_to_window(tab.clone()).await.unwrap();
    }

    /// What a function body returns that is run in the page; `arguments` are these.
    pub(crate) async fn run<T: DeserializeOwned>(&self, script: &str, arguments: Vec<Value>) -> T {
        let answer = self.driver.execute(script, arguments).await;
        answer.unwrap_or_else(|error| panic!("{error}\nin {script:.300}")).convert().unwrap()
    }

    /// What the promise that a function body returns is fulfilled with.
    pub(crate) async fn run_promised<T: DeserializeOwned>(&self, script: &str, arguments: Vec<Value>) -> T {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async (...arguments) => {{ {script} }})(...[...arguments].slice(0, -1))
                 .then(value => done({{ value }}), error => done({{ error: String(error && error.stack || error) }}));"
        );
        let answer = self.driver.execute_async(script.as_str(), arguments).await.unwrap();
        let answer = answer.json();
        assert!(answer["error"].is_null(), "{}\nin {script:.300}", answer["error"]);
        serde_json::from_value(answer["value"].clone()).unwrap()
    }

    /// Sends a command of Chromium's own protocol to the tab, and returns its answer.
    pub(crate) async fn command(&self, method: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(method, parameters).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Looks again and again until an expression is true in the page.
    pub(crate) async fn until(&self, what: &str, expression: &str) {
        self.until_within(what, LONG, expression).await;
    }

    async fn until_within(&self, what: &str, limit: Duration, expression: &str) {
        let script = format!("{DEEP} return Boolean({expression});");
        let shown = async || {
            // A page that is being left answers no script.
            let answer = self.driver.execute(script.as_str(), Vec::new()).await.ok()?;
            answer.json().as_bool().filter(|there| *there)
        };
        until(what, limit, shown).await;
    }

    /// Waits until an element is there and seen.
    pub(crate) async fn find(&self, selector: &str) -> WebElement {
        let script = format!("{DEEP} return deep(arguments[0]).find(seen) ?? null;");
        until(&format!("{selector} in the page"), Duration::from_secs(30), async || {
            self.driver.execute(script.as_str(), vec![json!(selector)]).await.ok()?.element().ok()
        })
        .await
    }

    /// How many elements are there and seen.
    pub(crate) async fn count(&self, selector: &str) -> usize {
        self.run(&format!("{DEEP} return deep(arguments[0]).filter(seen).length;"), vec![json!(selector)]).await
    }

    /// Clicks on an element as soon as it is there; waits for the page that this leads to.
    pub(crate) async fn click(&self, selector: &str) {
        self.find(selector).await.click().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Clicks on the button or link that says this.
    pub(crate) async fn click_on(&self, words: &str) {
        let script = format!(
            "{DEEP} return deep('button, a[href], summary, input[type=submit]').find(element => seen(element)
                 && (element.matches('input') ? element.value : element.innerText).includes(arguments[0])) ?? null;"
        );
        let element = until(&format!("something to press that says {words:?}"), Duration::from_secs(30), async || {
            self.driver.execute(script.as_str(), vec![json!(words)]).await.ok()?.element().ok()
        })
        .await;
        element.click().await.unwrap_or_else(|error| panic!("{words}: {error}"));
    }

    /// Types into a field, in place of what stands there.
    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// The text that is seen, in the document and in shadow roots.
    pub(crate) async fn text(&self) -> String {
        self.run(
            &format!("{DEEP} return [document.body, ...hosts().map(host => host.shadowRoot)]
                .map(root => root.innerText ?? [...root.children].map(child => child.innerText ?? '').join('\\n')).join('\\n');"),
            Vec::new(),
        )
        .await
    }

    /// Waits until a text is seen.
    pub(crate) async fn until_seen(&self, text: &str) {
        let mut last = String::new();
        let deadline = std::time::Instant::now() + LONG;
        while std::time::Instant::now() < deadline {
            last = self.text().await;
            if last.contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never saw {text:?} at {} but:\n{last}", self.address().await);
    }
}

/// `deep(selector)`, `hosts()` and `seen(element)` for scripts in a page.
const DEEP: &str = include_str!("browser/deep.js");

fn launch(command: &Command, log: PathBuf) -> Process {
    Process::start(Launch { command, output: log.clone(), errors: log, last: "KILL", folder: None })
}

fn capabilities(debugger: &str) -> Capabilities {
    let mut wanted = ChromeCapabilities::new();
    wanted.set_debugger_address(&format!("127.0.0.1:{debugger}")).unwrap();
    wanted.set_logging_prefs("browser", LoggingPrefsLogLevel::All).unwrap();
    wanted.set_logging_prefs("performance", LoggingPrefsLogLevel::All).unwrap();
    wanted.into()
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The session ends with the browser; asking for its end would block here.
        let _ = self.driver.clone().leak();
    }
}
