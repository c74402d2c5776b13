//! Where the cursor goes: movement, margins and origin, tabs, saving.

use crate::case::{Group, Want, case};

pub(crate) fn movement() -> Group {
    Group {
        title: "Cursor movement",
        cases: vec![
            case("CUP goes to a row and column", r"\e[2;3HX")
                .screen("\n  X")
                .at(2, 4),
            case("CUP without parameters goes home", r"ab\e[HX").screen("Xb"),
            case("CUP takes 0 for 1", r"ab\e[0;0HX").screen("Xb"),
            case(
                "CUP with one parameter goes to the first column",
                r"ab\e[2HX",
            )
            .screen("ab\nX"),
            case("CUP beyond the edge stops there", r"\e[99;99HX")
                .screen("\n\n\n         X")
                .at(4, 10),
            case("HVP is CUP", r"\e[2;3fX").screen("\n  X"),
            case("CUU goes up, by one without parameter", r"\n\na\e[AX").screen("\n X\na"),
            case("CUU stops at the first row", r"a\n\e[99AX").screen("aX"),
            case("CUU takes 0 for 1", r"\n\e[0AX").screen("X"),
            case("CUD goes down", r"a\e[2BX").screen("a\n\n X"),
            case("CUD stops at the last row and does not scroll", r"a\e[99BX")
                .screen("a\n\n\n X")
                .want(Want::History(0)),
            case("CUF goes right over what stands there", r"abc\r\e[2CX").screen("abX"),
            case("CUF stops at the last column", r"\e[99CX")
                .screen("         X")
                .at(1, 10),
            case("CUB goes left", r"abc\e[2DX").screen("aXc"),
            case("CUB stops at the first column", r"abc\e[99DX").screen("Xbc"),
            case(
                "CUB from the last column goes to the one before it",
                r"0123456789\e[DX",
            )
            .screen("01234567X9")
            .not_tmux("tmux keeps the cursor beyond the last column"),
            case("CNL goes to the start of a row below", r"abc\e[2EX").screen("abc\n\nX"),
            case("CPL goes to the start of a row above", r"\n\nabc\e[2FX").screen("X\n\nabc"),
            case("CHA goes to a column", r"abc\e[2GX").screen("aXc"),
            case(
                "CHA without parameter goes to the first column",
                r"abc\e[GX",
            )
            .screen("Xbc"),
            case("HPA is CHA", r"abc\e[2`X").screen("aXc"),
            case("VPA goes to a row and keeps the column", r"abc\e[3dX").screen("abc\n\n   X"),
            case("VPA stops at the last row", r"a\e[99dX").screen("a\n\n\n X"),
            case("HPR goes right", r"a\e[2aX")
                .screen("a  X")
                .not_tmux("tmux 3.3 does not know it"),
            case("VPR goes down", r"a\e[2eX")
                .screen("a\n\n X")
                .not_tmux("tmux 3.3 does not know it"),
            case("A character in the last column waits there", "0123456789")
                .screen("0123456789")
                .at(1, 10),
            case("The next one wraps", "0123456789X")
                .screen("0123456789\nX")
                .at(2, 2),
            case("CR takes the wait away", r"0123456789\rX").screen("X123456789"),
            case(
                "CUP to the same place takes the wait away",
                r"0123456789\e[1;10HX",
            )
            .screen("012345678X"),
            case("Wrapping in the last row scrolls", r"\e[4;1H0123456789X")
                .screen("\n\n0123456789\nX")
                .at(4, 2),
        ],
    }
}

