//! The real terminal: raw mode and its undoing on every way out, the panic hook, signals, frames.

use std::io::{self, Stdout, Write};
use std::sync::Once;

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
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::Model;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::term::CursorShape;
use crate::ui;

/// What the keyboard is asked for as long as the screen is ours.
const BASE: KeyboardEnhancementFlags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;

/// What ends a frame, as [`EndSynchronizedUpdate`] writes it.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// The screen while it is ours; dropping it gives the terminal back.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Frames<Stdout>>>,
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
        let backend = CrosstermBackend::new(Frames::new(io::stdout()));
        let terminal = Terminal::new(backend).map_err(failed)?;
        std::mem::forget(guard);
        let mut screen = Self {
            terminal,
            area: Rect::default(),
            cursor: None,
            keyboard: BASE,
        };
        screen.measure();
        Ok(screen)
    }

    /// The whole screen, as last measured.
    pub(super) fn area(&self) -> Rect {
        self.area
    }

    /// Asks the terminal for its size: that opens it anew each time, too much for every turn of the loop.
    pub(super) fn measure(&mut self) {
        self.area = self.terminal.size().map(Rect::from).unwrap_or_default();
    }

    /// Takes a new size; what was drawn is no longer to be trusted.
    pub(super) fn resized(&mut self) -> Result<()> {
        self.measure();
        self.terminal.resize(self.area).map_err(gone)
    }

    /// Draws one frame, in one write that the terminal shows at once.
    pub(super) fn draw(&mut self, model: &Model) -> Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate).map_err(gone)?;
        self.terminal
            .draw(|frame| ui::draw(frame, model))
            .map_err(gone)?;
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
        self.terminal.backend_mut().flush().map_err(gone)
    }
}

/// Gathers a frame: those who draw flush several times on the way, the terminal gets one write.
struct Frames<W> {
    inner: W,
    bytes: Vec<u8>,
}

impl<W> Frames<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            bytes: Vec::new(),
        }
    }
}

impl<W: Write> Write for Frames<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Passes on what ends a frame; anything else waits for the end.
    fn flush(&mut self) -> io::Result<()> {
        if !self.bytes.ends_with(FRAME_END) {
            return Ok(());
        }
        let written = self.inner.write_all(&self.bytes);
        self.bytes.clear();
        written.and_then(|()| self.inner.flush())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
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

/// Undoes everything that `enter` did. Failures have no one left to be told: the terminal is gone then.
fn restore() {
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        PopKeyboardEnhancementFlags,
        DisableFocusChange,
        DisableBracketedPaste,
        DisableMouseCapture,
        SetCursorStyle::DefaultUserShape,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_one_write_however_often_it_is_flushed() {
        struct Counted(Vec<Vec<u8>>);
        impl Write for Counted {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.to_vec());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut frames = Frames::new(Counted(Vec::new()));
        for text in ["a", "b"] {
            queue!(frames, BeginSynchronizedUpdate).expect("memory takes it");
            execute!(frames, crossterm::style::Print(text)).expect("memory takes it");
            execute!(frames, EndSynchronizedUpdate).expect("memory takes it");
        }
        let frame = |text| format!("\x1b[?2026h{text}\x1b[?2026l").into_bytes();
        assert_eq!(frames.inner.0, [frame("a"), frame("b")]);
    }
}
