//! What no terminal knows, and what is broken: ignored, and never printed.

use crate::case::{Group, Want, case};

pub(crate) fn ignored() -> Group {
    let quiet = |what, bytes| case(what, bytes).screen("aX").at(1, 3).style_at(1, 2, "");
    Group {
        title: "Unknown sequences",
        cases: vec![
            quiet("An unknown CSI", r"a\e[99zX"),
            quiet("An unknown CSI with a private mark", r"a\e[?99zX"),
            quiet("An unknown CSI with intermediates", r"a\e[1$ \x22zX"),
            quiet("An unknown ESC", r"a\eQX").not_tmux("tmux takes it for another"),
            quiet("An unknown ESC with intermediates", r"a\e#9X"),
            quiet("An unknown OSC", r"a\e]4711;hidden\aX"),
            quiet("OSC 1337 of iTerm", r"a\e]1337;File=inline=1:AAAA\aX"),
            quiet(
                "OSC 9 and 777, notifications",
                r"a\e]9;hidden\a\e]777;notify;a;b\aX",
            ),
            quiet("An OSC without a number", r"a\e]hidden\aX"),
            quiet("DCS", r"a\eP1$thidden\e\\X"),
            quiet("Sixel pictures", r"a\ePq#0;2;0;0;0#0!10~-\e\\X").not_tmux("tmux may draw them"),
            quiet("APC", r"a\e_hidden\e\\X"),
            quiet("Pictures of kitty", r"a\e_Gf=24,s=1,v=1;AAAA\e\\X"),
            quiet("PM", r"a\e^hidden\e\\X"),
            quiet("SOS", r"a\eXhidden\e\\X"),
            case(
                "ESC ends a string: a sequence that follows counts",
                r"a\ePtmux;\e\e[31m\e\\X",
            )
            .screen("aX")
            .style_at(1, 2, "fg 1"),
            quiet(
                "Control characters in a string do nothing",
                r"a\e_\r\n\b\thidden\e\\X",
            ),
            quiet("A string that CAN ends", r"a\e_hidden\x18X"),
            quiet("An OSC that CAN ends", r"a\e]0;hidden\x18X"),
            case("A title that CAN ends", r"\e]2;one\a\e]2;two\x18")
                .want(Want::Title("one"))
                .differs(
                    "the parser hands on an OSC that was cancelled; a title does no harm",
                    &[Want::Title("two")],
                ),
        ],
    }
}

pub(crate) fn broken() -> Group {
    Group {
        title: "Broken and hostile bytes",
        cases: vec![
            case("A parameter of any length is a large number", r"\e[99999999999999999999CX").screen("         X").not_tmux("tmux ignores it"),
            case("More parameters than anything takes", r"\e[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mX").screen("X"),
            case("Empty parameters take their defaults", r"ab\e[;HX").screen("Xb"),
            case("A sequence in the midst of UTF-8", r"a\xe6\xbc\e[2CX").screen("a\u{fffd}  X")
                .not_tmux("tmux shows another sign"),
            case("A byte that is no UTF-8", r"a\xffb").screen("a\u{fffd}b").not_tmux("tmux drops it"),
            case("A character that is cut off", r"a\xe6\xbcb").screen("a\u{fffd}b").not_tmux("tmux drops it"),
            case("An overlong one", r"a\xc0\xafb").screen("a\u{fffd}\u{fffd}b").not_tmux("tmux drops it"),
            case("A surrogate", r"a\xed\xa0\x80b").screen("a\u{fffd}\u{fffd}\u{fffd}b").not_tmux("tmux drops it").differs("a lone byte from 80 to 9f is dropped without a sign",&[Want::Screen("a\u{fffd}\u{fffd}b")]),
            case("C1 as a single byte is no UTF-8 and starts nothing", r"\x9b5CX").screen("\u{fffd}5CX").not_tmux("tmux drops it").differs("a lone byte from 80 to 9f is dropped without a sign",&[Want::Screen("5CX")]),
            case("C1 as UTF-8 prints nothing", r"a\xc2\x84\xc2\x81X").screen("aX").not_tmux("tmux prints blanks"),
            case("A cursor out of any range stays inside", r"\e[65535;65535H\e[65535B\e[65535C").at(4, 10),
            case("A tab out of any range, too", r"\e[65535I").at(1, 10).not_tmux("tmux 3.3 does not know it"),
            case("Margins out of any range", r"\e[65535;65535r\e[2;1HX").screen("\nX"),
            case("Scrolling out of any range", r"a\e[65535T\e[65535SX").screen(" X"),
            case("Repetition out of any range", r"a\e[65535b").size(3, 2).screen("aaa\naaa").not_tmux("tmux stops at the edge"),
            case("Keyboard flags that do not exist", r"\e[>65535u\e[?u").reply(r"\e[?31u"),
            case("Popping titles that are not there", r"\e[23t\e[23tX").screen("X"),
        ],
    }
}
