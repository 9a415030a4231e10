//! Whoever can write into the vault can make a download fail, but never make it lie.

use super::desk::{NAMES, content, objects, ready};
use crate::support::api::{Api, now};
use chrono::TimeDelta;
use reqwest::Client;
use shared::{envelope::SEGMENT, ledger::exports::Export};
use std::path::Path;

const LENGTH: usize = 3 * SEGMENT;

struct Attacked {
    api: Api,
    export: Export,
    path: String,
    truth: [Vec<u8>; 2],
}

impl Attacked {
    async fn new() -> Attacked {
        let api = Api::start().await;
        let truth = [content(LENGTH, 1), content(LENGTH, 2)];
        let export = ready(&api, [&truth[0], &truth[1]]).await;
        let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
        Attacked { api, export, path, truth }
    }

    /// What a person receives of a file, and whether that came to its promised end.
    async fn download(&self, name: &str) -> (u16, Vec<u8>, bool) {
        let address = format!("{}{}", self.api.anyone.base(), self.path);
        let mut answer = Client::new().post(address).body(format!("file={name}")).send().await.unwrap();
        let status = answer.status().as_u16();
        let mut received = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => received.extend_from_slice(&chunk),
                Ok(None) => return (status, received, true),
                Err(_) => return (status, received, false),
            }
        }
    }

    async fn assert_refused(&self, what: &str) {
        let (status, received, is_whole) = self.download(NAMES[0]).await;
        match status {
            200 => {
                assert!(!is_whole, "{what}");
                assert!(self.truth[0].starts_with(&received), "{what}: a wrong byte left");
            }
            status => assert!(status >= 500, "{what}: {status}"),
        }
    }
}

fn change(object: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(object).unwrap();
    change(&mut bytes);
    std::fs::write(object, bytes).unwrap();
}

#[tokio::test]
async fn an_object_that_was_tampered_with_gives_no_wrong_byte() {
    let attacked = Attacked::new().await;
    let objects = objects(&attacked.api, &attacked.export).await;
    let (status, received, is_whole) = attacked.download(NAMES[0]).await;
    assert!((status, is_whole) == (200, true) && received == attacked.truth[0]);
    let [one, other] = [0, 1].map(|place: usize| std::fs::read(&objects[place]).unwrap());
    assert!(!one.windows(16).any(|window| attacked.truth[0].starts_with(window)), "it lies there in clear");

    let flips = [0, 5, 38, 100, SEGMENT - 1, SEGMENT + 3, 2 * SEGMENT + 9, one.len() - 1];
    for place in flips {
        change(&objects[0], |bytes| bytes[place] ^= 1);
        attacked.assert_refused(&format!("a bit at {place}")).await;
        std::fs::write(&objects[0], &one).unwrap();
    }
    for cut in [0, 39, 40, 57, SEGMENT, 2 * SEGMENT, 3 * SEGMENT, one.len() - 1] {
        change(&objects[0], |bytes| bytes.truncate(cut));
        attacked.assert_refused(&format!("cut at {cut}")).await;
        std::fs::write(&objects[0], &one).unwrap();
    }
    change(&objects[0], |bytes| {
        let (left, right) = bytes.split_at_mut(2 * SEGMENT);
        left[SEGMENT..].swap_with_slice(&mut right[..SEGMENT]);
    });
    attacked.assert_refused("two segments swapped").await;
    change(&objects[0], |bytes| bytes.copy_within(SEGMENT..2 * SEGMENT, 0));
    attacked.assert_refused("a segment doubled").await;
    std::fs::write(&objects[0], &other).unwrap();
    std::fs::write(&objects[1], &one).unwrap();
    attacked.assert_refused("two files swapped").await;
    std::fs::write(&objects[0], &one).unwrap();
    let (status, received, is_whole) = attacked.download(NAMES[0]).await;
    assert!((status, is_whole) == (200, true) && received == attacked.truth[0], "put back");
}

#[tokio::test]
async fn an_object_that_cannot_be_opened_costs_nobody_a_download() {
    let attacked = Attacked::new().await;
    let objects = objects(&attacked.api, &attacked.export).await;
    change(&objects[0], |bytes| bytes[3] ^= 1);
    let (link, path) = attacked.api.link(&attacked.export, now() + TimeDelta::hours(1)).await;
    let address = format!("{}{path}", attacked.api.anyone.base());
    let answer = Client::new().post(address).body(format!("file={}", NAMES[0])).send().await.unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(attacked.api.downloads(&link).await, 0);
}

#[tokio::test]
async fn an_archive_whose_key_wraps_for_another_one_does_not_open() {
    use shared::ledger::{Ledger, data_keys};
    let attacked = Attacked::new().await;
    let other = ready(&attacked.api, [b"one", b"two"]).await;
    let stolen = data_keys::of_export(&attacked.api.ledger, other.id).await.unwrap().unwrap().wrapped.unwrap();
    let Ledger::Sqlite(pool) = &attacked.api.ledger else { unreachable!() };
    let copied = sqlx::query("update data_keys set wrapped = $2 where export_id = $1");
    copied.bind(attacked.export.id).bind(stolen).execute(pool).await.unwrap();
    let (status, _, _) = attacked.download(NAMES[0]).await;
    assert_eq!(status, 500);
}
