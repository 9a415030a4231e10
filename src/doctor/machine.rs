//! This machine.

use super::Check;
use shared::{config::Config, display};
use std::path::Path;

const PART: &str = "machine";
/// Below this much free space the spool of a large table is likely to fill the disk.
const LITTLE: u64 = 5_000_000_000;
const FAR_TOO_LITTLE: u64 = 500_000_000;

pub(super) fn examine(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    // Only a worker spools, and only a worker has sources.
    if !config.sources.is_empty() {
        let folder = std::env::temp_dir();
        checks.push(space("spool", &folder, "point TMPDIR to a larger disk: a table's SQL waits there, compressed and encrypted, while its CSV is written"));
    }
    if config.is_embedded_vault() && config.data_dir.exists() {
        checks.push(space(
            "data folder",
            &config.data_dir,
            "point HANDOVER_DATA_DIR to a larger disk: archives are kept there",
        ));
    }
    checks.push(Check::ok(PART, "time zone", "every time is UTC; the machine's own zone does not matter"));
    checks
}

fn space(check: &'static str, folder: &Path, advice: &str) -> Check {
    match rustix::fs::statvfs(folder) {
        Ok(disk) => judge(check, folder, disk.f_bavail.saturating_mul(disk.f_frsize), advice),
        Err(error) => Check::problem(
            PART,
            check,
            format!("{}: {error}", folder.display()),
            "make the folder, and let this user write into it",
        ),
    }
}

fn judge(check: &'static str, folder: &Path, free: u64, advice: &str) -> Check {
    let message = format!(
        "{} free in {}",
        display::size(i64::try_from(free).unwrap_or(i64::MAX).unsigned_abs()),
        folder.display()
    );
    if free < FAR_TOO_LITTLE {
        Check::problem(PART, check, message, advice)
    } else if free < LITTLE {
        Check::warning(PART, check, message, advice)
    } else {
        Check::ok(PART, check, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn a_disk_that_is_nearly_full_is_told() {
        let grade = |free| judge("spool", Path::new("/tmp"), free, "").grade;
        assert_eq!(
            [grade(LITTLE), grade(LITTLE - 1), grade(FAR_TOO_LITTLE - 1)],
            [Grade::Ok, Grade::Warning, Grade::Problem]
        );
    }
}
