//! The address a request comes from: that of the connection, or the one that trusted proxies name.

use crate::Context;
use actix_web::{
    HttpRequest,
    http::header::{HeaderMap, HeaderName},
    web::Data,
};
use shared::config::{ForwardedHeader, Networks};
use std::net::{IpAddr, SocketAddr};

/// The client's address; `None` where the connection has none.
///
/// What a header says counts only if the connection comes from a trusted proxy; then the right-most address that is no
/// trusted proxy is the client: whatever stands to its left, the client may have written itself.
pub(crate) fn client(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let Some(context) = request.app_data::<Data<Context>>() else { return Some(peer) };
    let config = &context.config;
    Some(behind(peer, request.headers(), &config.trusted_proxies, config.forwarded_header))
}

fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &Networks, header: ForwardedHeader) -> IpAddr {
    if !trusted.contains(peer) {
        return peer;
    }
    let chain = match header {
        ForwardedHeader::XForwardedFor => forwarded_for(headers),
        ForwardedHeader::Forwarded => forwarded(headers),
    };
    let mut nearest = peer;
    for hop in chain.into_iter().rev() {
        // A proxy that hides its client, or a text that is no address: who came before is not known.
        let Some(address) = hop else { return nearest };
        nearest = address;
        if !trusted.contains(address) {
            break;
        }
    }
    nearest
}

/// The addresses of `X-Forwarded-For`, the client's first; `None` for what is no address.
fn forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let header = HeaderName::from_static("x-forwarded-for");
    let values = headers.get_all(header).map(|value| value.to_str().unwrap_or("unreadable"));
    values.flat_map(|value| value.split(',')).map(|hop| address(hop.trim())).collect()
}

/// The addresses of `Forwarded` (RFC 7239), the client's first; `None` for a hop without one.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let header = HeaderName::from_static("forwarded");
    let values = headers.get_all(header).map(|value| value.to_str().unwrap_or("unreadable"));
    let named = |hop: &str| {
        let pair = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
        let mut named = pair.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
        let (_, value) = named.next()?;
        // Two in one hop: neither counts.
        if named.next().is_some() { None } else { address(value.trim().trim_matches('"')) }
    };
    values.flat_map(|value| value.split(',')).map(named).collect()
}

/// An address with or without a port; an IPv6 address may stand in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const PROXIES: &str = "10.0.0.0/8, 2001:db8::/32";

    fn seen(peer: &str, header: ForwardedHeader, headers: &[(&'static str, &str)]) -> String {
        let request = headers
            .iter()
            .fold(TestRequest::get(), |request, (name, value)| request.append_header((*name, (*value).to_owned())));
        let request = request.to_http_request();
        behind(peer.parse().unwrap(), request.headers(), &PROXIES.parse().unwrap(), header).to_string()
    }

    fn seen_for(peer: &str, value: &str) -> String {
        seen(peer, ForwardedHeader::XForwardedFor, &[("x-forwarded-for", value)])
    }

    #[test]
    fn a_header_of_somebody_else_is_ignored() {
        assert_eq!(seen_for("192.0.2.1", "198.51.100.7"), "192.0.2.1");
        let both = [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=198.51.100.7")];
        assert_eq!(seen("192.0.2.1", ForwardedHeader::Forwarded, &both), "192.0.2.1");
    }

    #[test]
    fn the_right_most_address_that_is_no_proxy_is_the_client() {
        assert_eq!(seen_for("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(seen_for("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2"), "198.51.100.7");
        assert_eq!(seen_for("2001:db8::1", "203.0.113.9,198.51.100.7:4711,[2001:db8::2]:80"), "198.51.100.7");
        let lines = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "198.51.100.7, 10.0.0.2")];
        assert_eq!(seen("10.0.0.1", ForwardedHeader::XForwardedFor, &lines), "198.51.100.7");
        assert_eq!(seen_for("10.0.0.1", "::ffff:198.51.100.7"), "198.51.100.7");
    }

    #[test]
    fn where_the_chain_breaks_the_last_known_proxy_answers_for_it() {
        assert_eq!(seen_for("10.0.0.1", "198.51.100.7, unknown, 10.0.0.2"), "10.0.0.2");
        assert_eq!(seen_for("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(seen_for("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
        assert_eq!(seen("10.0.0.1", ForwardedHeader::XForwardedFor, &[]), "10.0.0.1");
    }

    #[test]
    fn only_the_configured_header_is_looked_at() {
        let both = [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=203.0.113.9")];
        assert_eq!(seen("10.0.0.1", ForwardedHeader::XForwardedFor, &both), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", ForwardedHeader::Forwarded, &both), "203.0.113.9");
    }

    #[test]
    fn forwarded_is_read_as_the_rfc_writes_it() {
        let seen = |value: &str| seen("10.0.0.1", ForwardedHeader::Forwarded, &[("forwarded", value)]);
        assert_eq!(seen("for=203.0.113.9, For=198.51.100.7;proto=https;by=10.0.0.2"), "198.51.100.7");
        assert_eq!(seen(r#"For="[2001:db9:cafe::17]:4711", for=10.0.0.2"#), "2001:db9:cafe::17");
        assert_eq!(seen("for=198.51.100.7, for=_hidden, for=10.0.0.2"), "10.0.0.2");
        assert_eq!(seen("for=203.0.113.9;for=198.51.100.7"), "10.0.0.1");
        assert_eq!(seen("proto=https"), "10.0.0.1");
    }
}
