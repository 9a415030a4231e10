//! The bucket's own rules: a back-stop for what the sweep should have deleted, and a danger to what is still to be kept.

use super::PART;
use crate::doctor::Check;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use shared::{
    config::Config,
    ledger::{Ledger, Result, examination, exports, rules},
    vault::s3::Rule,
};

const CHECK: &str = "lifecycle";
/// How much longer than any archive the back-stop waits: time to notice that the sweep does not delete.
const MARGIN_DAYS: i64 = 30;
/// No upload takes so long.
const ABORT_DAYS: i32 = 7;
/// A held archive that would be deleted within this time is told.
const SOON: TimeDelta = TimeDelta::days(30);

/// How long archives must not be touched by the bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// The longest that any archive lives, in days.
    pub(super) longest_days: i64,
    /// Whether schedules keep archives by rules alone, without an end.
    pub(super) is_endless: bool,
    /// When the archives that are held were stored, with the numbers of their exports.
    pub(super) held: Vec<(String, DateTime<Utc>)>,
}

impl Needs {
    /// From the settings, the schedules' rules, and the promises that were made to ready archives when other settings were in force.
    pub(super) async fn gather(config: &Config, ledger: Option<&Ledger>) -> Result<Self> {
        let mut needs = Self { longest_days: config.retention.longest_days().into(), ..Self::default() };
        let Some(ledger) = ledger else { return Ok(needs) };
        for own in rules::in_force(ledger).await? {
            match own.max_age_days {
                Some(days) => needs.longest_days = needs.longest_days.max(days.into()),
                None => needs.is_endless |= own.has_rules(),
            }
        }
        for life in examination::lives(ledger).await? {
            if let Some(end) = life.expires_at {
                let days = (end - life.finished_at + TimeDelta::days(1) - TimeDelta::microseconds(1)).num_days();
                needs.longest_days = needs.longest_days.max(days);
            }
        }
        for held in exports::held(ledger).await? {
            needs.held.extend(held.finished_at.map(|stored| (held.id.to_string(), stored)));
        }
        Ok(needs)
    }
}

/// The rules in force against what archives below `prefix` need.
pub(super) fn judge(prefix: &str, rules: &[Rule], needs: &Needs, now: DateTime<Utc>) -> Vec<Check> {
    let touching: Vec<&Rule> =
        rules.iter().filter(|rule| rule.prefix.starts_with(prefix) || prefix.starts_with(&rule.prefix)).collect();
    let mut checks: Vec<Check> = touching.iter().filter_map(|rule| danger(rule, needs, now)).collect();
    let covers = |rule: &&&Rule| prefix.starts_with(&rule.prefix) && !rule.is_partial;
    let aborts = touching.iter().filter(covers).any(|rule| rule.aborts_after_days.is_some());
    let expires = touching.iter().filter(covers).any(|rule| rule.expires_after_days.is_some());
    let missing = match (aborts, expires || needs.is_endless) {
        (true, true) => {
            if checks.is_empty() {
                checks.push(Check::ok(PART, CHECK, "the bucket's rules are a back-stop and touch nothing too early"));
            }
            return checks;
        }
        (false, true) => "no rule aborts uploads that were never completed",
        (true, false) => "no rule deletes what the sweep should have deleted",
        (false, false) => {
            "no rule deletes what the sweep should have deleted, or aborts uploads that were never completed"
        }
    };
    let advice = format!(
        "merge this into the bucket's rules (`aws s3api put-bucket-lifecycle-configuration` replaces all of them):\n{}",
        back_stop(prefix, needs)
    );
    checks.push(Check::warning(PART, CHECK, missing, advice));
    checks
}

/// What a rule would delete that it must not.
fn danger(rule: &Rule, needs: &Needs, now: DateTime<Utc>) -> Option<Check> {
    let days = i64::from(rule.expires_after_days?);
    if days <= needs.longest_days {
        let when = if days == 0 { "on a fixed date".to_owned() } else { format!("after {days} days") };
        return Some(Check::problem(
            PART,
            CHECK,
            format!(
                "rule `{}` deletes archives {when}, but some are to be kept for {} days",
                rule.id, needs.longest_days
            ),
            format!("let it wait for at least {} days", needs.longest_days + MARGIN_DAYS),
        ));
    }
    if let Some((export, stored)) = needs.held.iter().find(|(_, stored)| *stored + TimeDelta::days(days) <= now + SOON)
    {
        let end = *stored + TimeDelta::days(days);
        return Some(Check::problem(
            PART,
            CHECK,
            format!("rule `{}` deletes the held archive of export {export} on {}", rule.id, end.format("%Y-%m-%d")),
            "the bucket knows nothing of holds: let the rule wait longer, or take it away until the hold is released",
        ));
    }
    needs.is_endless.then(|| {
        Check::warning(
            PART,
            CHECK,
            format!("rule `{}` deletes archives after {days} days, but a schedule keeps some by its rules alone, without an end", rule.id),
            "give the schedule a max_age_days, or take the expiration out of the rule",
        )
    })
}

