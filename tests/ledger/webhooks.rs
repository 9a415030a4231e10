//! Webhooks, as the ledger keeps them: what is told, to whom, how often, and until when.

use super::*;
use serde_json::{Value, json};
use shared::{
    config::Config,
    keyring::Keyring,
    ledger::{
        audit,
        downloads::{self, NewDownload},
        links::{self, Link},
        webhooks::{
            self, Change, NewWebhook, Webhook,
            deliveries::{self, Claimed, Failure, Fault},
            messages::{self, Again, MessageFilter, Sent, Whole, Wished},
            secrets::{self, NewSecret, Rotated},
        },
    },
    link::Protection,
    webhook::{Delivery, Disabled, Event, Events, MessageId},
};

on_both_engines! {
    each_change_of_an_export_is_one_message_to_everybody_who_asked
    a_change_that_comes_to_nothing_tells_nobody
    a_message_names_no_person_and_holds_nothing_that_opens_an_archive
    a_message_is_held_by_one_worker_and_fenced
    a_receiver_that_is_gone_or_takes_nothing_for_days_is_disabled
    what_was_taken_while_its_webhook_was_disabled_is_delivered
    what_was_missed_is_sent_again_when_somebody_wishes_it
    old_secrets_sign_until_their_end
    messages_are_forgotten_when_nobody_is_to_have_them
    a_webhook_that_was_removed_leaves_nothing_behind
}

const DAY: i64 = 24 * 3600;

async fn webhook(ledger: &Ledger, source: Option<&str>, tenant: Option<&str>, events: &[Event]) -> Webhook {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Keyring::open(&Config { data_dir: folder.path().to_owned(), ..Config::default() }).unwrap();
    let (_, secret) = NewSecret::make(&keyring).await.unwrap();
    let new = NewWebhook {
        url: "https://hooks.example.com/secret-path".into(),
        description: String::new(),
        events: Events::new(events),
        source: source.map(Into::into),
        tenant: tenant.map(Into::into),
    };
    webhooks::create(ledger, new, &secret, portal(), at(0)).await.unwrap().unwrap()
}

async fn messages_for(ledger: &Ledger, webhook: &Webhook) -> Vec<Sent> {
    let filter = MessageFilter { limit: 100, ..MessageFilter::default() };
    let mut sent = messages::list(ledger, webhook.id, &filter).await.unwrap();
    sent.reverse();
    sent
}

async fn kinds(ledger: &Ledger, webhook: &Webhook) -> Vec<Event> {
    messages_for(ledger, webhook).await.iter().map(|sent| sent.message.kind).collect()
}

async fn claim(ledger: &Ledger, webhook: &Webhook, second: i64) -> Vec<Claimed> {
    deliveries::claim(ledger, webhook.id, 10, LEASE, at(second))
        .await
        .unwrap()
        .map_or(Vec::new(), |(_, claimed)| claimed)
}

fn refusal(fault: Fault, next: Option<DateTime<Utc>>) -> Failure {
    Failure { status: Some(500), error: "it answered 500".into(), answer: Some("oh\0no".into()), next, fault }
}

async fn found_webhook(ledger: &Ledger, webhook: &Webhook) -> Webhook {
    webhooks::find(ledger, webhook.id).await.unwrap().unwrap()
}

/// Another export of the same tenant.
async fn ready_again(ledger: &Ledger, tenant: &str, file: &str) {
    let export = running(ledger, tenant).await;
    exports::complete(ledger, export.id, 1, &[archive(file)], at(1000), at(11)).await.unwrap();
}

/// Counts a download of the export's archive.
async fn downloaded(ledger: &Ledger, export: &Export, second: i64) {
    let link = Link {
        id: Uuid::now_v7(),
        export_id: export.id,
        token_hash: Uuid::now_v7().as_bytes().repeat(2),
        created_at: at(second),
        expires_at: at(second + 100),
        revoked_at: None,
        downloads: 0,
        download_limit: None,
        protection: Protection::None,
        recipient: Some("ann@example.com".into()),
    };
    links::insert(ledger, &link, portal()).await.unwrap();
    let new = NewDownload {
        link: link.id,
        file: "acme-of-ann.zip",
        ticket_hash: None,
        begin_before: at(second + 10),
        ends_at: at(second + 20),
    };
    downloads::count(ledger, new, Actor::named("link:x"), at(second)).await.unwrap();
}

