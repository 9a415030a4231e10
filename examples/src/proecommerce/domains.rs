use super::{secret_bytes, sizes};
use crate::table::{Cursor, Table, Value, row};
use crate::{SECRET, prose};

pub(super) const DOMAINS: Table = Table {
    name: "domains",
    columns: &[
        "id",
        "account_id",
        "folder_id",
        "registrant_id",
        "name",
        "shown_as",
        "status",
        "registered_on",
        "expires_on",
        "renews_itself",
        "locked",
        "transfer_auth_code",
        "name_servers",
        "remark",
    ],
    size: sizes::DOMAINS,
    row: domain,
};

fn domain(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let (folder, registrant) = (cursor.any_id(sizes::ACCOUNT_FOLDERS), cursor.any_id(sizes::CONTACTS));
    let registered = cursor.moment();
    let (name, shown_as) = cursor.random.pick([
        ("shop", "shop"),
        ("xn--bcher-kva", "bücher"),
        ("xn--h9jepie9n6a5394exeq51z", "のです"),
        ("xn--i-7iq", "i❤"),
    ]);
    row![
        id,
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(3)).then_some(folder),
        (!cursor.random.one_in(5)).then_some(registrant),
        format!("{name}-{id}.example"),
        format!("{shown_as}-{id}.example"),
        cursor.random.pick(["pending", "active", "active", "expired", "transferred away"]),
        (!cursor.random.one_in(9)).then(|| registered.date()),
        (!cursor.random.one_in(9)).then(|| registered.plus_days(730).date()),
        cursor.random.one_in(2),
        cursor.random.one_in(2),
        (cursor.index == 0 || cursor.random.one_in(3)).then(|| secret_bytes(cursor, 16)),
        cursor.random.pick([None, Some("[]"), Some(r#"["ns1.example.com", "ns2.example.net"]"#)]),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
    ]
}

pub(super) const DNS_RECORDS: Table = Table {
    name: "dns_records",
    columns: &["id", "domain_id", "name", "type", "content", "priority", "ttl", "comment"],
    size: sizes::DNS_RECORDS,
    row: dns_record,
};

fn dns_record(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (name, kind, content) = cursor.random.pick([
        ("@", "A", "192.0.2.80"),
        ("www", "AAAA", "2001:db8::80"),
        ("*", "CNAME", "shop.example."),
        ("@", "MX", "mail.example.com."),
        ("@", "TXT", "v=spf1 include:_spf.example.com ~all"),
        ("k1._domainkey", "TXT", "\"v=DKIM1; k=rsa; \" \"p=MIGfMA0GCSqGSIb3DQEB\\;\""),
        ("@", "CAA", "0 issue \"letsencrypt.org\""),
    ]);
    row![
        cursor.id(),
        cursor.any_id(sizes::DOMAINS),
        name,
        kind,
        content,
        (kind == "MX").then(|| cursor.random.between(0, 65_535)),
        cursor.random.pick([0, 60, 3_600, 4_294_967_295]),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
    ]
}

pub(super) const TLS_CERTIFICATES: Table = Table {
    name: "tls_certificates",
    columns: &["id", "domain_id", "issued_by", "serial_number", "certificate_pem", "private_key_pem", "valid_until"],
    size: sizes::TLS_CERTIFICATES,
    row: tls_certificate,
};

fn tls_certificate(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let body = cursor.random.next();
    row![
        cursor.id(),
        cursor.any_id(sizes::DOMAINS),
        cursor.tenant.marked("Let's Encrypt R11"),
        cursor.random.bytes(16),
        format!("-----BEGIN CERTIFICATE-----\nMIIF{body:016x}\n-----END CERTIFICATE-----\n"),
        format!("-----BEGIN PRIVATE KEY-----\n{SECRET}{body:016x}\n-----END PRIVATE KEY-----\n"),
        cursor.moment().plus_days(90).datetime(),
    ]
}

pub(super) const TAGS: Table =
    Table { name: "tags", columns: &["id", "account_id", "name", "colour"], size: sizes::TAGS, row: tag };

fn tag(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let name = cursor.random.pick(["VIP", "renew; ask first", "Kunde 2025", "חדש", "=hot", "🔥"]);
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.tenant.marked(format!("{name} {}", cursor.index + 1)),
        cursor.random.pick([None, Some("#ff8800"), Some("")]),
    ]
}

pub(super) const DOMAIN_TAGS: Table = Table {
    name: "domain_tags",
    columns: &["domain_id", "tag_id", "added_because"],
    size: sizes::DOMAIN_TAGS,
    row: domain_tag,
};

fn domain_tag(cursor: &mut Cursor<'_>) -> Vec<Value> {
    // A different pair for every index.
    let domains = cursor.rows(sizes::DOMAINS);
    let (round, domain) = (cursor.index / domains, cursor.index % domains);
    let tag = (round + domain) % cursor.rows(sizes::TAGS);
    row![cursor.id_of(domain), cursor.id_of(tag), cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),]
}
