//! A person's word before something is done.

use std::io::{self, IsTerminal as _};

use tokio::io::{AsyncBufReadExt as _, BufReader};

/// Whether there is a person to ask: somebody who reads what we say and can answer.
pub(super) fn may_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The line that the person answers with, without the white space around it; empty when there is none.
pub(super) async fn answer() -> String {
    let mut answer = String::new();
    let read = BufReader::new(tokio::io::stdin())
        .read_line(&mut answer)
        .await;
    if let Err(error) = read {
        tracing::debug!(%error, "no answer could be read");
    }
    answer.trim().to_ascii_lowercase()
}
