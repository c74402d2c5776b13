//! Modes: of the screen, of input, of the keyboard.

use devtwin::term::Modes;

use crate::case::{Group, Want, case};

pub(crate) fn screen() -> Group {
    Group {
        title: "Modes of the screen",
        cases: vec![
            case(
                "Without DECAWM the last column is overwritten",
                r"\e[?7l0123456789AB",
            )
            .screen("012345678B")
            .at(1, 10),
            case("With it again lines wrap", r"\e[?7l\e[?7h0123456789A").screen("0123456789\nA"),
            case("LNM: LF begins a new line", r"\e[20hab\nX")
                .screen("ab\nX")
                .not_tmux("tmux does not know it").differs("LNM changes what Enter sends, and nothing else: no program is known to ask for more",&[Want::Screen("ab\n  X")]),
            case("LNM ends", r"\e[20h\e[20lab\nX").screen("ab\n  X"),
            case("DECTCEM hides the cursor", r"\e[?25l").want(Want::NoCursor),
            case("and shows it", r"\e[?25l\e[?25h").at(1, 1),
            case("DECSCNM turns the screen's colours round", r"\e[?5ha")
                .style("inverse")
                .differs(
                    "reverse video is not shown: a blinking screen is of no use in a pane",
                    &[Want::Style(1, 1, "")],
                ),
            case(
                "DECCOLM clears the screen and goes home; the width stays",
                r"ab\e[2;3r\e[?3h\e[?3lX",
            )
            .screen("X"),
            case("Several modes in one sequence", r"\e[?7;25l0123456789A")
                .screen("012345678A")
                .want(Want::NoCursor),
            case("Unknown modes are ignored", r"\e[?4711ha\e[4711hb").screen("ab"),
        ],
    }
}

pub(crate) fn alternate_screen() -> Group {
    const OLD: &str = "47 and 1047 are taken for 1049, which also saves the cursor";
    Group {
        title: "Alternate screen",
        cases: vec![
            case("1049 shows an empty screen", r"ab\e[?1049h")
                .screen("")
                .want(Want::On(Modes::ALTERNATE, "alternate screen")),
            case("The cursor stays where it was", r"ab\e[?1049hX").screen("  X"),
            case(
                "1049 off shows the old screen and the old cursor",
                r"ab\e[?1049h\e[3;3HX\e[?1049lc",
            )
            .screen("abc")
            .want(Want::Off(Modes::ALTERNATE, "alternate screen")),
            case(
                "The attributes come back, too",
                r"\e[1m\e[?1049h\e[0;31m\e[?1049lX",
            )
            .style("bold"),
            case("Each time it is empty", r"\e[?1049hab\e[?1049l\e[?1049h").screen(""),
            case("On twice is on once", r"ab\e[?1049h\e[?1049hX\e[?1049l").screen("ab"),
            case("Off without on changes nothing", r"ab\e[?1049lX")
                .screen("abX")
                .not_tmux("tmux goes home"),
            case("It has no history", r"\e[?1049h1\r\n2\r\n3\r\n4\r\n5\r\n6")
                .screen("3\n4\n5\n6")
                .want(Want::History(0)),
            case(
                "The history of the main screen comes back",
                r"1\r\n2\r\n3\r\n4\r\n5\e[?1049h\e[3J\e[?1049l",
            )
            .screen("2\n3\n4\n5")
            .want(Want::History(1)),
            case("47 shows the alternate screen, too", r"ab\e[?47h\e[HX")
                .screen("X")
                .want(Want::On(Modes::ALTERNATE, "alternate screen")),
            case("47 off leaves it", r"ab\e[?47h\e[HX\e[?47l")
                .screen("ab")
                .want(Want::Off(Modes::ALTERNATE, "alternate screen")),
            case("1047 shows it, too", r"ab\e[?1047h\e[HX").screen("X"),
            case("1047 off leaves it", r"ab\e[?1047h\e[HX\e[?1047l").screen("ab"),
            case("47 does not save the cursor", r"ab\e[?47h\e[3;3H\e[?47lX")
                .screen("ab\n\n  X")
                .differs(OLD, &[Want::Screen("abX")])
                .not_tmux("tmux saves it, too"),
            case(
                "47 does not clear what was there",
                r"\e[?47hab\e[?47l\e[?47h",
            )
            .screen("ab")
            .differs(OLD, &[Want::Screen("")])
            .not_tmux("tmux clears it, too"),
        ],
    }
}

