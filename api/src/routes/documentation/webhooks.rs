//! The section `webhooks` of the document: what is sent to those who asked to be told.

use shared::webhook::Event;
use utoipa::openapi::{
    Content, HttpMethod, ObjectBuilder, PathItem, Paths, PathsBuilder, Ref, RefOr, Required, ResponseBuilder,
    path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn},
    request_body::RequestBodyBuilder,
    schema::Type,
};

/// What each message has in its head.
const HEADERS: [(&str, &str); 3] = [
    (
        "webhook-id",
        "The number of the message, the same for every try: what was handled under it need not be handled again",
    ),
    (
        "webhook-timestamp",
        "When this try was made, in seconds since 1970: refuse what is more than five minutes away from now",
    ),
    (
        "webhook-signature",
        "`v1,` and base64 of HMAC-SHA256 over number, timestamp and body, separated by dots; after a rotation one for each secret, separated by spaces",
    ),
];

/// One entry for each type of message.
pub(super) fn section() -> Paths {
    let told = |event: Event| match event {
        Event::Ready => (
            "An archive can be downloaded",
            "Whoever is to have it asks for a link, or is mailed one: a message holds none.",
        ),
        Event::Failed => {
            ("An export ended without an archive", "`reason_code` says why; the reason in words is in the export.")
        }
        Event::Expired => ("An archive was deleted", "At the end of its time, or by request. Its links are dead, too."),
        Event::Downloaded => ("Somebody began to download a file of an archive", "Once for each click that counted."),
        Event::Ping => ("Somebody tries the webhook", "Sent by request only."),
    };
    Event::ALL
        .iter()
        .fold(PathsBuilder::new(), |paths, event| {
            let (summary, description) = told(*event);
            let schema = if *event == Event::Ping { "PingEvent" } else { "ExportEvent" };
            paths.path(event.as_str(), PathItem::new(HttpMethod::Post, operation(*event, summary, description, schema)))
        })
        .build()
}

fn operation(event: Event, summary: &str, description: &str, schema: &str) -> Operation {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let body = RequestBodyBuilder::new()
        .content("application/json", Content::new(Some(Ref::from_schema_name(schema))))
        .required(Some(Required::True));
    let response = |description: &str| RefOr::T(ResponseBuilder::new().description(description).build());
    let operation = OperationBuilder::new()
        .operation_id(Some(format!("on_{}", event.as_str().replace('.', "_"))))
        .tag("webhooks")
        .summary(Some(summary))
        .description(Some(description))
        .request_body(Some(body.build()))
        .response("2XX", response("The message was taken"))
        .response("410", response("The receiver wants nothing any more: the webhook is disabled"))
        .response("default", response("The message is tried again, ten times in about three days"));
    HEADERS
        .iter()
        .fold(operation, |operation, (name, description)| {
            let parameter = ParameterBuilder::new()
                .name(*name)
                .parameter_in(ParameterIn::Header)
                .required(Required::True)
                .description(Some(*description))
                .schema(Some(text()));
            operation.parameter(parameter)
        })
        .build()
}
