//! What the operating system says of this process.

use crate::clock;
use metrics::gauge;
use std::{fs, sync::OnceLock};

/// Notes memory, open files and start. What the system does not tell is left out.
pub(super) fn record() {
    static STARTED: OnceLock<f64> = OnceLock::new();
    let started = STARTED.get_or_init(seconds_since_1970);
    gauge!("process_start_time_seconds").set(*started);
    if let Some(bytes) = resident_bytes() {
        gauge!("process_resident_memory_bytes").set(bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // The folder itself is open while it is read.
        let open = u32::try_from(open.count().saturating_sub(1)).unwrap_or(u32::MAX);
        gauge!("process_open_fds").set(f64::from(open));
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit into 53 bits")]
fn seconds_since_1970() -> f64 {
    clock::now().timestamp_millis() as f64 / 1000.0
}

fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn the_system_tells_the_memory_of_this_process() {
        let bytes = super::resident_bytes().unwrap();
        assert!((1e6..1e12).contains(&bytes), "{bytes}");
    }
}
