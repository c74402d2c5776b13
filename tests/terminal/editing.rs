//! Erasing, inserting, deleting, scrolling: and with which colour blanks come.

use crate::case::{Group, Want, case};

pub(crate) fn erasing() -> Group {
    Group {
        title: "Erasing",
        cases: vec![
            case(
                "ED erases from the cursor on",
                r"aaa\r\nbbb\r\nccc\e[2;2H\e[J",
            )
            .screen("aaa\nb")
            .at(2, 2),
            case(
                "ED 1 erases up to the cursor, its cell included",
                r"aaa\r\nbbb\r\nccc\e[2;2H\e[1J",
            )
            .screen("\n  b\nccc")
            .at(2, 2),
            case(
                "ED 2 erases all and leaves the cursor",
                r"aaa\r\nbbb\e[2;2H\e[2J",
            )
            .screen("")
            .at(2, 2),
            case("ED 3 erases the history", r"1\r\n2\r\n3\r\n4\r\n5\e[3J")
                .screen("2\n3\n4\n5")
                .want(Want::History(0)),
            case("EL erases to the end of the row", r"abcdef\e[3G\e[K")
                .screen("ab")
                .at(1, 3),
            case("EL 1 erases from the start of the row", r"abcdef\e[3G\e[1K")
                .screen("   def")
                .at(1, 3),
            case("EL 2 erases the row", r"abcdef\e[3G\e[2K")
                .screen("")
                .at(1, 3),
            case(
                "EL erases a character that waits in the last column",
                r"0123456789\e[K",
            )
            .screen("012345678")
            .differs(
                "the character stays, as in tmux",
                &[Want::Screen("0123456789")],
            )
            .not_tmux("tmux leaves it, too"),
            case(
                "EL takes no other row of a wrapped line",
                r"0123456789abc\e[1;5H\e[K",
            )
            .screen("0123\nabc"),
            case(
                "ECH erases characters and leaves the cursor",
                r"abcdef\e[2G\e[3X",
            )
            .screen("a   ef")
            .at(1, 2),
            case("ECH stops at the edge", r"abcdef\r\nx\e[1;5H\e[99X").screen("abcd\nx"),
            case("ECH takes 0 for 1", r"abc\r\e[0X").screen(" bc"),
            case("ED takes the background colour along", r"\e[41m\e[J").style_at(4, 10, "bg 1"),
            case("EL does, too", r"\e[42m\e[K")
                .style_at(1, 10, "bg 2")
                .style_at(2, 1, ""),
            case("ECH does, too", r"abc\r\e[44m\e[2X")
                .style_at(1, 2, "bg 4")
                .style_at(1, 3, ""),
            case(
                "Erased cells keep no other attribute",
                r"\e[1;4;7;31mab\e[2K",
            )
            .style(""),
            case("Unknown kinds of ED and EL are ignored", r"abc\r\e[7J\e[7K").screen("abc"),
        ],
    }
}

