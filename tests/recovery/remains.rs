//! Uploads that nobody will finish, some of which only the vault knows.

use super::site::Site;
use crate::support::patience::{LONG, until};

#[tokio::test]
async fn an_upload_that_only_the_vault_knows_is_aborted_and_a_strangers_is_not() {
    let site = Site::new("unknown").await;
    let client = site.bucket.store.client();
    let begin = async |key: &str| {
        let begun = client.create_multipart_upload().bucket(&site.bucket.name).key(key).send().await.unwrap();
        begun.upload_id.unwrap()
    };
    begin("archives/0123456789abcdef0123456789abcdef-7.zip").await;
    let strangers = ["archives/nightly-backup.zip", "0123456789abcdef0123456789abcdef-7.zip", "other/thing"];
    for key in strangers {
        begin(key).await;
    }
    let _worker = site.worker().await;
    until("the upload to be aborted", LONG, async || (site.bucket.unfinished().await == 3).then_some(())).await;
}
