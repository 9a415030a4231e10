//! Who may do what at the console.

use super::desk::Visitor;
use crate::support::api::{Api, now};
use chrono::TimeDelta;
use shared::ledger::keys::Role;

#[tokio::test]
async fn a_viewer_looks_at_everything_and_is_offered_nothing_to_do() {
    let api = Api::start().await;
    let (viewer, operator) = (Visitor::new(&api, Role::Viewer).await, Visitor::new(&api, Role::Operator).await);
    let export = api.ready("one", b"archive", now() + TimeDelta::days(1)).await;
    let (link, _) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let page = format!("/console/exports/{}", export.id);
    let actions = [
        format!("{page}/hold"),
        format!("{page}/delete"),
        format!("{page}/links"),
        format!("{page}/links/revoke"),
        format!("/console/links/{}/revoke", link.id),
    ];
    let (seen, offered) = (viewer.open(&page).await, operator.open(&page).await);
    for action in &actions {
        assert!(offered.offers(action) && !seen.offers(action), "{action}");
    }
    assert!(operator.open("/console/sources/shop").await.offers("/console/sources/shop/check"));
    assert!(!viewer.open("/console/sources/shop").await.offers("/console/sources/shop/check"));
    // Who did what is the audit's, which a viewer does not read.
    assert!(offered.text().contains("worker:w1") && !seen.text().contains("worker:w1"), "{}", seen.text());
    assert!(seen.text().contains("A worker began attempt 1"), "{}", seen.text());

    for (path, fields) in [
        ("/console/exports", vec![("source", "shop"), ("tenant", "t"), ("csv", "on"), ("then", "ask")]),
        (
            "/console/schedules",
            vec![("name", "n"), ("source", "shop"), ("cron", "0 1 * * *"), ("csv", "on"), ("then", "save")],
        ),
        ("/console/sources/shop/check", vec![]),
    ] {
        let refused = viewer.force(path, &fields).await;
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.text().contains("Not with your role"), "{path}: {}", refused.text());
    }
    for action in &actions {
        let refused = viewer.force(action, &[("sure", "yes"), ("reason", "r")]).await;
        assert_eq!(refused.status, 403, "{action}");
        assert!(refused.text().contains("Not with your role"), "{action}: {}", refused.text());
    }
    for form in ["/console/exports/new", "/console/schedules/new"] {
        assert_eq!(viewer.open(form).await.status, 403, "{form}");
    }
    assert_eq!(api.exports().await.len(), 1);
    assert_eq!(api.events("link.revoked").await.len(), 0);
}
