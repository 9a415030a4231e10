//! Which address is answered by what, and who may ask for it: one table, from which the server is built.

pub(crate) mod audit;
pub(crate) mod documentation;
pub(crate) mod downloads;
pub(crate) mod embed;
pub(crate) mod events;
pub(crate) mod exports;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod mailbox;
pub(crate) mod operators;
pub(crate) mod recipients;
pub(crate) mod schedules;
pub(crate) mod sources;
mod table;
pub(crate) mod webhooks;

pub use table::{Access, Route};

use crate::{
    console::{self, account, overview, sign_in, sign_out},
    pages::{self, assets, download, unsubscribe, welcome},
    problem::Problem,
};
use actix_web::{
    http::{Method, StatusCode},
    web::{Data, ServiceConfig},
};
use mailbox::Mailbox;
use table::{Entry, guarded, page, public};
use uuid::Uuid;

const GET: Method = Method::GET;
const HEAD: Method = Method::HEAD;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

const FOR_MONITORS: &str = "monitors hold no key, and it tells of no data";
const FOR_READERS: &str = "it describes the program, not this installation";
const FOR_PEOPLE: &str = "it tells no more than the product's name and its colour";
const BY_TOKEN: &str = "the token in the address is the credential";
const BY_TICKET: &str = "the ticket in the address is the credential, and only a download that was authorised gets one";
const TO_SIGN_IN: &str = "whoever signs in is not signed in yet";
const FOR_PRODUCTS: &str = "pages of products load it; it describes the program, not this installation";
const BY_MAIL: &str = "the signed token in the address is the credential, and stands in one reader's mails only";
const FOR_THE_DEMO: &str = "the demo's own mails; it is there only with `handover demo`";

