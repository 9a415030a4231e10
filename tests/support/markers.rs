//! Texts that stand in every row of one tenant and in no row of another, and the ways in which a format may disguise them.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use examples::Tenant;
use memchr::memmem;

use super::{archive::Archive, secrets};

/// A tenant's label begins with it: whoever shows a label must escape it.
pub(crate) const MARKUP: &str = "<script>";

/// The tenants, each with a marker of its own; the first one's name is hostile.
pub(crate) fn marked(mut tenants: Vec<Tenant>) -> Vec<Tenant> {
    for (place, tenant) in tenants.iter_mut().enumerate() {
        tenant.marker = format!("marker{place}of{place}{place}");
        secrets::keep("a row of a tenant", &tenant.marker);
        tenant.label = format!("{MARKUP}alert({place})</script> {}", tenant.label);
    }
    tenants
}

/// Whether a text stands in these bytes: plainly, in hexadecimal or in Base64, as blobs are written.
pub(crate) fn holds(bytes: &[u8], wanted: &str) -> bool {
    disguises(wanted).iter().any(|disguise| memmem::find(bytes, disguise.as_bytes()).is_some())
}

fn disguises(wanted: &str) -> Vec<String> {
    let lower = hex::encode(wanted);
    let mut disguises = vec![wanted.to_owned(), lower.to_uppercase(), lower];
    // Base64 looks different at each of three offsets; the characters at the ends depend on the neighbours.
    for offset in 0..3 {
        let shifted = [&vec![b'-'; offset], wanted.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&shifted);
        disguises.push(encoded[2 * offset..encoded.len() - 2].to_owned());
    }
    disguises
}

/// Nothing of the others and no secret is in the archive, and every owned table has the tenant's own rows.
pub(crate) fn assert_only(archive: &Archive, own: &Tenant, others: &[&Tenant]) {
    let members = archive.members();
    for member in &members {
        assert!(!holds(&member.bytes, examples::SECRET), "a secret in {}", member.name);
        for other in others {
            assert!(!holds(&member.bytes, &other.marker), "{} in {}", other.marker, member.name);
        }
    }
    let tables = archive.tables("owned");
    assert!(!tables.is_empty());
    for table in tables {
        for path in [format!("csv/{table}.csv"), format!("sql/data/{table}.sql")] {
            let member = members.iter().find(|member| member.name == path);
            let member = member.unwrap_or_else(|| panic!("{path} is missing"));
            assert!(holds(&member.bytes, &own.marker), "nothing of the tenant in {path}");
        }
    }
}

#[test]
fn a_marker_is_found_in_every_disguise() {
    let marker = "marker1of11";
    for neighbours in ["", "a", "ab", "abc"] {
        let text = format!("{neighbours}{marker}{neighbours}");
        assert!(holds(text.as_bytes(), marker));
        assert!(holds(hex::encode(&text).as_bytes(), marker));
        assert!(holds(hex::encode_upper(&text).as_bytes(), marker));
        assert!(holds(STANDARD_NO_PAD.encode(&text).as_bytes(), marker), "{neighbours}");
    }
    assert!(!holds(b"marker1of22", marker));
}
