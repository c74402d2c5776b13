//! What the checks of a lesson need to know: asked of the engine, and heard in its events. Nothing is changed by it.

mod happening;
mod images;
mod look;
mod read;

use std::collections::BTreeMap;

use self::happening::Happening;
use self::images::KnownImage;
use self::look::Look;
use crate::domain::error::Result;
use crate::domain::lesson::facts::{Answer, Happened, Question};
use crate::domain::lesson::lab::Ready;
use crate::domain::target::Event;
use crate::domain::twin::Session;
use crate::engine::Engine;

/// Watches a lab from the moment on at which it was made: one for each step that is open.
#[derive(Debug)]
pub struct Watcher {
    session: Session,
    ready: Ready,
    happening: Happening,
    /// What is known of images, by their ids: it never changes.
    images: BTreeMap<String, KnownImage>,
}

impl Watcher {
    /// One that has seen nothing yet. `session` is for the containers by which images are read.
    pub fn new(session: Session, ready: Ready) -> Self {
        Self {
            session,
            happening: Happening::new(ready.names.clone()),
            ready,
            images: BTreeMap::new(),
        }
    }

    /// Takes an event in; whether it is about a container of the lab or a twin beside one, so that answers may have changed.
    pub fn take(&mut self, event: &Event) -> bool {
        self.happening.take(event)
    }

    /// What happened since it was made, oldest first. Asks the engine how programs ended that tell it in no event: those
    /// that could not be started.
    pub async fn happened(&mut self, engine: &dyn Engine) -> Vec<Happened> {
        self.happening.settle(engine).await;
        self.happening.told()
    }

    /// Answers questions by how things are now; what cannot be answered is missing. An image is read by a container of it
    /// that is never started and removed before this returns: so it is not to be given up halfway.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn ask(
        &mut self,
        engine: &dyn Engine,
        questions: &[Question],
    ) -> Result<BTreeMap<Question, Answer>> {
        let mut answers = BTreeMap::new();
        if questions.is_empty() {
            return Ok(answers);
        }
        let mut look = Look::begin(engine, &self.session, &self.ready, &mut self.images).await?;
        for question in questions {
            match Box::pin(look.answer(question)).await {
                Ok(Some(answer)) => {
                    answers.insert(question.clone(), answer);
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(?question, %error, "a check's question is open"),
            }
        }
        look.end().await;
        Ok(answers)
    }
}
