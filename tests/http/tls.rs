//! TLS in the process itself, asked by other people's programs.

use super::wire::{Wire, address};
use crate::support::{
    api::Api,
    patience::{LONG, until},
    process::{run, text},
    program::handover,
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A certificate for localhost that signs itself, and its key.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Files {
        let files = Files { folder: tempfile::tempdir().unwrap() };
        files.renew();
        files
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Another key and another certificate, in the same files.
    fn renew(&self) {
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]);
        openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
        openssl.args(["-keyout", text(&self.key()), "-out", text(&self.certificate())]);
        run(&mut openssl);
    }

    async fn serve(&self) -> Api {
        let (certificate, key) = (self.certificate(), self.key());
        Api::start_with(move |config| {
            config.tls.certificate_file = Some(certificate);
            config.tls.key_file = Some(key);
        })
        .await
    }
}

/// Asks as curl does with exactly this certificate as authority; what it printed, if it was answered.
async fn curl(api: &Api, authority: &Path, more: &[&str]) -> Option<String> {
    let mut curl = tokio::process::Command::new("curl");
    let url = format!("https://localhost:{}/health/live", address(api).port());
    curl.args(["-sS", "--noproxy", "*", "--cacert", text(authority), "--resolve"]);
    curl.arg(format!("localhost:{}:127.0.0.1", address(api).port())).args(more).arg(url);
    let output = curl.output().await.unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn https_is_spoken_in_both_versions_and_nothing_older() {
    let files = Files::new();
    let api = files.serve().await;
    let version = ["-o", "/dev/null", "-w", "%{http_version} %{http_code}"];
    let asked = async |more: &[&str]| curl(&api, &files.certificate(), &[&version[..], more].concat()).await;
    assert_eq!(asked(&["--http2"]).await.as_deref(), Some("2 200"));
    assert_eq!(asked(&["--http1.1"]).await.as_deref(), Some("1.1 200"));
    assert_eq!(asked(&["--tls-max", "1.2"]).await.as_deref(), Some("2 200"));
    assert_eq!(asked(&["--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"]).await, None);
    let headers = curl(&api, &files.certificate(), &["-D", "-"]).await.unwrap().to_lowercase();
    assert!(headers.contains("strict-transport-security: max-age=31536000"), "{headers}");
    let mut plain = Wire::open(&api).await;
    plain.send("GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let said = plain.read_to_end().await;
    assert!(!said.starts_with(b"HTTP/"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn a_new_certificate_counts_without_a_restart_and_a_broken_one_never() {
    let files = Files::new();
    let api = files.serve().await;
    let before = files.folder.path().join("before.pem");
    std::fs::copy(files.certificate(), &before).unwrap();
    assert!(curl(&api, &before, &[]).await.is_some());
    files.renew();
    until("the new certificate", LONG, async || curl(&api, &files.certificate(), &[]).await).await;
    assert!(curl(&api, &before, &[]).await.is_none());

    let good = files.folder.path().join("good.pem");
    std::fs::copy(files.certificate(), &good).unwrap();
    std::fs::write(files.certificate(), "not a certificate").unwrap();
    // The next good one shows that the files were looked at; the broken one changed nothing meanwhile.
    assert!(curl(&api, &good, &[]).await.is_some());
    files.renew();
    until("the third certificate", LONG, async || curl(&api, &files.certificate(), &[]).await).await;
}

#[tokio::test]
async fn the_health_check_believes_the_configured_certificate_and_no_other() {
    let (files, others) = (Files::new(), Files::new());
    let api = files.serve().await;
    let check = async |files: &Files| {
        let check = handover(&["healthcheck"])
            .set("HANDOVER_LISTEN", address(&api).to_string())
            .set("HANDOVER_TLS__CERTIFICATE_FILE", files.certificate())
            .set("HANDOVER_TLS__KEY_FILE", files.key());
        check.run().await
    };
    let well = check(&files).await;
    assert!(well.status.success() && well.stdout.contains("live"), "{well:?}");
    assert!(!check(&others).await.status.success());
}

#[tokio::test]
async fn a_certificate_without_its_key_stops_the_start() {
    let (files, others) = (Files::new(), Files::new());
    let start = async |key: &Path| {
        let folder = tempfile::tempdir().unwrap();
        let serve = handover(&["serve"])
            .set("HANDOVER_LISTEN", "127.0.0.1:0")
            .set("HANDOVER_DATA_DIR", folder.path())
            .set("HANDOVER_TLS__CERTIFICATE_FILE", files.certificate())
            .set("HANDOVER_TLS__KEY_FILE", key);
        serve.run().await
    };
    for key in [others.key(), files.certificate(), files.folder.path().join("missing.pem")] {
        let ended = start(&key).await;
        assert!(!ended.status.success() && ended.stderr.contains("HANDOVER_TLS__KEY_FILE"), "{ended:?}");
    }
}
