//! The page without a mouse.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::{Browser, DEEP};

/// Numbers everything that can be reached, so that it is known again; a group of radio buttons is one place.
const REACHABLE: &str = "
    const groups = new Set();
    const places = deep('a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable], iframe, audio[controls], video[controls]')
        .filter(element => seen(element) && !element.matches(':disabled') && element.tabIndex >= 0)
        .filter(element => !element.closest('[inert]') && !element.shadowRoot?.delegatesFocus)
        .filter(element => {
            if (element.type !== 'radio') return true;
            const group = element.getRootNode().querySelector(`input[type=radio][name='${CSS.escape(element.name)}']:checked`);
            if (group) return group === element;
            const first = !groups.has(element.name);
            groups.add(element.name);
            return first;
        });
    places.forEach((element, number) => element.dataset.reachedBy = number);
    document.activeElement?.blur();
    window.scrollTo(0, 0);
    return places.map(named);";

/// Where the focus is, and whether a person sees that it is there.
const FOCUS: &str = "
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!element || element === document.body || element === document.documentElement) return null;
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
    const box = element.getBoundingClientRect();
    return {
        number: element.dataset.reachedBy === undefined ? null : Number(element.dataset.reachedBy),
        name: named(element),
        marked: outlined || style.boxShadow !== 'none',
        inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };";

#[derive(Deserialize)]
struct Focus {
    number: Option<usize>,
    name: String,
    marked: bool,
    inside: bool,
}

impl Browser {
    /// Presses a key: `Tab`, `Enter`, `Escape`, ` `.
    pub(crate) async fn press(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            " " => (32, " "),
            other => panic!("no key {other}"),
        };
        let down = json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "text": text });
        self.command("Input.dispatchKeyEvent", down).await;
        let up = json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code });
        self.command("Input.dispatchKeyEvent", up).await;
    }

    /// What is wrong for a person who only has a keyboard: what Tab does not reach, where the focus is not seen, what holds it.
    pub(crate) async fn keyboard_faults(&self) -> Vec<String> {
        let wanted: Vec<String> = self.run(&format!("{DEEP} {REACHABLE}"), Vec::new()).await;
        let mut reached = BTreeSet::new();
        let mut faults = Vec::new();
        let script = format!("{DEEP} {FOCUS}");
        // Once around: a field that is focused from the start is where the way may begin.
        for _ in 0..wanted.len() * 2 + 3 {
            if reached.len() == wanted.len() {
                break;
            }
            self.press("Tab").await;
            let Some(focus) = self.run::<Option<Focus>>(&script, Vec::new()).await else { continue };
            if focus.number.is_some_and(|number| !reached.insert(number)) {
                continue;
            }
            // In a frame it is the frame's own page that shows it.
            if !focus.marked && !focus.name.starts_with("<iframe") {
                faults.push(format!("nothing shows that the focus is on {}", focus.name));
            }
            if !focus.inside {
                faults.push(format!("the focus is out of sight on {}", focus.name));
            }
        }
        let missed = wanted.iter().enumerate().filter(|(number, _)| !reached.contains(number));
        faults.extend(missed.map(|(_, name)| format!("Tab does not reach {name}")));
        faults
    }
}
