//! Whether everything has its place.

use super::{Browser, DEEP, Size};
use serde_json::json;

/// What is wider than the screen, and text that its box cuts off. What scrolls in a box of its own is no fault.
const OVERFLOWING: &str = "
    const width = arguments[0];
    const faults = [];
    const wide = document.scrollingElement.scrollWidth;
    const all = deep('body *').filter(element => seen(element) && !element.closest('svg'));
    const scrolls = element => {
        for (let box = element.parentElement ?? element.getRootNode().host; box; box = box.parentElement ?? box.getRootNode().host)
            if (box !== document.documentElement && box !== document.body && getComputedStyle(box).overflowX !== 'visible') return true;
        return false;
    };
    if (wide > width) {
        faults.push(`the page is ${wide} pixels wide on a screen of ${width}`);
        for (const element of all) {
            const box = element.getBoundingClientRect();
            if (scrolls(element)) continue;
            if (box.right > width + 1 || box.left < -1) faults.push(`${named(element)} reaches from ${Math.round(box.left)} to ${Math.round(box.right)}`);
            else if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1) faults.push(`${named(element)} does not hold what is in it`);
        }
    }
    for (const element of all) {
        const style = getComputedStyle(element);
        // Hidden from sight and left for screen readers.
        if (element.clientWidth <= 1 || element.clientHeight <= 1) continue;
        // What stands in a field is scrolled by whoever edits it.
        if (element.matches('input')) continue;
        const cut = ['hidden', 'clip'].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1
            && style.textOverflow !== 'ellipsis';
        if (cut) faults.push(`${named(element)} is cut off at its side`);
    }
    return faults.slice(0, 12);";

/// Every text of a language that a person sees and that is not marked as untranslated, and every name that a screen reader says.
const TEXTS: &str = "
    const texts = [];
    const spoken = element => {
        const declared = element.closest('[lang]');
        if (declared) return declared.lang;
        const host = element.getRootNode().host;
        return host ? spoken(host) : '';
    };
    for (const root of [document.body, ...hosts().map(host => host.shadowRoot)]) {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const parent = node.parentElement;
            if (!parent || !seen(parent) || spoken(parent) !== arguments[0] || parent.closest('code, pre, kbd, samp, bdi, script, style, [translate=no]')) continue;
            texts.push(node.data);
        }
    }
    for (const element of deep('[aria-label], [title], [placeholder], [alt]')) {
        if (spoken(element) !== arguments[0] || element.closest('[translate=no]')) continue;
        for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
            if (element.hasAttribute(name)) texts.push(element.getAttribute(name));
    }
    if (document.documentElement.lang === arguments[0]) texts.push(document.title);
    return texts;";

impl Browser {
    /// What does not fit on a screen of this size, at which the page is looked at.
    pub(crate) async fn layout_faults(&self, size: Size) -> Vec<String> {
        self.run(&format!("{DEEP} {OVERFLOWING}"), vec![json!(size.width)]).await
    }

    /// Every text in the page that is said in this language.
    pub(crate) async fn texts_in(&self, language: &str) -> Vec<String> {
        self.run(&format!("{DEEP} {TEXTS}"), vec![json!(language)]).await
    }
}
