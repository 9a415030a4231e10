//! What `docs/portal-tokens.md` tells people to do works as it stands there.

use super::desk::Desk;
use crate::support::{process, tools};
use serde_json::json;
use std::{path::Path, process::Command};

const PAGE: &str = include_str!("../../docs/portal-tokens.md");

/// The block of this language that holds this text.
fn block(language: &str, holding: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let mut blocks = PAGE.split(begin.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap());
    blocks.find(|block| block.contains(holding)).unwrap()
}

fn written(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[tokio::test]
async fn the_examples_sign_tokens_that_count() {
    let folder = tempfile::tempdir().unwrap();
    process::run(Command::new("sh").args(["-ec", block("sh", "genpkey")]).current_dir(folder.path()));
    let keys = std::fs::read_to_string(folder.path().join("portal-keys")).unwrap();
    let desk = Desk::open_with(|config| {
        config.portal.sources.get_mut("shop").unwrap().keys = Some(keys.into());
    })
    .await;
    written(folder.path(), "sign.py", block("python", "portal_token"));
    written(folder.path(), "sign.cjs", block("js", "portalToken"));
    let mut tokens =
        vec![process::run(Command::new(tools::python("python")).arg("sign.py").current_dir(folder.path()))];
    // The suite does not need Node; where it is installed, its example is held too.
    if Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success()) {
        tokens.push(process::run(Command::new("node").arg("sign.cjs").current_dir(folder.path())));
    }
    for token in tokens {
        let caller = desk.api.anyone.with_key(token.trim());
        let answer = caller.post("/v1/exports", json!({})).await;
        assert!(matches!(answer.status, 200 | 202), "{}", answer.text());
        assert_eq!(answer.json()["tenant"], "t1");
    }
    let told: Vec<String> = desk.api.exports().await.remove(0).notify.0;
    assert_eq!(told, ["ann@example.com"]);
}
