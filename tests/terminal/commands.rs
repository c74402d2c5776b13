//! Resets, repetition, cursor shapes, titles, the palette and the clipboard.

use devtwin::term::{CursorShape, Modes};

use crate::case::{Group, Want, case};

pub(crate) fn resets() -> Group {
    Group {
        title: "Repetition, alignment and resets",
        cases: vec![
            case("REP repeats the last character", r"a\e[3b")
                .screen("aaaa")
                .at(1, 5),
            case("REP wraps", r"01234567\e[4b")
                .screen("0123456777\n77")
                .not_tmux("tmux stops at the edge"),
            case("REP repeats the character as drawn", r"\e(0q\e(B\e[2b")
                .screen("───")
                .not_tmux("tmux repeats it in the set that holds then")
                .differs(
                    "the byte is repeated, in the set that holds then, as in tmux",
                    &[Want::Screen("─qq")],
                ),
            case("REP repeats wide characters", r"漢\e[2b")
                .screen("漢漢漢")
                .not_tmux("tmux repeats only what is one column wide"),
            case("REP takes 0 for 1", r"a\e[0b").screen("aa"),
            case("REP after a sequence still repeats", r"a\e[2;1H\e[2b")
                .screen("a\naa")
                .not_tmux("tmux forgets the character"),
            case("REP without a character does nothing", r"\e[3bX").screen("X"),
            case("DECALN fills the screen and goes home", r"ab\e#8")
                .size(3, 2)
                .screen("EEE\nEEE")
                .at(1, 1),
            case(
                "RIS erases, goes home and forgets attributes",
                r"\e[1;31mab\n\ecX",
            )
            .screen("X")
            .style(""),
            case("RIS forgets margins", r"\e[2;3r\ec1\r\n2\r\n3\r\n4\n\r5").screen("2\n3\n4\n5"),
            case(
                "RIS sets DECAWM and ends IRM and DECOM",
                r"\e[?7l\e[4h\e[2;3r\e[?6h\ecabc\rX",
            )
            .screen("Xbc"),
            case("RIS shows the cursor", r"\e[?25l\ec").at(1, 1),
            case("RIS shows the main screen", r"\e[?1049hab\ecX")
                .screen("X")
                .want(Want::Off(Modes::ALTERNATE, "alternate screen")),
            case("RIS erases the history", r"1\r\n2\r\n3\r\n4\r\n5\ec")
                .screen("")
                .want(Want::History(0)),
            case("DECSTR ends insert mode", r"\e[4h\e[!pabc\rX")
                .screen("Xbc")
                .not_tmux("tmux 3.3 does not know it"),
            case("DECSTR forgets attributes", r"\e[1;31m\e[!pX").style(""),
            case("DECSTR forgets margins", r"\e[2;3r\e[!p\e[4;1H1\n\r2")
                .screen("\n\n1\n2")
                .not_tmux("tmux 3.3 does not know it"),
            case("DECSTR ends origin mode", r"\e[2;3r\e[?6h\e[!p\e[1;1HX")
                .screen("X")
                .not_tmux("tmux 3.3 does not know it"),
            case("DECSTR shows the cursor", r"\e[?25l\e[!p").at(1, 1),
            case("DECSTR does not erase", r"ab\e[!p").screen("ab"),
        ],
    }
}

pub(crate) fn cursor_shapes() -> Group {
    let shape = |what, bytes, shape, blinking| case(what, bytes).want(Want::Shape(shape, blinking));
    Group {
        title: "Shapes of the cursor",
        cases: vec![
            shape(
                "DECSCUSR 0 is the usual one",
                r"\e[5 q\e[0 q",
                CursorShape::Block,
                false,
            ),
            shape(
                "DECSCUSR without parameter, too",
                r"\e[5 q\e[ q",
                CursorShape::Block,
                false,
            ),
            shape("1 is a blinking block", r"\e[1 q", CursorShape::Block, true),
            shape("2 is a steady block", r"\e[2 q", CursorShape::Block, false),
            shape(
                "3 is a blinking underline",
                r"\e[3 q",
                CursorShape::Underline,
                true,
            ),
            shape(
                "4 is a steady underline",
                r"\e[4 q",
                CursorShape::Underline,
                false,
            ),
            shape("5 is a blinking bar", r"\e[5 q", CursorShape::Beam, true),
            shape("6 is a steady bar", r"\e[6 q", CursorShape::Beam, false),
            shape(
                "Unknown ones are ignored",
                r"\e[6 q\e[9 q",
                CursorShape::Beam,
                false,
            ),
            shape("Mode 12 blinks", r"\e[?12h", CursorShape::Block, true),
            shape(
                "RIS takes the usual one",
                r"\e[5 q\ec",
                CursorShape::Block,
                false,
            ),
        ],
    }
}

