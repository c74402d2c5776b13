//! What a command prints, handed to a reader on a thread of its own.

use std::io::{self, BufRead, Read};

use bytes::{Buf as _, Bytes};
use tokio::sync::mpsc;

/// The reading end: pieces come as they are printed, and few wait, so that what is not read yet is not printed.
#[derive(Debug)]
pub(super) struct Pieces {
    from: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Pieces {
    pub(super) fn new(from: mpsc::Receiver<Bytes>) -> Self {
        Self {
            from,
            piece: Bytes::new(),
        }
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.piece.is_empty() {
            match self.from.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => break,
            }
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, amount: usize) {
        self.piece.advance(amount);
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let most = piece.len().min(buffer.len());
        buffer[..most].copy_from_slice(&piece[..most]);
        self.consume(most);
        Ok(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_are_read_as_one_and_end_with_their_sender() {
        let (tx, rx) = mpsc::channel(1);
        let reading = tokio::task::spawn_blocking(move || {
            let mut pieces = Pieces::new(rx);
            let mut first = String::new();
            pieces.read_line(&mut first).map(|_| ())?;
            let mut rest = String::new();
            pieces.read_to_string(&mut rest)?;
            Ok::<_, io::Error>((first, rest))
        });
        for piece in ["a line", "", "\nand", " more"] {
            tx.send(Bytes::from_static(piece.as_bytes())).await.unwrap();
        }
        drop(tx);
        let (first, rest) = reading.await.unwrap().unwrap();
        assert_eq!((first.as_str(), rest.as_str()), ("a line\n", "and more"));
    }

    #[tokio::test]
    async fn a_reader_that_stops_is_no_longer_sent_to() {
        let (tx, rx) = mpsc::channel(1);
        drop(Pieces::new(rx));
        assert!(tx.send(Bytes::from_static(b"more")).await.is_err());
    }
}
