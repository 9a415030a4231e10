//! The configuration by itself.

use super::Check;
use shared::config::Config;
use std::time::Duration;
use url::{Host, Url};

const PART: &str = "configuration";
const DAY: u64 = 24 * 3600;

pub(super) fn judge(config: &Config) -> Vec<Check> {
    vec![address(&config.public_url()), lifetimes(config)]
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
    fn links_that_would_outlive_their_archives_are_told() {
        let mut config = Config::default();
        assert_eq!(lifetimes(&config).grade, Grade::Ok);
        config.retention.portal_days = 3;
        assert_eq!(lifetimes(&config).grade, Grade::Warning);
    }
}
