//! The loop: events in, `update`, effects out, frames drawn.
//!
//! [`tty`] owns the real terminal, [`effects`] turns orders into tasks, [`shells`] holds the byte
//! streams. Nothing here decides anything: rules are in `app`, use cases in `ops`.

pub mod dockerfile;
mod effects;
mod feeds;
mod frames;
mod input;
mod local;
mod outside;
mod pace;
mod pipes;
mod shells;
mod tty;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use crossterm::event::Event;
use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::app::{Effect, Laid, Model, Msg, Settings, Start, update};
use crate::domain::debt::Paid;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::Setups;
use crate::engine::Engine;
use crate::memory::Memory;
use crate::session::{SessionLock, Sessions};
use crate::ui;
pub use effects::LearnPlace;
use effects::Runner;
use input::Input;
use pace::Pace;
use tty::Screen;

/// Replies that may wait for the loop. Small, so that a flooding program is slowed by its own pipe, and
/// that what answers a key stands behind little of it: 128 KB, 1.5 ms of parsing.
const REPLIES: usize = 4;
/// What the replies of one turn may weigh, in bytes of output: about 1.5 ms of parsing, then keys come first.
const TURN: usize = 128 * 1024;
/// What a reply weighs that is no output.
const LIGHT: usize = 8 * 1024;

/// Where this run stands among the sessions of this machine.
pub struct Place<'a> {
    /// All of them.
    pub sessions: &'a Sessions,
    /// Ours.
    pub lock: &'a SessionLock,
    /// What the person should know about it, if anything.
    pub warning: Option<String>,
    /// What the person configured for package managers.
    pub setups: Setups,
    /// Where it is noted what was installed.
    pub memory: Memory,
    /// What the lessons need; none where nobody learns.
    pub learn: Option<LearnPlace>,
}

/// How the person left.
#[derive(Debug)]
pub struct Left {
    /// Twins were left for re-attach.
    pub kept: bool,
    /// What was still owed to targets at the end, and what came of it.
    pub paid: Vec<Paid>,
}

/// What a person should know of targets at the end, a line each: what was restored, and what does not run now.
pub fn last_words(paid: &[Paid]) -> Vec<String> {
    let restored = paid.iter().filter(|paid| paid.restored);
    restored
        .map(|paid| {
            let name = &paid.target_name;
            if paid.stopped {
                format!(
                    "{name}: {}; it is stopped, docker start {name} brings it back",
                    paid.what
                )
            } else {
                format!("{name}: {}", paid.what)
            }
        })
        .collect()
}

/// Runs the TUI until the person leaves; the terminal is restored, what was done to targets is undone and the session's
/// twins are removed on every way out, a panic included.
pub async fn run(
    engine: Arc<dyn Engine>,
    place: Place<'_>,
    start: Start,
    settings: Settings,
) -> Result<Left> {
    let (tx, rx) = mpsc::channel(REPLIES);
    let mut runner = Runner::new(Arc::clone(&engine), &place, settings.wishes.clone(), tx);
    let screen = Screen::enter()?;
    // On the heap: the model is in it.
    let turning = Box::pin(turn(screen, &mut runner, rx, start, settings));
    let ended = AssertUnwindSafe(turning).catch_unwind().await;
    let keep = matches!(ended, Ok(Ok(Ending { keep: true, .. })));
    // Without a choice of the person's, a twin that was kept before stays kept.
    let asked = matches!(ended, Ok(Ok(Ending { error: None, .. })));
    let (paid, swept) = effects::finish(runner, engine.as_ref(), place.lock, keep, asked).await;
    let ended = ended.unwrap_or_else(|_| {
        let message = "devtwin met a fault of its own and stopped";
        Err(Error::new(ErrorKind::Internal, message)
            .hint("the log file has the details (devtwin doctor says where)"))
    });
    let error = match ended {
        Ok(ending) => ending.error,
        Err(error) => Some(error),
    };
    match (error, swept) {
        (None, swept) => swept.map(|()| Left { kept: keep, paid }),
        (Some(error), Ok(())) => {
            let told = last_words(&paid);
            Err(told.iter().fold(error, |error, line| error.and_hint(line)))
        }
        // Both are worth knowing: what ended the session, and what it may have left.
        (Some(error), Err(left)) => {
            let told = match left.hint {
                Some(hint) => format!("{}: {hint}", left.message),
                None => left.message,
            };
            Err(error.and_hint(&told))
        }
    }
}

