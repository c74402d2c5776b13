//! The real terminal: raw mode and its undoing on every way out, the panic hook, signals, frames.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Write};
use std::os::fd::AsFd as _;
use std::sync::Once;
use std::time::Duration;

use crossterm::cursor::{SetCursorStyle, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags,
    PushKeyboardEnhancementFlags,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use rustix::fs::{Mode, OFlags};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::frames::{self, Frames, Written};
use crate::app::Model;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::term::CursorShape;
use crate::ui;

/// What the keyboard is asked for as long as the screen is ours.
const BASE: KeyboardEnhancementFlags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;

/// How long the end waits for a terminal that takes nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// The screen while it is ours; dropping it gives the terminal back.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Frames>>,
    written: Written,
    area: Rect,
    /// The cursor's shape as it was last set; none is the terminal's own.
    cursor: Option<(CursorShape, bool)>,
    /// The keyboard flags as they were last set.
    keyboard: KeyboardEnhancementFlags,
}

impl Screen {
    /// Takes the terminal over. A panic in any thread gives it back before its message is printed.
    pub(super) fn enter() -> Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let previous = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                restore();
                tracing::error!(%info, "panic");
                previous(info);
            }));
        });
        let failed = |e: io::Error| {
            Error::new(
                ErrorKind::Usage,
                format!("the terminal cannot be used: {e}"),
            )
            .hint("run it in a terminal, or use devtwin exec")
        };
        enable_raw_mode().map_err(failed)?;
        // From here on every failure must undo what was done.
        let guard = Restore;
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            EnableMouseCapture,
            EnableBracketedPaste,
            EnableFocusChange,
            // Terminals that do not know it ignore it; nobody waits for an answer.
            PushKeyboardEnhancementFlags(BASE)
        )
        .map_err(failed)?;
        let (mut frames, written) = frames::start(terminal().map_err(failed)?).map_err(failed)?;
        if let Some(way) = unwaiting() {
            frames = frames.at_once(way);
        }
        let backend = CrosstermBackend::new(frames);
        let area = Backend::size(&backend).map(Rect::from).map_err(failed)?;
        // Fixed: ratatui would ask for the size on every frame otherwise.
        let viewport = Viewport::Fixed(area);
        let terminal =
            Terminal::with_options(backend, TerminalOptions { viewport }).map_err(failed)?;
        std::mem::forget(guard);
        Ok(Self {
            terminal,
            written,
            area,
            cursor: None,
            keyboard: BASE,
        })
    }

    /// The whole screen, as last measured.
    pub(super) fn area(&self) -> Rect {
        self.area
    }

    /// Takes a new size; what was drawn is no longer to be trusted.
    pub(super) fn resized(&mut self) -> Result<()> {
        self.area = self.terminal.size().map(Rect::from).unwrap_or_default();
        self.terminal.resize(self.area).map_err(gone)
    }

    /// Whether the terminal has taken the last frame.
    pub(super) fn is_free(&self) -> bool {
        !self.written.is_busy()
    }

    /// Waits until it has.
    pub(super) async fn taken(&mut self) -> Result<()> {
        self.written.next().await.map_err(gone)
    }

    /// Draws one frame, in one write that the terminal shows at once; only when it has taken the one before.
    pub(super) fn draw(&mut self, model: &Model) -> Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate).map_err(gone)?;
        let cursor = ui::draw(self.terminal.current_buffer_mut(), model);
        self.terminal.flush().map_err(gone)?;
        match cursor {
            Some(at) => {
                self.terminal.show_cursor().map_err(gone)?;
                self.terminal.set_cursor_position(at).map_err(gone)?;
            }
            None => self.terminal.hide_cursor().map_err(gone)?,
        }
        let wanted = ui::cursor_shape(model);
        if wanted != self.cursor {
            self.cursor = wanted;
            queue!(self.terminal.backend_mut(), cursor_style(wanted)).map_err(gone)?;
        }
        let keyboard = ui::keyboard_flags(model);
        if keyboard != self.keyboard {
            self.keyboard = keyboard;
            // On top of ours, so that one of them is always there to be taken off.
            let anew = (
                PopKeyboardEnhancementFlags,
                PushKeyboardEnhancementFlags(keyboard),
            );
            queue!(self.terminal.backend_mut(), anew.0, anew.1).map_err(gone)?;
        }
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate).map_err(gone)?;
        self.written.sent();
        let sent = Write::flush(self.terminal.backend_mut()).map_err(gone);
        // Emptied for the next frame when this one is out: ratatui's own `draw` does so before.
        self.terminal.swap_buffers();
        sent
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.written.end(PATIENCE) {
            restore();
            return;
        }
        // Whatever is written now would never come back. The modes are the terminal's own to reset.
        let _ = disable_raw_mode();
        silence();
    }
}

