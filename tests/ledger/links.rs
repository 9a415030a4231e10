//! Links and downloads.

use super::*;
use shared::ledger::downloads::{self, Counted, NewDownload, Served};
use shared::ledger::links::{self, Link};
use shared::link::Protection;

on_both_engines! {
    a_link_reads_back_as_it_was_written
    every_download_is_counted_and_told
    a_link_that_does_not_count_gives_no_download
    revoking_twice_is_one_revocation
    an_expired_archive_takes_its_links_with_it
    downloads_at_once_are_all_counted
    of_clicks_at_once_a_one_time_link_lets_one_through
    a_limit_counts_each_file_by_itself
    a_download_begins_in_time_and_is_taken_up_again_until_its_end
    a_download_gives_no_more_bytes_than_it_may
    what_was_sent_is_told_and_what_was_not_is_given_back
    all_links_of_an_export_are_revoked_with_an_event_each
    the_address_of_a_link_is_forgotten_after_its_time
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
        download_limit: None,
        protection: Protection::None,
        recipient: None,
    }
}

/// A click on a link's button, for the file with this name.
fn click<'a>(link: &Link, file: &'a str, now: DateTime<Utc>) -> NewDownload<'a> {
    NewDownload {
        link: link.id,
        file,
        ticket_hash: None,
        begin_before: now + TimeDelta::seconds(60),
        ends_at: now + TimeDelta::hours(24),
    }
}

async fn downloads(ledger: &Ledger, link: &Link, now: DateTime<Utc>) -> bool {
    let new = click(link, "export.zip", now);
    matches!(downloads::count(ledger, new, person(link), now).await.unwrap(), Counted::Begun(_))
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
        assert!(downloads(&ledger, &link, at(second)).await);
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
    let refused = !downloads(ledger, link, now).await;
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
    assert!(!downloads(&ledger, &Link { id: Uuid::now_v7(), ..early }, at(31)).await);
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
    assert!(downloads(&ledger, &other, at(41)).await);
}

async fn downloads_at_once_are_all_counted(ledger: Ledger) {
    let (_, link) = linked(&ledger, "acme").await;
    let clicks: Vec<_> = (0..8)
        .map(|_| {
            let (ledger, link) = (ledger.clone(), link.clone());
            tokio::spawn(async move { downloads(&ledger, &link, at(30)).await })
        })
        .collect();
    for click in clicks {
        assert!(click.await.unwrap());
    }
    assert_eq!(links::find(&ledger, link.id).await.unwrap().unwrap().downloads, 8);
}

async fn of_clicks_at_once_a_one_time_link_lets_one_through(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    for round in 0..8 {
        let link = Link { id: Uuid::now_v7(), download_limit: Some(1), ..link(&export, 100 + round) };
        links::insert(&ledger, &link, portal()).await.unwrap();
        let clicks: Vec<_> = (0..6)
            .map(|_| {
                let (ledger, link) = (ledger.clone(), link.clone());
                tokio::spawn(async move {
                    let new = click(&link, "export.zip", at(30));
                    downloads::count(&ledger, new, person(&link), at(30)).await.unwrap()
                })
            })
            .collect();
        let mut through = 0;
        for click in clicks {
            match click.await.unwrap() {
                Counted::Begun(_) => through += 1,
                other => assert_eq!(other, Counted::UsedUp),
            }
        }
        assert_eq!(through, 1);
        assert_eq!(links::find(&ledger, link.id).await.unwrap().unwrap().downloads, 1);
    }
    let told = actions(&ledger, export.id).await;
    assert_eq!(told.iter().filter(|action| *action == "link.downloaded").count(), 8);
}

async fn a_limit_counts_each_file_by_itself(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let link = Link { download_limit: Some(2), ..link(&export, 7) };
    links::insert(&ledger, &link, portal()).await.unwrap();
    for (file, counts) in [("a", true), ("a", true), ("a", false), ("b", true), ("b", true), ("b", false)] {
        let counted = downloads::count(&ledger, click(&link, file, at(30)), person(&link), at(30)).await.unwrap();
        assert_eq!(counted != Counted::UsedUp, counts, "{file}");
    }
    let mut taken = downloads::of_link(&ledger, link.id).await.unwrap();
    taken.sort();
    assert_eq!(taken, [("a".to_owned(), 2), ("b".to_owned(), 2)]);
    assert_eq!(links::find(&ledger, link.id).await.unwrap().unwrap().downloads, 4);
}

/// A download with a ticket, counted at second 30, that may begin until 90 and is over at 1030.
async fn counted(ledger: &Ledger) -> (Export, Link, Uuid) {
    let export = ready(ledger, "acme").await;
    let link = link(&export, 7);
    links::insert(ledger, &link, portal()).await.unwrap();
    let new = NewDownload { ticket_hash: Some(&[9; 32]), ends_at: at(1030), ..click(&link, "export.zip", at(30)) };
    let Counted::Begun(id) = downloads::count(ledger, new, person(&link), at(30)).await.unwrap() else { panic!() };
    (export, link, id)
}

