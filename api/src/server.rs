//! The server: bound first, so that its address is known, then run until it is told to stop.

use crate::{
    Context,
    connections::{self, Connections},
    cross_origin, exchange,
    headers::Hardening,
    intake,
    pages::download::serving::Endings,
    portal::{KeySetError, Verifier},
    problem,
    routes::{self, events::Streams, mailbox::Mailbox},
    throttle::{self, Throttle},
    tls::{Certificate, TlsError},
};
use actix_web::{
    App, HttpServer,
    middleware::{Condition, from_fn},
    web,
};
use socket2::SockRef;
use std::{
    future::Future,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing_actix_web::TracingLogger;
use url::Url;

/// How many connections wait until they are accepted.
const BACKLOG: i32 = 1024;
/// How many threads answer.
const THREADS: u32 = 2;
/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long a client may take to close its side.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// `HANDOVER_LISTEN`.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// TLS is configured and cannot be spoken.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The keys of portal tokens cannot be read.
    #[error("portal tokens cannot be verified")]
    Portal(#[source] KeySetError),
    /// The server broke off.
    #[error("the HTTP server broke off")]
    Broken(#[source] std::io::Error),
}

/// An API that listens, and answers once it runs.
#[must_use = "it answers nothing until it runs"]
pub struct Server {
    address: SocketAddr,
    server: actix_web::dev::Server,
    stopping: CancellationToken,
    endings: web::Data<Endings>,
    upkeep: Upkeep,
}

/// What is looked after while the server runs.
struct Upkeep {
    throttle: web::Data<Throttle>,
    connections: Arc<Connections>,
    certificate: Option<Arc<Certificate>>,
}

impl Upkeep {
    /// Never ends.
    async fn keep_up(self) {
        let certificate = async {
            if let Some(certificate) = &self.certificate {
                certificate.watch().await;
            }
        };
        tokio::join!(self.throttle.keep_up(), self.connections.watch(), certificate);
    }
}

/// How long a server that stops waits for the ends of downloads to be noted.
const NOTING: Duration = Duration::from_secs(10);

/// The address people reach the API at: configured, or the one listened on.
#[derive(Clone)]
pub(crate) struct PublicUrl(pub(crate) Url);

impl Server {
    /// Listens on the configured address; port 0 takes a free one. With `mailbox`, the mails in that folder can be read
    /// at `/mailbox` by anyone who reaches the server: for the demo only.
    pub fn bind(mut context: Context, mailbox: Option<PathBuf>) -> Result<Self, ApiError> {
        let address = context.config.listen;
        let refused = |source| ApiError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;

        SockRef::from(&listener).listen(BACKLOG).map_err(refused)?;
        let certificate = match context.config.tls.files() {
            Some((certificate, key)) => Some(Certificate::open(certificate.to_owned(), key.to_owned())?),
            None => None,
        };

        context.config.listen = address;
        let limits = context.config.limits.clone();
        let connections = Connections::new(&context.config);
        let throttle = web::Data::new(Throttle::new(&limits));
        let hardening = web::Data::new(Hardening::of(&context.config));
        let upkeep = Upkeep { throttle: throttle.clone(), connections: connections.clone(), certificate };

        let verifier = web::Data::new(Verifier::open(&context.config.portal).map_err(ApiError::Portal)?);
        let origins = context.config.portal.origins();
        let stopping = CancellationToken::new();
        let public_url = web::Data::new(PublicUrl(context.config.public_url()));
        let streams = web::Data::new(Streams::new(stopping.clone(), limits.streams_per_key));
        let endings = web::Data::new(Endings::new());
        let noted = endings.clone();
        let mailbox = mailbox.map(|folder| web::Data::new(Mailbox { folder }));
        let shutdown = context.config.worker.shutdown.as_secs();
        let context = web::Data::new(context);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(context.clone())
                .app_data(public_url.clone())
                .app_data(streams.clone())
                .app_data(throttle.clone())
                .app_data(hardening.clone())
                .app_data(noted.clone())
                .app_data(verifier.clone())
                .configure(|services| routes::configure(services, mailbox.clone()))
                .default_service(web::to(problem::no_such_route))
                .wrap(from_fn(throttle::guard))
                .wrap(from_fn(intake::check))
                // Around the limits: a page of the product may read why it was refused.
                .wrap(Condition::new(!origins.is_empty(), cross_origin::policy(&origins)))
                .wrap(from_fn(exchange::finish))
                .wrap(from_fn(connections::follow))
                .wrap(TracingLogger::<exchange::RequestSpan>::new())
        })
        .workers(THREADS as usize)
        .max_connections(limits.connections.div_ceil(THREADS) as usize)
        // Handshakes of TLS under way: fewer than connections would let silent ones stop all others.
        .max_connection_rate(limits.connections.div_ceil(THREADS) as usize)
        .client_request_timeout(limits.request_timeout)
        .client_disconnect_timeout(FAREWELL)
        .keep_alive(limits.keep_alive)
        .tls_handshake_timeout(HANDSHAKE)
        .on_connect(move |stream, data| connections.accept(stream, data))
        .disable_signals()
        .shutdown_timeout(shutdown);
        let server = match &upkeep.certificate {
            Some(certificate) => server.listen_rustls_0_23(listener, certificate.server_config()?),
            None => server.listen(listener),
        };
        let server = server.map_err(refused)?.run();
        Ok(Self { address, server, stopping, upkeep, endings })
    }

    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `until` is done; then takes no new ones, ends the event streams, and returns when the running
    /// requests are answered or `HANDOVER_WORKER__SHUTDOWN` has passed.
    pub async fn run(self, until: impl Future<Output = ()>) -> Result<(), ApiError> {
        let handle = self.server.handle();
        let mut running = self.server;
        // Also while the last requests are answered.
        let _upkeep = AbortOnDropHandle::new(tokio::spawn(self.upkeep.keep_up()));
        tokio::select! {
            outcome = &mut running => return outcome.map_err(ApiError::Broken),
            () = until => {}
        }
        tracing::info!("The API stops: running requests are finished");
        self.stopping.cancel();
        let (outcome, ()) = tokio::join!(running, handle.stop(true));
        self.endings.noted(NOTING).await;
        outcome.map_err(ApiError::Broken)
    }
}
