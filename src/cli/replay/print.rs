//! What a replica prints, passed on as it comes or kept for the report.

use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;

use crate::engine::Output;
use crate::ops::replay::Tail;

/// Passes each piece on, or keeps the last of both streams for the report. When nobody reads any more it ends, and so
/// does the run.
pub(in crate::cli) async fn pass(
    mut pieces: mpsc::Receiver<Output>,
    for_report: bool,
) -> (String, String) {
    let (mut out, mut err) = (Tail::default(), Tail::default());
    while let Some(piece) = pieces.recv().await {
        let passed = match (&piece, for_report) {
            (Output::Stdout(bytes), true) => {
                out.push(bytes);
                Ok(())
            }
            (Output::Stderr(bytes), true) => {
                err.push(bytes);
                Ok(())
            }
            (Output::Stdout(bytes), false) => {
                let mut stdout = tokio::io::stdout();
                written(stdout.write_all(bytes).await, stdout.flush().await)
            }
            (Output::Stderr(bytes), false) => {
                let mut stderr = tokio::io::stderr();
                written(stderr.write_all(bytes).await, stderr.flush().await)
            }
        };
        if let Err(error) = passed {
            tracing::debug!(%error, "nobody reads what the replica prints");
            break;
        }
    }
    (out.text(), err.text())
}

fn written(write: std::io::Result<()>, flush: std::io::Result<()>) -> std::io::Result<()> {
    write.and(flush)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::replay::KEPT;

    #[tokio::test]
    async fn a_report_keeps_the_last_of_each_stream() {
        let (send, pieces) = mpsc::channel(4);
        send.send(Output::Stdout(vec![b'a'; KEPT].into()))
            .await
            .unwrap();
        send.send(Output::Stdout(b"end".as_slice().into()))
            .await
            .unwrap();
        send.send(Output::Stderr(b"bad \xff".as_slice().into()))
            .await
            .unwrap();
        drop(send);
        let (out, err) = pass(pieces, true).await;
        assert_eq!(out.len(), KEPT);
        assert!(out.ends_with("aend"));
        assert_eq!(err, "bad \u{fffd}");
    }
}
