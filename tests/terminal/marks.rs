//! Links (OSC 8), the directory (OSC 7) and the marks of shells (OSC 133).

use crate::case::{Case, Group, Want, case};

/// A case about the link at row 1, column 1.
fn link(what: &'static str, bytes: &'static str, uri: Option<&'static str>) -> Case {
    case(what, bytes).want(Want::Link(uri))
}

fn directory(what: &'static str, bytes: &'static str, path: Option<&'static str>) -> Case {
    case(what, bytes).want(Want::Directory(path)).screen("")
}

fn ran(what: &'static str, bytes: &'static str, commands: &'static str) -> Case {
    case(what, bytes).size(40, 6).want(Want::Ran(commands))
}

pub(crate) fn links() -> Group {
    const ORG: Option<&str> = Some("http://example.org/a");
    Group {
        title: "Links",
        cases: vec![
            link(
                "OSC 8 makes text a link",
                r"\e]8;;http://example.org/a\e\\link\e]8;;\e\\",
                ORG,
            )
            .screen("link"),
            link(
                "with BEL, too",
                r"\e]8;;http://example.org/a\alink\e]8;;\a",
                ORG,
            )
            .screen("link"),
            link(
                "with an identifier",
                r"\e]8;id=7;http://example.org/a\e\\link\e]8;;\e\\",
                ORG,
            )
            .screen("link"),
            link(
                "It ends",
                r"\e]8;;http://example.org/a\e\\\e]8;;\e\\text",
                None,
            )
            .screen("text"),
            link(
                "SGR 0 does not end it",
                r"\e]8;;http://example.org/a\e\\\e[mlink",
                ORG,
            ),
            link(
                "Erased, it is gone",
                r"\e]8;;http://example.org/a\e\\link\e]8;;\e\\\e[2K",
                None,
            ),
            link(
                "An address with control characters is none",
                r"\e]8;;http://a\xc2\x85b\e\\link",
                None,
            )
            .screen("link"),
            link(
                "An address without a scheme is none",
                r"\e]8;;example.org\e\\link",
                None,
            )
            .screen("link"),
            link(
                "An address in plain text is a link",
                "http://example.org/a",
                ORG,
            )
            .size(40, 2),
            link(
                "without the punctuation after it",
                "http://example.org/a).",
                ORG,
            )
            .size(40, 2),
            link("also over the end of a row", "http://example.org/a", ORG),
        ],
    }
}

pub(crate) fn shells() -> Group {
    const HERE: Option<&str> = Some("/tmp/a b");
    Group {
        title: "Marks of shells",
        cases: vec![
            directory(
                "OSC 7 tells the directory",
                r"\e]7;file://host/tmp/a%20b\a",
                HERE,
            ),
            directory("with ST, too", r"\e]7;file://host/tmp/a%20b\e\\", HERE),
            directory(
                "A directory with control characters is none",
                r"\e]7;file://host/tmp/%0aevil\a",
                None,
            ),
            directory(
                "Broken escapes are none",
                r"\e]7;file://host/tmp/%f\a",
                None,
            ),
            directory(
                "Something else than a file is none",
                r"\e]7;http://host/tmp\a",
                None,
            ),
            case("OSC 133 prints nothing", r"\e]133;A\a$ \e]133;B\aX")
                .screen("$ X")
                .want(Want::AtPrompt(true)),
            case(
                "A prompt that runs a command is none",
                r"\e]133;A\a$ \e]133;B\aX\e]133;C\a",
            )
            .want(Want::AtPrompt(false)),
            ran(
                "A command that ended, with its status",
                r"\e]133;A\a$ \e]133;B\amake\e]133;C\a\r\nout\r\n\e]133;D;2\a",
                "make → 2",
            ),
            ran(
                "The shell's own word for the command counts",
                r"\e]133;A\a$ \e]133;B\am\e]133;C;cmdline_url=make%20all\a\r\n\e]133;D;0\a",
                "make all → 0",
            ),
            ran(
                "An empty line is no command",
                r"\e]133;A\a$ \e]133;B\a\r\n\e]133;D\a",
                "",
            ),
            ran(
                "A status that is no number is none",
                r"\e]133;A\a$ \e]133;B\amake\e]133;C\a\r\n\e]133;D;x\a",
                "make → ?",
            ),
            ran(
                "Marks on the alternate screen are ignored",
                r"\e[?1049h\e]133;A\a$ \e]133;B\amake\e]133;C\a\e]133;D;0\a",
                "",
            ),
            ran("An unknown mark is ignored", r"\e]133;Z\aX", "").screen("X"),
        ],
    }
}