/// The rules to set, as S3 takes them.
fn back_stop(prefix: &str, needs: &Needs) -> String {
    let mut rule = json!({
        "ID": "handover-back-stop",
        "Status": "Enabled",
        "Filter": { "Prefix": prefix },
        "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": ABORT_DAYS },
    });
    if !needs.is_endless {
        rule["Expiration"] = json!({ "Days": needs.longest_days + MARGIN_DAYS });
    }
    serde_json::to_string_pretty(&json!({ "Rules": [rule] })).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    fn rule(prefix: &str, expires_after_days: Option<i32>, aborts_after_days: Option<i32>) -> Rule {
        Rule { id: "r".into(), prefix: prefix.into(), is_partial: false, expires_after_days, aborts_after_days }
    }

    fn needs() -> Needs {
        Needs { longest_days: 365, ..Needs::default() }
    }

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + day)
    }

    fn grades(rules: &[Rule], needs: &Needs) -> Vec<Grade> {
        judge("archives/", rules, needs, at(0)).iter().map(|check| check.grade).collect()
    }

    #[test]
    fn a_bucket_without_rules_is_told_which_to_set() {
        let checks = judge("archives/", &[], &needs(), at(0));
        assert_eq!(checks[0].grade, Grade::Warning);
        let (_, rules) = checks[0].advice.as_ref().unwrap().split_once('\n').unwrap();
        let rules: serde_json::Value = serde_json::from_str(rules).unwrap();
        assert_eq!(rules["Rules"][0]["Expiration"]["Days"], 395);
        assert_eq!(rules["Rules"][0]["Filter"]["Prefix"], "archives/");
        let endless = Needs { is_endless: true, ..needs() };
        assert!(!back_stop("archives/", &endless).contains("Expiration"));
    }

    #[test]
    fn a_back_stop_covers_every_archive_and_waits_longer_than_any_lives() {
        assert_eq!(grades(&[rule("archives/", Some(395), Some(7))], &needs()), [Grade::Ok]);
        assert_eq!(grades(&[rule("", Some(366), None), rule("arch", None, Some(1))], &needs()), [Grade::Ok]);
        assert_eq!(grades(&[rule("archives/", Some(395), None)], &needs()), [Grade::Warning]);
        assert_eq!(grades(&[rule("archives/old/", Some(395), Some(7))], &needs()), [Grade::Warning]);
        let partial = Rule { is_partial: true, ..rule("archives/", Some(395), Some(7)) };
        assert_eq!(grades(&[partial], &needs()), [Grade::Warning]);
    }

    #[test]
    fn a_rule_that_deletes_too_early_is_a_problem_wherever_it_touches_archives() {
        for prefix in ["", "archives/", "archives/a"] {
            assert_eq!(
                grades(&[rule("archives/", Some(400), Some(7)), rule(prefix, Some(365), None)], &needs()),
                [Grade::Problem]
            );
        }
        assert_eq!(
            grades(&[rule("archives/", Some(400), Some(7)), rule("logs/", Some(1), None)], &needs()),
            [Grade::Ok]
        );
        assert_eq!(grades(&[rule("archives/", Some(0), Some(7))], &needs()), [Grade::Problem]);
    }

    #[test]
    fn a_rule_that_would_delete_a_held_archive_soon_is_a_problem() {
        let held = |day| Needs { held: vec![("e".into(), at(day))], ..needs() };
        let rules = [rule("archives/", Some(400), Some(7))];
        assert_eq!(grades(&rules, &held(-369)), [Grade::Ok]);
        assert_eq!(grades(&rules, &held(-370)), [Grade::Problem]);
    }

    #[test]
    fn a_rule_that_ends_what_a_schedule_keeps_without_an_end_is_a_warning() {
        let endless = Needs { is_endless: true, ..needs() };
        assert_eq!(grades(&[rule("archives/", Some(400), Some(7))], &endless), [Grade::Warning]);
        assert_eq!(grades(&[rule("archives/", None, Some(7))], &endless), [Grade::Ok]);
    }
}