async fn a_download_begins_in_time_and_is_taken_up_again_until_its_end(ledger: Ledger) {
    let (.., id) = counted(&ledger).await;
    let found = async || downloads::find_by_ticket(&ledger, &[9; 32]).await.unwrap().unwrap();
    assert!(found().await.counts(at(89)) && !found().await.counts(at(90)));
    assert!(!downloads::promise(&ledger, id, 10, 100, at(90)).await.unwrap(), "it was not begun in time");
    assert!(downloads::promise(&ledger, id, 10, 100, at(89)).await.unwrap());
    assert_eq!(found().await.begun_at, Some(at(89)));
    assert!(downloads::promise(&ledger, id, 10, 100, at(1029)).await.unwrap());
    assert!(found().await.counts(at(1029)) && !found().await.counts(at(1030)));
    assert!(!downloads::promise(&ledger, id, 10, 100, at(1030)).await.unwrap(), "its time is over");
    assert_eq!(found().await.begun_at, Some(at(89)));
    assert_eq!(downloads::find_by_ticket(&ledger, &[8; 32]).await.unwrap(), None);
}

async fn a_download_gives_no_more_bytes_than_it_may(ledger: Ledger) {
    let (.., id) = counted(&ledger).await;
    let asked: Vec<_> = (0..9)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move { downloads::promise(&ledger, id, 30, 100, at(40)).await.unwrap() })
        })
        .collect();
    let mut promised = 0;
    for asked in asked {
        promised += u32::from(asked.await.unwrap());
    }
    assert_eq!(promised, 3);
    assert!(downloads::promise(&ledger, id, 10, 100, at(40)).await.unwrap());
    assert!(!downloads::promise(&ledger, id, 1, 100, at(40)).await.unwrap());
}

async fn what_was_sent_is_told_and_what_was_not_is_given_back(ledger: Ledger) {
    let (export, link, id) = counted(&ledger).await;
    let served = |from, promised, sent, to_the_end| Served {
        download: id,
        link: link.id,
        export: export.id,
        file: "export.zip".into(),
        from,
        promised,
        sent,
        to_the_end,
    };
    for (answer, second) in
        [(served(0, 100, 40, true), 40), (served(40, 20, 20, false), 50), (served(60, 40, 40, true), 60)]
    {
        assert!(downloads::promise(&ledger, id, answer.promised, 1000, at(second)).await.unwrap());
        downloads::served(&ledger, &answer, person(&link), at(second)).await.unwrap();
    }
    let found = downloads::find_by_ticket(&ledger, &[9; 32]).await.unwrap().unwrap();
    assert_eq!((found.bytes_promised, found.bytes_sent, found.finished_at), (100, 100, Some(at(60))));
    let events = shared::ledger::audit::of_export(&ledger, export.id).await.unwrap();
    let told: Vec<_> =
        events.iter().filter(|event| event.action == "link.served").map(|event| event.detail.0.clone()).collect();
    let expected = |from: u64, bytes: u64, complete: bool| serde_json::json!({ "link": link.id, "download": id, "file": "export.zip", "from": from, "bytes": bytes, "complete": complete });
    assert_eq!(told, [expected(0, 40, false), expected(40, 20, true), expected(60, 40, true)]);
}

async fn all_links_of_an_export_are_revoked_with_an_event_each(ledger: Ledger) {
    let (export, first) = linked(&ledger, "acme").await;
    for token in [50, 51] {
        links::insert(&ledger, &link(&export, token), portal()).await.unwrap();
    }
    let (_, other) = linked(&ledger, "other").await;
    links::revoke(&ledger, first.id, portal(), at(30)).await.unwrap();
    assert_eq!(links::revoke_of_export(&ledger, export.id, portal(), at(40)).await.unwrap(), 2);
    assert_eq!(links::revoke_of_export(&ledger, export.id, portal(), at(41)).await.unwrap(), 0);
    let links = links::of_export(&ledger, export.id).await.unwrap();
    assert_eq!(links.len(), 3);
    assert!(links.iter().all(|link| link.revoked_at.is_some()));
    assert_eq!(links::find(&ledger, other.id).await.unwrap().unwrap().revoked_at, None);
    let told = actions(&ledger, export.id).await;
    assert_eq!(told.iter().filter(|action| *action == "link.revoked").count(), 3);
}

async fn the_address_of_a_link_is_forgotten_after_its_time(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let ended = Link { recipient: Some("ann@example.com".into()), ..link(&export, 7) };
    let longer = Link { expires_at: at(900), recipient: Some("bob@example.com".into()), ..link(&export, 8) };
    for link in [&ended, &longer] {
        links::insert(&ledger, link, portal()).await.unwrap();
    }
    assert_eq!(links::forget_recipients(&ledger, 10, at(500)).await.unwrap(), 0);
    assert_eq!(links::forget_recipients(&ledger, 10, at(501)).await.unwrap(), 1);
    assert_eq!(links::find(&ledger, ended.id).await.unwrap().unwrap().recipient, None);
    assert_eq!(links::find(&ledger, longer.id).await.unwrap().unwrap().recipient, longer.recipient);
}
