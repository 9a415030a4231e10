//! Names as words: which column's name speaks of which table.

use crate::check::secret;

/// Words in the plural that no rule explains, with their singular.
const IRREGULAR: &[(&str, &str)] = &[
    ("people", "person"),
    ("children", "child"),
    ("men", "man"),
    ("women", "woman"),
    ("indices", "index"),
    ("matrices", "matrix"),
    ("analyses", "analysis"),
    ("statuses", "status"),
    ("addresses", "address"),
    ("media", "medium"),
    ("data", "datum"),
];

/// The words of a name in lower case: `RepairTicket`, `repair_ticket` and `repair-ticket` are all `repair`, `ticket`.
pub(super) fn words(name: &str) -> Vec<String> {
    secret::words(name)
}

/// Whether two lists of words mean the same thing, in the singular or in the plural.
pub(super) fn alike(left: &[String], right: &[String]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
}

fn same(left: &str, right: &str) -> bool {
    left == right || {
        let left = singulars(left);
        singulars(right).iter().any(|form| left.contains(form))
    }
}

/// The word itself and what it can be the plural of.
pub(super) fn singulars(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    if let Some((_, singular)) = IRREGULAR.iter().find(|(plural, _)| *plural == word) {
        forms.push((*singular).to_owned());
        return forms;
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        forms.push(format!("{stem}y"));
    }
    let hissing = ["ses", "xes", "zes", "ches", "shes", "oes"];
    if hissing.iter().any(|end| word.ends_with(end)) {
        forms.push(word[..word.len() - 2].to_owned());
    }
    if !["ss", "us", "is"].iter().any(|end| word.ends_with(end))
        && let Some(stem) = word.strip_suffix('s').filter(|stem| stem.len() > 1)
    {
        forms.push(stem.to_owned());
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singular_and_plural_are_the_same_thing_in_every_spelling() {
        for (one, many) in [
            ("customer", "customers"),
            ("category", "categories"),
            ("box", "boxes"),
            ("status", "statuses"),
            ("person", "people"),
            ("RepairTicket", "repair_tickets"),
            ("purchaseOrder", "PurchaseOrders"),
            ("case", "cases"),
            ("house", "houses"),
            ("address", "addresses"),
            ("company", "company"),
        ] {
            assert!(alike(&words(one), &words(many)), "{one} and {many}");
        }
    }

    #[test]
    fn other_things_are_other_things() {
        for (one, other) in [("ticket", "repair_tickets"), ("bus", "bu"), ("new", "news_item"), ("user", "use")] {
            assert!(!alike(&words(one), &words(other)), "{one} and {other}");
        }
    }
}
