//! What programs ask, and what they are told.

use crate::case::{Group, Want, case};

pub(crate) fn reports() -> Group {
    let asked = |what, bytes, answer| case(what, bytes).reply(answer);
    Group {
        title: "Reports",
        cases: vec![
            asked("DA1: a VT102", r"\e[c", r"\e[?6c"),
            asked("DA1 with 0", r"\e[0c", r"\e[?6c"),
            asked("DECID is DA1", r"\eZ", r"\e[?6c"),
            case("DA2: what kind of terminal, not which version", r"\e[>c")
                .want(Want::ReplyStarts(r"\e[>0;")),
            asked("DA3: no number", r"\e[=c", r"\eP!|00000000\e\\"),
            asked(
                "XTVERSION",
                r"\e[>q",
                concat!(r"\eP>|devtwin(", env!("CARGO_PKG_VERSION"), r")\e\\"),
            ),
            asked(
                "DECRQSS of the cursor's style",
                r"\e[5 q\eP$q q\e\\",
                r"\eP1$r5 q\e\\",
            ),
            asked("DECRQSS of something else", r"\eP$qz\e\\", r"\eP0$r\e\\"),
            asked("XTGETTCAP tells nothing", r"\eP+q544e\e\\", r"\eP0+r\e\\"),
            asked("DSR 5: all is well", r"\e[5n", r"\e[0n"),
            asked("DSR 6: where the cursor is", r"ab\r\nc\e[6n", r"\e[2;2R"),
            asked("DSR 6 in the last column", r"0123456789\e[6n", r"\e[1;10R"),
            asked("DECRQM of a mode that is set", r"\e[?25$p", r"\e[?25;1$y"),
            asked("of one that is not", r"\e[?1004$p", r"\e[?1004;2$y"),
            asked(
                "of one that was just set",
                r"\e[?2004h\e[?2004$p",
                r"\e[?2004;1$y",
            ),
            asked("of an unknown one", r"\e[?9999$p", r"\e[?9999;0$y"),
            asked("of autowrap", r"\e[?7$p", r"\e[?7;1$y"),
            asked(
                "of the alternate screen",
                r"\e[?1049h\e[?1049$p",
                r"\e[?1049;1$y",
            ),
            asked(
                "of its old names",
                r"\e[?47h\e[?1047$p\e[?47$p",
                r"\e[?1047;1$y\e[?47;1$y",
            ),
            asked(
                "of the mouse",
                r"\e[?1002h\e[?1000$p\e[?1002$p\e[?1006$p",
                r"\e[?1000;2$y\e[?1002;1$y\e[?1006;2$y",
            ),
            asked("of synchronised updates", r"\e[?2026$p", r"\e[?2026;2$y"),
            asked(
                "of ANSI modes",
                r"\e[4h\e[4$p\e[20$p\e[99$p",
                r"\e[4;1$y\e[20;2$y\e[99;0$y",
            ),
            asked("The size in cells", r"\e[18t", r"\e[8;4;10t"),
            asked(
                "The size in pixels, for the ratio of a cell",
                r"\e[14t",
                r"\e[4;64;80t",
            ),
            asked("The title is not given away", r"\e]2;evil\a\e[21t", ""),
            asked(
                "Nor is the checksum of the screen",
                r"abc\e[1;1;1;1;1;1*y",
                "",
            ),
            asked("DSR that is not known", r"\e[?99n", ""),
            asked(
                "Questions in a row are answered in a row",
                r"\e[5n\e[6n\e[5n",
                r"\e[0n\e[1;1R\e[0n",
            ),
        ],
    }
}
