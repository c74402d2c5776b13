//! Faults of the lab.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    // The lab.
    (
        "name = \"shop:1\"\n",
        "name = \"Shop\"\n",
        &[
            "10: an image cannot be called `Shop` (small letters, and a tag: shop:1)",
            "19: no image `shop:1` is made (there are Shop, web:latest, web:latest-dev)",
        ],
    ),
    (
        "name = \"shop:1\"\n",
        "name = \"web:latest\"\n",
        &[
            "10: the image `web:latest` is in every lab (give yours another name)",
            "19: no image `shop:1` is made (there are web:latest, web:latest-dev)",
        ],
    ),
    (
        "FROM {lab}/web:latest",
        "FROM {lab}/wbe:latest",
        &["12: no image `wbe:latest` is made (there are shop:1, web:latest, web:latest-dev)"],
    ),
    ("FROM {lab}/web:latest", "FROM {lab}/web", &[]),
    (
        "FROM {lab}/web:latest",
        "FROM lab/web:latest",
        &[
            "12: `lab/web:latest` is written out: the lab is not always called `lab` (write {lab}/web:latest)",
        ],
    ),
    (
        "FROM {lab}/web:latest",
        "FROM {lab}/shop:1",
        &["12: images in a circle: shop:1 on shop:1 (one of them must stand on something else)"],
    ),
    (
        "FROM {lab}/web:latest\n",
        "# a comment\n",
        &["13: the Dockerfile cannot be read: expected FROM"],
    ),
    (
        "FROM {lab}/web:latest\n",
        "FROM {lab}/web:latest\nFORM x\n",
        &["13: the Dockerfile cannot be read: unknown instruction 'FORM'"],
    ),
    (
        "FROM {lab}/web:latest",
        "FROM $BASE",
        &["12: FROM hangs on `BASE`, which has no value"],
    ),
    (
        "COPY notes.txt /srv/",
        "COPY --from={lab}/tools:1 /a /srv/",
        &["13: no image `tools:1` is made (there are shop:1, web:latest, web:latest-dev)"],
    ),
    (
        "COPY notes.txt /srv/",
        "COPY notes.text /srv/",
        &["13: COPY finds no `notes.text` (among the image's files there is only notes.txt)"],
    ),
    (
        "files.\"notes.txt\"",
        "files.\"../notes.txt\"",
        &[
            "13: COPY finds no `notes.txt` (among the image's files there is only ../notes.txt)",
            "15: the path `../notes.txt` leaves the folder (write a path below it, without .. and without / in front)",
        ],
    ),
    (
        "name = \"shop\"\n",
        "name = \"my shop\"\n",
        &[
            "18: a container cannot be called `my shop` (letters, figures, `_`, `.` and `-` make a name, a letter or figure first)",
            "38: no container `shop` is made (there are fixed, my shop; or have it made: --name {lab}-shop in the answer)",
            "43: no container `shop` is made (there are fixed, my shop; or have it made: --name {lab}-shop in the answer)",
        ],
    ),
    (
        "image = \"shop:1\"\n",
        "image = \"shop:2\"\n",
        &["19: no image `shop:2` is made (there are shop:1, web:latest, web:latest-dev)"],
    ),
    (
        "mounts = [\"data:/data\"]",
        "mounts = [\"date:/data\"]",
        &["20: the lab has no volume `date` (add it: volumes = [\"date\"] below [lab])"],
    ),
    (
        "mounts = [\"data:/data\"]",
        "mounts = [\"data\"]",
        &["20: `data` is not volume:/path"],
    ),
    (
        "env = [\"A=b\"]",
        "env = [\"A\", \"B={token:wrod}\"]",
        &[
            "21: `A` is not NAME=VALUE",
            "21: there is no word `wrod` to be drawn (there is only word)",
        ],
    ),
    (
        "restart = \"on-failure:3\"",
        "restart = \"sometimes\"\nuser = \"\"",
        &[
            "22: `restart` cannot be `sometimes` (it can be no, always, unless-stopped, on-failure, on-failure:3)",
            "23: `user` is empty",
        ],
    ),
    (
        "volumes = [\"data\"]",
        "volumes = [\"data\", \"data\", \"a b\"]",
        &[
            "7: a volume cannot be called `a b` (letters, figures, `_`, `.` and `-` make a name, a letter or figure first)",
            "7: there are two volumes `data`",
        ],
    ),
    (
        "\"src/Dockerfile\"",
        "\"/etc/Dockerfile\"",
        &[
            "25: the path `/etc/Dockerfile` leaves the folder (write a path below it, without .. and without / in front)",
        ],
    ),
    (
        "\"src/Dockerfile\"",
        "\"src/../../Dockerfile\"",
        &[
            "25: the path `src/../../Dockerfile` leaves the folder (write a path below it, without .. and without / in front)",
        ],
    ),
    (
        "FROM {lab}/shop:1",
        "{token:}",
        &["25: there is no word `` to be drawn (there is only word)"],
    ),
];
