//! Where messages may be sent to. Whoever names an address must not be able to reach with it what only this machine can.

use crate::config::Networks;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Longer addresses are refused.
const LONGEST: usize = 2000;

/// Why an address is refused; the text ends a sentence that begins with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedAddress {
    /// It is no address of the web.
    #[error("must be an https:// address with a host, and at most {LONGEST} characters")]
    Malformed,
    /// It is neither `https` nor on this machine.
    #[error("must begin with https://; http:// is for 127.0.0.1, [::1] and localhost only")]
    Unencrypted,
    /// It holds a user or a password.
    #[error("must hold no user and no password: messages are signed")]
    Credentials,
    /// Its host is an address outside of the public internet.
    #[error("must not lead into a private network; an operator can allow one with HANDOVER_WEBHOOKS__ALLOW_PRIVATE")]
    Private,
}

/// The address that a webhook has, as far as that can be told without asking for its name: who sends looks again at where the name leads.
pub fn address(text: &str, allowed: &Networks) -> Result<Url, RefusedAddress> {
    if text.len() > LONGEST || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(RefusedAddress::Malformed);
    }
    let mut url = Url::parse(text).map_err(|_| RefusedAddress::Malformed)?;
    let host = url.host().ok_or(RefusedAddress::Malformed)?;
    let literal = match &host {
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
        Host::Domain(name) => is_localhost(name).then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    match url.scheme() {
        "https" => {}
        "http" if literal.is_some_and(|address| address.to_canonical().is_loopback()) => {}
        "http" => return Err(RefusedAddress::Unencrypted),
        _ => return Err(RefusedAddress::Malformed),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(RefusedAddress::Credentials);
    }
    if literal.is_some_and(|address| !is_public(address) && !allowed.contains(address)) {
        return Err(RefusedAddress::Private);
    }
    url.set_fragment(None);
    Ok(url)
}

/// `localhost` and what is below it (RFC 6761, section 6.3).
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// Whether the address is one of the public internet, by IANA's registries of special-purpose addresses. One that leads to an IPv4 address is judged by that.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // NAT64 (RFC 6052) and 6to4 (RFC 3056) lead to the IPv4 address they hold.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments with Teredo and ORCHID, and documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x3fff, second, ..] => second >= 0x1000,
        // Nothing else is unicast of the internet (RFC 4291).
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &str) -> Option<RefusedAddress> {
        address(text, &Networks::default()).err()
    }

    #[test]
    fn an_address_is_encrypted_or_on_this_machine() {
        assert_eq!(refused("https://hooks.example.com/handover?x=1"), None);
        assert_eq!(refused("https://192.0.3.1:8443/"), None);
        for text in ["", "example.com", "ftp://example.com", "https://", "https://a b/", "https://a\n/", "mailto:a@b.c"]
        {
            assert_eq!(refused(text), Some(RefusedAddress::Malformed), "{text:?}");
        }
        assert_eq!(refused(&format!("https://example.com/{}", "a".repeat(2000))), Some(RefusedAddress::Malformed));
        assert_eq!(refused("http://example.com/"), Some(RefusedAddress::Unencrypted));
        assert_eq!(refused("http://10.0.0.1/"), Some(RefusedAddress::Unencrypted));
        assert_eq!(refused("https://anna:secret@example.com/"), Some(RefusedAddress::Credentials));
        let without = address("https://example.com/a#b", &Networks::default()).unwrap();
        assert_eq!(without.as_str(), "https://example.com/a");
    }

    #[test]
    fn a_private_address_is_refused_however_it_is_written_unless_it_is_allowed() {
        let written = [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "http://localhost:3000/",
            "https://10.1.2.3/",
            "https://169.254.169.254/latest/meta-data",
            "https://[fd00::1]/",
            "https://0/",
        ];
        for text in written {
            assert_eq!(refused(text), Some(RefusedAddress::Private), "{text}");
        }
        let allowed: Networks = "127.0.0.0/8, 10.1.0.0/16".parse().unwrap();
        for text in ["http://127.0.0.1:3000/", "http://localhost/", "https://10.1.2.3/", "https://[::ffff:10.1.2.3]/"] {
            assert!(address(text, &allowed).is_ok(), "{text}");
        }
        assert_eq!(address("https://10.2.0.1/", &allowed), Err(RefusedAddress::Private));
        assert_eq!(address("http://10.1.2.3/", &allowed), Err(RefusedAddress::Unencrypted));
    }

    #[test]
    fn special_addresses_are_not_public() {
        let special = [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in special {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.3.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:4860::8888",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_leads_to_an_ipv4_address_is_judged_by_it(octets in any::<[u8; 4]>()) {
            let address = Ipv4Addr::from(octets);
            let [a, b, c, d] = octets;
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            let public = is_public(address.into());
            for v6 in [
                address.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            ] {
                prop_assert_eq!(is_public(v6.into()), public, "{}", v6);
            }
        }
    }
}
