//! The bell: shown as a flash, and remembered until someone looks.

use std::time::Duration;

/// How long a bell is shown, and how long at least from one to the next: a program that rings without
/// end must not make the screen flicker.
const LIT: Duration = Duration::from_millis(150);
const REST: Duration = Duration::from_millis(850);

/// A bell, as it is shown.
#[derive(Debug, Default)]
pub(super) struct Bell {
    /// It rang and nobody has looked since.
    pub(super) unheard: bool,
    flash: Flash,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Flash {
    #[default]
    Off,
    Lit,
    /// It was shown a moment ago.
    Resting,
}

impl Bell {
    /// It rings; after how long to look again, if that is not ordered already.
    pub(super) fn ring(&mut self) -> Option<Duration> {
        self.unheard = true;
        if self.flash != Flash::Off {
            return None;
        }
        self.flash = Flash::Lit;
        Some(LIT)
    }

    /// The time has passed; after how long to look again, when the flash has just ended.
    pub(super) fn elapsed(&mut self) -> Option<Duration> {
        let lit = self.is_lit();
        self.flash = if lit { Flash::Resting } else { Flash::Off };
        lit.then_some(REST)
    }

    /// Whether it is to be shown now.
    pub(super) fn is_lit(&self) -> bool {
        self.flash == Flash::Lit
    }
}
