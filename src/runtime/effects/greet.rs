//! What is said at the start.

use std::sync::Arc;

use super::super::feeds::send;
use super::Runner;
use crate::app::Msg;
use crate::ops;

impl Runner {
    /// Says what is worth knowing at the start: leftovers of runs that were killed, a session that
    /// could not be recorded.
    pub(in crate::runtime) fn greet(&mut self) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let (sessions, warning) = (self.sessions.clone(), self.warning.take());
        let notices = self.learn.notices();
        self.ask(async move {
            if let Some(warning) = warning {
                send(&tx, Msg::Notice(warning, None)).await;
            }
            for (text, hint) in notices {
                send(&tx, Msg::Notice(text, hint)).await;
            }
            let ask = |session: &str, owner: &str| sessions.liveness(session, owner);
            match ops::clean::found(engine.as_ref(), &ask).await {
                Ok(found) if found.leftovers > 0 => {
                    let left = match found.leftovers {
                        1 => "a twin was left behind by a devtwin that was killed".to_owned(),
                        n => format!("{n} twins were left behind by devtwins that were killed"),
                    };
                    send(
                        &tx,
                        Msg::Notice(left, Some("devtwin clean removes what is left over".into())),
                    )
                    .await;
                }
                Ok(found) if found.labs > 0 => {
                    let left = "the lab of a lesson was left behind by a devtwin that was killed";
                    let hint = "devtwin clean removes what is left over";
                    send(&tx, Msg::Notice(left.into(), Some(hint.into()))).await;
                }
                Ok(found) if found.debts > 0 => {
                    let left = "a container is still frozen or paused by a devtwin that was killed";
                    let hint = "devtwin clean gives it back what it had";
                    send(&tx, Msg::Notice(left.into(), Some(hint.into()))).await;
                }
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "leftovers could not be looked for"),
            }
        });
    }
}
