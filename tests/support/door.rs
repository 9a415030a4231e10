//! A door in front of a server: closed, the server is as good as down.

use std::net::Ipv4Addr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use super::port;

/// Passes connections on while it is open; closing it breaks those that are under way.
pub(crate) struct Door {
    port: u16,
    open: watch::Sender<bool>,
    porter: JoinHandle<()>,
}

impl Door {
    /// An open door in front of `target`, `http://host:port`.
    pub(crate) async fn before(target: &str) -> Door {
        let target = target.strip_prefix("http://").unwrap().to_owned();
        let port = port::free();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let (open, state) = watch::channel(true);
        let porter = tokio::spawn(async move {
            loop {
                let (visitor, _) = listener.accept().await.unwrap();
                tokio::spawn(pass(visitor, target.clone(), state.clone()));
            }
        });
        Door { port, open, porter }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn close(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.porter.abort();
    }
}

async fn pass(mut visitor: TcpStream, target: String, mut state: watch::Receiver<bool>) {
    if !*state.borrow_and_update() {
        return;
    }
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ended = copy_bidirectional(&mut visitor, &mut server) => {}
        _closed = state.wait_for(|open| !open) => {}
    }
}
