//! The modes of a program's terminal that decide how input is encoded.

use std::ops::BitOr;

use alacritty_terminal::term::TermMode;

/// A set of input modes, as the program in the shell last set them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Modes(u32);

impl Modes {
    /// Arrows, Home and End as `ESC O x` (DECCKM, `?1`).
    pub const APP_CURSOR: Self = Self(1);
    /// Keypad keys as `ESC O x` (DECKPAM).
    pub const APP_KEYPAD: Self = Self(1 << 1);
    /// Enter sends carriage return and line feed (LNM, `20`).
    pub const NEWLINE: Self = Self(1 << 2);
    /// Pasted text stands between marks (`?2004`).
    pub const BRACKETED_PASTE: Self = Self(1 << 3);
    /// Focus changes are reported (`?1004`).
    pub const FOCUS: Self = Self(1 << 4);
    /// The alternate screen is shown (`?1049`, `?1047`, `?47`).
    pub const ALTERNATE: Self = Self(1 << 5);
    /// The wheel sends arrows on the alternate screen (`?1007`).
    pub const ALTERNATE_SCROLL: Self = Self(1 << 6);
    /// Mouse presses and releases are reported (`?1000`).
    pub const MOUSE_CLICK: Self = Self(1 << 7);
    /// Mouse movement with a button held is reported too (`?1002`).
    pub const MOUSE_DRAG: Self = Self(1 << 8);
    /// All mouse movement is reported (`?1003`).
    pub const MOUSE_MOTION: Self = Self(1 << 9);
    /// Mouse reports in decimal (`?1006`).
    pub const MOUSE_SGR: Self = Self(1 << 10);
    /// Mouse reports with UTF-8 coordinates (`?1005`).
    pub const MOUSE_UTF8: Self = Self(1 << 11);
    /// Kitty keyboard flag 1: keys that legacy bytes confuse are sent as `CSI u`.
    pub const DISAMBIGUATE: Self = Self(1 << 12);
    /// Kitty keyboard flag 2: repeats and releases are told apart from presses.
    pub const EVENT_TYPES: Self = Self(1 << 13);
    /// Kitty keyboard flag 4: the shifted key is sent beside the key.
    pub const ALTERNATE_KEYS: Self = Self(1 << 14);
    /// Kitty keyboard flag 8: every key is sent as an escape sequence.
    pub const ALL_KEYS: Self = Self(1 << 15);
    /// Kitty keyboard flag 16: the text of a key is sent with it.
    pub const KEY_TEXT: Self = Self(1 << 16);

    /// Level 1 of modifyOtherKeys: keys without a well-known code send one (`CSI > 4 ; 1 m`).
    pub const OTHER_KEYS_1: Self = Self(1 << 17);
    /// Level 2 of modifyOtherKeys: all keys with modifiers do (`CSI > 4 ; 2 m`).
    pub const OTHER_KEYS_2: Self = Self(1 << 18);
    /// Only mouse presses are reported, without modifiers (`?9`).
    pub const MOUSE_X10: Self = Self(1 << 19);

    /// No mode.
    pub const NONE: Self = Self(0);
    /// Any mode in which the program gets the mouse.
    pub const MOUSE: Self =
        Self(Self::MOUSE_CLICK.0 | Self::MOUSE_DRAG.0 | Self::MOUSE_MOTION.0 | Self::MOUSE_X10.0);
    /// Either level of modifyOtherKeys.
    pub const OTHER_KEYS: Self = Self(Self::OTHER_KEYS_1.0 | Self::OTHER_KEYS_2.0);
    /// Any flag of the kitty keyboard protocol.
    pub const KITTY: Self = Self(
        Self::DISAMBIGUATE.0
            | Self::EVENT_TYPES.0
            | Self::ALTERNATE_KEYS.0
            | Self::ALL_KEYS.0
            | Self::KEY_TEXT.0,
    );

    /// The flags of the kitty keyboard protocol, as the protocol numbers them (1 to 31).
    pub const fn keyboard_flags(self) -> u8 {
        let flags = (self.0 & Self::KITTY.0) / Self::DISAMBIGUATE.0;
        // Five bits.
        flags as u8
    }

    /// Whether any mode of `other` is set.
    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// These modes but for `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Modes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl From<TermMode> for Modes {
    fn from(mode: TermMode) -> Self {
        const PAIRS: [(TermMode, Modes); 17] = [
            (TermMode::APP_CURSOR, Modes::APP_CURSOR),
            (TermMode::APP_KEYPAD, Modes::APP_KEYPAD),
            (TermMode::LINE_FEED_NEW_LINE, Modes::NEWLINE),
            (TermMode::BRACKETED_PASTE, Modes::BRACKETED_PASTE),
            (TermMode::FOCUS_IN_OUT, Modes::FOCUS),
            (TermMode::ALT_SCREEN, Modes::ALTERNATE),
            (TermMode::ALTERNATE_SCROLL, Modes::ALTERNATE_SCROLL),
            (TermMode::MOUSE_REPORT_CLICK, Modes::MOUSE_CLICK),
            (TermMode::MOUSE_DRAG, Modes::MOUSE_DRAG),
            (TermMode::MOUSE_MOTION, Modes::MOUSE_MOTION),
            (TermMode::SGR_MOUSE, Modes::MOUSE_SGR),
            (TermMode::UTF8_MOUSE, Modes::MOUSE_UTF8),
            (TermMode::DISAMBIGUATE_ESC_CODES, Modes::DISAMBIGUATE),
            (TermMode::REPORT_EVENT_TYPES, Modes::EVENT_TYPES),
            (TermMode::REPORT_ALTERNATE_KEYS, Modes::ALTERNATE_KEYS),
            (TermMode::REPORT_ALL_KEYS_AS_ESC, Modes::ALL_KEYS),
            (TermMode::REPORT_ASSOCIATED_TEXT, Modes::KEY_TEXT),
        ];
        PAIRS
            .into_iter()
            .filter(|(theirs, _)| mode.contains(*theirs))
            .fold(Self::NONE, |all, (_, ours)| all | ours)
    }
}
