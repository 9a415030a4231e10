//! Handover works with exactly the rights that docs/least-privilege.md gives it, and these rights allow nothing more.

mod container;
mod roles;
mod vault;

const PAGE: &str = include_str!("../docs/least-privilege.md");

/// The first block of code below a heading of the page.
fn block(heading: &str) -> &'static str {
    let below = PAGE.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no heading {heading}")).1;
    let below = below.split("\n## ").next().unwrap();
    let code = below.split_once("\n```").unwrap_or_else(|| panic!("no code below {heading}")).1;
    code.split_once('\n').unwrap().1.split_once("\n```").unwrap().0
}
