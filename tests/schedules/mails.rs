//! What the people behind a schedule are told.

use super::desk::{Desk, hourly, hours};
use crate::support::person::Letter;
use shared::{ledger::notifications, schedule::PauseReason};
use uuid::Uuid;
use worker::notify;

/// Sends what is due about a run, and returns the letters in the mailbox, oldest first.
async fn letters(desk: &Desk, run: Uuid) -> Vec<Letter> {
    notify::run(desk.context.clone(), run).await;
    let mailbox = desk.folder.path().join("mailbox");
    let Ok(entries) = std::fs::read_dir(mailbox) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "eml"))
        .collect();
    files.sort_by_key(|path| path.metadata().unwrap().modified().unwrap());
    files.iter().map(|path| Letter::read(&std::fs::read(path).unwrap())).collect()
}

#[tokio::test]
async fn too_many_failed_runs_in_a_row_pause_the_schedule_with_one_mail() {
    let (desk, _source) = Desk::sqlite(&["acme", "umbrella"]).await;
    let schedule = desk.schedule(hourly()).await;
    for hour in 1..=3 {
        desk.turn(hours(hour)).await;
        desk.end_all(false, hours(hour)).await;
        desk.turn(hours(hour)).await;
        let run = desk.runs(schedule.id).await[0].id;
        assert_eq!(notifications::due(desk.ledger(), 10, hours(hour)).await.unwrap(), [run]);
        let told = letters(&desk, run).await;
        assert_eq!(told.len(), usize::try_from(hour).unwrap(), "one mail a run, however many exports failed");
        let letter = told.last().unwrap();
        letter.assert_discreet("Shop & Co", &["acme", "umbrella", "source_refused"]);
        let paused = hour == 3;
        let subject = if paused { "a schedule of exports is paused" } else { "a scheduled run of exports failed" };
        assert_eq!(letter.subject, format!("Shop & Co: {subject}"));
        for part in ["“nightly”", "2 of its 2 exports failed.", &schedule.id.to_string(), &run.to_string()] {
            assert!(letter.text.contains(part), "{part}: {}", letter.text);
        }
        assert_eq!(letter.text.contains("3 runs in a row"), paused);
        assert_eq!(letters(&desk, run).await.len(), told.len(), "a mail is sent twice");
    }
    assert_eq!(desk.reread(schedule.id).await.pause_reason, Some(PauseReason::Failures));
    desk.turn(hours(50)).await;
    assert_eq!(desk.runs(schedule.id).await.len(), 3, "a paused schedule runs");
}

#[tokio::test]
async fn nobody_is_told_of_a_success() {
    let (desk, _source) = Desk::sqlite(&["acme"]).await;
    let schedule = desk.schedule(hourly()).await;
    desk.turn(hours(1)).await;
    desk.end_all(true, hours(1)).await;
    desk.turn(hours(1)).await;
    assert!(notifications::due(desk.ledger(), 10, hours(9)).await.unwrap().is_empty());
    assert!(letters(&desk, desk.runs(schedule.id).await[0].id).await.is_empty());
}
