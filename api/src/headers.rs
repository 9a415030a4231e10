//! What every answer tells a browser: whom to trust, what to show it in, and to keep nothing.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use shared::config::Config;

/// A policy of a page ends in this directive, whose sources are configured.
pub(crate) const FRAMES: &str = "; frame-ancestors ";
/// What answers that are no pages may load: nothing.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'";
const FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()";
/// A year, for this host alone: what else is below the domain is not ours to decide.
const TLS_ONLY: &str = "max-age=31536000";

/// The headers that depend on the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Hardening {
    frame_sources: String,
    tls: bool,
}

impl Hardening {
    /// For this installation.
    pub(crate) fn of(config: &Config) -> Self {
        Self { frame_sources: config.frame_sources(), tls: config.public_url().scheme() == "https" }
    }

    /// Completes the headers of an answer; what a page has set itself stays, its policy with who may frame it added unless it says so itself.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        let own = headers.get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
        let policy = match own {
            Some(unframed) if unframed.contains(FRAMES) => unframed.to_owned(),
            Some(page) => format!("{page}{FRAMES}{}", self.frame_sources),
            None => format!("{NOTHING}{FRAMES}'none'"),
        };
        let is_framed = own.is_some_and(|own| !own.contains(FRAMES)) && self.frame_sources != "'none'";
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        if !is_framed && !headers.contains_key(header::X_FRAME_OPTIONS) {
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
        if self.tls {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ONLY));
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        for (name, value) in [
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "no-referrer"),
            (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
            (HeaderName::from_static("permissions-policy"), FEATURES),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ] {
            if !headers.contains_key(&name) {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(config: &Config, own: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(own) = own {
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(own));
        }
        Hardening::of(config).apply(&mut headers);
        headers
    }

    #[test]
    fn browsers_are_bound_to_tls_only_where_there_is_tls() {
        let config = |url: &str| Config { public_url: Some(url.parse().unwrap()), ..Config::default() };
        let headers = applied(&config("https://exports.example.com"), None);
        assert_eq!(headers.get("strict-transport-security").unwrap(), "max-age=31536000");
        assert!(!applied(&config("http://localhost:8080"), None).contains_key("strict-transport-security"));
    }

    #[test]
    fn only_pages_may_be_framed_and_only_by_whom_is_configured() {
        let config = Config { frame_ancestors: "self,https://app.example.com".into(), ..Config::default() };
        let page = applied(&config, Some("default-src 'none'"));
        let policy = "default-src 'none'; frame-ancestors 'self' https://app.example.com";
        assert_eq!(page.get("content-security-policy").unwrap(), policy);
        assert!(!page.contains_key("x-frame-options"));
        for headers in [applied(&config, None), applied(&Config::default(), Some("default-src 'self'"))] {
            let policy = headers.get("content-security-policy").unwrap().to_str().unwrap();
            assert!(policy.ends_with("; frame-ancestors 'none'"), "{policy}");
            assert_eq!(headers.get("x-frame-options").unwrap(), "DENY");
        }
    }
}
