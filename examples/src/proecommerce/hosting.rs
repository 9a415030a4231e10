use super::{secret_bytes, sizes};
use crate::calendar::Moment;
use crate::table::{Cursor, Table, Value, row};
use crate::{literal, prose};

pub(super) const HOSTING_SERVICES: Table = Table {
    name: "hosting_services",
    columns: &[
        "id",
        "account_id",
        "subscription_id",
        "server_id",
        "domain_id",
        "folder_id",
        "label",
        "username",
        "password_encrypted",
        "disk_quota_mb",
        "traffic_limit",
        "settings",
        "provisioned_at",
    ],
    size: sizes::HOSTING_SERVICES,
    row: hosting_service,
};

fn hosting_service(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let (domain, folder) = (cursor.any_id(sizes::DOMAINS), cursor.any_id(sizes::ACCOUNT_FOLDERS));
    let greeting = literal::json(prose::awkward_text(&mut cursor.random));
    row![
        id,
        cursor.tenant.key.clone(),
        cursor.any_id(sizes::SUBSCRIPTIONS),
        // The third server is empty.
        cursor.random.between(1, 2),
        (!cursor.random.one_in(3)).then_some(domain),
        (!cursor.random.one_in(3)).then_some(folder),
        cursor.tenant.marked(cursor.random.pick(["Web shop", "Blog 📝", "Testsystem – nicht löschen!", "متجر"])),
        format!("u{id}"),
        secret_bytes(cursor, 40),
        cursor.random.pick([0, 10_240, 4_294_967_295]),
        // The largest is beyond every signed number.
        cursor.random.pick([None, Some("0"), Some("1099511627776"), Some("18446744073709551615")]),
        format!(r#"{{"php": "8.3", "cron": ["*/5 * * * *"], "greeting": {greeting}, "limits": {{"memory": 512}}}}"#),
        cursor.random.one_in(2).then(|| cursor.moment().datetime()),
    ]
}

pub(super) const SERVER_CREDENTIALS: Table = Table {
    name: "server_credentials",
    columns: &[
        "id",
        "service_id",
        "kind",
        "label",
        "username",
        "secret_encrypted",
        "public_key",
        "private_key_encrypted",
        "rotated_at",
    ],
    size: sizes::SERVER_CREDENTIALS,
    row: server_credential,
};

fn server_credential(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let key = cursor.index == 0 || cursor.random.one_in(3);
    row![
        id,
        cursor.any_id(sizes::HOSTING_SERVICES),
        if key { "ssh" } else { cursor.random.pick(["sftp", "database", "mailbox"]) },
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
        format!("user_{id}"),
        secret_bytes(cursor, 40),
        key.then(|| format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{:016x} deploy@example", cursor.random.next())),
        key.then(|| secret_bytes(cursor, 200)),
        cursor.random.one_in(2).then(|| cursor.moment().datetime()),
    ]
}

pub(super) const TRAFFIC_DAYS: Table = Table {
    name: "traffic_days",
    columns: &["service_id", "day", "bytes_in", "bytes_out", "cpu_seconds", "load_average", "measured_by"],
    size: sizes::TRAFFIC_DAYS,
    row: traffic_day,
};

fn traffic_day(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (service, day) = (cursor.index / sizes::DAYS_MEASURED, cursor.index % sizes::DAYS_MEASURED);
    row![
        cursor.id_of(service),
        Moment::within(day, sizes::DAYS_MEASURED).date(),
        cursor.random.between(0, i64::MAX),
        cursor.random.between(0, 1_000_000_000),
        cursor.random.pick([0.0, 0.1 + 0.2, 1.0 / 3.0, 86_400.5, 1e-300, 1.797_693_134_862_315_7e308]),
        cursor.random.pick([0.0, 0.25, 0.1, 16_777_216.0, 3.402_823_4e38]),
        cursor.tenant.marked("collectd on the server"),
    ]
}