async fn each_change_of_an_export_is_one_message_to_everybody_who_asked(ledger: Ledger) {
    let all = webhook(&ledger, None, None, &[]).await;
    let of_tenant = webhook(&ledger, Some("shop"), Some("acme"), &[Event::Ready, Event::Downloaded]).await;
    let of_another = webhook(&ledger, Some("shop"), Some("globex"), &[]).await;
    let of_other_source = webhook(&ledger, Some("crm"), None, &[]).await;

    let export = ready(&ledger, "acme").await;
    downloaded(&ledger, &export, 20).await;
    downloaded(&ledger, &export, 21).await;
    assert!(expired(&ledger, export.id, at(30)).await);
    assert!(!expired(&ledger, export.id, at(31)).await);
    let failing = running(&ledger, "globex").await;
    exports::fail(&ledger, failing.id, 1, "tenant_not_found", "no such tenant", at(40)).await.unwrap();

    use Event::{Downloaded, Expired, Failed, Ready};
    assert_eq!(kinds(&ledger, &all).await, [Ready, Downloaded, Downloaded, Expired, Failed]);
    assert_eq!(kinds(&ledger, &of_tenant).await, [Ready, Downloaded, Downloaded]);
    assert_eq!(kinds(&ledger, &of_another).await, [Failed]);
    assert_eq!(kinds(&ledger, &of_other_source).await, []);

    let (told, also_told) = (messages_for(&ledger, &all).await, messages_for(&ledger, &of_tenant).await);
    assert_eq!(told[0].message, also_told[0].message, "one message for all who asked");
    let payload: Value = serde_json::from_str(&told[0].message.payload).unwrap();
    assert_eq!((&payload["type"], &payload["timestamp"]), (&json!("export.ready"), &json!(at(10))));
    let data = &payload["data"];
    assert_eq!(
        (&data["export_id"], &data["source"], &data["tenant"], &data["state"], &data["attempt"]),
        (&json!(export.id), &json!("shop"), &json!("acme"), &json!("ready"), &json!(1))
    );
    assert_eq!((&data["files"], &data["bytes"]), (&json!(1), &json!(5_000_000_000_i64)));
    let failed: Value = serde_json::from_str(&told[4].message.payload).unwrap();
    assert_eq!(failed["data"]["reason_code"], "tenant_not_found");
    assert_eq!((&failed["data"]["bytes"], &failed["data"]["state"]), (&Value::Null, &json!("failed")));

    // A retried export that fails again is another change.
    exports::retry(&ledger, failing.id, portal(), at(50)).await.unwrap();
    exports::claim(&ledger, failing.id, "w1", LEASE, at(51)).await.unwrap().unwrap();
    exports::fail(&ledger, failing.id, 2, "tenant_not_found", "no such tenant", at(52)).await.unwrap();
    assert_eq!(kinds(&ledger, &of_another).await, [Failed, Failed]);
}

async fn a_change_that_comes_to_nothing_tells_nobody(ledger: Ledger) {
    let all = webhook(&ledger, None, None, &[]).await;
    let export = running(&ledger, "acme").await;
    // Another worker has taken over.
    exports::claim(&ledger, export.id, "w2", LEASE, at(100)).await.unwrap().unwrap();
    assert!(is_fenced(exports::complete(&ledger, export.id, 1, &[archive("a")], at(900), at(101)).await, 1));
    assert!(is_fenced(exports::fail(&ledger, export.id, 1, "c", "r", at(102)).await, 1));
    assert_eq!(kinds(&ledger, &all).await, []);
    // The same file twice: the transaction fails after its message was entered, or before; either way there is none.
    let twice = [archive("a"), archive("a")];
    assert!(exports::complete(&ledger, export.id, 2, &twice, at(900), at(103)).await.is_err());
    assert_eq!(kinds(&ledger, &all).await, []);
    exports::complete(&ledger, export.id, 2, &[archive("a")], at(900), at(104)).await.unwrap();
    assert!(is_fenced(exports::complete(&ledger, export.id, 2, &[archive("a")], at(900), at(105)).await, 2));
    assert_eq!(kinds(&ledger, &all).await, [Event::Ready]);
}

async fn a_message_names_no_person_and_holds_nothing_that_opens_an_archive(ledger: Ledger) {
    let all = webhook(&ledger, None, None, &[]).await;
    let export = ready(&ledger, "acme").await;
    downloaded(&ledger, &export, 20).await;
    for sent in messages_for(&ledger, &all).await {
        for secret in ["ann", "@", "192.0.2.7", "archives/", ".zip", "http", "hk_", "token"] {
            assert!(!sent.message.payload.contains(secret), "{secret} in {}", sent.message.payload);
        }
    }
}

