//! Faults of texts and checks.

use super::Row;

pub(super) const TWIN: &str = "{ twin = { of = \"shop\" } }";
const ANSWER: &str = "{ answer = { is = [\"{token:word}\"] } }";
const FIXED: &str =
    "check.container = { name = \"fixed\", state = \"running\", volume = \"data\" }";
const WHEN: &str = "when.exec = { container = \"shop\", matches = '^sh$', status = [126, 127] }";

pub(super) const ROWS: &[Row] = &[
    // Texts.
    (
        "There is a word in it.",
        "The word is {token:word}.",
        &[
            "32: `text` gives away a word that is to be found out (leave it out here: it stands for itself in the lab and in checks only)",
        ],
    ),
    (
        "Look at **{lab}-shop**",
        "Look at **lab-shop**",
        &["30: `lab-shop` is written out: the lab is not always called `lab` (write {lab}-shop)"],
    ),
    (
        "say = \"There is no shell.\"",
        "say = \"\"",
        &["44: `say` is empty"],
    ),
    (
        "done = \"That was it.\"",
        "done = \"  \"",
        &["36: `done` is empty"],
    ),
    // Checks.
    (
        "of = \"shop\"",
        "of = \"shpo\"",
        &[
            "38: no container `shpo` is made (there are fixed, shop; or have it made: --name {lab}-shpo in the answer)",
        ],
    ),
    (
        "matches = '^sh$'",
        "matches = '(sh'",
        &["43: the pattern cannot be read: unclosed group (it is a regular expression: (sh)"],
    ),
    (
        "matches = '^sh$'",
        "matches = '.*'",
        &["43: the pattern `.*` matches everything (say what has to be there, or leave it out)"],
    ),
    (
        TWIN,
        "{ not = { all = [] } }",
        &["38: an empty list of checks tells nothing"],
    ),
    (
        TWIN,
        "{ package = { name = \"\", in = { work = true } } }",
        &[
            "38: no packages are installed in the folder that the person works in",
            "38: the package has no name",
        ],
    ),
    (
        TWIN,
        "{ file = { path = \"etc/passwd\", in = { twin-of = \"shop\" } } }",
        &[
            "38: the path `etc/passwd` does not begin with / or has .. in it (write the whole path: /etc/passwd)",
        ],
    ),
    (
        TWIN,
        "{ file = { path = \"../x\", in = { work = true } } }",
        &[
            "38: the path `../x` leaves the folder (write a path below it, without .. and without / in front)",
        ],
    ),
    (
        TWIN,
        "{ file = { path = \"/x\", in = { image = \"shop:2\" }, there = false, owner = 0 } }",
        &[
            "38: a file that is not there has neither text nor owner (not = { file = { … } } says that none is like this)",
            "38: no image `shop:2` is made (there are shop:1, web:latest, web:latest-dev)",
        ],
    ),
    (
        TWIN,
        "{ image = { name = '^a$', base = \"base:1\", has = [\"/x\"], lacks = [\"/x\", \"y\"] } }",
        &[
            "38: no image `base:1` is made (there are shop:1, web:latest, web:latest-dev)",
            "38: no image has `/x` and lacks it",
            "38: the path `y` does not begin with / or has .. in it (write the whole path: /etc/passwd)",
        ],
    ),
    (
        TWIN,
        "{ stopped = { name = \"shop\", within_ms = 10, least_ms = 10 } }",
        &["38: nothing takes less than 10 ms and at least 10 ms"],
    ),
    (
        TWIN,
        "{ unchanged = { container = \"nope\", except = [\"tmp\"] } }",
        &[
            "38: no container `nope` is made (there are fixed, shop; or have it made: --name {lab}-nope in the answer)",
            "38: the path `tmp` does not begin with / or has .. in it (write the whole path: /etc/passwd)",
        ],
    ),
    (
        TWIN,
        "{ answer = { counted = { packages-only-in = [\"shop:1\", \"shop:1\"] } } }",
        &["38: an image has nothing that it has not itself"],
    ),
    (
        ANSWER,
        "{ answer = { is = [\"{token:word}\", \"\"], matches = 'a' } }",
        &[
            "39: an answer needs one of `is`, `counted` and `matches`",
            "39: an empty answer can never be given",
        ],
    ),
    (
        ANSWER,
        "{ answer = { } }",
        &["39: an answer needs one of `is`, `counted` and `matches`"],
    ),
    (
        ANSWER,
        "{ exec = { container = \"shop\" } }",
        &[
            "35: the step asks a question, and its check does not look at the answer (add answer = { is = [\"…\"] } to the check, or leave the question out)",
        ],
    ),
    (
        "question = \"Which word?\"\n",
        "",
        &[
            "38: an answer is looked at, and the step asks no question (add question = \"…\" to the step)",
        ],
    ),
    (
        FIXED,
        "check.container = { }",
        &["51: the check says nothing of the container"],
    ),
    (
        FIXED,
        "check.container = { name = \"fixd\", volume = \"date\" }",
        &[
            "51: no container `fixd` is made (there are fixed, shop; or have it made: --name {lab}-fixd in the answer)",
            "51: no volume `date` is made (there is only data; or add it: volumes = [\"date\"] below [lab])",
        ],
    ),
    (
        FIXED,
        "check.container = { state = \"running\", status = [0] }",
        &["51: only a container that has ended has a status (state = \"exited\")"],
    ),
    (
        FIXED,
        "check.all = []",
        &[
            "51: an empty list of checks tells nothing",
            "51: the step is done before anything was done: its check holds at once (check for something that the person does)",
        ],
    ),
    (
        FIXED,
        "check.not.exec = { container = \"shop\" }",
        &[
            "51: the step is done before anything was done: its check holds at once (check for something that the person does)",
        ],
    ),
    (
        WHEN,
        "when.twin = { of = \"shop\", there = false }",
        &[
            "43: the mistake is told before anything was done: it holds at once (describe what is done wrong, not what is not done yet)",
        ],
    ),
];
