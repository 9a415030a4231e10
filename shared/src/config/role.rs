//! What a process does, and what its configuration must and must not hold for that.

use super::{Config, EncryptionMode, findings::Findings};

/// What a process does, which decides what its configuration must and must not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `handover serve`: API and worker in one process.
    Serve,
    /// `handover api`: needs a shared ledger, queue, vault and link keys; must hold no sources, no mail relay and no signing key.
    Api,
    /// `handover worker`: needs a shared ledger, queue, vault, link keys and a mail relay.
    Worker,
    /// A command that only uses the ledger (`migrate`, `key`, `healthcheck`).
    Ledger,
}

impl Role {
    /// The name of such a process among the services of an installation, as traces show it.
    pub fn service(self) -> &'static str {
        match self {
            Self::Serve => "handover",
            Self::Api => "handover-api",
            Self::Worker => "handover-worker",
            Self::Ledger => "handover-cli",
        }
    }

    pub(super) fn check(self, config: &Config, findings: &mut Findings) {
        match self {
            Self::Serve => check_sources(config, findings),
            Self::Api => {
                check_shared(config, "handover api", findings);
                if !config.sources.is_empty() {
                    findings.add("HANDOVER_SOURCES", "the API holds no source credentials; set it for the worker only");
                }
                if config.mail.url.is_some() {
                    findings.add(
                        "HANDOVER_MAIL__URL",
                        "the API sends no mail and holds no relay's password; set it for the worker only",
                    );
                }
                if config.signing.key_file.is_some() {
                    findings.add("HANDOVER_SIGNING__KEY_FILE", "the API signs no archive; set it for the worker only");
                }
            }
            Self::Worker => {
                check_shared(config, "handover worker", findings);
                if config.mail.url.is_none() {
                    findings.add(
                        "HANDOVER_MAIL__URL",
                        "is not set; `handover worker` sends mail: set smtp://user:password@host:587",
                    );
                }
                check_sources(config, findings);
            }
            Self::Ledger => {}
        }
    }
}

fn check_sources(config: &Config, findings: &mut Findings) {
    for (name, source) in &config.sources {
        source.check(name, findings);
    }
}

/// What API and worker have in common when they are two processes.
fn check_shared(config: &Config, command: &str, findings: &mut Findings) {
    if !config.ledger.is_postgres() {
        findings.add(
            "HANDOVER_LEDGER__URL",
            format_args!(
                "`{command}` shares the ledger with other processes: set postgres://… (SQLite is for `handover serve`)"
            ),
        );
    }
    let required = [
        (
            "HANDOVER_PUBLIC_URL",
            config.public_url.is_some(),
            "the address people reach the API at, since it stands in links",
        ),
        ("HANDOVER_QUEUE__URL", config.queue.url.is_some(), "redis://…"),
        ("HANDOVER_VAULT__BUCKET", config.vault.bucket.is_some(), "the bucket that holds archives"),
        (
            "HANDOVER_LINKS__KEYS",
            config.links.keys.is_some(),
            "id:base64 of 32 random bytes, the same for every process",
        ),
        (
            "HANDOVER_ENCRYPTION__KEYS",
            config.encryption.mode == EncryptionMode::None || config.encryption.has_key(),
            "what `handover key encryption new` prints, the same for every process, or HANDOVER_ENCRYPTION__KMS_KEY_ID",
        ),
    ];
    for (variable, is_set, what) in required {
        if !is_set {
            findings.add(variable, format_args!("is not set; `{command}` needs it: set {what}"));
        }
    }
}
