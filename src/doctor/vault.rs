//! The vault: whether archives can be stored, read and deleted, and what the bucket does by itself.

mod lifecycle;

use super::{Check, clock, strays, told};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use lifecycle::Needs;
use sha2::{Digest, Sha256};
use shared::{
    config::{Config, ServerSideEncryption, VaultConfig},
    ledger::Ledger,
    vault::{
        ObjectKey, Vault, VaultError,
        s3::{Answer, Examined},
    },
};
use std::time::Duration;

const PART: &str = "vault";
const WORD: &[u8] = b"A trial of handover doctor; it may be deleted.\n";
/// Signatures of requests count for a quarter of an hour.
const SIGNATURES: Duration = Duration::from_secs(15 * 60);

pub(super) async fn examine(config: &Config, ledger: Option<&Ledger>, now: DateTime<Utc>) -> Vec<Check> {
    if config.is_embedded_vault() && !config.data_dir.join("vault").exists() {
        let message =
            format!("{} does not exist yet; `handover serve` makes it", config.data_dir.join("vault").display());
        return vec![Check::unknown(PART, "usable", message)];
    }
    let vault = match Vault::open(config).await {
        Ok(vault) => vault,
        Err(error) => return vec![unusable(&error)],
    };
    let mut checks = vec![match try_out(&vault, &config.vault.prefix).await {
        Ok(()) => Check::ok(PART, "usable", usable(config)),
        Err(error) => unusable(&error),
    }];
    if let Vault::S3(bucket) = &vault {
        let examined = bucket.examine().await;
        checks.extend(skew(&config.vault).await);
        checks.push(encryption(&config.vault, &examined));
        checks.push(public_access(&examined));
        checks.push(policy(&examined));
        checks.push(versions(&examined));
        checks.extend(of_lifecycle(config, &examined, ledger, now).await);
        if let Some(ledger) = ledger {
            checks.push(strays::examine(bucket, &prefix(&config.vault), ledger, now).await);
        }
    }
    checks
}

/// Stores, confirms, reads and deletes a small object, as is done with archives.
async fn try_out(vault: &Vault, prefix: &str) -> Result<(), VaultError> {
    let key = ObjectKey::random(prefix, 0);
    let stored = async {
        let mut upload = vault.upload(&key, "text/plain", "trial.txt").await?;
        upload.write(Bytes::from_static(WORD)).await?;
        upload.finish(Sha256::digest(WORD).into()).await?;
        let chunks: Vec<Bytes> = vault.read(&key, None).await?.try_collect().await?;
        if chunks.concat() == WORD { Ok(()) } else { Err(VaultError::Mismatch("other bytes came back".into())) }
    }
    .await;
    let deleted = vault.delete(&key).await;
    stored.and(deleted)
}

fn usable(config: &Config) -> String {
    match (&config.vault.bucket, config.vault.encryption) {
        (None, _) => format!("a file was stored, read and deleted in {}", config.data_dir.join("vault").display()),
        (Some(bucket), ServerSideEncryption::None) => {
            format!("an object was stored, read and deleted in bucket {bucket}; no encryption was asked for")
        }
        (Some(bucket), _) => {
            format!("an object was stored, read and deleted in bucket {bucket}; the server confirmed its encryption")
        }
    }
}

fn unusable(error: &VaultError) -> Check {
    let advice = match error {
        VaultError::Refused(code) => match code.as_str() {
            "NoSuchBucket" => "make the bucket, or correct HANDOVER_VAULT__BUCKET and HANDOVER_VAULT__REGION",
            "RequestTimeTooSkewed" => "let this machine follow a time server: its clock is too far from the vault's",
            "InvalidAccessKeyId" | "SignatureDoesNotMatch" => {
                "correct HANDOVER_VAULT__ACCESS_KEY_ID and HANDOVER_VAULT__SECRET_ACCESS_KEY"
            }
            _ => {
                "check HANDOVER_VAULT__ACCESS_KEY_ID and HANDOVER_VAULT__SECRET_ACCESS_KEY, and let this key store, read and delete objects and list the bucket; docs/operating.md names the rights"
            }
        },
        VaultError::Mismatch(_) => "the server does not do what is asked of it; see the message",
        VaultError::Unavailable(_) => {
            "check HANDOVER_VAULT__ENDPOINT and HANDOVER_VAULT__REGION, and whether a firewall is between"
        }
        VaultError::Folder(_) => "check HANDOVER_DATA_DIR, its owner and its disk",
        VaultError::NotFound | VaultError::TooManyParts => {
            "the object vanished between two requests; is there a rule that deletes at once?"
        }
    };
    Check::problem(PART, "usable", told(error), advice)
}

/// Every HTTP answer tells the server's time; the request needs no key, and may be refused.
async fn skew(config: &VaultConfig) -> Option<Check> {
    let address = config
        .endpoint
        .as_ref()
        .map_or_else(|| format!("https://s3.{}.amazonaws.com/", config.region), ToString::to_string);
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .ok()?;
    let before = shared::clock::now();
    let answer = client.head(address).send().await.ok()?;
    let date = answer.headers().get(reqwest::header::DATE)?.to_str().ok()?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?.to_utc();
    Some(clock::judge(PART, theirs, before, shared::clock::now(), SIGNATURES))
}

fn prefix(config: &VaultConfig) -> String {
    match config.prefix.trim_end_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    }
}

