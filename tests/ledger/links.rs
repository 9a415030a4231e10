//! Links and downloads.

use super::*;
use shared::ledger::links::{self, Link};

on_both_engines! {
    a_link_reads_back_as_it_was_written
    every_download_is_counted_and_told
    a_link_that_does_not_count_gives_no_download
    revoking_twice_is_one_revocation
    an_expired_archive_takes_its_links_with_it
    downloads_at_once_are_all_counted
}

fn link(export: &Export, token: u8) -> Link {
    Link {
        id: Uuid::now_v7(),
        export_id: export.id,
        token_hash: vec![token; 32],
        created_at: at(20),
        expires_at: at(500),
        revoked_at: None,
        downloads: 0,
    }
}

async fn linked(ledger: &Ledger, tenant: &str) -> (Export, Link) {
    let export = ready(ledger, tenant).await;
    let link = link(&export, tenant.len() as u8);
    links::insert(ledger, &link, portal()).await.unwrap();
    (export, link)
}

fn person(link: &Link) -> Actor {
    Actor { name: format!("link:{}", link.id), address: Some("198.51.100.9".into()), request_id: None }
}

async fn a_link_reads_back_as_it_was_written(ledger: Ledger) {
    let (export, link) = linked(&ledger, "acme").await;
    assert_eq!(links::find(&ledger, link.id).await.unwrap(), Some(link.clone()));
    assert_eq!(links::find_by_hash(&ledger, &link.token_hash).await.unwrap(), Some(link));
    assert_eq!(links::find_by_hash(&ledger, &[0; 32]).await.unwrap(), None);
    assert_eq!(links::find(&ledger, Uuid::now_v7()).await.unwrap(), None);
    assert_eq!(actions(&ledger, export.id).await.last().unwrap(), "link.created");
}

async fn every_download_is_counted_and_told(ledger: Ledger) {
    let (export, link) = linked(&ledger, "acme").await;
    for second in [30, 40] {
        assert!(links::download(&ledger, link.id, "export.zip", person(&link), at(second)).await.unwrap());
    }
    assert_eq!(links::find(&ledger, link.id).await.unwrap().unwrap().downloads, 2);
    let events = shared::ledger::audit::of_export(&ledger, export.id).await.unwrap();
    let downloads: Vec<_> = events.iter().filter(|event| event.action == "link.downloaded").collect();
    assert_eq!(downloads.iter().map(|event| event.at).collect::<Vec<_>>(), [at(30), at(40)]);
    assert_eq!(downloads[0].actor, person(&link).name);
    assert_eq!(downloads[0].address.as_deref(), Some("198.51.100.9"));
    assert_eq!(downloads[0].tenant.as_deref(), Some("acme"));
}

async fn refused(ledger: &Ledger, link: &Link, now: DateTime<Utc>) -> bool {
    let before = (links::find(ledger, link.id).await.unwrap(), actions(ledger, link.export_id).await);
    let refused = !links::download(ledger, link.id, "export.zip", person(link), now).await.unwrap();
    let after = (links::find(ledger, link.id).await.unwrap(), actions(ledger, link.export_id).await);
    refused && before == after
}

async fn a_link_that_does_not_count_gives_no_download(ledger: Ledger) {
    let (export, first) = linked(&ledger, "acme").await;
    assert!(refused(&ledger, &first, at(500)).await, "its time is over");
    let longer = Link { expires_at: at(9000), ..link(&export, 77) };
    links::insert(&ledger, &longer, portal()).await.unwrap();
    assert!(refused(&ledger, &longer, at(1000)).await, "its archive's time is over");
    links::revoke(&ledger, first.id, portal(), at(30)).await.unwrap();
    assert!(refused(&ledger, &first, at(31)).await, "it is revoked");
    let pending = running(&ledger, "pending").await;
    let early = link(&pending, 78);
    links::insert(&ledger, &early, portal()).await.unwrap();
    assert!(refused(&ledger, &early, at(31)).await, "its export is not ready");
    assert!(!links::download(&ledger, Uuid::now_v7(), "export.zip", person(&early), at(31)).await.unwrap());
}

async fn revoking_twice_is_one_revocation(ledger: Ledger) {
    let (export, link) = linked(&ledger, "acme").await;
    assert!(links::revoke(&ledger, link.id, portal(), at(30)).await.unwrap());
    assert!(links::revoke(&ledger, link.id, portal(), at(40)).await.unwrap());
    assert!(!links::revoke(&ledger, Uuid::now_v7(), portal(), at(40)).await.unwrap());
    assert_eq!(links::find(&ledger, link.id).await.unwrap().unwrap().revoked_at, Some(at(30)));
    let told = actions(&ledger, export.id).await;
    assert_eq!(told.iter().filter(|action| *action == "link.revoked").count(), 1);
}

async fn an_expired_archive_takes_its_links_with_it(ledger: Ledger) {
    let (export, first) = linked(&ledger, "acme").await;
    let second = link(&export, 77);
    links::insert(&ledger, &second, portal()).await.unwrap();
    links::revoke(&ledger, second.id, portal(), at(30)).await.unwrap();
    let (_, other) = linked(&ledger, "other").await;
    assert!(expired(&ledger, export.id, at(40)).await);
    assert_eq!(links::find(&ledger, first.id).await.unwrap().unwrap().revoked_at, Some(at(40)));
    assert_eq!(links::find(&ledger, second.id).await.unwrap().unwrap().revoked_at, Some(at(30)));
    assert!(refused(&ledger, &first, at(41)).await);
    assert!(links::download(&ledger, other.id, "export.zip", person(&other), at(41)).await.unwrap());
}

async fn downloads_at_once_are_all_counted(ledger: Ledger) {
    let (_, link) = linked(&ledger, "acme").await;
    let clicks: Vec<_> = (0..8)
        .map(|_| {
            let (ledger, link) = (ledger.clone(), link.clone());
            tokio::spawn(async move {
                links::download(&ledger, link.id, "export.zip", person(&link), at(30)).await.unwrap()
            })
        })
        .collect();
    for click in clicks {
        assert!(click.await.unwrap());
    }
    assert_eq!(links::find(&ledger, link.id).await.unwrap().unwrap().downloads, 8);
}