pub(crate) fn inserting_and_deleting() -> Group {
    Group {
        title: "Inserting and deleting",
        cases: vec![
            case("ICH makes room", r"abcdef\e[2G\e[2@")
                .screen("a  bcdef")
                .at(1, 2),
            case("ICH drops what leaves the row", r"0123456789\r\e[3@").screen("   0123456"),
            case(
                "ICH of more than there is blanks the rest",
                r"abc\e[2G\e[99@",
            )
            .screen("a")
            .not_tmux("tmux ignores it"),
            case("DCH closes up", r"abcdef\e[2G\e[2P")
                .screen("adef")
                .at(1, 2),
            case(
                "DCH of more than there is blanks the rest",
                r"abcdef\e[3G\e[99P",
            )
            .screen("ab"),
            case(
                "DCH fills with the background colour",
                r"0123456789\r\e[41m\e[P",
            )
            .style_at(1, 10, "bg 1")
            .style_at(1, 9, ""),
            case("ICH fills with it, too", r"abc\r\e[41m\e[@")
                .style("bg 1")
                .style_at(1, 2, ""),
            case("IL makes room", r"1\r\n2\r\n3\r\n4\e[2;1H\e[L")
                .screen("1\n\n2\n3")
                .at(2, 1),
            case(
                "IL stops at the lower margin",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[2;1H\e[L",
            )
            .screen("1\n\n2\n4"),
            case(
                "IL outside the margins is ignored",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[1;1H\e[L",
            )
            .screen("1\n2\n3\n4")
            .not_tmux("tmux does it all the same"),
            case(
                "IL of more than there is blanks the rest",
                r"1\r\n2\r\n3\e[2;1H\e[99L",
            )
            .screen("1"),
            case("IL fills with the background colour", r"\e[41m\e[L")
                .style("bg 1")
                .style_at(2, 1, ""),
            case("DL closes up", r"1\r\n2\r\n3\r\n4\e[2;1H\e[L\e[M").screen("1\n2\n3"),
            case("DL of several", r"1\r\n2\r\n3\r\n4\e[2;1H\e[2M").screen("1\n4"),
            case(
                "DL stops at the lower margin",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[2;1H\e[M",
            )
            .screen("1\n3\n\n4"),
            case(
                "DL outside the margins is ignored",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[4;1H\e[M",
            )
            .screen("1\n2\n3\n4")
            .not_tmux("tmux does it all the same"),
            case(
                "DL puts nothing into the history",
                r"1\r\n2\r\n3\r\n4\e[H\e[2M",
            )
            .screen("3\n4")
            .want(Want::History(0))
            .differs(
                "what leaves at the first row is kept, however it leaves",
                &[Want::History(2)],
            ),
            case("IL and DL go to the first column", r"abc\e[LX")
                .screen("X\nabc")
                .differs("the column stays, as in tmux", &[Want::Screen("   X\nabc")])
                .not_tmux("tmux keeps the column, too"),
            case("Insert mode makes room for what is written", r"abc\r\e[4hX").screen("Xabc"),
            case("It ends", r"abc\r\e[4hX\e[4lY").screen("XYbc"),
            case(
                "In insert mode nothing wraps to the next row",
                r"0123456789\r\e[4hX",
            )
            .screen("X012345678"),
        ],
    }
}

pub(crate) fn scrolling() -> Group {
    Group {
        title: "Scrolling",
        cases: vec![
            case(
                "LF at the lower margin scrolls between the margins",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[3;1H\nX",
            )
            .screen("1\n3\nX\n4"),
            case(
                "LF below the margins does not scroll",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[4;1H\nX",
            )
            .screen("1\n2\n3\nX"),
            case(
                "Wrapping at the lower margin scrolls between the margins",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[3;10Hab",
            )
            .screen("1\n3        a\nb\n4"),
            case("IND goes down and keeps the column", r"ab\eDX").screen("ab\n  X"),
            case(
                "IND at the lower margin scrolls",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[3;1H\eDX",
            )
            .screen("1\n3\nX\n4"),
            case("RI goes up", r"1\r\n2\eMX").screen("1X\n2"),
            case(
                "RI at the upper margin scrolls down",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[2;1H\eMX",
            )
            .screen("1\nX\n2\n4"),
            case("RI in the first row scrolls down", r"1\r\n2\e[H\eMX").screen("X\n1\n2"),
            case(
                "RI in the first row above the margins does not scroll",
                r"1\r\n2\r\n3\r\n4\e[2;3r\e[H\eMX",
            )
            .screen("X\n2\n3\n4"),
            case("NEL goes to the start of the next row", r"abc\eEX").screen("abc\nX"),
            case(
                "SU scrolls up and leaves the cursor",
                r"1\r\n2\r\n3\r\n4\e[2S",
            )
            .screen("3\n4")
            .at(4, 2),
            case(
                "SD scrolls down and leaves the cursor",
                r"1\r\n2\r\n3\r\n4\e[2T",
            )
            .screen("\n\n1\n2")
            .at(4, 2),
            case("SU between the margins", r"1\r\n2\r\n3\r\n4\e[2;3r\e[S").screen("1\n3\n\n4"),
            case("SD between the margins", r"1\r\n2\r\n3\r\n4\e[2;3r\e[T").screen("1\n\n2\n4"),
            case("SU of more than there is", r"1\r\n2\r\n3\r\n4\e[99S").screen(""),
            case("New rows have the background colour", r"\e[4;1H\e[41m\n")
                .style_at(4, 5, "bg 1")
                .style_at(3, 5, ""),
            case(
                "What scrolls between margins below the first row is no history",
                r"1\r\n2\r\n3\e[2;3r\e[3;1H\n\n",
            )
            .screen("1")
            .want(Want::History(0)),
            case(
                "What leaves at the first row is history",
                r"1\r\n2\e[1;2r\e[2;1H\n\n",
            )
            .want(Want::History(2)),
        ],
    }
}