pub(crate) fn input() -> Group {
    const ON: fn(Modes, &'static str) -> Want = Want::On;
    Group {
        title: "Modes of input",
        cases: vec![
            case("DECCKM: arrows as ESC O", r"\e[?1h")
                .want(ON(Modes::APP_CURSOR, "application cursor keys")),
            case("DECCKM ends", r"\e[?1h\e[?1l")
                .want(Want::Off(Modes::APP_CURSOR, "application cursor keys")),
            case("DECKPAM: the keypad as ESC O", r"\e=")
                .want(ON(Modes::APP_KEYPAD, "application keypad")),
            case("DECKPNM ends it", r"\e=\e>")
                .want(Want::Off(Modes::APP_KEYPAD, "application keypad")),
            case("LNM: Enter sends CR LF", r"\e[20h").want(ON(Modes::NEWLINE, "new line")),
            case("2004 marks pasted text", r"\e[?2004h")
                .want(ON(Modes::BRACKETED_PASTE, "bracketed paste")),
            case("2004 ends", r"\e[?2004h\e[?2004l")
                .want(Want::Off(Modes::BRACKETED_PASTE, "bracketed paste")),
            case("1004 reports the focus", r"\e[?1004h").want(ON(Modes::FOCUS, "focus")),
            case("1000 reports clicks", r"\e[?1000h").want(ON(Modes::MOUSE_CLICK, "clicks")),
            case("1002 reports dragging", r"\e[?1002h").want(ON(Modes::MOUSE_DRAG, "dragging")),
            case("1003 reports all motion", r"\e[?1003h").want(ON(Modes::MOUSE_MOTION, "motion")),
            case(
                "The last of 1000, 1002 and 1003 holds",
                r"\e[?1000h\e[?1003h",
            )
            .want(Want::Off(Modes::MOUSE_CLICK, "clicks"))
            .want(ON(Modes::MOUSE_MOTION, "motion")),
            case("9 reports presses alone", r"\e[?9h\e[?9$p")
                .want(ON(Modes::MOUSE_X10, "presses"))
                .reply(r"\e[?9;1$y"),
            case("Mouse modes end", r"\e[?1003h\e[?1003l").want(Want::Off(Modes::MOUSE, "mouse")),
            case("1006 is another encoding", r"\e[?1006h").want(ON(Modes::MOUSE_SGR, "SGR mouse")),
            case("1005 is another encoding", r"\e[?1005h")
                .want(ON(Modes::MOUSE_UTF8, "UTF-8 mouse")),
            case("The wheel sends arrows on the alternate screen", "")
                .want(ON(Modes::ALTERNATE_SCROLL, "alternate scroll")),
            case("1007 off ends that", r"\e[?1007l")
                .want(Want::Off(Modes::ALTERNATE_SCROLL, "alternate scroll")),
            case("RIS ends them", r"\e[?1;1003;1004;1006;2004h\e=\ec").want(Want::Off(
                Modes::MOUSE
                    | Modes::APP_CURSOR
                    | Modes::APP_KEYPAD
                    | Modes::FOCUS
                    | Modes::MOUSE_SGR
                    | Modes::BRACKETED_PASTE,
                "all of them",
            )),
        ],
    }
}

pub(crate) fn keyboard() -> Group {
    Group {
        title: "Keyboard protocols",
        cases: vec![
            case("At first no flag is set", r"\e[?u").reply(r"\e[?0u"),
            case("CSI > u pushes flags", r"\e[>5u\e[?u")
                .reply(r"\e[?5u")
                .want(Want::On(Modes::DISAMBIGUATE, "disambiguate")),
            case("CSI < u pops them", r"\e[>1u\e[>3u\e[<u\e[?u").reply(r"\e[?1u"),
            case("CSI < u pops several", r"\e[>1u\e[>3u\e[<2u\e[?u").reply(r"\e[?0u"),
            case("More than there are", r"\e[>1u\e[<99u\e[?u").reply(r"\e[?0u"),
            case("CSI = u sets flags", r"\e[>1u\e[=8u\e[?u").reply(r"\e[?8u"),
            case("CSI = 2 adds flags", r"\e[>1u\e[=8;2u\e[?u").reply(r"\e[?9u"),
            case("CSI = 3 takes flags away", r"\e[>5u\e[=4;3u\e[?u").reply(r"\e[?1u"),
            case(
                "The alternate screen has flags of its own",
                r"\e[>1u\e[?1049h\e[?u",
            )
            .reply(r"\e[?0u"),
            case(
                "Those of the main screen come back",
                r"\e[>1u\e[?1049h\e[>8u\e[?1049l\e[?u",
            )
            .reply(r"\e[?1u"),
            case("RIS takes them away", r"\e[>5u\ec\e[?u").reply(r"\e[?0u"),
            case("CSI > 4 ; 1 m: modifyOtherKeys, level 1", r"\e[>4;1m\e[?4m")
                .reply(r"\e[>4;1m")
                .want(Want::On(Modes::OTHER_KEYS_1, "level 1")),
            case("level 2", r"\e[>4;2m\e[?4m")
                .reply(r"\e[>4;2m")
                .want(Want::On(Modes::OTHER_KEYS_2, "level 2")),
            case("CSI > 4 m ends it", r"\e[>4;2m\e[>4m\e[?4m")
                .reply(r"\e[>4;0m")
                .want(Want::Off(Modes::OTHER_KEYS, "modifyOtherKeys")),
        ],
    }
}

pub(crate) fn synchronised() -> Group {
    Group {
        title: "Synchronised updates",
        cases: vec![
            case("After 2026 nothing is shown", r"old\e[?2026h\rnew")
                .screen("old")
                .not_tmux("tmux 3.3 does not hold back"),
            case("Until it ends", r"old\e[?2026h\rnew\e[?2026l").screen("new"),
            case("Answers are held back, too", r"\e[?2026h\e[5n").reply(""),
            case("and come at the end", r"\e[?2026h\e[5n\e[?2026l").reply(r"\e[0n"),
            case("An end without a beginning is ignored", r"a\e[?2026lb").screen("ab"),
        ],
    }
}
