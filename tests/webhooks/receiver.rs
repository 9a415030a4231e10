//! A receiver of messages: a real HTTP server that answers as a test tells it to.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What a receiver does with one message.
#[derive(Clone, Copy)]
pub(super) enum Reply {
    /// Answers with this status, more lines for the head, and a body.
    With(u16, &'static str, &'static str),
    /// Says nothing and holds the connection open.
    Never,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// A running receiver; it stops when dropped.
pub(super) struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    running: JoinHandle<()>,
}

impl Receiver {
    /// One that takes everything once it has given these replies.
    pub(super) async fn start(replies: &[Reply]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let replies = Arc::new(Mutex::new(replies.iter().copied().collect::<VecDeque<_>>()));
        let kept_here = received.clone();
        let running = tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let (kept, told) = (kept_here.clone(), replies.clone());
                tokio::spawn(async move {
                    let _ = answer(connection, &kept, &told).await;
                });
            }
        });
        Receiver { address, received, running }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Whether the public Rust library of Standard Webhooks takes it.
    pub(super) fn is_signed_with(&self, secret: &str) -> bool {
        standardwebhooks::Webhook::new(secret).unwrap().verify(self.body.as_bytes(), &self.headers).is_ok()
    }
}

async fn answer(
    mut connection: TcpStream,
    received: &Mutex<Vec<Received>>,
    replies: &Mutex<VecDeque<Reply>>,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut chunk = [0; 4096];
        let length = connection.read(&mut chunk).await?;
        assert!(length > 0 || bytes.is_empty(), "a request broke off");
        if length == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let wanted: usize = field(head, "content-length").map_or(0, |value| value.parse().unwrap());
        if body.len() >= wanted {
            break (head.to_owned(), body.to_owned());
        }
    };
    let headers = head.lines().skip(1).map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    });
    let reply = replies.lock().unwrap().pop_front().unwrap_or(Reply::With(204, "", ""));
    received.lock().unwrap().push(Received { headers: headers.collect(), body });
    match reply {
        Reply::With(status, more, body) => {
            let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
            let answer = format!("HTTP/1.1 {status} Told\r\n{length}{more}connection: close\r\n\r\n{body}");
            connection.write_all(answer.as_bytes()).await
        }
        Reply::Never => {
            // Until the other side gives up.
            let _ = connection.read(&mut [0; 16]).await;
            Ok(())
        }
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
