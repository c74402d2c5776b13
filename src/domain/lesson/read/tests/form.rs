//! Faults of form, and of a lesson's head.

use super::Row;
use super::sense::TWIN;

const NOTES: &str = "files.\"notes.txt\" = \"the word: {token:word}\"";

pub(super) const ROWS: &[Row] = &[
    // Form.
    (
        "minutes = 5",
        "minutes = ",
        &["3: string values must be quoted, expected literal string"],
    ),
    (
        "minutes = 5",
        "minutes = 5\nminutes = 6",
        &["4: duplicate key"],
    ),
    ("[lab]\n", "[lab\n", &["6: unclosed table, expected `]`"]),
    (
        "minutes = 5",
        "minuts = 5",
        &[
            "1: the lesson has no `minutes`",
            "3: the lesson has no key `minuts` (is `minutes` meant? There are minutes, title, number, tokens, after, goal, lab, step)",
        ],
    ),
    (
        "minutes = 5",
        "minutes = 5.5",
        &["3: `minutes` is a number with a point, not a whole number from 0 on"],
    ),
    (
        "minutes = 5",
        "minutes = -5",
        &["3: `minutes` is a number, not a whole number from 0 on"],
    ),
    ("minutes = 5\n", "", &["1: the lesson has no `minutes`"]),
    (
        "hint = \"Open a twin.\"\n",
        "",
        &["27: a step has no `hint`"],
    ),
    (
        "mounts = [\"data:/data\"]",
        "mounts = \"data:/data\"",
        &["20: `mounts` is a text, not a list of texts"],
    ),
    (
        "mounts = [\"data:/data\"]",
        "volumes = [\"data:/data\"]",
        &[
            "20: a container of the lab has no key `volumes` (is `mounts` meant? There are mounts, name, env, image, created, args, user, network, restart, read_only)",
        ],
    ),
    (
        "restart = \"on-failure:3\"",
        "network = \"bridge\"",
        &["22: `network` cannot be `bridge` (it can be none, host)"],
    ),
    (
        NOTES,
        "files.\"notes.txt\" = { program = \"wbe\" }\nfiles.more = \"{token:word}\"",
        &["15: `program` cannot be `wbe` (it can be web, web-dynamic, loader)"],
    ),
    (
        TWIN,
        "{ tiwn = { of = \"shop\" } }",
        &[
            "38: there is no check `tiwn` (is `twin` meant? There are twin, file, image, command, stopped, unchanged, answer, container, all, any, not, exec, ended, package)",
        ],
    ),
    (
        TWIN,
        "{ twin = { off = \"shop\" } }",
        &[
            "38: twin has no `of`",
            "38: twin has no key `off` (is `of` meant? There are of, there, user)",
        ],
    ),
    (
        TWIN,
        "{ twin = { of = \"shop\" }, exec = { container = \"shop\" } }",
        &["38: a check has both `exec` and `twin` (put both in a list: all = [{ … }, { … }])"],
    ),
    (
        TWIN,
        "{ }",
        &[
            "38: a check is empty (there are all, any, not, command, exec, container, ended, stopped, twin, package, file, image, unchanged, answer)",
        ],
    ),
    (
        TWIN,
        "{ file = { path = \"/a\", in = { work = false } } }",
        &["38: work can only be true: leave it out"],
    ),
    (
        TWIN,
        "{ file = { path = \"/a\", in = { container = \"shop\", image = \"shop:1\" } } }",
        &["38: a place has both `container` and `image` (one is all that it can have)"],
    ),
    (
        TWIN,
        "{ command = { matches = 'a', in = \"there\" } }",
        &["38: `in` cannot be `there` (it can be here, twin)"],
    ),
    (
        TWIN,
        "{ answer = { counted = { packages-only-in = [\"shop:1\"] } } }",
        &["38: `packages-only-in` is a list, not a list of two texts"],
    ),
    (
        "state = \"running\"",
        "state = \"runing\"",
        &[
            "51: `state` cannot be `runing` (it can be running, exited, created, paused, restarting)",
        ],
    ),
    // The head.
    (
        "minutes = 5",
        "minutes = 0",
        &["3: a lesson cannot take 0 minutes (say how long it takes, from 1 to 600)"],
    ),
    (
        "minutes = 5",
        "minutes = 5\nafter = [\"fine\"]",
        &["4: `fine` is to be done before itself"],
    ),
    (
        "title = \"A fine lesson\"",
        "title = \" \"",
        &["1: `title` is empty"],
    ),
    (
        "title = \"A fine lesson\"",
        "title = \"A\\nB\"",
        &["1: `title` has more than one line"],
    ),
    (
        "tokens = [\"word\"]",
        "tokens = [\"word\", \"Word\", \"word\"]",
        &[
            "4: a word cannot be called `Word` (small letters, figures and hyphens make a name)",
            "4: the word `Word` is used nowhere (use {token:Word} in the lab and in a check, or leave it out)",
            "4: the word `word` is there twice",
        ],
    ),
    (
        "tokens = [\"word\"]",
        "tokens = [\"word\", \"other\"]",
        &[
            "4: the word `other` is used nowhere (use {token:other} in the lab and in a check, or leave it out)",
        ],
    ),
];
