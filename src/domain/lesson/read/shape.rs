//! Which keys a lesson's file knows, and what stands behind each.

use self::Shape::{
    Contents, Files, Flag, Number, Numbers, OneOf, Pair, Several, Table, Tables, Text, Texts, Word,
};

/// What stands behind a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// A text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number from 0 on.
    Number,
    /// True or false.
    Flag,
    /// A list of texts.
    Texts,
    /// Two texts.
    Pair,
    /// A list of such numbers.
    Numbers,
    /// A table.
    Table(&'static Form),
    /// A list of tables.
    Tables(&'static Form),
    /// Any keys, a text behind each.
    Files,
    /// Any keys, behind each a text or a program.
    Contents,
    /// A table of one of these keys.
    OneOf(&'static Form),
    /// A list of such.
    Several(&'static Form),
}

impl Shape {
    /// It in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Text | Self::Word(_) => "a text",
            Self::Number => "a whole number from 0 on",
            Self::Flag => "true or false",
            Self::Texts => "a list of texts",
            Self::Pair => "a list of two texts",
            Self::Numbers => "a list of whole numbers from 0 on",
            Self::Table(_) | Self::OneOf(_) => "a table",
            Self::Tables(_) | Self::Several(_) => "a list of tables",
            Self::Files => "a table of paths with a text behind each",
            Self::Contents => "a table of paths with a text or a program behind each",
        }
    }
}

/// A table's keys.
#[derive(Debug)]
pub(super) struct Form {
    /// What the table is, for telling of it.
    pub(super) what: &'static str,
    /// Its keys.
    pub(super) keys: &'static [Key],
}

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// What stands behind it.
    pub(super) shape: Shape,
    /// Whether it has to be there.
    pub(super) needed: bool,
}

const fn needs(name: &'static str, shape: Shape) -> Key {
    Key {
        name,
        shape,
        needed: true,
    }
}

const fn may(name: &'static str, shape: Shape) -> Key {
    Key {
        name,
        shape,
        needed: false,
    }
}

/// The engine's words for what a container does.
const STATES: [&str; 5] = ["running", "exited", "created", "paused", "restarting"];

/// The whole file.
pub(super) static LESSON: Form = Form {
    what: "the lesson",
    keys: &[
        may("number", Number),
        needs("title", Text),
        needs("goal", Text),
        needs("minutes", Number),
        may("after", Texts),
        may("tokens", Texts),
        may("lab", Table(&LAB)),
        may("step", Tables(&STEP)),
    ],
};

/// `[lab]`
pub(super) static LAB: Form = Form {
    what: "the lab",
    keys: &[
        may("image", Tables(&LAB_IMAGE)),
        may("volumes", Texts),
        may("container", Tables(&LAB_CONTAINER)),
        may("files", Files),
    ],
};

/// `[[lab.image]]`
pub(super) static LAB_IMAGE: Form = Form {
    what: "an image of the lab",
    keys: &[
        needs("name", Text),
        needs("dockerfile", Text),
        may("files", Contents),
    ],
};

/// A program among an image's files.
pub(super) static PROGRAM: Form = Form {
    what: "a program",
    keys: &[
        needs("program", Word(&["web", "web-dynamic", "loader"])),
        may("claims", Text),
    ],
};

/// `[[lab.container]]`
pub(super) static LAB_CONTAINER: Form = Form {
    what: "a container of the lab",
    keys: &[
        needs("name", Text),
        needs("image", Text),
        may("args", Texts),
        may("env", Texts),
        may("mounts", Texts),
        may("user", Text),
        may("network", Word(&["none", "host"])),
        may("restart", Text),
        may("read_only", Flag),
        may("created", Flag),
    ],
};

/// `[[step]]`
pub(super) static STEP: Form = Form {
    what: "a step",
    keys: &[
        needs("title", Text),
        needs("text", Text),
        needs("hint", Text),
        needs("answer", Text),
        may("question", Text),
        needs("check", OneOf(&CHECK)),
        may("mistake", Tables(&MISTAKE)),
        may("done", Text),
    ],
};

/// `[[step.mistake]]`
pub(super) static MISTAKE: Form = Form {
    what: "a mistake",
    keys: &[needs("when", OneOf(&CHECK)), needs("say", Text)],
};

/// A check.
pub(super) static CHECK: Form = Form {
    what: "check",
    keys: &[
        may("all", Several(&CHECK)),
        may("any", Several(&CHECK)),
        may("not", OneOf(&CHECK)),
        may("command", Table(&COMMAND)),
        may("exec", Table(&EXEC)),
        may("container", Table(&CONTAINER)),
        may("ended", Table(&ENDED)),
        may("stopped", Table(&STOPPED)),
        may("twin", Table(&TWIN)),
        may("package", Table(&PACKAGE)),
        may("file", Table(&FILE)),
        may("image", Table(&IMAGE)),
        may("unchanged", Table(&UNCHANGED)),
        may("answer", Table(&ANSWER)),
    ],
};

pub(super) static COMMAND: Form = Form {
    what: "command",
    keys: &[
        needs("matches", Text),
        may("status", Numbers),
        may("in", Word(&["here", "twin"])),
    ],
};

pub(super) static EXEC: Form = Form {
    what: "exec",
    keys: &[
        needs("container", Text),
        may("matches", Text),
        may("status", Numbers),
    ],
};

