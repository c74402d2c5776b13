//! SGR: attributes and colours.

use crate::case::{Group, Want, case};

pub(crate) fn attributes() -> Group {
    Group {
        title: "Attributes",
        cases: vec![
            case("SGR 1 is bold", r"\e[1mX").style("bold"),
            case("SGR 2 is dim", r"\e[2mX").style("dim"),
            case("SGR 3 is italic", r"\e[3mX").style("italic"),
            case("SGR 4 is underlined", r"\e[4mX").style("underline single"),
            case("SGR 5 blinks", r"\e[5mX").style("blink").differs(
                "text that blinks is shown steady",
                &[Want::Style(1, 1, "plain")],
            ),
            case("SGR 7 is inverse", r"\e[7mX").style("inverse"),
            case("SGR 8 is hidden", r"\e[8mX").style("hidden"),
            case("SGR 9 is struck through", r"\e[9mX").style("strike"),
            case("SGR 21 is underlined twice", r"\e[21mX").style("underline double"),
            case("SGR 22 ends bold and dim", r"\e[1;2;22mX").style(""),
            case("SGR 23 ends italic", r"\e[3;23mX").style(""),
            case("SGR 24 ends underlining of any kind", r"\e[21;24mX").style(""),
            case("SGR 27 ends inverse", r"\e[7;27mX").style(""),
            case("SGR 28 ends hidden", r"\e[8;28mX").style(""),
            case("SGR 29 ends strike", r"\e[9;29mX").style(""),
            case("Attributes add up", r"\e[1m\e[3m\e[7mX").style("bold italic inverse"),
            case("SGR 0 ends all", r"\e[1;3;4;7;9;31;42;58;5;3m\e[0mX").style(""),
            case("SGR without parameters is SGR 0", r"\e[1m\e[mX").style(""),
            case("An empty parameter is 0", r"\e[1;3;;4mX").style("underline single"),
            case("4:0 is not underlined", r"\e[4m\e[4:0mX").style(""),
            case("4:1 is one line", r"\e[4:1mX").style("underline single"),
            case("4:2 is two lines", r"\e[4:2mX").style("underline double"),
            case("4:3 is a wave", r"\e[4:3mX").style("underline curly"),
            case("4:4 is dotted", r"\e[4:4mX").style("underline dotted"),
            case("4:5 is dashed", r"\e[4:5mX").style("underline dashed"),
            case(
                "Unknown attributes are ignored, the others count",
                r"\e[1;51;99;3mX",
            )
            .style("bold italic"),
            case("Attributes are of what is written after them", r"a\e[1mb")
                .style("")
                .style_at(1, 2, "bold"),
            case("SGR with an intermediate is no SGR", r"\e[>4;1mX").style(""),
        ],
    }
}

pub(crate) fn colours() -> Group {
    Group {
        title: "Colours",
        cases: vec![
            case("30 to 37", r"\e[31mX").style("fg 1"),
            case("90 to 97 are the bright ones", r"\e[96mX").style("fg 14"),
            case("40 to 47", r"\e[44mX").style("bg 4"),
            case("100 to 107", r"\e[100mX").style("bg 8"),
            case("39 and 49 are the terminal's own", r"\e[31;41;39;49mX").style(""),
            case("Bold does not brighten", r"\e[1;31mX").style("bold fg 1"),
            case("256 colours with semicolons", r"\e[38;5;208;48;5;17mX").style("fg 208 bg 17"),
            case("256 colours with colons", r"\e[38:5:208mX").style("fg 208"),
            case("The background with colons", r"\e[48:5:17mX").style("bg 17"),
            case("True colour with semicolons", r"\e[38;2;1;2;3mX").style("fg #010203"),
            case("True colour with colons", r"\e[38:2:1:2:3mX").style("fg #010203"),
            case(
                "True colour with an empty colour space",
                r"\e[38:2::1:2:3mX",
            )
            .style("fg #010203"),
            case("The background in true colour", r"\e[48;2;255;128;0mX").style("bg #ff8000"),
            case("Further parameters count after a colour", r"\e[38;5;1;4mX")
                .style("underline single fg 1"),
            case("and after one in true colour", r"\e[38;2;1;2;3;1mX").style("bold fg #010203"),
            case("58:5 colours the underline", r"\e[4;58:5:3mX").style("underline single line 3"),
            case("58:2 colours it true", r"\e[4;58:2::1:2:3mX")
                .style("underline single line #010203"),
            case("58 with semicolons", r"\e[4;58;5;3mX").style("underline single line 3"),
            case("59 takes it away", r"\e[4;58:5:3m\e[59mX").style("underline single"),
            case("A colour out of range is ignored", r"\e[38;5;256mX").style(""),
            case("A component out of range is ignored", r"\e[38;2;1;2;256mX").style(""),
            case("A colour that is cut off is ignored", r"\e[38;5mX").style(""),
        ],
    }
}
