//! Which address is answered by what.

pub(crate) mod documentation;
pub(crate) mod events;
pub(crate) mod exports;
pub(crate) mod health;
pub(crate) mod links;
pub(crate) mod mailbox;
pub(crate) mod schedules;

use crate::{
    pages::{self, assets, download, welcome},
    problem::Problem,
};
use actix_web::{
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};
use mailbox::Mailbox;
use uuid::Uuid;

/// Adds every route; those of the mailbox only if there is one to show.
pub(crate) fn configure(services: &mut ServiceConfig, mailbox: Option<Data<Mailbox>>) {
    services
        .service(web::resource("/v1/exports").get(exports::list).post(exports::create))
        .service(web::resource("/v1/exports/{id}").get(exports::show))
        .service(web::resource("/v1/exports/{id}/events").get(events::follow))
        .service(web::resource("/v1/exports/{id}/cancel").post(exports::cancel))
        .service(web::resource("/v1/exports/{id}/retry").post(exports::retry::retry))
        .service(web::resource("/v1/exports/{id}/hold").put(exports::hold::hold).delete(exports::hold::release))
        .service(web::resource("/v1/exports/{id}/archive").delete(exports::hold::delete_archive))
        .service(web::resource("/v1/exports/{id}/links").post(links::create))
        .service(web::resource("/v1/links/{id}").delete(links::revoke))
        .service(web::resource("/v1/schedules").get(schedules::list).post(schedules::create))
        .service(
            web::resource("/v1/schedules/{id}").get(schedules::show).patch(schedules::change).delete(schedules::delete),
        )
        .service(web::resource("/v1/schedules/{id}/run").post(schedules::run))
        .service(web::resource("/health/live").get(health::live))
        .service(web::resource("/health/ready").get(health::ready))
        .service(web::resource("/openapi.json").get(documentation::document))
        .service(web::resource("/docs").get(documentation::to_pages))
        .service(web::resource("/docs/{file:.*}").get(documentation::page))
        .service(web::resource("/").get(welcome::show))
        .service(web::resource("/assets/{file}").get(assets::show))
        .service(
            web::resource("/d/{token}")
                .route(web::get().to(download::show))
                .route(web::head().to(download::show))
                .route(web::post().to(download::download)),
        )
        // A link that lost its token on the way still leads a person to an explanation.
        .service(web::resource("/d/").get(pages::link_not_found));
    if let Some(mailbox) = mailbox {
        services
            .app_data(mailbox)
            .service(web::resource("/mailbox").get(mailbox::list))
            .service(web::resource("/mailbox/{name}").get(mailbox::show));
    }
}

/// The id in a path.
fn parse_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_id",
            "The id is not valid",
            "An id is a UUID, as in 01890a5d-ac96-774b-bcce-b302099a8057.",
        )
    })
}
