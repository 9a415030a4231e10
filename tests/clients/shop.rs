//! An installation for a generated client, and running the tools that make one.

use crate::support::{
    client::Client, customertrackr::CustomerTrackr, embedded::Embedded, markers::marked, program::Invocation, secrets,
};
use examples::customertrackr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An installation that serves CustomerTrackr, a key for everything, and a folder with the document.
pub(super) struct Shop {
    installation: Embedded,
    _product: CustomerTrackr,
    tenant: String,
    key: String,
    folder: TempDir,
}

impl Shop {
    pub(super) async fn open() -> Shop {
        let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
        let installation = Embedded::serve(&product).await;
        let created = installation.command(&["key", "create", "--name", "clients", "--role", "admin"]).run().await;
        assert!(created.status.success(), "{created:?}");
        let key = created.stdout.trim().to_owned();
        secrets::keep("an API key", &key);
        let folder = tempfile::Builder::new().prefix("handover-client-").tempdir().unwrap();
        let document = Client::new(installation.portal.base()).get("/openapi.json").await;
        std::fs::write(folder.path().join("openapi.json"), &document.body).unwrap();
        Shop { installation, tenant: product.tenants[0].key.clone(), _product: product, key, folder }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Copies a program of this folder to where its client is.
    pub(super) fn copy(&self, name: &str) {
        let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
        std::fs::copy(programs.join(name), self.path(name)).unwrap();
    }

    /// Runs a tool that must succeed; what it said.
    pub(super) async fn run(&self, tool: &Path, arguments: &[&str]) -> String {
        let ended = Invocation::of(tool.to_str().unwrap(), arguments).run().await;
        assert!(ended.status.success(), "{arguments:?}:\n{}\n{}", ended.stdout, ended.stderr);
        format!("{}{}", ended.stdout, ended.stderr)
    }

    /// Runs a program with the server's address, the key and a tenant; its last line is `done` and the number of a ready export.
    pub(super) async fn talk(&self, tool: &Path, program: &str) {
        let program = self.path(program);
        let base = self.installation.portal.base();
        let said = self.run(tool, &[program.to_str().unwrap(), base, &self.key, &self.tenant]).await;
        let export =
            said.lines().last().and_then(|line| line.strip_prefix("done ")).unwrap_or_else(|| panic!("{said}"));
        assert_eq!(self.installation.portal.show(export).await["state"], "ready");
    }
}
