//! Sizes for people.

/// The size as a person reads it: three digits and a decimal unit, as operating systems show files when saving them.
pub(super) fn readable(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes == 1 {
        return "1 byte".into();
    }
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut size = bytes as f64;
    let mut unit = "bytes";
    for next in UNITS {
        // 999.5 would be shown as 1000.
        if size < 999.5 {
            break;
        }
        size /= 1000.0;
        unit = next;
    }
    if size < 9.995 {
        format!("{size:.2} {unit}")
    } else if size < 99.95 {
        format!("{size:.1} {unit}")
    } else {
        format!("{size:.0} {unit}")
    }
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
            (i64::MAX, "9223 PB"),
        ] {
            assert_eq!(readable(bytes), text, "{bytes}");
        }
    }
}
