//! The vault: two S3 servers, one of which can be made good and bad.

use super::desk::Desk;
use crate::support::{bucket::Bucket, object_store::ObjectStore};
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use serde_json::Value;
use shared::{
    clock::now,
    ledger::{Ledger, audit::Actor, exports},
};

/// Sets the rules as `aws s3api put-bucket-lifecycle-configuration` would from this JSON.
async fn set_rules(bucket: &Bucket, rules: &Value) {
    let days = |value: &Value| value.as_i64().map(|days| i32::try_from(days).unwrap());
    let rules = rules["Rules"].as_array().unwrap().iter().map(|rule| {
        let expiration =
            days(&rule["Expiration"]["Days"]).map(|days| LifecycleExpiration::builder().days(days).build());
        let abort = days(&rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])
            .map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
        LifecycleRule::builder()
            .id(rule["ID"].as_str().unwrap())
            .status(ExpirationStatus::from(rule["Status"].as_str().unwrap()))
            .filter(LifecycleRuleFilter::builder().prefix(rule["Filter"]["Prefix"].as_str().unwrap()).build())
            .set_expiration(expiration)
            .set_abort_incomplete_multipart_upload(abort)
            .build()
            .unwrap()
    });
    let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules.collect())).build().unwrap();
    let put = bucket.store.client().put_bucket_lifecycle_configuration().bucket(&bucket.name);
    put.lifecycle_configuration(rules).send().await.unwrap();
}

/// The rules that the doctor advises.
fn advised(check: &Value) -> Value {
    serde_json::from_str(check["advice"].as_str().unwrap().split_once('\n').unwrap().1).unwrap()
}

async fn block_public_access(bucket: &Bucket, all: bool) {
    let blocks = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(all)
        .build();
    let put = bucket.store.client().put_public_access_block().bucket(&bucket.name);
    put.public_access_block_configuration(blocks).send().await.unwrap();
}

async fn encrypt_by_default(bucket: &Bucket) {
    let default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::Aes256).build().unwrap();
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
    let all = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    let put = bucket.store.client().put_bucket_encryption().bucket(&bucket.name);
    put.server_side_encryption_configuration(all).send().await.unwrap();
}

#[tokio::test]
async fn a_new_bucket_is_made_well_by_doing_what_the_doctor_says() {
    let bucket = Bucket::on(ObjectStore::moto().await, "doctor").await;
    let desk = Desk::new().storing_in(&bucket, "AES256").migrated().await;
    let ill = desk.diagnosis().await;
    assert_eq!(ill.grade("vault", "usable"), "ok", "{ill:?}");
    assert_eq!(ill.grade("vault", "public access"), "problem");
    assert_eq!(ill.grade("vault", "lifecycle"), "warning");
    let rules = advised(ill.check("vault", "lifecycle"));
    set_rules(&bucket, &rules).await;
    block_public_access(&bucket, true).await;
    encrypt_by_default(&bucket).await;
    let well = desk.diagnosis().await;
    for check in ["usable", "clock", "encryption", "public access", "policy", "versions", "lifecycle", "strays"] {
        assert_eq!(well.grade("vault", check), "ok", "{well:?}");
    }
    assert!(bucket.keys().await.is_empty(), "the trial object is left");
    assert!(!well.ended.stdout.contains(bucket.store.secret_access_key));

    block_public_access(&bucket, false).await;
    let mut short = rules;
    short["Rules"][0]["Expiration"]["Days"] = 365.into();
    set_rules(&bucket, &short).await;
    let ill = desk.diagnosis().await;
    assert!(ill.message("vault", "public access").starts_with("3 of 4"));
    assert_eq!(
        ill.message("vault", "lifecycle"),
        "rule `handover-back-stop` deletes archives after 365 days, but some are to be kept for 365 days"
    );
    assert_eq!(desk.set("RETENTION__SCHEDULE_DAYS", "300").diagnosis().await.grade("vault", "lifecycle"), "ok");
}

#[tokio::test]
async fn a_rule_that_knows_nothing_of_a_hold_is_told() {
    let bucket = Bucket::on(ObjectStore::moto().await, "doctor-hold").await;
    let desk = Desk::new().storing_in(&bucket, "AES256").migrated().await;
    set_rules(&bucket, &advised(desk.diagnosis().await.check("vault", "lifecycle"))).await;
    let url = format!("sqlite://{}", desk.folder.path().join("data/ledger.sqlite").display());
    let ledger = Ledger::open(&url.into()).await.unwrap();
    let id = crate::ledger::ready_export(&ledger, now() - chrono::TimeDelta::days(390)).await;
    exports::hold(&ledger, id, "case", Actor::default(), now()).await.unwrap();
    let diagnosis = desk.diagnosis().await;
    assert_eq!(diagnosis.grade("vault", "lifecycle"), "problem");
    assert!(diagnosis.message("vault", "lifecycle").contains(&format!("the held archive of export {id}")));
}

#[tokio::test]
async fn what_a_server_does_not_offer_is_no_fault() {
    let bucket = Bucket::on(ObjectStore::garage().await, "doctor").await;
    let desk = Desk::new().storing_in(&bucket, "none").migrated().await;
    let diagnosis = desk.diagnosis().await;
    assert_eq!(diagnosis.grade("vault", "usable"), "ok");
    assert_eq!(diagnosis.ended.status.code(), Some(0), "{diagnosis:?}");
    assert_eq!(diagnosis.grade("vault", "encryption"), "warning");
    assert_eq!(diagnosis.message("vault", "public access"), "blocks of public access: not supported here");
    assert_eq!(diagnosis.message("vault", "policy"), "the status of a policy: not supported here");
    set_rules(&bucket, &advised(diagnosis.check("vault", "lifecycle"))).await;
    assert_eq!(desk.diagnosis().await.grade("vault", "lifecycle"), "ok");
}

#[tokio::test]
async fn a_vault_that_refuses_is_told_with_what_to_do() {
    let bucket = Bucket::on(ObjectStore::garage().await, "doctor").await;
    let advice = async |desk: Desk| {
        let diagnosis = desk.diagnosis().await;
        assert_eq!(diagnosis.grade("vault", "usable"), "problem");
        diagnosis.check("vault", "usable")["advice"].as_str().unwrap().to_owned()
    };
    let desk = || Desk::new().storing_in(&bucket, "none");
    assert!(advice(desk().set("VAULT__BUCKET", "no-such-bucket")).await.contains("HANDOVER_VAULT__BUCKET"));
    assert!(advice(desk().set("VAULT__SECRET_ACCESS_KEY", "0".repeat(64))).await.contains("SECRET_ACCESS_KEY"));
    // Garage has no encryption of this kind, and does not say so.
    assert!(advice(desk().set("VAULT__ENCRYPTION", "AES256")).await.contains("does not do what is asked"));
}