pub(super) static CONTAINER: Form = Form {
    what: "container",
    keys: &[
        may("name", Text),
        may("image", Text),
        may("state", Word(&STATES)),
        may("status", Numbers),
        may("health", Word(&["healthy", "unhealthy", "starting"])),
        may("nonroot", Flag),
        may("runs", Text),
        may("network", Text),
        may("volume", Text),
    ],
};

pub(super) static ENDED: Form = Form {
    what: "ended",
    keys: &[
        may("name", Text),
        may("image", Text),
        may("status", Numbers),
    ],
};

pub(super) static STOPPED: Form = Form {
    what: "stopped",
    keys: &[
        may("name", Text),
        may("image", Text),
        may("within_ms", Number),
        may("least_ms", Number),
        may("status", Numbers),
    ],
};

pub(super) static TWIN: Form = Form {
    what: "twin",
    keys: &[needs("of", Text), may("there", Flag), may("user", Text)],
};

pub(super) static PACKAGE: Form = Form {
    what: "package",
    keys: &[
        needs("name", Text),
        needs("in", OneOf(&PLACE)),
        may("installed", Flag),
    ],
};

pub(super) static FILE: Form = Form {
    what: "file",
    keys: &[
        needs("path", Text),
        needs("in", OneOf(&PLACE)),
        may("there", Flag),
        may("holds", Text),
        may("owner", Number),
    ],
};

pub(super) static IMAGE: Form = Form {
    what: "image",
    keys: &[
        needs("name", Text),
        may("base", Text),
        may("smaller_than", Text),
        may("lacks", Texts),
        may("has", Texts),
        may("runs", Text),
        may("shell_form", Flag),
        may("nonroot", Flag),
        may("health", Word(&["shell", "exec", "none"])),
    ],
};

pub(super) static UNCHANGED: Form = Form {
    what: "unchanged",
    keys: &[needs("container", Text), may("except", Texts)],
};

pub(super) static ANSWER: Form = Form {
    what: "answer",
    keys: &[
        may("is", Texts),
        may("counted", OneOf(&COUNTED)),
        may("matches", Text),
    ],
};

pub(super) static PLACE: Form = Form {
    what: "place",
    keys: &[
        may("container", Text),
        may("twin-of", Text),
        may("image", Text),
        may("work", Flag),
    ],
};

pub(super) static COUNTED: Form = Form {
    what: "count",
    keys: &[
        may("packages-only-in", Pair),
        may("packages", Text),
        may("owner-of", Pair),
    ],
};

/// All of them.
#[cfg(test)]
pub(super) static ALL: [&Form; 21] = [
    &LESSON,
    &LAB,
    &LAB_IMAGE,
    &PROGRAM,
    &LAB_CONTAINER,
    &STEP,
    &MISTAKE,
    &CHECK,
    &COMMAND,
    &EXEC,
    &CONTAINER,
    &ENDED,
    &STOPPED,
    &TWIN,
    &PACKAGE,
    &FILE,
    &IMAGE,
    &UNCHANGED,
    &ANSWER,
    &PLACE,
    &COUNTED,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::domain::lesson::check::{
        AnswerCheck, Check, CommandCheck, ContainerCheck, Counted, EndedCheck, ExecCheck,
        FileCheck, ImageCheck, PackageCheck, Place, StoppedCheck, TwinCheck, UnchangedCheck,
    };
    use crate::domain::lesson::lab::{Lab, LabContainer, LabImage, Program};
    use crate::domain::lesson::{Lesson, Mistake, Step};

    /// The names that a type itself tells when it meets one that it does not know.
    fn told<T: DeserializeOwned>() -> BTreeSet<String> {
        let error = toml::from_str::<T>("no-such-key = 0")
            .err()
            .unwrap()
            .to_string();
        let (_, names) = error.split_once("expected").unwrap();
        let names = names.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect()
    }

    #[test]
    fn every_table_has_the_keys_that_its_type_reads() {
        for (form, told) in [
            (&LESSON, told::<Lesson>()),
            (&LAB, told::<Lab>()),
            (&LAB_IMAGE, told::<LabImage>()),
            (&PROGRAM, told::<Program>()),
            (&LAB_CONTAINER, told::<LabContainer>()),
            (&STEP, told::<Step>()),
            (&MISTAKE, told::<Mistake>()),
            (&CHECK, told::<Check>()),
            (&COMMAND, told::<CommandCheck>()),
            (&EXEC, told::<ExecCheck>()),
            (&CONTAINER, told::<ContainerCheck>()),
            (&ENDED, told::<EndedCheck>()),
            (&STOPPED, told::<StoppedCheck>()),
            (&TWIN, told::<TwinCheck>()),
            (&PACKAGE, told::<PackageCheck>()),
            (&FILE, told::<FileCheck>()),
            (&IMAGE, told::<ImageCheck>()),
            (&UNCHANGED, told::<UnchangedCheck>()),
            (&ANSWER, told::<AnswerCheck>()),
            (&PLACE, told::<Place>()),
            (&COUNTED, told::<Counted>()),
        ] {
            let keys: BTreeSet<String> = form.keys.iter().map(|key| key.name.into()).collect();
            assert_eq!(keys, told, "{}", form.what);
        }
    }
}
