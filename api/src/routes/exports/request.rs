//! What a request for an export says.

use super::SubjectView;
use crate::{
    language_tag::LanguageTag,
    mail_address::MailAddress,
    problem::{Finding, Problem},
    words,
};
use serde::{Deserialize, Deserializer};
use shared::export::{Compression, CsvProfile, Format, Layout, Origin, SubjectId, TenantId};
use utoipa::ToSchema;

const MOST_ADDRESSES: usize = 10;

/// A request for an export.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportRequest {
    /// The name of the source. A caller that is for one source only may leave it out.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, example = "ceppro")]
    pub(super) source: Option<String>,
    /// The tenant's key, as the product's own database prints it; any text of 1 to 512 bytes. A caller that is for one tenant only may leave it out.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 512, example = "4711")]
    pub(super) tenant: Option<TenantId>,
    /// Only what belongs to this person in the tenant's data; default all of it, for a member that person.
    #[serde(default)]
    #[schema(value_type = SubjectView, required = false)]
    pub(super) subject: Option<SubjectId>,
    /// Who asks: `portal` when a person clicked in the product, else `operator`; default `operator`, with a portal token always `portal`. A person's export goes
    /// before others, and is followed by a cool-down.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Asker, required = false)]
    pub(super) origin: Option<Asker>,
    /// In which formats each table is written: `csv`, `sql`, `jsonl`; default `csv` and `sql`.
    #[serde(default)]
    #[schema(schema_with = words::formats, required = false)]
    pub(super) formats: Option<Vec<Format>>,
    /// The face of the CSV; default `lossless`, for the portal `spreadsheet`.
    #[serde(default)]
    #[schema(schema_with = words::csv_profile, required = false)]
    pub(super) csv_profile: Option<CsvProfile>,
    /// How the archive is laid out; default `zip`.
    #[serde(default)]
    #[schema(schema_with = words::layout, required = false)]
    pub(super) layout: Option<Layout>,
    /// How each file with data is compressed; only with the layout `files`, default `zstd`.
    #[serde(default)]
    #[schema(schema_with = words::compression, required = false)]
    pub(super) compression: Option<Compression>,
    /// The language of what people read of it (pages, mails, START-HERE.html): a tag of BCP 47, of which the best language there is is taken: English,
    /// German, Spanish or French. Default what the portal token says (`locale`), else the installation's.
    #[serde(default, deserialize_with = "present")]
    #[schema(schema_with = words::language_tag, required = false)]
    pub(super) language: Option<LanguageTag>,
    /// Addresses that are told when the export ends, at most 10; with a link if it is ready. With a portal token it is always the token's own address.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 10, required = false, example = json!(["owner@shop.example"]))]
    pub(super) notify: Vec<MailAddress>,
    /// Whether only an estimate is wanted: then nothing is exported.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// Who may ask through the API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(default = "operator")]
pub(crate) enum Asker {
    /// A person, in the product's portal.
    Portal,
    /// Staff, or a program of theirs.
    #[default]
    Operator,
}

/// A value that may be left out, but is never null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Asker {
    /// What the ledger notes.
    pub(super) fn origin(self) -> Origin {
        match self {
            Self::Portal => Origin::Portal,
            Self::Operator => Origin::Operator,
        }
    }

    /// The face of the CSV for people, or for programs.
    pub(super) fn csv_profile(self) -> CsvProfile {
        match self {
            Self::Portal => CsvProfile::Spreadsheet,
            Self::Operator => CsvProfile::Lossless,
        }
    }
}

impl ExportRequest {
    /// The layout, and how its files are compressed.
    pub(super) fn layout(&self) -> (Layout, Option<Compression>) {
        match self.layout.unwrap_or(Layout::Zip) {
            Layout::Zip => (Layout::Zip, None),
            Layout::Files => (Layout::Files, Some(self.compression.unwrap_or(Compression::Zstd))),
        }
    }

    /// Refuses a list that is too short or too long, with the place of each.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let mut errors = Vec::new();
        if self.formats.as_ref().is_some_and(Vec::is_empty) {
            errors.push(Finding {
                pointer: "/formats".into(),
                detail: "name at least one format, or leave it out for csv and sql".into(),
            });
        }
        if self.compression.is_some() && self.layout != Some(Layout::Files) {
            errors.push(Finding {
                pointer: "/compression".into(),
                detail: "is only for the layout `files`: a ZIP is compressed as ZIPs are".into(),
            });
        }
        if self.notify.len() > MOST_ADDRESSES {
            errors.push(Finding {
                pointer: "/notify".into(),
                detail: format!("at most {MOST_ADDRESSES} addresses are told"),
            });
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_request(errors)) }
    }
}
