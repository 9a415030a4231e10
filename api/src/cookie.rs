//! Cookies that nobody but this host gets, no script reads, and no other site sends along.

use crate::server::PublicUrl;
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName, HeaderValue, InvalidHeaderValue},
    web::Data,
};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A cookie by its name: `__Host-handover-…` (RFC 6265bis, section 4.1.3.2), which a browser takes only over TLS, from
/// this very host, and for all its paths.
///
/// Where people reach the API without TLS, browsers would drop such a cookie: there it has neither prefix nor `Secure`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostCookie {
    name: String,
    secure: bool,
}

impl HostCookie {
    /// The cookie of this name, which is of letters, digits and dashes.
    pub(crate) fn named(request: &HttpRequest, name: &str) -> Self {
        let secure = request.app_data::<Data<PublicUrl>>().is_some_and(|public| public.0.scheme() == "https");
        Self { name: format!("{}handover-{name}", if secure { "__Host-" } else { "" }), secure }
    }

    /// The session of the person behind a link; several links have several sessions, and the name tells nobody which.
    pub(crate) fn of_link(request: &HttpRequest, link_token: &str) -> Self {
        Self::named(request, &hex::encode(&Sha256::digest(link_token)[..8]))
    }

    /// Its value, if the request brought it; never an empty one. Of several the first: it is the one with the longer path or the
    /// older one, and a cookie with the prefix has only one path.
    pub(crate) fn read<'r>(&self, request: &'r HttpRequest) -> Option<&'r str> {
        request
            .headers()
            .get_all(header::COOKIE)
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim_matches(' ').split_once('='))
            .find_map(|(name, value)| (name == self.name && !value.is_empty()).then_some(value))
    }

    /// The header that sets it for this time, to be inserted or appended to an answer. A value is of visible ASCII characters without
    /// spaces, quotes, commas, semicolons and backslashes.
    pub(crate) fn set(&self, value: &str, lifetime: Duration) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let (name, seconds) = (&self.name, lifetime.as_secs());
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        let plain = value.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte));
        // No header value holds a line break, so this one is refused.
        Ok((header::SET_COOKIE, HeaderValue::from_str(if plain { &text } else { "\n" })?))
    }

    /// The header that makes the browser forget it.
    pub(crate) fn clear(&self) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
        self.set("", Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn at(address: &str) -> TestRequest {
        TestRequest::get().app_data(Data::new(PublicUrl(address.parse().unwrap())))
    }

    #[test]
    fn over_tls_it_is_bound_to_the_host() {
        let request = at("https://exports.example.com/").to_http_request();
        let (name, cookie) = HostCookie::named(&request, "session").set("value", Duration::from_secs(600)).unwrap();
        assert_eq!(name, header::SET_COOKIE);
        assert_eq!(cookie, "__Host-handover-session=value; Path=/; Max-Age=600; HttpOnly; SameSite=Strict; Secure");
    }

    #[test]
    fn without_tls_a_browser_still_takes_it() {
        let request = at("http://localhost:8080/").to_http_request();
        let (_, cookie) = HostCookie::named(&request, "session").clear().unwrap();
        assert_eq!(cookie, "handover-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn it_is_read_under_its_own_name_only() {
        let request = |cookies: &str| {
            at("https://exports.example.com/").insert_header(("cookie", cookies.to_owned())).to_http_request()
        };
        let read = |cookies: &str| {
            let request = request(cookies);
            HostCookie::named(&request, "a").read(&request).map(str::to_owned)
        };
        assert_eq!(read("x=1; __Host-handover-a=right; y=2"), Some("right".into()));
        for other in ["", "handover-a=1", "__Host-handover-a=", "__Host-handover-ab=1", "__host-handover-a=1"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn a_value_cannot_bring_attributes_along() {
        let request = at("https://exports.example.com/").to_http_request();
        for value in ["a; Domain=example.com", "a,b", "a\r\nset-cookie: b", "a b", "\"a\"", "ü"] {
            assert!(HostCookie::named(&request, "a").set(value, Duration::from_secs(1)).is_err(), "{value}");
        }
    }

    #[test]
    fn each_link_has_its_own_and_its_name_does_not_tell_the_token() {
        let request = at("https://exports.example.com/").to_http_request();
        let (one, other) = (HostCookie::of_link(&request, "k.one.x"), HostCookie::of_link(&request, "k.other.x"));
        assert_ne!(one, other);
        assert!(!one.name.contains("one"));
    }
}
