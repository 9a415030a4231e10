//! The header that makes a browser save a download under its name.

use std::fmt::Write;

/// `Content-Disposition: attachment` for `file_name` (RFC 6266), with the name in ASCII and in UTF-8 (RFC 8187).
/// What could end the header or lead to another folder is replaced by `_`.
pub fn attachment(file_name: &str) -> String {
    let name: String = file_name
        .chars()
        .map(|c| match c {
            '/' | '\\' => '_',
            c if c.is_control() => '_',
            c => c,
        })
        .collect();
    let ascii: String = name
        .chars()
        .map(|c| match c {
            '"' | '%' => '_',
            c if c.is_ascii() => c,
            _ => '_',
        })
        .collect();
    let mut header = format!("attachment; filename=\"{ascii}\"");
    if ascii != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                header.push(char::from(byte));
            } else {
                // A String takes all that is written.
                let _ = write!(header, "%{byte:02X}");
            }
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::attachment;
    use proptest::prelude::*;

    #[test]
    fn a_plain_name_needs_no_second_form() {
        assert_eq!(attachment("export 2026-11-22.zip"), "attachment; filename=\"export 2026-11-22.zip\"");
    }

    #[test]
    fn another_name_is_given_in_both_forms() {
        assert_eq!(
            attachment("Müller \"Söhne\".zip"),
            "attachment; filename=\"M_ller _S_hne_.zip\"; filename*=UTF-8''M%C3%BCller%20%22S%C3%B6hne%22.zip"
        );
        assert_eq!(attachment("../a\r\nb"), "attachment; filename=\".._a__b\"");
    }

    proptest! {
        #[test]
        fn a_name_never_ends_the_header(name in "(?s).*") {
            let header = attachment(&name);
            prop_assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{header:?}");
            prop_assert_eq!(header.matches('"').count(), 2);
        }
    }
}
