//! Settings of traces.

use super::findings::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// The collector's address as every OpenTelemetry program knows it; `/v1/traces` is appended.
const STANDARD: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// The same for traces only, used as it is.
const STANDARD_TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/// `true` turns everything of OpenTelemetry off.
const DISABLED: &str = "OTEL_SDK_DISABLED";

/// Traces.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TraceConfig {
    /// The OpenTelemetry collector that traces are sent to over HTTP, as in http://localhost:4318. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`, else none.
    pub endpoint: Option<Url>,
    /// What the standard variables say.
    #[serde(skip)]
    #[schemars(skip)]
    standard: Standard,
}

/// What the variables of the OpenTelemetry specification say.
#[derive(Debug, Clone, Default)]
struct Standard {
    is_disabled: bool,
    destination: Option<Url>,
}

impl TraceConfig {
    /// Takes the standard variables as the default.
    pub(super) fn adopt<'v>(&mut self, variables: impl Iterator<Item = (&'v str, &'v str)>, findings: &mut Findings) {
        for (name, value) in variables.filter(|(_, value)| !value.is_empty()) {
            match name {
                DISABLED => self.standard.is_disabled = value.eq_ignore_ascii_case("true"),
                STANDARD | STANDARD_TRACES => match Url::parse(value) {
                    Ok(url) if is_collector(&url) && name == STANDARD_TRACES => self.standard.destination = Some(url),
                    Ok(url) if is_collector(&url) => {
                        self.standard.destination.get_or_insert_with(|| below(&url));
                    }
                    _ => findings.add(name, "must be http:// or https:// with a host"),
                },
                _ => {}
            }
        }
    }

    pub(super) fn check(&self, findings: &mut Findings) {
        if self.endpoint.as_ref().is_some_and(|url| !is_collector(url)) {
            findings.add("HANDOVER_TRACES__ENDPOINT", "must be http:// or https:// with a host");
        }
    }

    /// Where traces are sent, if anywhere.
    pub fn destination(&self) -> Option<Url> {
        if self.standard.is_disabled {
            return None;
        }
        self.endpoint.as_ref().map(below).or_else(|| self.standard.destination.clone())
    }
}

fn is_collector(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// `/v1/traces` below the address of a collector (OTLP 1.x, section "OTLP/HTTP request").
fn below(collector: &Url) -> Url {
    let mut url = collector.clone();
    url.set_path(&format!("{}/v1/traces", collector.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(endpoint: Option<&str>, variables: &[(&str, &str)]) -> Option<String> {
        let mut config = TraceConfig { endpoint: endpoint.map(|url| url.parse().unwrap()), ..TraceConfig::default() };
        config.adopt(variables.iter().copied(), &mut Findings::default());
        config.destination().map(Into::into)
    }

    #[test]
    fn nothing_is_sent_unless_somebody_says_where() {
        assert_eq!(destination(None, &[("OTEL_SERVICE_NAME", "shop"), (STANDARD, "")]), None);
    }

    #[test]
    fn the_setting_comes_before_the_standard_variables() {
        let standard = (STANDARD, "http://collector:4318/otlp/");
        assert_eq!(destination(None, &[standard]).as_deref(), Some("http://collector:4318/otlp/v1/traces"));
        let own = Some("http://localhost:4318");
        assert_eq!(destination(own, &[standard]).as_deref(), Some("http://localhost:4318/v1/traces"));
    }

    #[test]
    fn the_variable_for_traces_is_used_as_it_is_in_either_order() {
        let (all, traces) = ((STANDARD, "http://collector:4318"), (STANDARD_TRACES, "http://traces:4318/in"));
        for variables in [[all, traces], [traces, all]] {
            assert_eq!(destination(None, &variables).as_deref(), Some("http://traces:4318/in"));
        }
    }

    #[test]
    fn the_standard_switch_turns_traces_off() {
        assert_eq!(destination(Some("http://localhost:4318"), &[(DISABLED, "TRUE")]), None);
    }
}
