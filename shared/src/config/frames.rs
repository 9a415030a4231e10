//! Who may show the pages in a frame.

use super::findings::Findings;
use url::Url;

/// The sources of the CSP directive `frame-ancestors`, from `none`, `self` and origins, separated by commas or spaces;
/// `None` if it is none of these.
pub(super) fn sources(text: &str) -> Option<String> {
    let entries: Vec<&str> = text.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).collect();
    match entries.as_slice() {
        [] | ["none"] => return Some("'none'".into()),
        _ => {}
    }
    let source = |entry: &&str| match *entry {
        "self" => Some("'self'".to_owned()),
        entry => {
            let url = Url::parse(entry).ok()?;
            if entry.contains(['*', ';', '\'']) {
                return None;
            }
            let is_origin = matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == entry;
            is_origin.then(|| entry.to_owned())
        }
    };
    Some(entries.iter().map(source).collect::<Option<Vec<_>>>()?.join(" "))
}

pub(super) fn check(text: &str, findings: &mut Findings) {
    if sources(text).is_none() {
        let what = "must be `none`, or `self` and origins such as https://app.example.com, separated by commas";
        findings.add("HANDOVER_FRAME_ANCESTORS", what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keywords_and_origins_come_into_the_policy() {
        let own = |text| sources(text);
        assert_eq!(own("").as_deref(), Some("'none'"));
        assert_eq!(own("none").as_deref(), Some("'none'"));
        assert_eq!(own("self, https://app.example.com").as_deref(), Some("'self' https://app.example.com"));
        for text in [
            "*",
            "none,self",
            "https://app.example.com/",
            "https://app.example.com/path",
            "app.example.com",
            "https://*.example.com",
            "https://a.example;script-src *",
            "'self'",
        ] {
            assert_eq!(sources(text), None, "{text}");
        }
    }
}
