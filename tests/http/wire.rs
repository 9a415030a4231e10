//! A client that speaks HTTP by hand, so that it can be as slow and as wrong as it likes.

use crate::support::{api::Api, patience::LONG};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// A connection to an API.
pub(super) struct Wire {
    stream: TcpStream,
}

/// Where an API listens.
pub(super) fn address(api: &Api) -> SocketAddr {
    api.anyone.base().rsplit_once("//").unwrap().1.parse().unwrap()
}

impl Wire {
    pub(super) async fn open(api: &Api) -> Wire {
        Wire { stream: TcpStream::connect(address(api)).await.unwrap() }
    }

    /// From an address of this machine such as 127.0.0.2.
    pub(super) async fn open_from(api: &Api, own: [u8; 4]) -> Wire {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((own, 0).into()).unwrap();
        Wire { stream: socket.connect(address(api)).await.unwrap() }
    }

    /// One that has room for little.
    pub(super) async fn open_narrow(api: &Api) -> Wire {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Wire { stream: socket.connect(address(api)).await.unwrap() }
    }

    /// False when the other side has closed.
    pub(super) async fn send(&mut self, text: &str) -> bool {
        self.stream.write_all(text.as_bytes()).await.is_ok()
    }

    /// Sends a byte each 50 ms for as long as the other side takes them, and returns what it has said until it closed.
    pub(super) async fn trickle(mut self, byte: &str) -> String {
        let mut said = Vec::new();
        let drip = async {
            loop {
                let mut buffer = [0; 4096];
                match timeout(Duration::from_millis(50), self.stream.read(&mut buffer)).await {
                    Ok(Ok(0) | Err(_)) => return,
                    Ok(Ok(read)) => said.extend_from_slice(&buffer[..read]),
                    Err(_) => {
                        // Whether it was taken shows in what is read.
                        let _ = self.stream.write_all(byte.as_bytes()).await;
                    }
                }
            }
        };
        assert!(timeout(LONG, drip).await.is_ok(), "still open after {LONG:?}");
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Reads until this has come.
    pub(super) async fn read_until(&mut self, wanted: &str) -> String {
        let mut said = Vec::new();
        let reading = async {
            while !String::from_utf8_lossy(&said).contains(wanted) {
                let mut buffer = [0; 4096];
                let read = self.stream.read(&mut buffer).await.unwrap();
                assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&said));
                said.extend_from_slice(&buffer[..read]);
            }
        };
        assert!(timeout(LONG, reading).await.is_ok(), "waited in vain for {wanted}");
        String::from_utf8_lossy(&said).into_owned()
    }

    /// At most so many bytes; 0 when the other side has closed.
    pub(super) async fn read_some(&mut self, most: usize) -> usize {
        let mut buffer = vec![0; most];
        timeout(LONG, self.stream.read(&mut buffer)).await.unwrap().unwrap_or(0)
    }

    /// Everything until the other side closes, however it does.
    pub(super) async fn read_to_end(mut self) -> Vec<u8> {
        let mut said = Vec::new();
        let reading = async {
            let mut buffer = vec![0; 65536];
            while let Ok(read @ 1..) = self.stream.read(&mut buffer).await {
                said.extend_from_slice(&buffer[..read]);
            }
        };
        assert!(timeout(LONG, reading).await.is_ok(), "still open after {LONG:?}");
        said
    }
}
