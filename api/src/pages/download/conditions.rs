//! What a request makes its answer depend on (RFC 9110, sections 13 and 14): the file's tag, its date, and a range.

use crate::range::{self, Wanted};
use actix_web::{
    HttpRequest,
    http::header::{self, EntityTag, HeaderName, HttpDate},
};
use chrono::{DateTime, Utc};
use shared::ledger::files::File;
use std::{str::FromStr, time::SystemTime};

/// By what a file is known to have stayed the same. Archives never change: the tag is strong, and so is the date.
pub(super) struct Validators {
    tag: EntityTag,
    /// To the second, as HTTP tells it.
    modified: SystemTime,
    length: u64,
}

/// How a request is to be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 200 or 206.
    Bytes(Wanted),
    /// 304.
    NotModified,
    /// 412.
    Failed,
}

impl Validators {
    pub(super) fn of(file: &File) -> Self {
        let seconds = DateTime::<Utc>::from_timestamp(file.created_at.timestamp(), 0).unwrap_or_default();
        Self {
            tag: EntityTag::new_strong(hex::encode(&file.sha256)),
            modified: seconds.into(),
            length: file.bytes.unsigned_abs(),
        }
    }

    /// `ETag`: the file's SHA-256.
    pub(super) fn tag(&self) -> header::ETag {
        header::ETag(self.tag.clone())
    }

    /// `Last-Modified`.
    pub(super) fn modified(&self) -> header::LastModified {
        header::LastModified(self.modified.into())
    }

    /// Holds the request's conditions against the file, in the order of section 13.2.2. Only GET has ranges.
    pub(super) fn answer(&self, request: &HttpRequest, is_get: bool) -> Answer {
        if let Some(wanted) = all_of(request, header::IF_MATCH) {
            if !self.is_among(&wanted, EntityTag::strong_eq) {
                return Answer::Failed;
            }
        } else if date_of(request, header::IF_UNMODIFIED_SINCE).is_some_and(|date| self.modified > date) {
            return Answer::Failed;
        }
        if let Some(known) = all_of(request, header::IF_NONE_MATCH) {
            if self.is_among(&known, EntityTag::weak_eq) {
                return Answer::NotModified;
            }
        } else if date_of(request, header::IF_MODIFIED_SINCE).is_some_and(|date| self.modified <= date) {
            return Answer::NotModified;
        }
        Answer::Bytes(match one_of(request, header::RANGE) {
            Some(range) if is_get && self.has_the_beginning(request) => range::wanted(range, self.length),
            _ => Wanted::Whole,
        })
    }

    /// Whether the bytes that a client has already are of this very file: without `If-Range` it does not ask.
    fn has_the_beginning(&self, request: &HttpRequest) -> bool {
        if !request.headers().contains_key(header::IF_RANGE) {
            return true;
        }
        let Some(text) = one_of(request, header::IF_RANGE) else { return false };
        match EntityTag::from_str(text) {
            Ok(tag) => tag.strong_eq(&self.tag),
            Err(_) => HttpDate::from_str(text).is_ok_and(|date| SystemTime::from(date) == self.modified),
        }
    }

    fn is_among(&self, list: &str, same: impl Fn(&EntityTag, &EntityTag) -> bool) -> bool {
        // Our own tag holds no comma; a foreign one that does is cut into pieces that are not ours.
        list.split(',')
            .map(str::trim)
            .any(|one| one == "*" || EntityTag::from_str(one).is_ok_and(|tag| same(&tag, &self.tag)))
    }
}

/// A header that may stand once.
fn one_of(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (Some(only), None) => only.to_str().ok(),
        _ => None,
    }
}

/// A header that is a list.
fn all_of(request: &HttpRequest, name: HeaderName) -> Option<String> {
    let values: Vec<&str> = request.headers().get_all(name).filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn date_of(request: &HttpRequest, name: HeaderName) -> Option<SystemTime> {
    HttpDate::from_str(one_of(request, name)?).ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use std::time::Duration;

    const TAG: &str = "\"abab\"";
    const DATE: &str = "Sun, 22 Nov 2026 13:37:00 GMT";
    const BEFORE: &str = "Sun, 22 Nov 2026 13:36:59 GMT";

    fn answer(headers: &[(&'static str, &'static str)]) -> Answer {
        let modified = SystemTime::from(HttpDate::from_str(DATE).unwrap()) + Duration::ZERO;
        let file = Validators { tag: EntityTag::new_strong("abab".into()), modified, length: 100 };
        let request = headers.iter().fold(TestRequest::get(), |request, header| request.append_header(*header));
        file.answer(&request.to_http_request(), true)
    }

    #[test]
    fn a_range_counts_while_the_client_has_the_beginning_of_this_very_file() {
        let part = Answer::Bytes(Wanted::Part(10..100));
        let whole = Answer::Bytes(Wanted::Whole);
        assert_eq!(answer(&[("range", "bytes=10-")]), part);
        for fits in [TAG, DATE] {
            assert_eq!(answer(&[("range", "bytes=10-"), ("if-range", fits)]), part, "{fits}");
        }
        let weak = "W/\"abab\"";
        for other in ["\"other\"", weak, BEFORE, "Sun, 22 Nov 2026 13:37:01 GMT", "nonsense", "", "*"] {
            assert_eq!(answer(&[("range", "bytes=10-"), ("if-range", other)]), whole, "{other}");
        }
        assert_eq!(answer(&[("range", "bytes=10-"), ("if-range", TAG), ("if-range", "\"other\"")]), whole);
        assert_eq!(answer(&[("range", "bytes=10-"), ("range", "bytes=20-")]), whole);
        assert_eq!(answer(&[("if-range", TAG)]), whole);
        assert_eq!(answer(&[("range", "bytes=100-")]), Answer::Bytes(Wanted::Nowhere));
    }

    #[test]
    fn preconditions_come_before_the_range() {
        let whole = Answer::Bytes(Wanted::Whole);
        for fits in [TAG, "*", "\"other\", \"abab\""] {
            assert_eq!(answer(&[("if-match", fits)]), whole, "{fits}");
            assert_eq!(answer(&[("if-none-match", fits)]), Answer::NotModified, "{fits}");
        }
        for other in ["\"other\"", "abab", ""] {
            assert_eq!(answer(&[("if-match", other), ("range", "bytes=0-1")]), Answer::Failed, "{other}");
            assert_eq!(answer(&[("if-none-match", other)]), whole, "{other}");
        }
        assert_eq!(answer(&[("if-match", "W/\"abab\"")]), Answer::Failed);
        assert_eq!(answer(&[("if-none-match", "W/\"abab\"")]), Answer::NotModified);
        assert_eq!(answer(&[("if-unmodified-since", BEFORE)]), Answer::Failed);
        assert_eq!(answer(&[("if-unmodified-since", DATE)]), whole);
        assert_eq!(answer(&[("if-modified-since", DATE)]), Answer::NotModified);
        assert_eq!(answer(&[("if-modified-since", BEFORE)]), whole);
        assert_eq!(answer(&[("if-modified-since", DATE), ("if-none-match", "\"other\"")]), whole);
    }

    #[test]
    fn only_get_has_ranges() {
        let file =
            Validators { tag: EntityTag::new_strong("abab".into()), modified: SystemTime::UNIX_EPOCH, length: 100 };
        let request = TestRequest::default().insert_header(("range", "bytes=10-")).to_http_request();
        assert_eq!(file.answer(&request, false), Answer::Bytes(Wanted::Whole));
    }
}
