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
    /// no complaint of it.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let here = self.address().await;
        let mut complaints: Vec<String> = self.run("return window.policyViolations ?? [];", Vec::new()).await;
        for entry in self.driver.browser_log().await.unwrap() {
            let its_own_status = entry.source.as_deref() == Some("network")
                && entry.message.starts_with(&format!("{here} "))
                && entry.message.contains("Failed to load resource: the server responded with a status of");
            if matches!(entry.level.as_str(), "SEVERE" | "WARNING") && !its_own_status {
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
