//! Keys of the vault: one that reads for the API, one that reads and writes for the worker.

use super::block;
use crate::support::{
    bucket::Bucket, ceppro::CepPro, grown::Blueprint, object_store::ObjectStore, person::press_button,
};
use aws_sdk_s3::error::ProvideErrorMetadata;
use examples::ceppro;

#[tokio::test]
async fn the_apis_key_reads_archives_and_can_change_none() {
    let garage = ObjectStore::garage().await;
    let name = garage.create_public_bucket("least").await;
    // As the page says, with the names of this test.
    let commands = PAGE_OF_GARAGE.with(&name);
    let mut keys = Vec::new();
    for command in &commands {
        let said = garage.manage(&command.iter().map(String::as_str).collect::<Vec<_>>());
        if command[0] == "key" {
            let field = |label: &str| said.lines().find_map(|line| line.strip_prefix(label)).unwrap().trim().to_owned();
            keys.push((field("Key ID:"), field("Secret key:")));
        }
    }
    let [(reader, reader_secret), (writer, writer_secret)] = keys.try_into().unwrap();

    let product = CepPro::create().await;
    let bucket = Bucket { store: garage, name: name.clone() };
    let blueprint = Blueprint::storing_in(bucket, "none")
        .await
        .set("HANDOVER_VAULT__ACCESS_KEY_ID", writer)
        .set("HANDOVER_VAULT__SECRET_ACCESS_KEY", writer_secret)
        .of_api("HANDOVER_VAULT__ACCESS_KEY_ID", &reader)
        .of_api("HANDOVER_VAULT__SECRET_ACCESS_KEY", &reader_secret);
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let export = grown.apis[0].export("ceppro", &product.tenants[0].key, "owner@example.com").await;
    grown.apis[0].until_state(&export, "ready").await;
    let link = grown.apis[0].link(&export).await;
    assert!(press_button(&link).await.bytes.starts_with(b"PK"));

    let object = grown.bucket.keys().await.remove(0);
    let client = garage.client_of(&reader, &reader_secret);
    assert!(client.get_object().bucket(&name).key(&object).send().await.is_ok());
    let deleted = client.delete_object().bucket(&name).key(&object).send().await.unwrap_err();
    assert_eq!(deleted.code(), Some("AccessDenied"), "{deleted:?}");
    let stored = client.put_object().bucket(&name).key(&object).body(b"x".to_vec().into()).send().await.unwrap_err();
    assert_eq!(stored.code(), Some("AccessDenied"), "{stored:?}");
    let begun = client.create_multipart_upload().bucket(&name).key("other").send().await.unwrap_err();
    assert_eq!(begun.code(), Some("AccessDenied"), "{begun:?}");
    let removed = client.delete_bucket().bucket(&name).send().await.unwrap_err();
    assert_eq!(removed.code(), Some("AccessDenied"), "{removed:?}");
}

/// The commands for Garage that stand on the page.
struct Commands;

const PAGE_OF_GARAGE: Commands = Commands;

impl Commands {
    fn with(&self, bucket: &str) -> Vec<Vec<String>> {
        let place = super::PAGE.split_once("Garage:\n\n```\n").unwrap().1.split_once("\n```").unwrap().0;
        let named = |word: &str| match word {
            "handover-archives" => bucket.to_owned(),
            // Garage knows a key by its name, and its names need not be unique.
            "handover-api" | "handover-worker" => format!("{word}-{bucket}"),
            word => word.to_owned(),
        };
        place.lines().map(|line| line.split(' ').skip(1).map(named).collect()).collect()
    }
}

#[test]
fn the_policies_on_the_page_are_json_and_give_the_api_no_right_to_write() {
    let mut policies = super::PAGE.split("```json\n").skip(1).map(|rest| rest.split_once("\n```").unwrap().0);
    let [api, worker] = [policies.next().unwrap(), policies.next().unwrap()].map(|policy| {
        let policy: serde_json::Value = serde_json::from_str(policy).unwrap();
        let statements = policy["Statement"].as_array().unwrap().clone();
        let actions = statements.iter().flat_map(|statement| match &statement["Action"] {
            serde_json::Value::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        });
        actions.map(|action| action.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(api, ["s3:GetObject", "s3:ListBucket"]);
    assert!(
        worker.contains(&"s3:PutObject".to_owned()) && worker.iter().all(|action| !action.contains('*')),
        "{worker:?}"
    );
    assert!(block("The container").contains("readOnlyRootFilesystem: true"));
}