fn encryption(config: &VaultConfig, examined: &Examined) -> Check {
    const CHECK: &str = "encryption";
    let asked = config.encryption != ServerSideEncryption::None;
    match (&examined.encryption, asked) {
        (Answer::Told(Some(default)), _) => {
            Check::ok(PART, CHECK, format!("the bucket encrypts with {default} by default"))
        }
        (Answer::Told(None), true) => {
            Check::ok(PART, CHECK, "the bucket has no default, but every archive asks for its encryption")
        }
        (Answer::Told(None), false) => Check::problem(
            PART,
            CHECK,
            "archives are stored as they are: none is asked for and the bucket has no default",
            "set HANDOVER_VAULT__ENCRYPTION=AES256, or encrypt the server's disks",
        ),
        (Answer::Unsupported, false) => Check::warning(
            PART,
            CHECK,
            "this server offers no encryption of its own, and none is asked for",
            "encrypt the server's disks",
        ),
        (Answer::Unsupported, true) => not_here(CHECK, "default encryption of a bucket"),
        (Answer::Refused(why), _) => hidden(CHECK, why, "s3:GetEncryptionConfiguration"),
    }
}

fn public_access(examined: &Examined) -> Check {
    const CHECK: &str = "public access";
    match &examined.public_access_blocks {
        Answer::Told(4) => Check::ok(PART, CHECK, "all of it is blocked"),
        Answer::Told(on) => Check::problem(
            PART,
            CHECK,
            format!("{on} of 4 blocks are on: one careless grant could make archives public"),
            "aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration \
             BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
        ),
        Answer::Unsupported => not_here(CHECK, "blocks of public access"),
        Answer::Refused(why) => hidden(CHECK, why, "s3:GetBucketPublicAccessBlock"),
    }
}

fn policy(examined: &Examined) -> Check {
    const CHECK: &str = "policy";
    match &examined.is_public {
        Answer::Told(false) => Check::ok(PART, CHECK, "the bucket's policy does not let the public in"),
        Answer::Told(true) => Check::problem(
            PART,
            CHECK,
            "the bucket's policy lets the public in",
            "remove every statement with Principal \"*\" that has no condition",
        ),
        Answer::Unsupported => not_here(CHECK, "the status of a policy"),
        Answer::Refused(why) => hidden(CHECK, why, "s3:GetBucketPolicyStatus"),
    }
}

fn versions(examined: &Examined) -> Check {
    const CHECK: &str = "versions";
    match &examined.keeps_versions {
        Answer::Told(false) => Check::ok(PART, CHECK, "none are kept: what is deleted is gone"),
        Answer::Told(true) => Check::ok(
            PART,
            CHECK,
            "are kept, so the sweep deletes every version of an archive; the key needs s3:ListBucketVersions and s3:DeleteObjectVersion",
        ),
        Answer::Unsupported => not_here(CHECK, "versions"),
        Answer::Refused(why) => hidden(CHECK, why, "s3:GetBucketVersioning"),
    }
}

async fn of_lifecycle(config: &Config, examined: &Examined, ledger: Option<&Ledger>, now: DateTime<Utc>) -> Vec<Check> {
    const CHECK: &str = "lifecycle";
    let rules = match &examined.lifecycle {
        Answer::Told(rules) => rules,
        Answer::Unsupported => return vec![not_here(CHECK, "lifecycle rules")],
        Answer::Refused(why) => return vec![hidden(CHECK, why, "s3:GetLifecycleConfiguration")],
    };
    match Needs::gather(config, ledger).await {
        Ok(needs) => lifecycle::judge(&prefix(&config.vault), rules, &needs, now),
        Err(error) => vec![Check::unknown(PART, CHECK, format!("the ledger did not answer: {}", told(&error)))],
    }
}

fn not_here(check: &'static str, what: &str) -> Check {
    Check::unknown(PART, check, format!("{what}: not supported here"))
}

fn hidden(check: &'static str, why: &str, right: &str) -> Check {
    Check {
        advice: Some(format!("to have it checked, give this key {right}; exports do not need it")),
        ..Check::unknown(PART, check, format!("the server does not tell: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    fn good() -> Examined {
        Examined {
            encryption: Answer::Told(Some("AES256".into())),
            public_access_blocks: Answer::Told(4),
            is_public: Answer::Told(false),
            lifecycle: Answer::Told(Vec::new()),
            keeps_versions: Answer::Told(false),
        }
    }

    #[test]
    fn a_bucket_that_the_public_may_enter_is_a_problem() {
        assert_eq!((public_access(&good()).grade, policy(&good()).grade), (Grade::Ok, Grade::Ok));
        let open = Examined { public_access_blocks: Answer::Told(3), is_public: Answer::Told(true), ..good() };
        assert_eq!((public_access(&open).grade, policy(&open).grade), (Grade::Problem, Grade::Problem));
    }

    #[test]
    fn archives_without_any_encryption_are_a_problem() {
        let (asked, not_asked) =
            (VaultConfig::default(), VaultConfig { encryption: ServerSideEncryption::None, ..VaultConfig::default() });
        let without = Examined { encryption: Answer::Told(None), ..good() };
        let unsupported = Examined { encryption: Answer::Unsupported, ..good() };
        assert_eq!(encryption(&not_asked, &good()).grade, Grade::Ok);
        assert_eq!(encryption(&asked, &without).grade, Grade::Ok);
        assert_eq!(encryption(&not_asked, &without).grade, Grade::Problem);
        assert_eq!(encryption(&not_asked, &unsupported).grade, Grade::Warning);
        assert_eq!(encryption(&asked, &unsupported).grade, Grade::Unknown);
    }

    #[test]
    fn what_a_key_may_not_see_is_unknown_and_says_which_right_is_missing() {
        let check = policy(&Examined { is_public: Answer::Refused("AccessDenied".into()), ..good() });
        assert_eq!(check.grade, Grade::Unknown);
        assert!(check.advice.unwrap().contains("s3:GetBucketPolicyStatus"));
    }
}
