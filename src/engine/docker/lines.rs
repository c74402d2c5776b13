//! Answers that are a JSON document a line, for as long as they last.

use bytes::BytesMut;
use serde::de::DeserializeOwned;

use crate::domain::error::{Error, Result};

use super::error;
use super::hijack::Answer;

/// The longest line that is read, in bytes; an event carries all labels of its container.
const LONGEST: usize = 4 * 1024 * 1024;

/// The lines of an answer.
pub(super) struct Lines {
    answer: Answer,
    buffer: BytesMut,
    doing: String,
    url: String,
    over: bool,
}

impl Lines {
    /// `doing` is for errors, as "cannot follow the engine's events".
    pub(super) fn new(answer: Answer, doing: &str, url: &str) -> Self {
        Self {
            answer,
            buffer: BytesMut::new(),
            doing: doing.to_owned(),
            url: url.to_owned(),
            over: false,
        }
    }

    /// The next document; lines that are none are left out. None at the end, and behind an error.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> Option<Result<T>> {
        loop {
            while let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
                let line = self.buffer.split_to(end + 1);
                if let Some(document) = parse(&line) {
                    return Some(Ok(document));
                }
            }
            if self.over {
                return None;
            }
            if self.buffer.len() > LONGEST {
                return Some(Err(self.lost("a line of more than 4 MiB")));
            }
            match self.answer.chunk().await {
                Some(Ok(chunk)) => self.buffer.extend_from_slice(&chunk),
                Some(Err(e)) => return Some(Err(self.lost(&e.to_string()))),
                None => self.over = true,
            }
        }
    }

    /// The stream is over: the error that says so.
    pub(super) fn lost(&mut self, why: &str) -> Error {
        self.over = true;
        self.buffer.clear();
        error::lost(&self.doing, &self.url, why)
    }
}

/// A document, when the line is one that we understand.
pub(super) fn parse<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    match serde_json::from_slice(line) {
        Ok(document) => Some(document),
        Err(e) => {
            tracing::debug!(error = %e, "skipped a line of the engine that could not be read");
            None
        }
    }
}