/// How the loop ended.
struct Ending {
    /// Leave the twins for re-attach.
    keep: bool,
    /// The failure to report, for a session that never came up.
    error: Option<Error>,
}

/// What woke the loop up.
enum Woken {
    Input(Option<Event>),
    Resized,
    Reply(Option<Msg>),
    Signal,
    Frame,
    /// The terminal took the last frame, or never will.
    Taken(Result<()>),
}

async fn turn(
    mut screen: Screen,
    runner: &mut Runner,
    mut replies: mpsc::Receiver<Msg>,
    start: Start,
    settings: Settings,
) -> Result<Ending> {
    let (mut model, orders) = Model::new(start, settings);
    let mut input = Input::new()?;
    let mut signals = tty::Signals::new()?;
    let mut resizes = tty::resizes()?;
    // Of a size that changed before this, no signal tells.
    screen.resized()?;
    let mut laid = Laid::default();
    let mut pace = Pace::default();
    let mut dirty = true;
    runner.watch();
    let mut greeted = false;
    let mut ending = runner.run(orders);
    loop {
        if ending.is_none() {
            let now_laid = ui::layout::lay(&model, screen.area());
            if now_laid != laid {
                laid = now_laid;
                ending = runner.run(update(&mut model, Msg::Laid(laid.clone())));
            }
        }
        if let Some(keep) = ending {
            return Ok(Ending {
                keep,
                error: model.exit().cloned(),
            });
        }
        dirty |= model.take_dirty();
        let now = Instant::now();
        if dirty && screen.is_free() && pace.next(now) <= now {
            dirty = false;
            pace.drawn(now);
            if let Err(error) = screen.draw(&model) {
                tracing::debug!(%error, "a frame could not be drawn");
                ending = runner.run(update(&mut model, Msg::Terminate));
                continue;
            }
        }
        let free = screen.is_free();
        let woken = tokio::select! {
            biased;
            () = signals.next() => Woken::Signal,
            event = input.next() => Woken::Input(event),
            _ = resizes.recv() => Woken::Resized,
            taken = screen.taken() => Woken::Taken(taken),
            () = tokio::time::sleep_until(pace.next(now)), if dirty && free => Woken::Frame,
            reply = replies.recv() => Woken::Reply(reply),
            panicked = runner.reap() => return Err(panicked),
        };
        if !greeted && matches!(woken, Woken::Reply(_)) {
            // Not before what the person waits for.
            greeted = true;
            runner.greet();
        }
        let mut next = match woken {
            Woken::Signal | Woken::Input(None) => Some(Msg::Terminate),
            // The terminal may be gone before the signal that says so is seen: the same end.
            Woken::Taken(Err(error)) => {
                tracing::debug!(%error, "a frame could not be written");
                Some(Msg::Terminate)
            }
            Woken::Resized => {
                // Where that fails, the next frame fails too, and says so.
                if let Err(error) = screen.resized() {
                    tracing::debug!(%error, "the new size was not taken");
                }
                dirty = true;
                None
            }
            Woken::Input(Some(event)) => {
                if matches!(event, Event::Key(_)) {
                    pace.typed(Instant::now());
                }
                message(event)
            }
            Woken::Reply(reply) => reply,
            Woken::Frame | Woken::Taken(Ok(())) => None,
        };
        // With it what else is ready, so that a flood of one kind starves nothing and costs one frame.
        let mut left = TURN;
        while left > 0
            && let Some(msg) = next.take().or_else(|| replies.try_recv().ok())
        {
            left = left.saturating_sub(weight(&msg));
            let ended = runner.run(update(&mut model, msg));
            ending = ending.or(ended);
        }
    }
}

/// A terminal event as a message; none for what devtwin does not use.
fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => Some(Msg::Key(key)),
        Event::Mouse(mouse) => Some(Msg::Mouse(mouse)),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::FocusGained => Some(Msg::Focus(true)),
        Event::FocusLost => Some(Msg::Focus(false)),
        // The signal says so, and at once.
        Event::Resize(..) => None,
    }
}

/// What a message takes of a turn, in bytes of output.
fn weight(msg: &Msg) -> usize {
    match msg {
        Msg::Output(_, bytes, _) => bytes.len().max(LIGHT),
        Msg::LogLines(_, lines) => lines.iter().map(|l| l.text.len()).sum::<usize>().max(LIGHT),
        _ => LIGHT,
    }
}

/// Whether `effect` ends the program, and whether twins are then kept.
fn quits(effect: &Effect) -> Option<bool> {
    match effect {
        Effect::Quit { keep } => Some(*keep),
        _ => None,
    }
}
