//! The sources: reachable, exportable, and read by a user that can do nothing else.

use super::{Check, clock};
use shared::{clock::now, config::SourceConfig};
use std::time::Duration;
use worker::{
    catalog::Catalog,
    check,
    error::ExportError,
    source::{Rights, Source},
    steps::Steps,
};

/// No lease is compared with a source's clock.
const NO_LEASE: Duration = Duration::from_secs(3600);

pub(super) async fn examine(name: &str, config: &SourceConfig) -> Vec<Check> {
    let part = format!("source {name}");
    let source = match Source::new(name, &config.url) {
        Ok(source) => source,
        Err(error) => return vec![refused(&part, "reachable", &error)],
    };
    let before = now();
    let rights = match source.rights().await {
        Ok(rights) => rights,
        Err(error) => return vec![refused(&part, "reachable", &error)],
    };
    let mut checks = judge(&part, &rights);
    if let Some(theirs) = rights.clock {
        checks.push(clock::judge(&part, theirs, before, now(), NO_LEASE));
    }
    checks.push(catalog(&part, &source, config).await);
    checks
}

async fn catalog(part: &str, source: &Source, config: &SourceConfig) -> Check {
    let found = async {
        let catalog = Catalog::read(&config.catalog)?;
        match &catalog.tenant.placement {
            Some(_) => check::placement::check(source, &catalog, None, false, &Steps::default()).await,
            None => Ok(check::check(&catalog, &source.schema(&catalog.schemas).await?)),
        }
    };
    match found.await {
        Ok(findings) => match findings.iter().filter(|finding| !finding.is_information()).count() {
            0 => Check::ok(part, "catalog", "fits the live schema"),
            count => Check::problem(
                part,
                "catalog",
                match count {
                    1 => "1 finding: exports that it concerns do not start".to_owned(),
                    count => format!("{count} findings: exports that they concern do not start"),
                },
                format!(
                    "`handover catalog check --source URL --catalog {}` names each; URL is the source's",
                    config.catalog.display()
                ),
            ),
        },
        Err(error) => refused(part, "catalog", &error),
    }
}

fn refused(part: &str, check: &'static str, error: &ExportError) -> Check {
    // Its text is for people and says what to do; its causes may hold the database's own words.
    Check::problem(
        part,
        check,
        error.to_string().replace(char::is_control, " "),
        "exports of this source fail until then",
    )
}

fn judge(part: &str, rights: &Rights) -> Vec<Check> {
    let mut checks = vec![Check::ok(part, "reachable", "answers")];
    checks.push(if rights.beyond_reading.is_empty() {
        Check::ok(part, "role", "its user can only read")
    } else {
        Check::warning(
            part,
            "role",
            format!("user {} {}", rights.role, rights.beyond_reading.join(", and ")),
            "give Handover a user of its own that can only read; docs/catalog.md shows the statements",
        )
    });
    match (rights.is_encrypted, rights.is_local) {
        (Some(true), _) => checks.push(Check::ok(part, "encrypted", "the connection is encrypted")),
        (Some(false), true) => checks.push(Check::ok(part, "encrypted", "the connection does not leave this machine")),
        (Some(false), false) => checks.push(Check::problem(
            part,
            "encrypted",
            "customers' rows cross the network in the clear",
            "add `?sslmode=verify-full` (PostgreSQL) or `?ssl-mode=VERIFY_IDENTITY` (MySQL) to the source's URL",
        )),
        (None, _) => {}
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn a_connection_in_the_clear_is_a_problem_once_it_leaves_the_machine() {
        let rights = |is_encrypted, is_local| Rights {
            role: "r".into(),
            beyond_reading: Vec::new(),
            is_encrypted: Some(is_encrypted),
            is_local,
            clock: None,
        };
        let grade = |is_encrypted, is_local| judge("source s", &rights(is_encrypted, is_local))[2].grade;
        assert_eq!(
            [grade(true, false), grade(false, true), grade(false, false)],
            [Grade::Ok, Grade::Ok, Grade::Problem]
        );
    }
}
