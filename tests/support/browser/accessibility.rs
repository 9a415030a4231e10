//! What axe-core finds (WCAG 2.2 level AA and its best practice), also in shadow roots.

use std::sync::LazyLock;

use serde_json::Value;

use super::Browser;
use crate::support::tools;

static AXE: LazyLock<String> = LazyLock::new(|| std::fs::read_to_string(tools::node("axe-core/axe.min.js")).unwrap());

const RUN: &str = "
    const found = await axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        resultTypes: ['violations'],
    });
    return found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id} (${rule.impact}): ${rule.help}\\n    ${node.target.flat().join(' >> ')}  ${node.html.slice(0, 160)}\\n    ${
            node.failureSummary.replaceAll('\\n', ' ').slice(0, 300)}`));";

impl Browser {
    /// Every violation in the page as it is shown now, as text to read.
    pub(crate) async fn accessibility_violations(&self) -> Vec<String> {
        if self.run::<bool>("return !window.axe;", Vec::new()).await {
            self.run::<Value>(&AXE, Vec::new()).await;
        }
        self.run_promised(RUN, Vec::new()).await
    }

    /// Panics with every violation.
    pub(crate) async fn assert_accessible(&self) {
        let violations = self.accessibility_violations().await;
        assert!(violations.is_empty(), "{}:\n{}", self.address().await, violations.join("\n"));
    }
}
