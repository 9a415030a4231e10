//! Runs the doctor with settings of a test and reads what it says.

use crate::support::{
    bucket::Bucket,
    program::{Ended, Invocation, handover},
};
use serde_json::Value;
use std::collections::BTreeMap;
use tempfile::TempDir;

/// The settings of one process.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    settings: BTreeMap<String, String>,
}

/// What the doctor said.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    pub(crate) ended: Ended,
    report: Value,
}

impl Desk {
    /// An embedded installation that was never started, behind TLS.
    pub(crate) fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").display().to_string();
        let settings = [("DATA_DIR", data), ("PUBLIC_URL", "https://exports.example.com".to_owned())];
        let settings = settings.map(|(name, value)| (format!("HANDOVER_{name}"), value)).into();
        Desk { folder, settings }
    }

    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Desk {
        self.settings.insert(format!("HANDOVER_{name}"), value.into());
        self
    }

    /// Keeps archives in this bucket.
    pub(crate) fn storing_in(self, bucket: &Bucket, encryption: &str) -> Desk {
        self.set("VAULT__BUCKET", &bucket.name)
            .set("VAULT__REGION", bucket.store.region)
            .set("VAULT__ENDPOINT", &bucket.store.endpoint)
            .set("VAULT__PATH_STYLE", "true")
            .set("VAULT__ACCESS_KEY_ID", bucket.store.access_key_id)
            .set("VAULT__SECRET_ACCESS_KEY", bucket.store.secret_access_key)
            .set("VAULT__ENCRYPTION", encryption)
    }

    /// Adds a source.
    pub(crate) fn source(self, name: &str, url: &str, catalog: &str) -> Desk {
        let file = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&file, catalog).unwrap();
        let variable = |part: &str| format!("SOURCES__{}__{part}", name.to_uppercase());
        self.set(&variable("URL"), url).set(&variable("CATALOG"), file.display().to_string())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Invocation {
        self.settings.iter().fold(handover(arguments), |invocation, (name, value)| invocation.set(name, value))
    }

    /// Makes the ledger's tables.
    pub(crate) async fn migrated(self) -> Desk {
        let migrated = self.command(&["migrate"]).run().await;
        assert!(migrated.status.success(), "{migrated:?}");
        self
    }

    pub(crate) async fn diagnosis(&self) -> Diagnosis {
        self.diagnosis_with(&[]).await
    }

    pub(crate) async fn diagnosis_with(&self, options: &[&str]) -> Diagnosis {
        let ended = self.command(&[&["doctor", "--format", "json"], options].concat()).run().await;
        let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        let worst = report["checks"].as_array().unwrap().iter().any(|check| check["grade"] == "problem");
        assert_eq!(report["healthy"], !worst);
        assert_eq!(ended.status.code(), Some(i32::from(worst)));
        Diagnosis { ended, report }
    }
}

impl Diagnosis {
    /// The check of this name, of which there is one.
    pub(crate) fn check(&self, part: &str, check: &str) -> &Value {
        let found = self.all(part, check);
        assert_eq!(found.len(), 1, "{part} {check}: {:#}", self.report);
        found[0]
    }

    pub(crate) fn all(&self, part: &str, check: &str) -> Vec<&Value> {
        let checks = self.report["checks"].as_array().unwrap().iter();
        checks.filter(|one| one["part"] == part && one["check"] == check).collect()
    }

    pub(crate) fn grade(&self, part: &str, check: &str) -> &str {
        self.check(part, check)["grade"].as_str().unwrap()
    }

    pub(crate) fn message(&self, part: &str, check: &str) -> &str {
        self.check(part, check)["message"].as_str().unwrap()
    }

    /// Every check that is not as it should be: part, name and grade.
    pub(crate) fn complaints(&self) -> Vec<[&str; 3]> {
        let checks = self.report["checks"].as_array().unwrap().iter();
        checks
            .filter(|check| check["grade"] != "ok")
            .map(|check| ["part", "check", "grade"].map(|name| check[name].as_str().unwrap()))
            .collect()
    }
}
