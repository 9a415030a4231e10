//! Why a link, a ticket or a click leads nowhere: the page for the person, and the event for the audit.

use super::archive::Refused;
use crate::{
    Context, exchange,
    pages::{failure, ledger_failure, link_is_over, link_not_found},
    throttle,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use shared::{
    clock,
    ledger::{
        audit::{self, NewEvent},
        links::Link,
    },
};

/// The answer to a refused request, which the audit is told first.
pub(super) async fn refuse(context: &Data<Context>, request: &HttpRequest, refused: Refused) -> HttpResponse {
    let over = |title, why, then| link_is_over(context, title, why, then);
    let (reason, link, response) = match refused {
        Refused::Failed(problem) => return failure(context, &problem),
        Refused::Forged => ("forged", None, link_not_found(context.clone()).await),
        Refused::Unknown => ("unknown", None, link_not_found(context.clone()).await),
        Refused::Revoked(link) => (
            "revoked",
            Some(link),
            over(
                "This link was withdrawn",
                "Somebody who may do so has withdrawn it, so that nobody can use it any more.",
                ASK_ANEW,
            ),
        ),
        Refused::Expired(link) => (
            "expired",
            Some(link),
            over(
                "This link has expired",
                "Links count for a limited time, so that an old mail in the wrong hands leads nowhere.",
                ASK_ANEW,
            ),
        ),
        Refused::Deleted(link) => (
            "deleted",
            Some(link),
            over("This archive was deleted", "Archives are kept for a limited time only and then deleted.", ASK_ANEW),
        ),
        Refused::UsedUp(link) => (
            "used_up",
            Some(link),
            over(
                "This link was used",
                "It gives your data a limited number of times, and has done so. A download that broke off can be taken up again in your browser’s list of downloads.",
                ASK_ANEW,
            ),
        ),
        Refused::Over(link) => (
            "over",
            Some(link),
            over(
                "This download is over",
                "A download has to begin within minutes after the click, and can be taken up again for a day.",
                "Open your link again and press the button there.",
            ),
        ),
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

const ASK_ANEW: &str = "Your data is still where it was. Ask for a new export in the place where you asked for this one, and you get a new link.";

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
    audit::record(&context.ledger, event, clock::now()).await.map_err(|error| ledger_failure(context, error))
}