async fn a_message_is_held_by_one_worker_and_fenced(ledger: Ledger) {
    let all = webhook(&ledger, None, None, &[]).await;
    assert_eq!(deliveries::due(&ledger, 10, at(1000)).await.unwrap(), [] as [Uuid; 0]);
    ready(&ledger, "acme").await;
    assert_eq!(deliveries::due(&ledger, 10, at(9)).await.unwrap(), [] as [Uuid; 0]);
    assert_eq!(deliveries::due(&ledger, 10, at(10)).await.unwrap(), [all.id]);
    let [first] = &claim(&ledger, &all, 10).await[..] else { panic!("one message") };
    assert_eq!((first.attempt, first.tries), (1, 1));
    assert_eq!(claim(&ledger, &all, 69).await, []);
    // The first worker says nothing for longer than it may.
    let [second] = &claim(&ledger, &all, 70).await[..] else { panic!("the same message") };
    assert_eq!((second.attempt, second.tries, &second.message), (2, 2, &first.message));
    assert!(is_fenced(deliveries::delivered(&ledger, first, 200, at(71)).await, 1));
    assert!(is_fenced(deliveries::failed(&ledger, first, &refusal(Fault::Receiver, None), at(71)).await, 1));
    assert_eq!(found_webhook(&ledger, &all).await.failing_since, None, "what is fenced changes nothing");
    deliveries::failed(&ledger, second, &refusal(Fault::Receiver, Some(at(80))), at(72)).await.unwrap();
    let [sent] = &messages_for(&ledger, &all).await[..] else { panic!("one message") };
    assert_eq!((sent.state, sent.next_attempt_at, sent.status), (Delivery::Pending, Some(at(80)), Some(500)));
    assert_eq!((sent.error.as_deref(), sent.answer.as_deref()), (Some("it answered 500"), Some("oh\u{fffd}no")));
    assert_eq!(found_webhook(&ledger, &all).await.failing_since, Some(at(72)));
    let [third] = &claim(&ledger, &all, 80).await[..] else { panic!("due again") };
    deliveries::delivered(&ledger, third, 204, at(81)).await.unwrap();
    let [sent] = &messages_for(&ledger, &all).await[..] else { panic!("one message") };
    assert_eq!((sent.state, sent.delivered_at, sent.tries), (Delivery::Delivered, Some(at(81)), 3));
    assert_eq!((sent.status, &sent.error, &sent.answer), (Some(204), &None, &None));
    assert_eq!(found_webhook(&ledger, &all).await.failing_since, None);
    assert_eq!(claim(&ledger, &all, 1000).await, []);
}

async fn a_receiver_that_is_gone_or_takes_nothing_for_days_is_disabled(ledger: Ledger) {
    let gone = webhook(&ledger, Some("shop"), Some("gone"), &[]).await;
    ready(&ledger, "gone").await;
    ready_again(&ledger, "gone", "second").await;
    let claimed = deliveries::claim(&ledger, gone.id, 1, LEASE, at(20)).await.unwrap().unwrap().1;
    assert!(deliveries::failed(&ledger, &claimed[0], &refusal(Fault::Gone, None), at(21)).await.unwrap());
    let after = found_webhook(&ledger, &gone).await;
    assert_eq!((after.disabled_at, after.disabled_because), (Some(at(21)), Some(Disabled::Gone)));
    let states: Vec<Delivery> = messages_for(&ledger, &gone).await.iter().map(|sent| sent.state).collect();
    assert_eq!(states, [Delivery::Failed, Delivery::Missed]);
    // What happens from now on is missed, too.
    ready_again(&ledger, "gone", "third").await;
    assert_eq!(messages_for(&ledger, &gone).await[2].state, Delivery::Missed);
    assert_eq!(deliveries::due(&ledger, 10, at(10 * DAY)).await.unwrap(), [] as [Uuid; 0]);

    let failing = webhook(&ledger, Some("shop"), Some("failing"), &[]).await;
    ready(&ledger, "failing").await;
    let [claimed] = &claim(&ledger, &failing, 20).await[..] else { panic!("one message") };
    let ours = refusal(Fault::Ours, Some(at(20)));
    assert!(!deliveries::failed(&ledger, claimed, &ours, at(19)).await.unwrap());
    assert_eq!(found_webhook(&ledger, &failing).await.failing_since, None, "it is not its fault");
    // A message that is given up before the days are over disables nothing, and neither does a try after them that is not the last.
    let over = 20 + 5 * DAY;
    let tries =
        [(20, Some(over - 1), false), (over - 1, None, false), (over, Some(over + 1), false), (over + 1, None, true)];
    for (second, next, is_disabled) in tries {
        if second == over {
            ready_again(&ledger, "failing", "fourth").await;
        }
        let [claimed] = &claim(&ledger, &failing, second).await[..] else { panic!("due at {second}") };
        let refused = refusal(Fault::Receiver, next.map(at));
        let disabled = deliveries::failed(&ledger, claimed, &refused, at(second)).await.unwrap();
        assert_eq!(disabled, is_disabled, "at {second}");
    }
    assert_eq!(found_webhook(&ledger, &failing).await.disabled_because, Some(Disabled::Failing));
    let filter = audit::Filter { action: Some("webhook.disabled".into()), ..audit::Filter::default() };
    let told = audit::page(&ledger, &filter, None, 10).await.unwrap();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|entry| !entry.event.detail.0.to_string().contains("secret-path")));
}

