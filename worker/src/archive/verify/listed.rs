//! What the manifest says about a member by the name that it has here.

use crate::archive::manifest::{FileFacts, Manifest, StoredFacts};
use std::collections::BTreeMap;

/// A member that the manifest lists.
pub(super) struct Listed<'a> {
    pub(super) facts: &'a FileFacts,
    /// Whether it is the content of a file that is kept compressed, unpacked by somebody.
    pub(super) is_unpacked: bool,
}

impl Listed<'_> {
    /// How it is compressed under this name.
    pub(super) fn packed(&self) -> Option<&StoredFacts> {
        self.facts.stored.as_ref().filter(|_| !self.is_unpacked)
    }

    /// Whether it is compressed under this name.
    pub(super) fn is_packed(&self) -> bool {
        self.packed().is_some()
    }
}

/// Every name that a file of the manifest may have: its own, and the one that it is kept under.
pub(super) fn listed(manifest: &Manifest) -> BTreeMap<&str, Listed<'_>> {
    let mut listed = BTreeMap::new();
    for facts in manifest.files() {
        listed.insert(facts.path.as_str(), Listed { facts, is_unpacked: facts.stored.is_some() });
        if let Some(stored) = &facts.stored {
            listed.insert(stored.path.as_str(), Listed { facts, is_unpacked: false });
        }
    }
    listed
}
