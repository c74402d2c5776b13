//! Control characters, character sets, and characters of other widths than one.

use crate::case::{Group, Want, case};

pub(crate) fn control_characters() -> Group {
    Group {
        title: "Control characters",
        cases: vec![
            case(
                "BS moves left and stops at the first column",
                r"ab\b\b\b\bX",
            )
            .screen("Xb")
            .at(1, 2),
            case(
                "BS from the last column goes to the one before it",
                r"0123456789\bX",
            )
            .screen("01234567X9")
            .at(1, 10)
            .not_tmux("tmux keeps the cursor beyond the last column"),
            case("BS does not erase", r"abc\b\b").screen("abc").at(1, 2),
            case("CR goes to the first column", r"abc\rX").screen("Xbc"),
            case("LF keeps the column", r"ab\nX").screen("ab\n  X"),
            case("VT and FF are LF", r"a\x0bb\x0cc").screen("a\n b\n  c"),
            case("LF in the last row scrolls", r"1\r\n2\r\n3\r\n4\r\n5")
                .screen("2\n3\n4\n5")
                .want(Want::History(1)),
            case("BEL rings and prints nothing", r"a\ab")
                .screen("ab")
                .want(Want::Bell),
            case("NUL and DEL are ignored", r"a\x00\x7fb").screen("ab"),
            case("ENQ gets no answer", r"\x05a").screen("a").reply(""),
            case("CAN ends a sequence, the rest is text", r"\e[3\x18mX").screen("mX"),
            case("SUB ends a sequence, too", r"\e[3\x1amX").screen("mX"),
            case(
                "Control characters within a sequence act at once",
                r"abc\e[2\rCX",
            )
            .screen("abX"),
            case("ESC within a sequence begins a new one", r"\e[3\e[2CX").screen("  X"),
            case(
                "Other control characters are ignored",
                r"a\x01\x02\x1c\x1fb",
            )
            .screen("ab"),
        ],
    }
}

pub(crate) fn character_sets() -> Group {
    const ALL: &str = "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";
    Group {
        title: "Character sets",
        cases: vec![
            case("ESC ( 0 draws lines, ESC ( B ends it", r"\e(0lqk\e(Bqx")
                .screen("┌─┐qx")
                .not_tmux("tmux tells letters when it is asked for its text"),
            case(
                "All line drawing characters",
                r"\e(0`afgjklmnopqrstuvwxyz{|}~",
            )
            .size(40, 2)
            .screen(ALL)
            .not_tmux("tmux tells letters when it is asked for its text"),
            case("Capitals and digits stay as they are", r"\e(0AZ09").screen("AZ09"),
            case("SO takes G1, SI takes G0", r"\e)0a\x0eq\x0fq")
                .screen("a─q")
                .not_tmux("tmux tells letters when it is asked for its text"),
            case("DECRC brings the character set back", r"\e(0\e7\e(B\e8q")
                .screen("─")
                .not_tmux("tmux tells letters when it is asked for its text"),
            case("RIS takes the character set away", r"\e(0\ecq").screen("q"),
            case("An unknown set is ASCII", r"\e(0\e(Kq")
                .screen("q")
                .differs("an unknown set changes nothing", &[Want::Screen("─")])
                .not_tmux("tmux keeps the set, too"),
            case("ESC ( A is the British set: # is £", r"\e(A#")
                .screen("£")
                .differs(
                    "the national sets of the VT220 are not there: UTF-8 has their characters",
                    &[Want::Screen("#")],
                )
                .not_tmux("tmux does not know the set either"),
        ],
    }
}

pub(crate) fn wide_and_combining() -> Group {
    Group {
        title: "Wide and combining characters",
        cases: vec![
            case("A wide character takes two columns", "漢x")
                .screen("漢x")
                .at(1, 4),
            case("It does not split at the edge: it wraps whole", "abcd漢")
                .size(5, 3)
                .screen("abcd\n漢")
                .at(2, 3),
            case(
                "It fits in the last two columns and waits there",
                r"abc漢\e[6n",
            )
            .size(5, 3)
            .reply(r"\e[1;5R"),
            case("Writing on the left half blanks the right", r"漢\rX")
                .screen("X")
                .style_at(1, 2, ""),
            case("Writing on the right half blanks the left", r"漢\e[2GX")
                .screen(" X")
                .not_tmux("tmux 3.3 leaves half of it"),
            case("ECH on the right half blanks the left", r"漢x\e[2G\e[X")
                .screen("  x")
                .not_tmux("tmux 3.3 leaves half of it"),
            case(
                "A combining mark joins the character before it",
                r"e\xcc\x81x",
            )
            .screen("e\u{301}x")
            .at(1, 3),
            case(
                "Also in the last column, without wrapping",
                r"0123e\xcc\x81x",
            )
            .size(5, 2)
            .screen("0123e\u{301}\nx"),
            case("Also a wide one", r"漢\xcc\x81x")
                .screen("漢\u{301}x")
                .at(1, 4),
            case("An emoji takes two columns", "🙂x")
                .screen("🙂x")
                .at(1, 4),
            case("Ambiguous characters take one", "±§…x")
                .screen("±§…x")
                .at(1, 5),
            case("Box drawing takes one", "│─┼x")
                .screen("│─┼x")
                .at(1, 5),
            case(
                "Joined emoji take what wcwidth says: two each",
                r"👩\xe2\x80\x8d🚀x",
            )
            .screen("👩🚀x")
            .at(1, 6)
            .not_tmux("tmux joins them"),
            case("A variation selector does not widen", r"❤\xef\xb8\x8fx")
                .screen("❤x")
                .at(1, 3)
                .not_tmux("tmux shows the selector, too"),
            case(
                "Marks that reorder text never reach the screen",
                r"a\xe2\x80\xaebc",
            )
            .screen("abc")
            .at(1, 4)
            .not_tmux("tmux keeps them"),
            case("A no-break space is a space", r"a\xc2\xa0b")
                .screen("a\u{a0}b")
                .at(1, 4),
            case("Insert mode makes room for two columns", r"ab\r\e[4h漢").screen("漢ab"),
            case("ICH moves a wide character whole", r"漢x\r\e[@").screen(" 漢x"),
            case("DCH in front moves a wide character whole", r"a漢x\r\e[P").screen("漢x"),
            case(
                "In the last column without autowrap it is not written",
                r"\e[?7labcd漢",
            )
            .size(5, 2)
            .screen("abcd"),
        ],
    }
}
