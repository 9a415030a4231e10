//! The configuration by itself.

use super::Check;
use shared::config::Config;
use std::time::Duration;
use url::{Host, Url};

const PART: &str = "configuration";
const DAY: u64 = 24 * 3600;

pub(super) fn judge(config: &Config) -> Vec<Check> {
    vec![address(&config.public_url()), lifetimes(config), audit(config.audit.days, is_signed(config))]
}

fn address(url: &Url) -> Check {
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Check::ok(PART, "public address", format!("links begin with {url}")),
        _ if is_local => Check::warning(
            PART,
            "public address",
            format!("links begin with {url}, which leads nowhere on any other machine"),
            "set HANDOVER_PUBLIC_URL=https://… to the address people reach the API at",
        ),
        _ => Check::problem(
            PART,
            "public address",
            format!("links begin with {url}, so tokens and archives cross the network in the clear"),
            "put TLS before the API and set HANDOVER_PUBLIC_URL=https://…",
        ),
    }
}

fn lifetimes(config: &Config) -> Check {
    let days = config.retention.portal_days.min(config.retention.operator_days);
    let kept = format!(
        "archives are kept for {} days (portal), {} days (operator) and {} days (schedules without rules)",
        config.retention.portal_days, config.retention.operator_days, config.retention.schedule_days
    );
    if config.links.lifetime > Duration::from_secs(u64::from(days) * DAY) {
        return Check::warning(
            PART,
            "retention",
            format!("{kept}, but links are meant to live longer; they end with their archive"),
            format!(
                "lower HANDOVER_LINKS__LIFETIME to {days}d or raise HANDOVER_RETENTION__PORTAL_DAYS and HANDOVER_RETENTION__OPERATOR_DAYS"
            ),
        );
    }
    Check::ok(PART, "retention", kept)
}

/// Two years is what privacy policies promise.
const AUDIT_DAYS: u32 = 730;

/// Only workers sign; a process that serves no source is none.
fn is_signed(config: &Config) -> bool {
    config.ledger.url.is_none() || config.signing.key_file.is_some() || config.sources.is_empty()
}

fn audit(days: u32, is_signed: bool) -> Check {
    if !is_signed {
        return Check::warning(
            PART,
            "audit",
            "nobody signs the audit, so whoever can write to the ledger could rewrite it, and nothing of it is pruned",
            "make a key with `handover key signing new --out FILE` and set HANDOVER_SIGNING__KEY_FILE for the workers",
        );
    }
    if days < AUDIT_DAYS {
        return Check::warning(
            PART,
            "audit",
            format!("entries of the audit are kept for {days} days only"),
            format!("raise HANDOVER_AUDIT__DAYS to {AUDIT_DAYS}, unless your own policy says otherwise"),
        );
    }
    Check::ok(PART, "audit", format!("entries of the audit are kept for {days} days"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn links_go_over_https_unless_they_stay_on_this_machine() {
        let grade = |url: &str| address(&url.parse().unwrap()).grade;
        assert_eq!(grade("https://exports.example.com/"), Grade::Ok);
        assert_eq!(grade("http://exports.example.com/"), Grade::Problem);
        for local in ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:80/"] {
            assert_eq!(grade(local), Grade::Warning, "{local}");
        }
    }

    #[test]
    fn an_audit_that_nobody_signs_or_that_ends_early_is_told() {
        let grade = |days, is_signed| audit(days, is_signed).grade;
        assert_eq!(grade(730, true), Grade::Ok);
        assert_eq!(grade(729, true), Grade::Warning);
        assert_eq!(grade(730, false), Grade::Warning);
        let mut config = Config::default();
        assert!(is_signed(&config));
        config.ledger.url = Some("postgres://ledger/handover".into());
        assert!(is_signed(&config), "an API signs nothing");
    }

    #[test]
    fn links_that_would_outlive_their_archives_are_told() {
        let mut config = Config::default();
        assert_eq!(lifetimes(&config).grade, Grade::Ok);
        config.retention.portal_days = 3;
        assert_eq!(lifetimes(&config).grade, Grade::Warning);
    }
}