/// A way of its own to the terminal: a write that never comes back holds nobody's lock on stdout.
fn terminal() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// A way to the terminal on which no write waits. It is opened anew: that a write does not wait is a property
/// of what was opened, which stdout shares with whoever started us. None where it cannot be opened: it is
/// another user's after `su`.
fn unwaiting() -> Option<File> {
    let name = rustix::termios::ttyname(io::stdout(), Vec::new()).ok()?;
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let way = rustix::fs::open(name, flags, Mode::empty()).ok()?;
    Some(File::from(way))
}

/// Sends what would still be told on the terminal nowhere, so that the program can end.
fn silence() {
    let Ok(nowhere) = OpenOptions::new().write(true).open("/dev/null") else {
        return;
    };
    if io::stdout().is_terminal() {
        let _ = rustix::stdio::dup2_stdout(&nowhere);
    }
    if io::stderr().is_terminal() {
        let _ = rustix::stdio::dup2_stderr(&nowhere);
    }
}

/// The shape that a program asked for, as the outer terminal takes it (DECSCUSR).
fn cursor_style(shape: Option<(CursorShape, bool)>) -> SetCursorStyle {
    match shape {
        None => SetCursorStyle::DefaultUserShape,
        Some((CursorShape::Block, true)) => SetCursorStyle::BlinkingBlock,
        Some((CursorShape::Block, false)) => SetCursorStyle::SteadyBlock,
        Some((CursorShape::Underline, true)) => SetCursorStyle::BlinkingUnderScore,
        Some((CursorShape::Underline, false)) => SetCursorStyle::SteadyUnderScore,
        Some((CursorShape::Beam, true)) => SetCursorStyle::BlinkingBar,
        Some((CursorShape::Beam, false)) => SetCursorStyle::SteadyBar,
    }
}

struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        restore();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn gone(error: io::Error) -> Error {
    Error::new(
        ErrorKind::Cancelled,
        format!("the terminal went away: {error}"),
    )
}

/// Undoes everything that `enter` did. Failures have no one left to be told: the terminal is gone then, or
/// takes nothing.
fn restore() {
    let given_back = terminal().is_ok_and(|t| frames::write_within(PATIENCE, t, farewell()));
    if !given_back {
        silence();
    }
    let _ = disable_raw_mode();
}

/// What gives the terminal back.
fn farewell() -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = execute!(
        bytes,
        EndSynchronizedUpdate,
        PopKeyboardEnhancementFlags,
        DisableFocusChange,
        DisableBracketedPaste,
        DisableMouseCapture,
        SetCursorStyle::DefaultUserShape,
        LeaveAlternateScreen,
        Show
    );
    bytes
}

/// Tells when the terminal has another size.
pub(super) fn resizes() -> Result<Signal> {
    listen(SignalKind::window_change())
}

fn listen(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(|e| {
        Error::new(
            ErrorKind::Internal,
            format!("signals cannot be watched: {e}"),
        )
    })
}

/// The signals that end the program in good order.
pub(super) struct Signals {
    all: [Signal; 3],
}

impl Signals {
    /// Listens from now on.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            all: [
                listen(SignalKind::terminate())?,
                listen(SignalKind::hangup())?,
                listen(SignalKind::interrupt())?,
            ],
        })
    }

    /// The next one of them.
    pub(super) async fn next(&mut self) {
        let [term, hup, int] = &mut self.all;
        tokio::select! {
            _ = term.recv() => {}
            _ = hup.recv() => {}
            _ = int.recv() => {}
        }
    }
}
