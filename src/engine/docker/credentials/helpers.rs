//! What helpers answered in this run: each is asked once for a registry, also by questions that come beside each other. It
//! may ask a server, or a person. Kept in memory alone.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::{Found, PATIENCE, by_helper};

/// How long it counts that a helper gave no answer: a person may mend it meanwhile.
const KEPT: Duration = Duration::from_secs(60);

/// The answers; its clones share them. A list that only grows, by a node for each question, needs no lock.
#[derive(Clone, Default)]
pub(in crate::engine::docker) struct Helpers {
    first: Arc<OnceLock<Box<Node>>>,
    /// Counts what made answers worthless: they are asked for again.
    round: Arc<AtomicU64>,
}

/// A question and its answer.
struct Node {
    question: String,
    answer: OnceCell<(Found, Instant)>,
    next: OnceLock<Box<Self>>,
}

impl Helpers {
    /// What the helper `name` answers for `key`; `folder` is docker's, whose `config.json` a `docker login` writes anew.
    pub(super) async fn ask(&self, folder: &Path, name: &str, key: &str) -> Found {
        let written = fs::metadata(folder.join("config.json")).and_then(|m| m.modified());
        let question = format!("{name} {key} {:?}", written.ok());
        self.once(&question, KEPT, || by_helper(name, key, PATIENCE))
            .await
    }

    /// A registry refused a login: a token of it may have run out.
    pub(in crate::engine::docker) fn forget(&self) {
        self.round.fetch_add(1, Ordering::Relaxed);
    }

    /// The answer to `question`, for which `ask` is run once; none was given: that counts for so long.
    async fn once<F: Future<Output = Found>>(
        &self,
        question: &str,
        kept: Duration,
        ask: impl Fn() -> F,
    ) -> Found {
        loop {
            let round = self.round.load(Ordering::Relaxed);
            let node = self.node(&format!("{round} {question}"));
            let ask = || async { (ask().await, Instant::now()) };
            // Whoever asks meanwhile waits here; when the first one is given up, the next one asks.
            let (found, at) = node.answer.get_or_init(ask).await;
            if found.trouble.is_none() || at.elapsed() < kept {
                return found.clone();
            }
            self.forget();
        }
    }

    fn node(&self, question: &str) -> &Node {
        let mut at = &*self.first;
        loop {
            let node = at.get_or_init(|| {
                Box::new(Node {
                    question: question.to_owned(),
                    answer: OnceCell::new(),
                    next: OnceLock::new(),
                })
            });
            if node.question == question {
                return node;
            }
            at = &node.next;
        }
    }
}

impl fmt::Debug for Helpers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Helpers(masked)")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::FutureExt as _;

    use super::*;

    fn answer(why: Option<&str>) -> Found {
        Found {
            from: Some("docker-credential-x".into()),
            trouble: why.map(|why| (why.to_owned(), String::new())),
            ..Found::default()
        }
    }

    #[tokio::test]
    async fn one_answer_serves_all_who_ask_until_it_is_worthless() {
        let helpers = Helpers::default();
        let asked = Cell::new(0);
        let ask = |question: &'static str, why: Option<&'static str>, kept| {
            let (helpers, asked) = (&helpers, &asked);
            async move {
                let slow = || async {
                    asked.set(asked.get() + 1);
                    tokio::task::yield_now().await;
                    answer(why)
                };
                helpers.once(question, kept, slow).await
            }
        };
        let good = |question| ask(question, None, KEPT);
        let (a, b, c) = tokio::join!(good("x r"), good("x r"), good("x other"));
        assert_eq!((asked.get(), &a), (2, &b));
        assert_eq!(a, c);
        good("x r").await;
        assert_eq!(asked.get(), 2);
        // The registry refused it.
        helpers.forget();
        good("x r").await;
        assert_eq!(asked.get(), 3);
        // Nobody is left who waits for the answer.
        assert!(good("x late").now_or_never().is_none());
        good("x late").await;
        assert_eq!(asked.get(), 5);
        // None was given.
        ask("x bad", Some("failed"), KEPT).await;
        ask("x bad", Some("failed"), KEPT).await;
        assert_eq!(asked.get(), 6);
        assert_eq!(ask("x bad", None, Duration::ZERO).await, answer(None));
        assert_eq!(asked.get(), 7);
        assert_eq!(format!("{helpers:?}"), "Helpers(masked)");
    }
}
