//! A wire to a server that breaks at a chosen moment: what a fault on purpose looks like from both ends.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use memchr::memmem;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{patience::LONG, port};

/// Passes bytes between clients and a server until a fault that was planned comes to pass.
pub(crate) struct Wire {
    port: u16,
    shared: Arc<Shared>,
    porter: JoinHandle<()>,
}

/// What is to happen, and when.
#[derive(Clone)]
pub(crate) struct Fault {
    from: End,
    words: Vec<&'static str>,
    bytes: u64,
    act: Act,
    times: u32,
}

/// Who sends the bytes that a fault waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Client,
    Server,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Hold,
    HoldAnswer,
    Reset,
    HalfClose,
    Answer(&'static str),
}

struct Shared {
    faults: Mutex<Vec<Fault>>,
    fired: watch::Sender<u64>,
    is_cut: watch::Sender<bool>,
    /// Replaced by every cut: cancels the connections of before.
    connections: Mutex<CancellationToken>,
}

impl Fault {
    fn new(from: End, words: &[&'static str], act: Act) -> Fault {
        Fault { from, words: words.to_vec(), bytes: 0, act, times: 1 }
    }

    /// From the last of these words on, which a client sends in this order on one connection, nothing passes any more, and nobody is told.
    pub(crate) fn hold(words: &[&'static str]) -> Fault {
        Fault::new(End::Client, words, Act::Hold)
    }

    /// The server gets what the client sends, and its answer to the last of these words never arrives. It has come to pass when the server has answered.
    pub(crate) fn hold_answer(words: &[&'static str]) -> Fault {
        Fault::new(End::Client, words, Act::HoldAnswer)
    }

    /// The client's connection is reset.
    pub(crate) fn reset(words: &[&'static str]) -> Fault {
        Fault::new(End::Client, words, Act::Reset)
    }

    /// The client is told that the server says no more, while it sends.
    pub(crate) fn half_close(words: &[&'static str]) -> Fault {
        Fault::new(End::Client, words, Act::HalfClose)
    }

    /// The client gets this answer of nobody, and the connection ends.
    pub(crate) fn answer(words: &[&'static str], answer: &'static str) -> Fault {
        Fault::new(End::Client, words, Act::Answer(answer))
    }

    /// Nothing passes any more on a connection on which the server has sent so many bytes.
    pub(crate) fn hold_after_answers(bytes: u64) -> Fault {
        Fault { bytes, ..Fault::new(End::Server, &[], Act::Hold) }
    }

    /// So many bytes later.
    pub(crate) fn later(self, bytes: u64) -> Fault {
        Fault { bytes, ..self }
    }

    /// On so many connections or for so many requests, not on one.
    pub(crate) fn times(self, times: u32) -> Fault {
        Fault { times, ..self }
    }
}

impl Wire {
    /// A sound wire to a port of this machine.
    pub(crate) async fn to(target: u16) -> Wire {
        let port = port::free();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let shared = Arc::new(Shared {
            faults: Mutex::default(),
            fired: watch::channel(0).0,
            is_cut: watch::channel(false).0,
            connections: Mutex::default(),
        });
        let porter = tokio::spawn({
            let shared = shared.clone();
            async move {
                loop {
                    let (client, _) = listener.accept().await.unwrap();
                    let connections = shared.connections.lock().unwrap().clone();
                    if *shared.is_cut.borrow() {
                        continue;
                    }
                    tokio::spawn(connect(client, target, shared.clone(), connections));
                }
            }
        });
        Wire { port, shared, porter }
    }

    /// The port in the text of an address, `…:port` or `…:port/…`.
    pub(crate) fn port_of(address: &str) -> u16 {
        let rest = address.rsplit_once(':').unwrap().1;
        rest.split('/').next().unwrap().parse().unwrap()
    }

    /// The address with this wire's port in place of the server's.
    pub(crate) fn instead_of(&self, address: &str) -> String {
        let target = format!(":{}", Wire::port_of(address));
        let at = address.rfind(&target).unwrap();
        format!("{}:{}{}", &address[..at], self.port, &address[at + target.len()..])
    }

    /// Plans a fault.
    pub(crate) fn plan(&self, fault: Fault) {
        self.shared.faults.lock().unwrap().push(fault);
    }

    /// Forgets what was planned and ends the connections that are held.
    pub(crate) fn mend(&self) {
        self.shared.faults.lock().unwrap().clear();
        self.shared.is_cut.send_replace(false);
        std::mem::take(&mut *self.shared.connections.lock().unwrap()).cancel();
    }

    /// Breaks every connection and takes no new one until it is mended.
    pub(crate) fn cut(&self) {
        self.shared.is_cut.send_replace(true);
        std::mem::take(&mut *self.shared.connections.lock().unwrap()).cancel();
    }

    /// How many faults have come to pass.
    pub(crate) fn fired(&self) -> u64 {
        *self.shared.fired.borrow()
    }

    /// Waits until so many faults have come to pass; panics with `what` after a long while.
    pub(crate) async fn until_fired(&self, faults: u64, what: &str) {
        let mut fired = self.shared.fired.subscribe();
        let came = tokio::time::timeout(LONG, fired.wait_for(|fired| *fired >= faults)).await;
        assert!(came.is_ok(), "{what}: the fault did not come to pass");
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
        self.porter.abort();
    }
}

/// One connection: two streams, and what its faults do to both.
struct Connection {
    shared: Arc<Shared>,
    /// Nothing passes any more, and both ends stay connected.
    held: CancellationToken,
    /// The server's answers do not pass any more.
    mute: CancellationToken,
    /// The client is told that the server has ended.
    half: CancellationToken,
    /// Both ends are let go.
    over: CancellationToken,
    /// `None` once it was reset.
    client: tokio::sync::Mutex<Option<OwnedWriteHalf>>,
}

async fn connect(client: TcpStream, target: u16, shared: Arc<Shared>, connections: CancellationToken) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let connection = Connection {
        shared,
        held: CancellationToken::new(),
        mute: CancellationToken::new(),
        half: CancellationToken::new(),
        over: CancellationToken::new(),
        client: tokio::sync::Mutex::new(Some(to_client)),
    };
    let passing =
        async { tokio::join!(requests(from_client, to_server, &connection), answers(from_server, &connection)) };
    tokio::select! {
        _ended = passing => {}
        () = connection.over.cancelled() => {}
        () = connections.cancelled() => {}
    }
}

impl Connection {
    fn fire(&self) {
        self.shared.fired.send_modify(|fired| *fired += 1);
    }

    /// Both ends wait for ever, as they do when a cable is pulled.
    async fn hold(&self) {
        self.held.cancel();
        std::future::pending().await
    }
}

async fn requests(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, connection: &Connection) {
    let mut watch = Watch::default();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            read = client.read(&mut buffer) => read.unwrap_or(0),
            () = connection.held.cancelled() => return connection.hold().await,
        };
        if read == 0 {
            let _ = server.shutdown().await;
            return;
        }
        let chunk = &buffer[..read];
        let found = watch.look(End::Client, chunk, &connection.shared);
        let passing = match found {
            Some((_, Act::HoldAnswer)) | None => chunk,
            Some((place, _)) => &chunk[..place],
        };
        if found.is_some_and(|(_, act)| act == Act::HoldAnswer) {
            connection.mute.cancel();
        }
        if server.write_all(passing).await.is_err() {
            return;
        }
        match found {
            None | Some((_, Act::HoldAnswer)) => continue,
            Some((_, Act::Hold)) => {
                connection.fire();
                return connection.hold().await;
            }
            Some((_, Act::Reset)) => {
                let _ = client.as_ref().set_zero_linger();
                if let Some(half) = connection.client.lock().await.take() {
                    half.forget();
                }
                connection.over.cancel();
            }
            Some((_, Act::HalfClose)) => connection.half.cancel(),
            Some((_, Act::Answer(text))) => {
                if let Some(client) = connection.client.lock().await.as_mut() {
                    let _ = client.write_all(text.as_bytes()).await;
                    let _ = client.shutdown().await;
                }
            }
        }
        connection.fire();
        // What was being sent is taken and thrown away, else the client would be reset before it has read.
        let _ = tokio::io::copy(&mut client, &mut tokio::io::sink()).await;
        connection.over.cancel();
        return;
    }
}

async fn answers(mut server: OwnedReadHalf, connection: &Connection) {
    let mut watch = Watch::default();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            read = server.read(&mut buffer) => read.unwrap_or(0),
            () = connection.held.cancelled() => return connection.hold().await,
            () = connection.half.cancelled() => 0,
        };
        if connection.mute.is_cancelled() {
            connection.fire();
            return connection.hold().await;
        }
        let chunk = &buffer[..read];
        let found = watch.look(End::Server, chunk, &connection.shared);
        let passing = found.map_or(chunk, |(place, _)| &chunk[..place]);
        {
            let mut client = connection.client.lock().await;
            let Some(client) = client.as_mut() else { return };
            if read == 0 {
                let _ = client.shutdown().await;
                return;
            }
            if client.write_all(passing).await.is_err() {
                return;
            }
        }
        if found.is_some() {
            connection.fire();
            return connection.hold().await;
        }
    }
}

/// What one end of a connection has sent so far, as each planned fault sees it.
#[derive(Default)]
struct Watch {
    faults: Vec<Progress>,
}

#[derive(Default)]
struct Progress {
    /// How many words have passed.
    words: usize,
    /// The last bytes before this chunk, which may hold the beginning of the next word.
    tail: Vec<u8>,
    /// How many bytes have passed since the last word.
    bytes: u64,
}

impl Watch {
    /// Where in this chunk a fault comes to pass, if one does.
    fn look(&mut self, from: End, chunk: &[u8], shared: &Shared) -> Option<(usize, Act)> {
        let mut faults = shared.faults.lock().unwrap();
        self.faults.resize_with(faults.len(), Progress::default);
        let progress = faults.iter_mut().zip(&mut self.faults);
        let open = progress.filter(|(fault, _)| fault.from == from && fault.times > 0);
        let reached = open.filter_map(|(fault, progress)| Some((progress.look(fault, chunk)?, fault)));
        let (place, fault) = reached.min_by_key(|(place, _)| *place)?;
        fault.times -= 1;
        Some((place, fault.act))
    }
}

impl Progress {
    fn look(&mut self, fault: &Fault, chunk: &[u8]) -> Option<usize> {
        let known = self.tail.len();
        self.tail.extend_from_slice(chunk);
        let mut place = 0;
        while let Some(word) = fault.words.get(self.words) {
            let Some(found) = memmem::find(&self.tail[place..], word.as_bytes()) else {
                let keep = (self.tail.len() - place).min(word.len() - 1);
                self.tail.drain(..self.tail.len() - keep);
                return None;
            };
            place += found + word.len();
            self.words += 1;
        }
        self.tail.clear();
        let fresh = place.saturating_sub(known);
        let reached = fresh + usize::try_from(fault.bytes - self.bytes).unwrap();
        if reached > chunk.len() {
            self.bytes += (chunk.len() - fresh) as u64;
            return None;
        }
        *self = Progress::default();
        Some(reached)
    }
}