/// Every route but the mailbox's; those of one address stand together.
fn entries() -> Vec<Entry> {
    vec![
        guarded(GET, "/v1/exports", exports::list),
        guarded(POST, "/v1/exports", exports::create),
        guarded(GET, "/v1/exports/{id}", exports::show),
        guarded(GET, "/v1/exports/{id}/events", events::follow),
        guarded(POST, "/v1/exports/{id}/cancel", exports::cancel),
        guarded(POST, "/v1/exports/{id}/retry", exports::retry::retry),
        guarded(PUT, "/v1/exports/{id}/hold", exports::hold::hold),
        guarded(DELETE, "/v1/exports/{id}/hold", exports::hold::release),
        guarded(DELETE, "/v1/exports/{id}/archive", exports::hold::delete_archive),
        guarded(GET, "/v1/exports/{id}/links", links::list),
        guarded(POST, "/v1/exports/{id}/links", links::create),
        guarded(DELETE, "/v1/exports/{id}/links", links::revoke_all),
        guarded(POST, "/v1/exports/{id}/download", downloads::create),
        guarded(DELETE, "/v1/links/{id}", links::revoke),
        guarded(GET, "/v1/schedules", schedules::list),
        guarded(POST, "/v1/schedules", schedules::create),
        guarded(GET, "/v1/schedules/{id}", schedules::show),
        guarded(PATCH, "/v1/schedules/{id}", schedules::change),
        guarded(DELETE, "/v1/schedules/{id}", schedules::delete),
        guarded(POST, "/v1/schedules/{id}/run", schedules::run),
        guarded(GET, "/v1/sources", sources::list),
        guarded(GET, "/v1/sources/{name}", sources::show),
        guarded(POST, "/v1/sources/{name}/check", sources::check),
        guarded(GET, "/v1/audit", audit::read),
        guarded(GET, "/v1/recipients", recipients::list),
        guarded(POST, "/v1/recipients", recipients::add),
        guarded(DELETE, "/v1/recipients/{id}", recipients::remove),
        guarded(GET, "/v1/webhooks", webhooks::list),
        guarded(POST, "/v1/webhooks", webhooks::create),
        guarded(GET, "/v1/webhooks/{id}", webhooks::show),
        guarded(PATCH, "/v1/webhooks/{id}", webhooks::change),
        guarded(DELETE, "/v1/webhooks/{id}", webhooks::delete),
        guarded(POST, "/v1/webhooks/{id}/rotate", webhooks::rotate),
        guarded(GET, "/v1/webhooks/{id}/messages", webhooks::sending::list),
        guarded(POST, "/v1/webhooks/{id}/replay", webhooks::sending::replay),
        guarded(POST, "/v1/webhooks/{id}/test", webhooks::sending::test),
        guarded(GET, "/v1/keys", keys::list),
        guarded(POST, "/v1/keys", keys::create),
        guarded(DELETE, "/v1/keys/{id}", keys::revoke),
        guarded(GET, "/v1/operators", operators::list),
        guarded(POST, "/v1/operators", operators::create),
        guarded(PATCH, "/v1/operators/{id}", operators::change),
        guarded(POST, "/v1/operators/{id}/password", operators::reset_password),
        guarded(DELETE, "/v1/operators/{id}/second-factor", operators::remove_second_factor),
        public(FOR_MONITORS, GET, "/health/live", health::live),
        public(FOR_MONITORS, GET, "/health/ready", health::ready),
        public(FOR_READERS, GET, "/openapi.json", documentation::document),
        public(FOR_READERS, GET, "/docs", documentation::to_pages),
        public(FOR_READERS, GET, "/docs/{file:.*}", documentation::page),
        public(FOR_PEOPLE, GET, "/", welcome::show),
        public(FOR_PEOPLE, GET, "/assets/brand.css", assets::own_brand),
        public(FOR_PEOPLE, GET, "/assets/brand/{source}.css", assets::brand),
        public(FOR_PEOPLE, GET, "/assets/{file}", assets::show),
        public(FOR_PRODUCTS, GET, "/embed/handover.js", embed::script),
        public(FOR_PRODUCTS, GET, "/embed/strings/{language}.json", embed::strings),
        public(BY_TOKEN, GET, "/d/{token}", download::show),
        public(BY_TOKEN, HEAD, "/d/{token}", download::show),
        public(BY_TOKEN, POST, "/d/{token}", download::download),
        public(BY_TOKEN, POST, "/d/{token}/code", download::code::ask),
        public(BY_TOKEN, POST, "/d/{token}/session", download::code::give),
        public(BY_TICKET, GET, "/f/{ticket}", download::file::fetch),
        public(BY_TICKET, HEAD, "/f/{ticket}", download::file::fetch),
        page(GET, "/console", overview::show),
        page(GET, "/console/running", overview::running_only),
        page(GET, "/console/exports", console::exports::list),
        page(POST, "/console/exports", console::exports::wish::send),
        page(GET, "/console/exports/new", console::exports::wish::show),
        page(GET, "/console/exports/{id}", console::exports::detail::show),
        page(GET, "/console/exports/{id}/status", console::exports::detail::status_only),
        page(POST, "/console/exports/{id}/cancel", console::exports::actions::cancel),
        page(POST, "/console/exports/{id}/retry", console::exports::actions::retry),
        page(POST, "/console/exports/{id}/hold", console::exports::actions::hold),
        page(POST, "/console/exports/{id}/release", console::exports::actions::release),
        page(POST, "/console/exports/{id}/delete", console::exports::actions::delete),
        page(POST, "/console/exports/{id}/links", console::exports::actions::link),
        page(POST, "/console/exports/{id}/links/revoke", console::exports::actions::revoke_all),
        page(POST, "/console/links/{id}/revoke", console::exports::actions::revoke),
        page(GET, "/console/schedules", console::schedules::list),
        page(POST, "/console/schedules", console::schedules::form::send_new),
        page(GET, "/console/schedules/new", console::schedules::form::show_new),
        page(GET, "/console/schedules/{id}", console::schedules::show),
        page(POST, "/console/schedules/{id}", console::schedules::form::send),
        page(GET, "/console/schedules/{id}/edit", console::schedules::form::show),
        page(POST, "/console/schedules/{id}/pause", console::schedules::actions::pause),
        page(POST, "/console/schedules/{id}/resume", console::schedules::actions::resume),
        page(POST, "/console/schedules/{id}/run", console::schedules::actions::run),
        page(POST, "/console/schedules/{id}/delete", console::schedules::actions::delete),
        page(GET, "/console/sources", console::sources::list),
        page(GET, "/console/sources/{name}", console::sources::show),
        page(POST, "/console/sources/{name}/check", console::sources::check),
        public(TO_SIGN_IN, GET, "/console/sign-in", sign_in::show),
        public(TO_SIGN_IN, POST, "/console/sign-in", sign_in::sign_in),
        public(TO_SIGN_IN, GET, "/console/sign-in/code", sign_in::code::show),
        public(TO_SIGN_IN, POST, "/console/sign-in/code", sign_in::code::give),
        page(POST, "/console/sign-out", sign_out::sign_out),
        page(GET, "/console/keys", console::keys::show),
        page(POST, "/console/keys", console::keys::create),
        page(POST, "/console/keys/{id}/revoke", console::keys::revoke),
        page(GET, "/console/audit", console::audit::show),
        page(GET, "/console/audit/check", console::audit::check),
        page(GET, "/console/operators", console::operators::show),
        page(POST, "/console/operators", console::operators::create),
        page(POST, "/console/operators/{id}", console::operators::change),
        page(POST, "/console/operators/{id}/password", console::operators::reset_password),
        page(POST, "/console/operators/{id}/second-factor", console::operators::remove_second_factor),
        page(GET, "/console/account", account::show),
        page(POST, "/console/account/sign-out-elsewhere", account::sign_out_elsewhere),
        page(GET, "/console/account/password", account::password::show),
        page(POST, "/console/account/password", account::password::change),
        page(GET, "/console/account/second-factor", account::second_factor::show),
        page(POST, "/console/account/second-factor", account::second_factor::set_up),
        page(POST, "/console/account/second-factor/remove", account::second_factor::remove),
        page(POST, "/console/account/backup-codes", account::second_factor::renew_codes),
        public(BY_MAIL, GET, "/u/{token}", unsubscribe::show),
        public(BY_MAIL, POST, "/u/{token}", unsubscribe::stop),
        public(BY_MAIL, POST, "/u/{token}/again", unsubscribe::again),
        // A link that lost its token on the way still leads a person to an explanation.
        public(FOR_PEOPLE, GET, "/d/", pages::link_not_found),
    ]
}

/// The routes of the demo's mailbox.
fn mailbox_entries() -> Vec<Entry> {
    vec![
        public(FOR_THE_DEMO, GET, "/mailbox", mailbox::list),
        public(FOR_THE_DEMO, GET, "/mailbox/{name}", mailbox::show),
        public(FOR_THE_DEMO, GET, "/mailbox/{name}/html", mailbox::show_html),
    ]
}

/// Every route there is, also those of the demo's mailbox.
pub fn routes() -> Vec<Route> {
    entries().iter().chain(&mailbox_entries()).map(|entry| entry.route.clone()).collect()
}

/// Adds every route; those of the mailbox only if there is one to show.
pub(crate) fn configure(services: &mut ServiceConfig, mailbox: Option<Data<Mailbox>>) {
    table::serve(services, &entries());
    if let Some(mailbox) = mailbox {
        services.app_data(mailbox);
        table::serve(services, &mailbox_entries());
    }
}

/// The id in a path.
pub(crate) fn parse_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_id",
            "The id is not valid",
            "An id is a UUID, as in 01890a5d-ac96-774b-bcce-b302099a8057.",
        )
    })
}