async fn what_was_taken_while_its_webhook_was_disabled_is_delivered(ledger: Ledger) {
    let hook = webhook(&ledger, None, None, &[]).await;
    ready(&ledger, "acme").await;
    let [claimed] = &claim(&ledger, &hook, 20).await[..] else { panic!("one message") };
    let off = Change { enabled: Some(false), ..Change::default() };
    webhooks::change(&ledger, hook.id, off, portal(), at(21)).await.unwrap().unwrap();
    assert_eq!(messages_for(&ledger, &hook).await[0].state, Delivery::Missed);
    deliveries::delivered(&ledger, claimed, 200, at(22)).await.unwrap();
    let [sent] = &messages_for(&ledger, &hook).await[..] else { panic!("one message") };
    assert_eq!((sent.state, sent.delivered_at, sent.next_attempt_at), (Delivery::Delivered, Some(at(22)), None));
    assert!(is_fenced(deliveries::delivered(&ledger, claimed, 200, at(23)).await, claimed.attempt), "it is noted once");
}

async fn what_was_missed_is_sent_again_when_somebody_wishes_it(ledger: Ledger) {
    let hook = webhook(&ledger, Some("shop"), None, &[Event::Ready]).await;
    let taken = ready(&ledger, "taken").await;
    for claimed in claim(&ledger, &hook, 20).await {
        deliveries::delivered(&ledger, &claimed, 200, at(21)).await.unwrap();
    }
    let off = Change { enabled: Some(false), ..Change::default() };
    webhooks::change(&ledger, hook.id, off, portal(), at(30)).await.unwrap().unwrap();
    ready(&ledger, "missed").await;
    let since = |whole| Again::Since(at(0), whole);
    let disabled = messages::replay(&ledger, hook.id, since(Whole::All), portal(), at(31)).await.unwrap();
    assert_eq!(disabled, Some(Wished::Disabled));
    let on = Change { enabled: Some(true), ..Change::default() };
    webhooks::change(&ledger, hook.id, on, portal(), at(32)).await.unwrap().unwrap();
    assert_eq!(claim(&ledger, &hook, 33).await, [], "enabling alone sends nothing old");

    let again = messages::replay(&ledger, hook.id, since(Whole::Undelivered), portal(), at(40)).await.unwrap();
    assert_eq!(again, Some(Wished::Done(1)));
    let [claimed] = &claim(&ledger, &hook, 40).await[..] else { panic!("the missed one") };
    assert!(claimed.message.payload.contains("missed"));
    // A replay while it is sent: what is then noted counts no more, and it is sent again.
    let id = MessageId(claimed.message.id);
    let once = messages::replay(&ledger, hook.id, Again::One(id), portal(), at(41)).await.unwrap();
    assert_eq!(once, Some(Wished::Done(1)));
    assert!(is_fenced(deliveries::delivered(&ledger, claimed, 200, at(42)).await, claimed.attempt));
    let all = messages::replay(&ledger, hook.id, since(Whole::All), portal(), at(43)).await.unwrap();
    assert_eq!(all, Some(Wished::Done(2)));
    let claimed = claim(&ledger, &hook, 43).await;
    assert_eq!(claimed.iter().map(|one| one.tries).collect::<Vec<_>>(), [1, 1], "each is tried as often as a new one");
    let late = messages::replay(&ledger, hook.id, Again::Since(at(1000), Whole::All), portal(), at(44)).await.unwrap();
    assert_eq!(late, Some(Wished::Done(0)));

    // One that is made later gets what it is for, also from before.
    let later = webhook(&ledger, Some("shop"), Some("taken"), &[]).await;
    messages::replay(&ledger, later.id, since(Whole::All), portal(), at(50)).await.unwrap();
    let told = messages_for(&ledger, &later).await;
    assert_eq!(told.iter().map(|sent| sent.message.export_id).collect::<Vec<_>>(), [Some(taken.id)]);
    // Nobody is sent by its number what is not for them.
    let foreign = messages::replay(&ledger, later.id, Again::One(id), portal(), at(51)).await.unwrap();
    assert_eq!(foreign, Some(Wished::Done(0)));
}

