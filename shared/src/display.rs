//! Sizes and times as people read them: the same on pages, in mails and in archives.

use chrono::{DateTime, Utc};

/// The size as a person reads it: three digits and a decimal unit, as operating systems show files when saving them.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes == 1 {
        return "1 byte".into();
    }
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut count = bytes as f64;
    let mut unit = "bytes";
    for next in UNITS {
        // 999.5 would be shown as 1000.
        if count < 999.5 {
            break;
        }
        count /= 1000.0;
        unit = next;
    }
    if count < 9.995 {
        format!("{count:.2} {unit}")
    } else if count < 99.95 {
        format!("{count:.1} {unit}")
    } else {
        format!("{count:.0} {unit}")
    }
}

/// `22 November 2026, 13:37 UTC`.
pub fn moment(time: DateTime<Utc>) -> String {
    time.format("%-d %B %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits_and_a_unit() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.00 kB"),
            (12_345, "12.3 kB"),
            (999_499, "999 kB"),
            (999_500, "1.00 MB"),
            (9_995_000, "10.0 MB"),
            (2_147_483_648, "2.15 GB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }
}
