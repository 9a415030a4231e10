//! `handover operator`: the first administrator, and help for who is locked out.

use super::desk::PASSWORD;
use crate::support::{
    program::{Ended, Invocation, handover},
    secrets,
};
use std::path::Path;

fn command(folder: &Path, arguments: &[&str]) -> Invocation {
    handover(arguments).set("HANDOVER_DATA_DIR", folder)
}

async fn run(folder: &Path, arguments: &[&str]) -> Ended {
    command(folder, arguments).run().await
}

#[tokio::test]
async fn the_first_administrator_is_made_in_a_terminal_and_helps_the_others() {
    secrets::keep("an operator's password", PASSWORD);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let early = run(folder, &["operator", "list"]).await;
    assert!(early.stderr.contains("handover migrate"), "{early:?}");
    assert!(run(folder, &["migrate"]).await.status.success());
    let (good, bad) = (folder.join("password"), folder.join("short"));
    std::fs::write(&good, format!("{PASSWORD}\n")).unwrap();
    std::fs::write(&bad, "password\n").unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    let create = |email, role, file| {
        ["operator", "create", email, "--name", "Somebody", "--role", role, "--password-file", file]
    };

    let refused = run(folder, &create("ann@example.com", "admin", bad)).await;
    assert_eq!(
        (refused.status.code(), refused.stderr.contains("at least 12 characters")),
        (Some(2), true),
        "{refused:?}"
    );
    assert_eq!(run(folder, &create("no address", "admin", good)).await.status.code(), Some(2));
    let made = run(folder, &create("Ann@example.com", "admin", good)).await;
    assert!(
        made.status.success() && made.stdout.contains("ann@example.com can sign in at /console as admin."),
        "{made:?}"
    );
    assert_eq!(run(folder, &create("ann@example.com", "viewer", good)).await.status.code(), Some(1));
    let last = run(folder, &["operator", "disable", "ann@example.com"]).await;
    assert_eq!((last.status.code(), last.stdout.contains("last administrator")), (Some(1), true), "{last:?}");
    assert!(run(folder, &create("bob@example.com", "viewer", good)).await.status.success());
    for arguments in [
        &["operator", "disable", "bob@example.com"][..],
        &["operator", "enable", "bob@example.com"],
        &["operator", "reset-totp", "bob@example.com"],
        &["operator", "reset-password", "bob@example.com", "--password-file", good],
    ] {
        let ended = run(folder, arguments).await;
        assert!(ended.status.success() && !ended.stdout.contains(PASSWORD), "{ended:?}");
    }
    assert_eq!(run(folder, &["operator", "enable", "nobody@example.com"]).await.status.code(), Some(1));
    let list = run(folder, &["operator", "list"]).await.stdout;
    let rows: Vec<Vec<&str>> = list.lines().skip(1).map(|line| line.split_whitespace().take(4).collect()).collect();
    assert_eq!(rows, [["ann@example.com", "admin", "active", "no"], ["bob@example.com", "viewer", "new", "no"]]);
    let audit = run(folder, &["audit", "export"]).await.stdout;
    secrets::assert_absent("the audit", audit.as_bytes());
    let actions: Vec<&str> =
        audit.lines().filter_map(|line| line.split_once("\"action\":\"operator.")?.1.split('"').next()).collect();
    assert_eq!(actions, ["created", "created", "disabled", "enabled", "second_factor_removed", "password_reset"]);
}