async fn old_secrets_sign_until_their_end(ledger: Ledger) {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Keyring::open(&Config { data_dir: folder.path().to_owned(), ..Config::default() }).unwrap();
    let hook = webhook(&ledger, None, None, &[]).await;
    let rotate = async |overlap: u64, second: i64| {
        let (_, new) = NewSecret::make(&keyring).await.unwrap();
        secrets::rotate(&ledger, hook.id, &new, Duration::from_secs(overlap), portal(), at(second))
            .await
            .unwrap()
            .unwrap()
    };
    let signing = async |second: i64| secrets::signing(&ledger, hook.id, at(second)).await.unwrap().len();
    assert_eq!(signing(0).await, 1);
    assert!(matches!(rotate(100, 10).await, Rotated::Done(_)));
    assert_eq!([signing(10).await, signing(109).await, signing(110).await], [2, 2, 1]);
    for second in 11..14 {
        assert!(matches!(rotate(100, second).await, Rotated::Done(_)));
    }
    assert_eq!(rotate(100, 14).await, Rotated::TooMany);
    assert_eq!(signing(14).await, 5);
    assert!(matches!(rotate(0, 15).await, Rotated::Done(_)));
    assert_eq!(signing(15).await, 1, "after a leak the old ones are worth nothing");
    webhooks::prune(&ledger, at(0), 10, at(15)).await.unwrap();
    assert_eq!(secrets::page(&ledger, None, 10).await.unwrap().len(), 1);
}

async fn messages_are_forgotten_when_nobody_is_to_have_them(ledger: Ledger) {
    let hook = webhook(&ledger, None, None, &[]).await;
    ready(&ledger, "acme").await;
    webhooks::prune(&ledger, at(DAY), 10, at(DAY)).await.unwrap();
    assert_eq!(messages_for(&ledger, &hook).await.len(), 1, "it is still to be sent");
    let [claimed] = &claim(&ledger, &hook, 20).await[..] else { panic!("one message") };
    deliveries::delivered(&ledger, claimed, 200, at(21)).await.unwrap();
    webhooks::prune(&ledger, at(10), 10, at(DAY)).await.unwrap();
    assert_eq!(messages_for(&ledger, &hook).await.len(), 1, "it is not old enough");
    webhooks::prune(&ledger, at(11), 10, at(DAY)).await.unwrap();
    assert_eq!(messages_for(&ledger, &hook).await, []);
}

async fn a_webhook_that_was_removed_leaves_nothing_behind(ledger: Ledger) {
    let hook = webhook(&ledger, None, None, &[]).await;
    ready(&ledger, "acme").await;
    assert!(webhooks::delete(&ledger, hook.id, portal(), at(20)).await.unwrap());
    assert!(!webhooks::delete(&ledger, hook.id, portal(), at(21)).await.unwrap());
    assert_eq!(webhooks::find(&ledger, hook.id).await.unwrap(), None);
    assert_eq!(deliveries::due(&ledger, 10, at(100)).await.unwrap(), [] as [Uuid; 0]);
    assert_eq!(secrets::page(&ledger, None, 10).await.unwrap(), []);
    ready(&ledger, "globex").await;
    assert_eq!(deliveries::due(&ledger, 10, at(100)).await.unwrap(), [] as [Uuid; 0]);
    webhooks::prune(&ledger, at(DAY), 10, at(DAY)).await.unwrap();
    let filter = webhooks::WebhookFilter { limit: 10, ..Default::default() };
    assert_eq!(webhooks::list(&ledger, &filter).await.unwrap(), []);
}
