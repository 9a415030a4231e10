//! What a person sees: bars and colours on a terminal, plain lines elsewhere, completions and manual pages.

use std::{fs, process::Command};

use examples::ceppro;

use super::Desk;
use crate::support::{
    ceppro::CepPro,
    patience::LONG,
    process::text,
    program::{Ended, Invocation, handover},
};

const ESCAPE: char = '\u{1b}';

/// The program with these arguments on a terminal of its own; what it shows there is its standard output.
#[expect(clippy::disallowed_methods, reason = "where `script` is found is not a setting of the program under test")]
fn on_a_terminal(arguments: &str) -> Invocation {
    let program = env!("CARGO_BIN_EXE_handover");
    let path = std::env::var("PATH").unwrap();
    Invocation::of("script", &["--quiet", "--return", "--command", &format!("{program} {arguments}"), "/dev/null"])
        .set("TERM", "xterm-256color")
        .set("PATH", path)
}

/// An archive of CepPro on the desk.
async fn exported(desk: &Desk, product: &CepPro) {
    let made = desk.export(&product.source_url().await, &product.tenants[0].key, &[]).await;
    assert_eq!(made.status.code(), Some(0), "{made:?}");
}

#[tokio::test]
async fn colours_are_for_terminals_and_for_people_who_want_them() {
    let wrong = "export --no-such-option";
    let shown = on_a_terminal(wrong).run().await;
    assert!(shown.status.code() == Some(2) && shown.stdout.contains("\u{1b}["), "{shown:?}");
    for plain in [on_a_terminal(wrong).set("NO_COLOR", "1"), on_a_terminal(wrong).set("TERM", "dumb")] {
        let plain = plain.run().await;
        assert!(plain.stdout.contains("--no-such-option") && !plain.stdout.contains(ESCAPE), "{plain:?}");
    }
    let elsewhere = handover(&["export", "--no-such-option"]).set("TERM", "xterm-256color").run().await;
    assert!(elsewhere.stderr.contains("--no-such-option") && !elsewhere.stderr.contains(ESCAPE), "{elsewhere:?}");
}

#[tokio::test]
async fn a_terminal_shows_a_bar_that_goes_when_the_work_is_done() {
    let product = CepPro::create().await;
    let desk = Desk::with_catalog(ceppro::CATALOG);
    exported(&desk, &product).await;
    let verify = format!("verify {}", text(&desk.path("archive.zip")));
    let shown = on_a_terminal(&verify).run().await;
    assert!(shown.status.code() == Some(0) && shown.stdout.contains("checking"), "{shown:?}");
    let (bar, result) = shown.stdout.rsplit_once(ESCAPE).unwrap();
    assert!(!bar.contains("Sound:") && result.contains("Sound:") && !result.contains("checking"), "{shown:?}");
    assert!(bar.contains("\u{1b}[36m"), "in colour: {shown:?}");
    let plain = on_a_terminal(&verify).set("NO_COLOR", "1").run().await;
    assert!(plain.stdout.contains("checking") && !plain.stdout.contains("\u{1b}[36m"), "{plain:?}");
    let dumb = on_a_terminal(&verify).set("TERM", "dumb").run().await;
    assert!(dumb.stdout.contains("Sound:") && !dumb.stdout.contains(ESCAPE), "{dumb:?}");
}

#[tokio::test]
async fn elsewhere_long_work_tells_of_itself_in_plain_lines_and_short_work_does_not() {
    let product = CepPro::create().await;
    let desk = Desk::with_catalog(ceppro::CATALOG);
    let hold = product.hold("security_events").await;
    let mut long = desk.exporting(&product.source_url().await, &product.tenants[0].key, &[]).start();
    let line = long.says("reading: ", LONG).await;
    assert!(line.contains(" tables, ") && line.ends_with(" rows"), "{line}");
    hold.release().await;
    let long = long.wait(LONG).await;
    assert!(long.status.code() == Some(0) && !long.stderr.contains([ESCAPE, '\r']), "{long:?}");
    let short = handover(&["verify", text(&desk.path("archive.zip"))]).run().await;
    assert_eq!((short.status.code(), short.stderr.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn shells_get_completions_that_they_can_read() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = handover(&["completions", shell]).run().await;
        assert!(script.status.code() == Some(0) && script.stdout.contains("schedule"), "{shell}");
        for word in ["exports", "completions", "--csv-profile"] {
            assert!(script.stdout.contains(word.trim_start_matches('-')), "{shell} does not know {word}");
        }
    }
    let script = handover(&["completions", "bash"]).run().await.stdout;
    let asked = "COMP_WORDS=(handover exports w); COMP_CWORD=2; _handover handover w exports; echo \"${COMPREPLY[@]}\"";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("completions.bash");
    fs::write(&file, script).unwrap();
    let asked =
        Command::new("bash").args(["-c", &format!("source \"$1\"; {asked}"), "bash"]).arg(&file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&asked.stdout), "watch\n");
    assert_eq!(handover(&["completions", "cobol"]).run().await.status.code(), Some(2));
}

#[tokio::test]
async fn every_command_has_a_manual_page_that_man_can_show() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let written = handover(&["manual", text(&pages)]).run().await;
    let count = fs::read_dir(&pages).unwrap().count();
    assert_eq!(written.stdout, format!("{count} pages in {}\n", pages.display()), "{written:?}");
    for page in ["handover", "handover-export", "handover-exports-watch", "handover-key-encryption-rotate"] {
        let shown = Command::new("man").args(["-P", "cat", "-l"]).arg(pages.join(format!("{page}.1"))).output();
        let Ok(shown) = shown else { continue };
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert!(shown.contains("NAME") && shown.contains(page), "{page}: {shown}");
    }
    let long = fs::read_to_string(pages.join("handover-decrypt.1")).unwrap();
    assert!(long.contains("the day without the API"), "a page tells all that there is to tell: {long}");
    let main = fs::read_to_string(pages.join("handover.1")).unwrap();
    for command in ["export", "verify", "manual", "completions"] {
        assert!(main.contains(&format!("handover\\-{command}(1)")), "{command} is not named: {main}");
    }
    let taken: Ended = handover(&["manual", text(&pages.join("handover.1"))]).run().await;
    assert_eq!(taken.status.code(), Some(2), "{taken:?}");
}
