//! Why a link, a ticket or a click leads nowhere: the page for the person, and the event for the audit.

use super::archive::Refused;
use crate::{
    Context, exchange,
    pages::{
        frame::Frame,
        refusal::{Refusal, failure, ledger_failure, not_found},
    },
    throttle,
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use shared::{
    clock,
    ledger::{
        audit::{self, NewEvent},
        links::Link,
    },
};

/// The answer to a refused request, which the audit is told first.
pub(super) async fn refuse(context: &Data<Context>, request: &HttpRequest, refused: Refused) -> HttpResponse {
    let (reason, link, response) = match refused {
        Refused::Failed(problem) => return failure(&Frame::own(context, request), request, &problem),
        Refused::Forged => ("forged", None, not_found(context, request)),
        Refused::Unknown => ("unknown", None, not_found(context, request)),
        Refused::Revoked(link) => {
            over(context, request, "revoked", link, ["refusal-revoked", "refusal-revoked-why"]).await
        }
        Refused::Expired(link) => {
            over(context, request, "expired", link, ["refusal-expired", "refusal-expired-why"]).await
        }
        Refused::Deleted(link) => {
            over(context, request, "deleted", link, ["refusal-deleted", "refusal-deleted-why"]).await
        }
        Refused::UsedUp(link) => {
            over(context, request, "used_up", link, ["refusal-used-up", "refusal-used-up-why"]).await
        }
        Refused::Over(link) => {
            let frame = Frame::of_link(context, request, &link).await;
            let page = Refusal::new(&frame, "refusal-over", &["refusal-over-why", "refusal-over-then"]);
            ("over", Some(link), page.answer(StatusCode::GONE))
        }
    };
    // Forged ones can be made in any number: of many, few are written down, with how many were not.
    let unwritten = match reason {
        "forged" => match throttle::forged_link(request) {
            Some(unwritten) => unwritten,
            None => return response,
        },
        _ => 0,
    };
    match write(context, request, reason, link.as_ref(), unwritten).await {
        Ok(()) => response,
        Err(answer) => answer,
    }
}

/// 410: a link that did count once, with the way to another one.
async fn over(
    context: &Context,
    request: &HttpRequest,
    reason: &'static str,
    link: Link,
    [title, why]: [&str; 2],
) -> (&'static str, Option<Link>, HttpResponse) {
    let frame = Frame::of_link(context, request, &link).await;
    let page = Refusal::new(&frame, title, &[why]).or_anew(Some("refusal-anew-here"), "refusal-anew");
    (reason, Some(link), page.answer(StatusCode::GONE))
}

/// Tells the audit of a refusal; an error is the answer.
pub(super) async fn told(
    context: &Context,
    request: &HttpRequest,
    reason: &str,
    link: Option<&Link>,
) -> Result<(), HttpResponse> {
    write(context, request, reason, link, 0).await
}

async fn write(
    context: &Context,
    request: &HttpRequest,
    reason: &str,
    link: Option<&Link>,
    unwritten: u64,
) -> Result<(), HttpResponse> {
    let name = match link {
        Some(link) => format!("link:{}", link.id),
        None => "link:unknown".to_owned(),
    };
    let mut detail = serde_json::json!({ "reason": reason, "method": request.method().as_str() });
    if unwritten > 0 {
        detail["unwritten"] = unwritten.into();
    }
    let event = NewEvent {
        actor: exchange::actor(request, name),
        action: "link.refused",
        export_id: link.map(|link| link.export_id),
        source: None,
        tenant: None,
        detail,
    };
    let told = audit::record(&context.ledger, event, clock::now()).await;
    told.map_err(|error| ledger_failure(&Frame::own(context, request), request, error))
}
