//! The progress of an export as server-sent events.

use super::{
    exports::{ExportView, view_of, visible},
    parse_id,
};
use crate::{
    Context,
    auth::{Authorized, ExportsRead},
    problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use bytes::Bytes;
use futures::stream;
use shared::{
    clock,
    ledger::{exports, keys, operators},
};
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const MOST_STREAMS: usize = 256;
const PAUSE: Duration = Duration::from_millis(500);
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A stream ends after this time; the client comes back, and its key is looked at again. One that came with a portal token ends with it.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The streams of this process: how many more there may be, who holds them, and whether they have to end.
pub(crate) struct Streams {
    free: Arc<Semaphore>,
    /// How many one caller may hold; 0: any number.
    per_caller: u32,
    held: Arc<Mutex<HashMap<String, u32>>>,
    stopping: CancellationToken,
}

/// The place of one stream, given back when it ends.
struct Place {
    caller: String,
    held: Arc<Mutex<HashMap<String, u32>>>,
    _permit: OwnedSemaphorePermit,
}

impl Streams {
    /// No streams yet; all end when `stopping` is cancelled.
    pub(crate) fn new(stopping: CancellationToken, per_caller: u32) -> Self {
        Self { free: Arc::new(Semaphore::new(MOST_STREAMS)), per_caller, held: Arc::default(), stopping }
    }

    fn place(&self, caller: String) -> Result<Place, Problem> {
        let too_many = |status, whose| {
            Problem::new(
                status,
                "too_many_streams",
                "Too many open streams",
                format!("{whose} follows as many exports as it can. Try again shortly, or look at the export itself."),
            )
        };
        let permit = self.free.clone().try_acquire_owned();
        let permit = permit.map_err(|_| too_many(StatusCode::SERVICE_UNAVAILABLE, "This process"))?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let streams = held.entry(caller.clone()).or_default();
        if self.per_caller > 0 && *streams >= self.per_caller {
            return Err(too_many(StatusCode::TOO_MANY_REQUESTS, "This key"));
        }
        *streams += 1;
        drop(held);
        Ok(Place { caller, held: self.held.clone(), _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(streams) = held.get_mut(&self.caller) {
            *streams -= 1;
            if *streams == 0 {
                held.remove(&self.caller);
            }
        }
    }
}

/// Follow an export
///
/// Server-sent events (`text/event-stream`), each with the whole export as JSON: `progress` now and whenever it changed,
/// `done` once at the end, after which the stream closes. A client that lost the stream simply opens it again.
#[utoipa::path(get, path = "/v1/exports/{id}/events", operation_id = "follow_export", tag = "exports",
    params(
        ("id" = Uuid, Path, description = "The export's number"),
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event received; numbering goes on from there"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream", description = "The stream"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn follow(
    access: Authorized<ExportsRead>,
    context: Data<Context>,
    streams: Data<Streams>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let export = visible(&context, &access, parse_id(&id)?).await?;
    let place = streams.place(format!("{} {:?}", access.actor().name, access.narrow(None, None)))?;
    let last_id =
        request.headers().get("last-event-id").and_then(|value| value.to_str().ok()?.parse::<u64>().ok()).unwrap_or(0);
    let watch = Watch {
        context,
        access,
        export: export.id,
        shown: None,
        next_id: last_id.saturating_add(1),
        opened: Instant::now(),
        spoke: Instant::now(),
        stopping: streams.stopping.clone(),
        over: false,
        _place: place,
    };
    let events = stream::unfold(watch, async |mut watch| {
        let bytes = watch.next().await?;
        Some((Ok::<_, Infallible>(bytes), watch))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // nginx would otherwise hold events back.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events))
}

/// One open stream.
struct Watch {
    context: Data<Context>,
    access: Authorized<ExportsRead>,
    export: Uuid,
    shown: Option<ExportView>,
    next_id: u64,
    opened: Instant,
    spoke: Instant,
    stopping: CancellationToken,
    over: bool,
    _place: Place,
}

impl Watch {
    /// What is sent next; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.over {
            if self.shown.is_some() {
                tokio::select! {
                    () = sleep(PAUSE) => {}
                    () = self.stopping.cancelled() => return None,
                }
            }
            let is_over = self.access.token().is_some_and(|token| token.refused_from <= clock::now());
            if is_over || self.opened.elapsed() > LONGEST {
                return None;
            }
            let view = match self.look().await {
                Ok(view) => view?,
                Err(problem) => {
                    problem.log();
                    return None;
                }
            };
            if self.shown.as_ref() != Some(&view) {
                self.spoke = Instant::now();
                return self.event(view);
            }
            if self.spoke.elapsed() >= HEARTBEAT {
                self.spoke = Instant::now();
                return Some(Bytes::from_static(b": still here\n\n"));
            }
        }
        None
    }

    async fn look(&self) -> Result<Option<ExportView>, Problem> {
        // A stream ends with the key of whoever follows.
        if let Some(key) = self.access.key_id()
            && !keys::find(&self.context.ledger, key).await?.is_some_and(|key| key.counts_at(clock::now()))
        {
            return Ok(None);
        }
        if let Some(signed_in) = self.access.signed_in()
            && !operators::still_counts(&self.context.ledger, signed_in.session.id, clock::now()).await?
        {
            return Ok(None);
        }
        match exports::find(&self.context.ledger, self.export).await? {
            Some(export) => Ok(Some(view_of(&self.context, self.access.shown(export)).await?)),
            None => Ok(None),
        }
    }

    fn event(&mut self, view: ExportView) -> Option<Bytes> {
        self.over = view.state.is_final();
        let event = event(self.next_id, &view)?;
        self.next_id = self.next_id.saturating_add(1);
        self.shown = Some(view);
        Some(event)
    }
}

fn event(id: u64, view: &ExportView) -> Option<Bytes> {
    let name = if view.state.is_final() { "done" } else { "progress" };
    // JSON holds no line break, so one `data` line is the whole of it.
    let data = serde_json::to_string(view).ok()?;
    Some(Bytes::from(format!("retry: 2000\nid: {id}\nevent: {name}\ndata: {data}\n\n")))
}
