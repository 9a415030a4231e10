//! What the person saves.

use std::path::PathBuf;

use serde_json::json;

use super::Browser;
use crate::support::{
    patience::{LONG, until},
    process::text,
};

impl Browser {
    /// Where downloads go.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads")
    }

    pub(super) async fn allow_downloads(&self) {
        let folder = self.downloads();
        let behaviour = json!({ "behavior": "allow", "downloadPath": text(&folder) });
        self.command("Browser.setDownloadBehavior", behaviour).await;
    }

    /// The names of all files that have been saved whole.
    pub(crate) fn saved(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.downloads()).unwrap();
        let mut names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        // Chromium gives a file its name when its last byte is there.
        names.retain(|name| !name.ends_with(".crdownload") && !name.starts_with(".org.chromium"));
        names.sort();
        names
    }

    /// Waits until a file with this in its name is saved whole, and returns where.
    pub(crate) async fn download(&self, part_of_name: &str) -> PathBuf {
        let saved = async || self.saved().into_iter().find(|name| name.contains(part_of_name));
        let name = until(&format!("the download of {part_of_name}"), LONG, saved).await;
        self.downloads().join(name)
    }
}
