//! Encoding a giant row without a second copy of it: what is written goes to the packer piece by piece, while the encoder still writes.

use super::Lane;
use crate::{
    error::ExportError,
    format::{Malformed, Sink},
    rows::RowBlock,
};
use std::sync::Arc;
use tokio::sync::mpsc;

/// About as many bytes as one piece has.
const PIECE: usize = 512 * 1024;

/// Pieces that wait for the packer.
const WAITING: usize = 2;

/// Encodes a block for this lane, if it is wanted, on a thread that may wait, and gives the lane back.
pub(super) async fn encode<E: Send + 'static>(
    lane: Option<Lane<E>>,
    block: &Arc<RowBlock>,
    write: fn(&mut E, &RowBlock, &mut Pieces) -> Result<(), Malformed>,
    malformed: impl FnOnce(Malformed) -> ExportError,
) -> Result<Option<Lane<E>>, ExportError> {
    let Some(Lane { mut encoder, mut packer, mut bytes }) = lane else {
        return Ok(None);
    };
    packer.push(&bytes).await?;
    bytes.clear();
    let (sender, mut pieces) = mpsc::channel(WAITING);
    let block = Arc::clone(block);
    let writing = tokio::task::spawn_blocking(move || {
        let mut out = Pieces { piece: Vec::with_capacity(PIECE), sender, taken: 0, unwanted: false };
        let written = write(&mut encoder, &block, &mut out);
        drop(block);
        out.hand_on();
        (encoder, written)
    });
    while let Some(piece) = pieces.recv().await {
        packer.push(&piece).await?;
    }
    let (encoder, written) =
        writing.await.map_err(|error| ExportError::Internal(format!("an encoder stopped: {error}")))?;
    written.map_err(malformed)?;
    Ok(Some(Lane { encoder, packer, bytes }))
}

/// Hands on what it takes, and waits while nobody is ready for more.
pub(super) struct Pieces {
    piece: Vec<u8>,
    sender: mpsc::Sender<Vec<u8>>,
    taken: usize,
    /// Nobody takes pieces any more: the one who stopped says why.
    unwanted: bool,
}

impl Pieces {
    fn hand_on(&mut self) {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.unwanted = self.unwanted || self.sender.blocking_send(piece).is_err();
    }
}

impl Sink for Pieces {
    fn extend_from_slice(&mut self, mut bytes: &[u8]) {
        self.taken += bytes.len();
        while !bytes.is_empty() && !self.unwanted {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == PIECE {
                self.hand_on();
            }
        }
    }

    fn reserve(&mut self, _bytes: usize) {}

    fn taken(&self) -> usize {
        self.taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        archive::{
            deflate::Deflater,
            lane::Lane,
            members::{Contents, Packer},
        },
        format::{csv::CsvEncoder, jsonl::JsonlEncoder},
        plan::ColumnPlan,
    };
    use shared::export::CsvProfile;
    use tokio::sync::Semaphore;

    fn block() -> RowBlock {
        let mut bytes = b"before\t\\N\n".to_vec();
        for (text, more) in [("it's \\n, \"\\\\ ü", "\\\\x"), ("plain", "00ff")] {
            bytes.extend_from_slice(text.repeat(200_000).as_bytes());
            bytes.push(b'\t');
            bytes.extend_from_slice(more.as_bytes());
            bytes.extend_from_slice("5c".repeat(1_000_000).as_bytes());
            bytes.push(b'\n');
        }
        RowBlock::CopyText { bytes: bytes.into(), rows: 3 }
    }

    fn columns() -> Vec<ColumnPlan> {
        ["v", "b"]
            .map(|name| ColumnPlan {
                name: name.to_owned(),
                type_name: "text".to_owned(),
                base_type: "text".to_owned(),
                nullable: true,
                generated: false,
                mask: None,
            })
            .to_vec()
    }

    /// What comes out of the deflater, and what the encoder writes into a buffer.
    async fn both<E: Send + 'static>(
        encoder: fn() -> E,
        write: fn(&mut E, &RowBlock, &mut Pieces) -> Result<(), Malformed>,
        whole: fn(&mut E, &RowBlock, &mut Vec<u8>) -> Result<(), Malformed>,
    ) -> (Contents, Contents) {
        let (deflater, mut packed) = Deflater::new(Arc::new(Semaphore::new(2)));
        let lane = Lane { encoder: encoder(), packer: Packer::Zip(deflater), bytes: b"header".to_vec() };
        let (block, unexpected) = (Arc::new(block()), |error: Malformed| ExportError::Internal(error.to_string()));
        let encode = async {
            let lane = super::encode(Some(lane), &block, write, unexpected).await.unwrap().unwrap();
            assert!(lane.bytes.is_empty());
            lane.packer.finish().await.unwrap()
        };
        let drain = async { while packed.recv().await.is_some() {} };
        let (contents, ()) = tokio::join!(encode, drain);
        let mut expected = b"header".to_vec();
        whole(&mut encoder(), &block, &mut expected).unwrap();
        (contents, Contents::of(&expected))
    }

    #[tokio::test]
    async fn a_row_in_pieces_is_the_row_in_one() {
        let (pieces, whole) = both(
            || CsvEncoder::new(CsvProfile::Spreadsheet, &columns()),
            |encoder, block, out| encoder.encode(block, out),
            |encoder, block, out| encoder.encode(block, out),
        )
        .await;
        assert_eq!(pieces, whole);
        assert!(whole.bytes > 7_000_000);
        let (pieces, whole) = both(
            || JsonlEncoder::new(&columns()),
            |encoder, block, out| encoder.encode(block, out),
            |encoder, block, out| encoder.encode(block, out),
        )
        .await;
        assert_eq!(pieces, whole);
    }

    #[tokio::test]
    async fn an_encoder_whose_pieces_nobody_takes_comes_to_its_end() {
        let (deflater, packed) = Deflater::new(Arc::new(Semaphore::new(2)));
        drop(packed);
        let lane = Lane { encoder: JsonlEncoder::new(&columns()), packer: Packer::Zip(deflater), bytes: Vec::new() };
        let block = Arc::new(block());
        let encoded = super::encode(
            Some(lane),
            &block,
            |encoder, block, out| encoder.encode(block, out),
            |error| ExportError::Internal(error.to_string()),
        );
        assert!(matches!(encoded.await, Err(ExportError::Cancelled)));
    }
}
