//! A file of an archive between the one who writes it and the one who keeps it.

use crate::error::ExportError;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

/// Chunks that may wait between the two.
const WAITING: usize = 2;

/// A file on its way, as whoever keeps it sees it.
#[derive(Debug)]
pub struct Outgoing {
    /// Its path in the archive: words of `[A-Za-z0-9._-]` with `/` between them.
    pub path: String,
    chunks: mpsc::Receiver<Option<Bytes>>,
    kept: oneshot::Sender<()>,
}

/// The end at which the file is written. Dropping it without [`Sending::end`] gives the file up.
#[derive(Debug)]
pub struct Sending {
    chunks: mpsc::Sender<Option<Bytes>>,
}

/// Whether a file is kept.
#[derive(Debug)]
pub struct Kept(oneshot::Receiver<()>);

impl Outgoing {
    /// A new file: the end that writes it, the end that keeps it, and the answer.
    pub fn new(path: String) -> (Sending, Self, Kept) {
        let (sender, chunks) = mpsc::channel(WAITING);
        let (kept, answer) = oneshot::channel();
        (Sending { chunks: sender }, Self { path, chunks, kept }, Kept(answer))
    }

    /// The next chunk; `None` after the last one. [`ExportError::Cancelled`] if the file was given up, so that nothing of it may be kept.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ExportError> {
        self.chunks.recv().await.ok_or(ExportError::Cancelled)
    }

    /// Says that the whole file is kept.
    pub fn keep(self) {
        // Whoever waited may have gone, and says why.
        let _ = self.kept.send(());
    }
}

impl Sending {
    /// Hands on a chunk; [`ExportError::Cancelled`] if nobody takes the file any more.
    pub async fn send(&self, chunk: Bytes) -> Result<(), ExportError> {
        self.chunks.send(Some(chunk)).await.map_err(|_| ExportError::Cancelled)
    }

    /// Says that the file is whole.
    pub async fn end(self) -> Result<(), ExportError> {
        self.chunks.send(None).await.map_err(|_| ExportError::Cancelled)
    }
}

impl Kept {
    /// Waits until the file is kept; [`ExportError::Cancelled`] if it will not be.
    pub async fn wait(self) -> Result<(), ExportError> {
        self.0.await.map_err(|_| ExportError::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_given_up_never_looks_whole() {
        let (sending, mut outgoing, kept) = Outgoing::new("csv/sales.csv".to_owned());
        sending.send(Bytes::from_static(b"half")).await.unwrap();
        drop(sending);
        assert_eq!(outgoing.next().await.unwrap().as_deref(), Some(&b"half"[..]));
        assert!(matches!(outgoing.next().await, Err(ExportError::Cancelled)));
        drop(outgoing);
        assert!(matches!(kept.wait().await, Err(ExportError::Cancelled)));
    }

    #[tokio::test]
    async fn a_whole_file_ends_and_its_keeper_answers() {
        let (sending, mut outgoing, kept) = Outgoing::new("manifest.json".to_owned());
        sending.send(Bytes::from_static(b"{}")).await.unwrap();
        sending.end().await.unwrap();
        assert_eq!(outgoing.next().await.unwrap().as_deref(), Some(&b"{}"[..]));
        assert_eq!(outgoing.next().await.unwrap(), None);
        outgoing.keep();
        kept.wait().await.unwrap();
    }
}
