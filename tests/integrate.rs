//! `docs/integrate.md` is what it says: its commands, run one after the other in an empty folder, lead from a database to a downloaded event.

use crate::support::{port, program::Invocation, tools};
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A block of code: what is written after the fence, and the lines.
fn blocks(document: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, String)> = None;
    for line in document.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language, String::new())),
            (Some((_, code)), None) => {
                code.push_str(line);
                code.push('\n');
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, None) => {}
        }
    }
    blocks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_of_the_integrators_guide_lead_to_a_working_button() {
    let mut document = std::fs::read_to_string(Path::new(ROOT).join("docs/integrate.md")).unwrap();
    for (known, name) in [("8080", "handover"), ("3000", "page"), ("3001", "receiver")] {
        assert!(document.contains(&format!(":{known}")), "{name}");
        document = document.replace(known, &port::free().to_string());
    }
    let folder = tempfile::Builder::new().prefix("handover-guide-").tempdir().unwrap();
    std::os::unix::fs::symlink(tools::node("standardwebhooks").parent().unwrap(), folder.path().join("node_modules"))
        .unwrap();
    std::fs::copy(Path::new(ROOT).join("examples/webhooks/receive.mjs"), folder.path().join("receive.mjs")).unwrap();
    // Whatever was started in the background ends with the script.
    let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n");
    let mut files = Vec::new();
    for (language, code) in blocks(&document) {
        let first = code.lines().next().unwrap_or_default();
        match language {
            "sh" => script.push_str(&code),
            "js" => {
                let name = first.trim_start_matches(['/', ' ']);
                std::fs::write(folder.path().join(name), &code).unwrap();
                files.push(name.to_owned());
            }
            "console" => {}
            other => panic!("a block of {other:?}"),
        }
    }
    assert_eq!(files, ["server.mjs"]);
    script.push_str("echo done $EXPORT\n");
    std::fs::write(folder.path().join("guide.sh"), &script).unwrap();
    let binaries = Path::new(env!("CARGO_BIN_EXE_handover")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", binaries.display());
    let run = format!("cd {} && exec timeout 100 bash guide.sh", folder.path().display());
    let ended =
        Invocation::of("bash", &["-c", &run]).set("PATH", path).start().wait(std::time::Duration::from_secs(110)).await;
    assert!(ended.status.success(), "{}\n{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("done "), "{}", ended.stdout);
    let catalog = std::fs::read_to_string(folder.path().join("catalog.toml")).unwrap();
    assert!(!catalog.contains("undecided ="), "{catalog}");
    let events = std::fs::read_to_string(folder.path().join("events.txt")).unwrap();
    assert!(events.contains("handover.ping") && events.contains("export.ready"), "{events}");
    let mails = std::fs::read_dir(folder.path().join("handover-data/mailbox")).unwrap().count();
    assert!(mails >= 1, "nobody was mailed");
}
