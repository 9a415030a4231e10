//! The open connections: how many one address holds, and which of them hold on to nothing but their place.
//!
//! The framework ends a connection whose first request does not come, or whose next one does not begin. What it leaves open is ended
//! here: a further request that trickles in, and an answer that is not taken.

mod paced;

use crate::throttle::Network;
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{Extensions, ServiceRequest, ServiceResponse},
    middleware::Next,
    rt::net::TcpStream,
};
use paced::{Pace, Paced};
use shared::config::{Config, LimitConfig, Networks};
use socket2::{SockRef, TcpKeepalive};
use std::{
    any::Any,
    collections::HashMap,
    io,
    net::Shutdown,
    os::fd::AsFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

/// The most requests at once on one connection (HTTP/2).
const AT_ONCE: usize = 100;
/// How often connections are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How many bytes the system takes before they can be sent: with megabytes of them, a slow client would look like one that takes nothing.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;
/// After this silence the system asks whether the other side is still there.
const SILENCE: Duration = Duration::from_secs(60);

/// The open connections of this process.
pub(crate) struct Connections {
    limits: LimitConfig,
    trusted: Networks,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, Arc<Connection>>,
    by_address: HashMap<Network, u32>,
}

/// One connection.
pub(crate) struct Connection {
    /// A second handle of the socket, to close it with.
    socket: std::net::TcpStream,
    state: Mutex<State>,
}

struct State {
    /// How many of its requests are being answered.
    busy: usize,
    /// Since when there are none.
    idle_since: Instant,
    answers: Vec<Weak<Pace>>,
}

/// The place of a connection among the open ones, which it gives back when it ends.
struct Place {
    connection: Arc<Connection>,
    number: u64,
    network: Network,
    all: Arc<Connections>,
}

impl Connections {
    pub(crate) fn new(config: &Config) -> Arc<Self> {
        let (limits, trusted) = (config.limits.clone(), config.trusted_proxies.clone());
        Arc::new(Self { limits, trusted, open: Mutex::default() })
    }

    /// Takes a new connection in, or closes it at once where its address holds too many.
    pub(crate) fn accept(self: &Arc<Self>, stream: &dyn Any, data: &mut Extensions) {
        let encrypted = stream.downcast_ref::<TlsStream<TcpStream>>().map(|stream| stream.get_ref().0);
        let Some(stream) = stream.downcast_ref::<TcpStream>().or(encrypted) else { return };
        match self.place(stream) {
            Ok(Some(place)) => {
                data.insert(place);
            }
            Ok(None) => {
                tracing::debug!("Closed a connection: its address holds as many as it may");
                let _ = SockRef::from(stream).shutdown(Shutdown::Both);
            }
            Err(error) => {
                tracing::warn!(%error, "Closed a connection that could not be taken in");
                let _ = SockRef::from(stream).shutdown(Shutdown::Both);
            }
        }
    }

    fn place(self: &Arc<Self>, stream: &TcpStream) -> io::Result<Option<Place>> {
        let address = stream.peer_addr()?.ip().to_canonical();
        let socket = SockRef::from(stream);
        // Beneath the process: data that the other side does not take, and a side that is gone without a word.
        #[cfg(target_os = "linux")]
        socket.set_tcp_notsent_lowat(UNSENT)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(self.limits.stall_timeout.max(Duration::from_secs(10)) * 2))?;
        socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(SILENCE))?;
        let state = State { busy: 0, idle_since: Instant::now(), answers: Vec::new() };
        let connection =
            Arc::new(Connection { socket: stream.as_fd().try_clone_to_owned()?.into(), state: Mutex::new(state) });
        let mut open = lock(&self.open);
        let network = Network::of(address);
        let held = open.by_address.entry(network).or_default();
        if self.limits.connections_per_address > 0
            && *held >= self.limits.connections_per_address
            && !self.trusted.contains(address)
        {
            return Ok(None);
        }
        *held += 1;
        open.next += 1;
        let number = open.next;
        open.connections.insert(number, connection.clone());
        drop(open);
        Ok(Some(Place { connection, number, network, all: self.clone() }))
    }

    /// Closes, again and again, the connections that hold on to nothing but their place.
    pub(crate) async fn watch(&self) {
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let all: Vec<_> = lock(&self.open).connections.values().cloned().collect();
            for connection in all {
                if let Some(reason) = connection.is_stuck(&self.limits) {
                    tracing::debug!(reason, "Closed a connection");
                    connection.close();
                }
            }
        }
    }
}

impl Connection {
    fn is_stuck(&self, limits: &LimitConfig) -> Option<&'static str> {
        let mut state = lock(&self.state);
        state.answers.retain(|answer| answer.strong_count() > 0);
        if state.busy == 0 && state.idle_since.elapsed() > limits.keep_alive + limits.request_timeout {
            return Some("no whole request came");
        }
        let untaken = state.answers.iter().filter_map(Weak::upgrade).any(|answer| answer.waits(limits.stall_timeout));
        untaken.then_some("its answer is not taken")
    }

    fn close(&self) {
        // Already closed is as good.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = lock(&self.all.open);
        open.connections.remove(&self.number);
        if let Some(held) = open.by_address.get_mut(&self.network) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                open.by_address.remove(&self.network);
            }
        }
    }
}

/// A request that is being answered; its connection is not idle as long as this lives.
struct Busy(Arc<Connection>);

impl Busy {
    fn on(connection: Arc<Connection>) -> Self {
        let at_once = {
            let mut state = lock(&connection.state);
            state.busy += 1;
            state.busy
        };
        if at_once > AT_ONCE {
            tracing::debug!(reason = "too many requests at once", "Closed a connection");
            connection.close();
        }
        Self(connection)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.busy = state.busy.saturating_sub(1);
        state.idle_since = Instant::now();
    }
}

/// Follows each request of a connection until its answer has been taken.
pub(crate) async fn follow(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let connection = request.conn_data::<Place>().map(|place| place.connection.clone());
    let busy = connection.map(Busy::on);
    let response = next.call(request).await?;
    let Some(busy) = busy else { return Ok(response) };
    let pace = Arc::new(Pace::default());
    lock(&busy.0.state).answers.push(Arc::downgrade(&pace));
    Ok(response.map_body(|_, body| Paced::new(body, pace, busy).boxed()))
}

/// What is behind a lock is whole after every step, also after one that panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
