//! What the browser itself finds wrong with a page: errors of scripts, what the content security policy stopped, files that are missing.

use serde_json::json;

use super::Browser;

const WATCH: &str = "
    window.policyViolations = [];
    document.addEventListener('securitypolicyviolation', event => window.policyViolations.push(
        `${event.effectiveDirective} forbids ${event.blockedURI || 'inline'} at ${event.sourceFile}:${event.lineNumber} ${event.sample}`));";

impl Browser {
    pub(super) async fn watch_policy(&self) {
        self.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await;
    }

    /// Everything that the browser complained of since this was asked last. That a page is itself an answer of 404 or 410 is
    /// no complaint of it; that one of its files is missing is.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let mut complaints: Vec<String> = self.run("return window.policyViolations ?? [];", Vec::new()).await;
        for entry in self.driver.browser_log().await.unwrap() {
            let status = entry.source.as_deref() == Some("network") && entry.message.contains(" with a status of ");
            let address = entry.message.split_whitespace().next().unwrap_or_default();
            let is_file = [".css", ".js", ".svg", ".json"].iter().any(|ending| address.ends_with(ending));
            if matches!(entry.level.as_str(), "SEVERE" | "WARNING") && (is_file || !status) {
                complaints.push(format!("{} ({}): {}", entry.level, entry.source.unwrap_or_default(), entry.message));
            }
        }
        complaints
    }

    /// Panics with what the browser complained of.
    pub(crate) async fn assert_no_complaints(&self) {
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "{}:\n{}", self.address().await, complaints.join("\n"));
    }
}