pub(crate) fn margins_and_origin() -> Group {
    Group {
        title: "Margins and origin",
        cases: vec![
            case("DECSTBM goes home", r"ab\n\e[2;3rX").screen("Xb"),
            case("CUU stops at the upper margin", r"\e[2;3r\e[3;1H\e[9AX").screen("\nX"),
            case("CUD stops at the lower margin", r"\e[2;3r\e[2;1H\e[9BX").screen("\n\nX"),
            case(
                "CUD from above the margins stops at the lower one",
                r"\e[2;3r\e[H\e[9BX",
            )
            .screen("\n\nX"),
            case(
                "CUU from below the margins stops at the upper one",
                r"\e[2;3r\e[4;1H\e[9AX",
            )
            .screen("\nX"),
            case(
                "CUU above the margins goes to the first row",
                r"\e[3;4r\e[2;1H\e[9AX",
            )
            .screen("X"),
            case("CUP ignores margins", r"\e[2;3r\e[4;1HX").screen("\n\n\nX"),
            case(
                "Setting DECOM goes home, into the margins",
                r"\e[2;3r\e[4;1H\e[?6hX",
            )
            .screen("\nX"),
            case(
                "With DECOM rows count from the upper margin",
                r"\e[2;3r\e[?6h\e[2;2HX",
            )
            .screen("\n\n X"),
            case(
                "With DECOM no row below the lower margin is reached",
                r"\e[2;3r\e[?6h\e[9;1HX",
            )
            .screen("\n\nX"),
            case("With DECOM VPA counts so, too", r"\e[2;3r\e[?6h\e[2dX").screen("\n\nX"),
            case(
                "Resetting DECOM goes to the first row",
                r"\e[2;3r\e[?6h\e[?6lX",
            )
            .screen("X"),
            case(
                "With DECOM the cursor's report counts from the margin",
                r"\e[2;3r\e[?6h\e[2;1H\e[6n",
            )
            .reply(r"\e[2;1R"),
            case(
                "An upper margin at or below the lower one is ignored",
                r"ab\e[3;3rX",
            )
            .screen("abX"),
            case(
                "An upper margin below the lower one is ignored",
                r"ab\e[3;2rX",
            )
            .screen("abX"),
            case(
                "A lower margin beyond the screen is its last row",
                r"1\r\n2\r\n3\r\n4\e[2;99r\e[4;1H\nX",
            )
            .screen("1\n3\n4\nX"),
            case(
                "DECSTBM without parameters takes the whole screen",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[r\e[4;1H\nX",
            )
            .screen("2\n3\n4\nX"),
        ],
    }
}

pub(crate) fn tabs() -> Group {
    Group {
        title: "Tabs",
        cases: vec![
            case("A stop every eight columns", r"a\tb\tc")
                .size(20, 2)
                .screen("a       b       c"),
            case(
                "After the last stop HT goes to the last column",
                r"\e[18G\tX",
            )
            .size(20, 2)
            .screen("                   X")
            .at(1, 20),
            case("HT does not erase", r"abcdefghij\r\tX")
                .size(20, 2)
                .screen("abcdefghXj"),
            case("HTS sets a stop", r"\e[4G\eH\r\tX")
                .size(20, 2)
                .screen("   X"),
            case("TBC takes the stop at the cursor away", r"\e[9G\e[g\r\tX")
                .size(20, 2)
                .screen("                X"),
            case("TBC 3 takes all stops away", r"\e[3g\tX")
                .size(20, 2)
                .screen("                   X"),
            case("CBT goes back to a stop", r"\e[20G\e[ZX")
                .size(20, 2)
                .screen("                X"),
            case("CBT over several stops", r"\e[20G\e[2ZX")
                .size(20, 2)
                .screen("        X"),
            case("CBT stops at the first column", r"abc\e[9ZX")
                .size(20, 2)
                .screen("Xbc"),
            case("CHT goes over several stops", r"\e[2IX")
                .size(20, 2)
                .screen("                X")
                .not_tmux("tmux 3.3 does not know it"),
            case("DECST8C sets the usual stops", r"\e[3g\e[?5W\tX")
                .size(20, 2)
                .screen("        X")
                .not_tmux("tmux does not know it")
                .differs(
                    "the emulator does not know it: RIS sets the usual stops",
                    &[Want::Screen("                   X")],
                ),
            case("RIS sets the usual stops", r"\e[3g\ec\tX")
                .size(20, 2)
                .screen("        X"),
        ],
    }
}

pub(crate) fn saving() -> Group {
    const ORIGIN: &str = "origin mode is not saved with the cursor";
    Group {
        title: "Saving the cursor",
        cases: vec![
            case("DECRC goes back to where DECSC was", r"ab\e7\n\nc\e8X").screen("abX\n\n  c"),
            case("DECRC without DECSC goes home", r"ab\n\e8X").screen("Xb"),
            case("DECRC may come again and again", r"ab\e7c\e8d\e8e").screen("abe"),
            case("DECSC keeps the attributes", r"\e[1;31m\e7\e[m\e8\rX").style("bold fg 1"),
            case(
                "DECSC keeps the wait at the last column",
                r"0123456789\e7\e[H\e8X",
            )
            .screen("0123456789\nX")
            .not_tmux("tmux forgets the wait"),
            case(
                "DECSC keeps origin mode",
                r"\e[2;3r\e[?6h\e7\e[?6l\e8\e[1;1HX",
            )
            .screen("\nX")
            .differs(ORIGIN, &[Want::Screen("X")]),
            case("SCOSC and SCORC do the same", r"ab\e[s\n\nc\e[uX").screen("abX\n\n  c"),
            case("Mode 1048 does the same", r"ab\e[?1048h\n\nc\e[?1048lX")
                .screen("abX\n\n  c")
                .not_tmux("tmux does not know it"),
            case(
                "The alternate screen has a saved cursor of its own",
                r"ab\e7\e[?1049h\e[3;3H\e7\e[?1049l\e8X",
            )
            .screen("abX")
            .not_tmux("tmux has one for both"),
        ],
    }
}