pub(crate) fn titles() -> Group {
    let title = |what, bytes, title| case(what, bytes).want(Want::Title(title)).screen("");
    Group {
        title: "Titles",
        cases: vec![
            title("OSC 0 with BEL", r"\e]0;one\a", "one"),
            title("OSC 0 with ST", r"\e]0;one\e\\", "one"),
            title("OSC 2", r"\e]2;two\a", "two"),
            title(
                "OSC 1, the icon's name, is ignored",
                r"\e]0;one\a\e]1;icon\a",
                "one",
            ),
            title("A title may hold semicolons", r"\e]2;a;b;c\a", "a;b;c"),
            title("and UTF-8", r"\e]2;tïtle 漢\a", "tïtle 漢"),
            title(
                "but no control characters",
                r"\e]2;a\x01\tb\xc2\x85c\a",
                "abc",
            ),
            title("An empty one takes it away", r"\e]2;one\a\e]2;\a", ""),
            title(
                "CSI 22 t and 23 t keep it and bring it back",
                r"\e]2;one\a\e[22t\e]2;two\a\e[23t",
                "one",
            ),
            title(
                "22;0 and 23;0, as programs send them",
                r"\e]2;one\a\e[22;0t\e]2;two\a\e[23;0t",
                "one",
            ),
            title("RIS takes it away", r"\e]2;one\a\ec", ""),
        ],
    }
}

pub(crate) fn palette_and_clipboard() -> Group {
    let taken = |what, bytes, text| case(what, bytes).want(Want::Clipboard(text)).screen("");
    Group {
        title: "Palette and clipboard",
        cases: vec![
            case(
                "OSC 4 sets a colour of the palette",
                r"\e]4;1;rgb:12/34/56\a\e[31mX",
            )
            .style("fg #123456"),
            case("OSC 4 also as #rrggbb", r"\e]4;1;#123456\a\e[31mX").style("fg #123456"),
            case("OSC 4 asks for a colour", r"\e]4;1;?\a").reply(r"\e]4;1;rgb:cdcd/0000/0000\a"),
            case(
                "OSC 4 asks for one that was set",
                r"\e]4;1;rgb:12/34/56\a\e]4;1;?\a",
            )
            .reply(r"\e]4;1;rgb:1212/3434/5656\a"),
            case(
                "OSC 104 brings one back",
                r"\e]4;1;#123456\a\e]104;1\a\e[31mX",
            )
            .style("fg 1"),
            case(
                "OSC 104 brings all back",
                r"\e]4;1;#123456\a\e]104\a\e[31mX",
            )
            .style("fg 1"),
            case("OSC 10 asks for the foreground", r"\e]10;?\a")
                .reply(r"\e]10;rgb:e5e5/e5e5/e5e5\a"),
            case(
                "OSC 11 asks for the background, and the answer ends as the question",
                r"\e]11;?\e\\",
            )
            .reply(r"\e]11;rgb:0000/0000/0000\e\\"),
            case("OSC 12 asks for the cursor's colour", r"\e]12;?\a")
                .reply(r"\e]12;rgb:e5e5/e5e5/e5e5\a"),
            case("OSC 11 sets the background", r"\e]11;#102030\aX").style("bg #102030"),
            case("OSC 111 brings it back", r"\e]11;#102030\a\e]111\aX").style(""),
            taken(
                "OSC 52 puts text into the clipboard",
                r"\e]52;c;aGVsbG8=\a",
                Some("hello"),
            ),
            taken("with ST, too", r"\e]52;c;aGVsbG8=\e\\", Some("hello")),
            taken(
                "OSC 52 that is no base64 is ignored",
                r"\e]52;c;!!!\a",
                None,
            ),
            case("OSC 52 gives nothing away", r"\e]52;c;?\a").reply(""),
        ],
    }
}
