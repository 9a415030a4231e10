//! Archives whose contents are noted, behind links.

use crate::support::{
    api::{Api, now},
    client::Answer,
};
use bytes::Bytes;
use chrono::TimeDelta;
use reqwest::Method;
use sha2::{Digest, Sha256};
use shared::{
    export::{Contents, CsvProfile, Format, Layout, Origin, TenantId},
    language::Language,
    ledger::{
        Person,
        audit::Actor,
        exports::{self, Export, NewExport, Requested},
        files::NewFile,
    },
    vault::ObjectKey,
};
use std::time::Duration;
use uuid::Uuid;

/// How large each archive is.
pub(super) const BYTES: usize = 42_000;

/// A page in the language that a browser asks for.
pub(super) async fn look(api: &Api, path: &str, languages: &str) -> Answer {
    let ask = |request: reqwest::RequestBuilder| request.header("accept-language", languages);
    api.anyone.send(Method::GET, path, ask).await
}

/// What a small archive holds.
pub(super) fn contents() -> Contents {
    let tables = [("Sales", "orders", 12_034), ("Sales", "order_lines", 40_211), ("", "settings", 1)];
    let tables = tables.map(|(category, table, rows)| (category, table.to_owned(), rows));
    Contents { restore: Some("psql -f sql/restore.sql new_database".into()), ..Contents::of(tables, 12_345_678, 2) }
}

/// A ready export in this language, whose archive holds this.
pub(super) async fn ready(api: &Api, language: Language, contents: Option<&Contents>) -> Export {
    let new = NewExport {
        id: Uuid::now_v7(),
        source: "shop".into(),
        tenant: TenantId::new(Uuid::now_v7().to_string()).unwrap(),
        subject: Person::default(),
        origin: Origin::Portal,
        formats: Format::USUAL.to_vec(),
        csv_profile: CsvProfile::Spreadsheet,
        layout: Layout::Zip,
        compression: None,
        language,
        notify: Vec::new(),
        requested_by: None,
        schedule_id: None,
        idempotency: None,
    };
    let Requested::New(export) = exports::request(&api.ledger, new, Actor::default(), now()).await.unwrap() else {
        panic!("it is the first of this tenant")
    };
    exports::claim(&api.ledger, export.id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
    let (key, sha256) = (ObjectKey::random("archives", 1), Sha256::digest([7; BYTES]).into());
    let mut upload = api.vault.upload(&key, "application/zip", "export.zip").await.unwrap();
    upload.write(Bytes::from_static(&[7; BYTES])).await.unwrap();
    upload.finish(sha256).await.unwrap();
    let file = NewFile {
        name: "phone-repair-export.zip".into(),
        object_key: key.as_str().into(),
        bytes: BYTES as u64,
        sha256,
        content_type: "application/zip".into(),
        ..NewFile::default()
    };
    let told = (&[file][..], contents, serde_json::json!({}));
    exports::complete_telling(&api.ledger, export.id, 1, told, now() + TimeDelta::days(7), now()).await.unwrap();
    exports::find(&api.ledger, export.id).await.unwrap().unwrap()
}

/// The sentence as a page writes it.
pub(super) fn said(language: Language, name: &str) -> String {
    escaped(&language.say(name))
}

/// A text as a page writes it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;").replace('\'', "&#39;")
}
