//! What is wished after the caller has its say: what a request leaves out is what the caller is for, and one of the product's own people chooses neither an
//! origin nor an address.

use super::request::{Asker, ExportRequest};
use crate::{
    auth::{Authorized, ExportsWrite},
    portal::PortalToken,
    problem::{Finding, Problem},
};
use shared::{
    export::{Compression, CsvProfile, Format, Layout, SubjectId, TenantId},
    language::Language,
};

/// A request that says everything. Whether the caller may ask for it is another question.
pub(super) struct Wish {
    pub(super) source: String,
    pub(super) tenant: TenantId,
    pub(super) subject: Option<SubjectId>,
    pub(super) asker: Asker,
    pub(super) formats: Vec<Format>,
    pub(super) csv_profile: CsvProfile,
    pub(super) layout: Layout,
    pub(super) compression: Option<Compression>,
    pub(super) language: Language,
    pub(super) notify: Vec<String>,
    pub(super) dry_run: bool,
}

impl Wish {
    /// What this caller asks for with this request; in the language `usual` if neither says another.
    pub(super) fn of(
        access: &Authorized<ExportsWrite>,
        request: ExportRequest,
        usual: Language,
    ) -> Result<Self, Problem> {
        request.check()?;
        let (layout, compression) = request.layout();
        let locale = access.token().and_then(|token| token.locale.as_ref());
        let usual = locale.map_or(usual, |tag| tag.language(usual));
        let bounds = access.bounds();
        let missing = |pointer: &str, what: &str| {
            let detail = format!("is missing: this caller is not for one {what} only, so the request has to name it");
            Problem::invalid_request(vec![Finding { pointer: pointer.into(), detail }])
        };
        let own_tenant = || bounds.tenant.clone().and_then(|tenant| TenantId::new(tenant).ok());
        let source = request.source.or_else(|| bounds.source.clone()).ok_or_else(|| missing("/source", "source"))?;
        let tenant = request.tenant.or_else(own_tenant).ok_or_else(|| missing("/tenant", "tenant"))?;
        let notify: Vec<String> = request.notify.into_iter().map(String::from).collect();
        let (asker, notify) = match access.token() {
            None => (request.origin.unwrap_or_default(), notify),
            Some(token) => person(token, request.origin, &notify)?,
        };
        Ok(Self {
            source,
            tenant,
            subject: request.subject.or_else(|| bounds.subject.clone()),
            asker,
            formats: request.formats.unwrap_or_else(|| Format::USUAL.to_vec()),
            csv_profile: request.csv_profile.unwrap_or_else(|| asker.csv_profile()),
            layout,
            compression,
            language: request.language.map_or(usual, |tag| tag.language(usual)),
            notify,
            dry_run: request.dry_run,
        })
    }
}

/// Who asks and who is told, where the caller is one of the product's own people.
fn person(token: &PortalToken, origin: Option<Asker>, notify: &[String]) -> Result<(Asker, Vec<String>), Problem> {
    let mut errors = Vec::new();
    if origin == Some(Asker::Operator) {
        let detail = "whoever comes with a portal token asks in the portal".into();
        errors.push(Finding { pointer: "/origin".into(), detail });
    }
    if notify.iter().any(|address| Some(address) != token.email.as_ref()) {
        let detail = "only the address in the portal token is told".into();
        errors.push(Finding { pointer: "/notify".into(), detail });
    }
    if errors.is_empty() {
        Ok((Asker::Portal, token.email.iter().cloned().collect()))
    } else {
        Err(Problem::invalid_request(errors))
    }
}
