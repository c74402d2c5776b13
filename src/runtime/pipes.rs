//! Plain streams as a terminal shows them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, ReadBuf};

use crate::engine::{Output, Pipes, Tty};

/// What errors are shown in, and what ends that.
const ERRORS: (&[u8], &[u8]) = (b"\x1b[33m", b"\x1b[39m");

/// Plain streams as those of a terminal: lines begin at its left edge, and errors stand out. What is typed goes nowhere.
pub(super) fn shown(pipes: Pipes) -> Tty {
    Tty {
        output: Box::new(Shown {
            pipes,
            text: Bytes::new(),
            last: 0,
        }),
        input: Box::new(tokio::io::sink()),
    }
}

struct Shown {
    /// With its input, which is held: the connection lives as long as its halves.
    pipes: Pipes,
    /// What was not read yet.
    text: Bytes,
    /// The byte before it.
    last: u8,
}

impl AsyncRead for Shown {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.text.is_empty() {
            let text = match ready!(self.pipes.output.poll_next_unpin(cx)) {
                None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error.message))),
                Some(Ok(Output::Stdout(bytes))) => on_terminal(&bytes, &mut self.last),
                Some(Ok(Output::Stderr(bytes))) => {
                    let text = on_terminal(&bytes, &mut self.last);
                    [ERRORS.0, &text, ERRORS.1].concat()
                }
            };
            self.text = text.into();
        }
        let n = self.text.len().min(buf.remaining());
        buf.put_slice(&self.text[..n]);
        self.text.advance(n);
        Poll::Ready(Ok(()))
    }
}

/// Each line feed that no carriage return stands before gets one; `last` is the byte before these.
fn on_terminal(bytes: &[u8], last: &mut u8) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + 16);
    for byte in bytes {
        if *byte == b'\n' && *last != b'\r' {
            text.push(b'\r');
        }
        text.push(*byte);
        *last = *byte;
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn lines_begin_at_the_left_edge_and_errors_stand_out() {
        let pieces = [
            Output::Stdout(Bytes::from_static(b"a\nb\r\nc\r")),
            Output::Stdout(Bytes::from_static(b"\n")),
            Output::Stderr(Bytes::from_static(b"bad\n")),
        ];
        let output = futures_util::stream::iter(pieces.map(Ok)).boxed();
        let input = Box::new(tokio::io::sink());
        let mut tty = shown(Pipes { output, input });
        let mut text = Vec::new();
        tty.output.read_to_end(&mut text).await.unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "a\r\nb\r\nc\r\n\x1b[33mbad\r\n\x1b[39m"
        );
    }
}
