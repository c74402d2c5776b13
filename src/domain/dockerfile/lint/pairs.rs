//! Builder and runtime beside each other: whether what one makes runs on the other.

use super::kit::{self, Cmd};
use super::{Case, Finding, Rule, about, quote};
use crate::domain::dockerfile::bases::{Kind, Libc};
use crate::domain::dockerfile::graph::{self, Origin};
use crate::domain::dockerfile::settings::Settings;
use crate::domain::dockerfile::{Base, Copy, Stage, Step, What};
use crate::domain::entrypoint::Severity;
use crate::domain::text::bounded;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "LIBC_DIFFERS",
        title: "Built for another C library",
        how: "`COPY --from` leads from a stage on Alpine (musl) that runs commands to one on glibc, or the reverse.",
        check: libc,
    },
    Rule {
        id: "STATIC_WANTED",
        title: "A dynamic program where there is no C library",
        how: "A Go, Rust or C build without `CGO_ENABLED=0`, a musl target, `+crt-static` or `-static`, copied into scratch or a `static` image.",
        check: statically,
    },
    Rule {
        id: "LANGUAGE_DIFFERS",
        title: "Another version of the language",
        how: "Builder and shipped stage are of one language, and their tags name different versions of it.",
        check: language,
    },
    Rule {
        id: "FAMILY_DIFFERS",
        title: "Builder and runtime are of different families",
        how: "A stage that runs commands is copied from, and its image is of another known family than the shipped one's; not where a static program is meant.",
        check: family,
    },
    Rule {
        id: "VENV_MOVED",
        title: "A virtual environment at another path",
        how: "`python -m venv`, `virtualenv` or `uv venv` makes it at one path in the builder, and `COPY --from` puts it at another.",
        check: venv,
    },
];

/// A copy from one stage that runs commands into another, both needed.
struct Pair<'a> {
    builder: &'a Stage,
    stage: &'a Stage,
    step: &'a Step,
    copy: &'a Copy,
}

fn pairs<'a>(case: &Case<'a>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    let file = case.file;
    for stage in file
        .stages
        .iter()
        .filter(|s| case.needed.contains(&s.index))
    {
        for step in &stage.steps {
            let What::Copy(copy) = &step.what else {
                continue;
            };
            let Some(name) = &copy.from else { continue };
            let Origin::Stage(index) = graph::origin(file, stage, name) else {
                continue;
            };
            let Some(builder) = file.stages.get(index) else {
                continue;
            };
            if kit::runs(&builder.steps).next().is_some() {
                pairs.push(Pair {
                    builder,
                    stage,
                    step,
                    copy,
                });
            }
        }
    }
    pairs
}

/// One pair for each two stages.
fn once(mut pairs: Vec<Pair<'_>>) -> Vec<Pair<'_>> {
    let mut seen = std::collections::BTreeSet::new();
    pairs.retain(|pair| seen.insert((pair.builder.index, pair.stage.index)));
    pairs
}

fn libc(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for pair in once(pairs(case)) {
        let made = case.traits(pair.builder).libc;
        let runs = case.traits(pair.stage).libc;
        let (Some(made @ (Libc::Glibc | Libc::Musl)), Some(runs @ (Libc::Glibc | Libc::Musl))) =
            (made, runs)
        else {
            continue;
        };
        if made == runs || is_static(case, pair.builder) {
            continue;
        }
        found.push(
            about("LIBC_DIFFERS", Severity::Warning, pair.stage, pair.step)
                .see(quote(&pair.builder.from))
                .means(format!(
                    "{} is made with {} and this stage has {}: a dynamic program from there does not start here (no such file, but it is there)",
                    pair.builder.label(),
                    made.word(),
                    runs.word()
                ))
                .advise("build on an image with the same C library, or link statically"),
        );
    }
    found
}

/// Whether a stage says that it links statically.
fn is_static(case: &Case<'_>, builder: &Stage) -> bool {
    let settings = Settings::at_end(case.file, builder);
    if settings.variable("CGO_ENABLED") == Some("0")
        || settings
            .variable("RUSTFLAGS")
            .is_some_and(|v| v.contains("+crt-static"))
    {
        return true;
    }
    let mut all = kit::runs(&builder.steps).flat_map(|(_, run)| kit::commands_of(run));
    all.any(|cmd| links_statically(&cmd))
}

fn links_statically(cmd: &Cmd) -> bool {
    let assigned = |name: &str, value: &str| {
        let mut all = cmd.assigns.iter();
        all.any(|(n, v)| n == name && v.contains(value))
    };
    let words = cmd.words.join(" ");
    assigned("CGO_ENABLED", "0")
        || assigned("RUSTFLAGS", "+crt-static")
        || words.contains("CGO_ENABLED=0")
        || words.contains("-static")
        || words.contains("-linux-musl")
        || words.contains("+crt-static")
}

/// What a command links, if it is a linker's kind.
fn links(cmd: &Cmd) -> Option<&'static str> {
    match cmd.program() {
        "go" if cmd.has("build") || cmd.has("install") => Some("CGO_ENABLED=0 go build"),
        "cargo" if cmd.has("build") || cmd.has("install") => {
            Some("cargo build --target x86_64-unknown-linux-musl")
        }
        "gcc" | "cc" | "g++" | "c++" | "clang" | "clang++" | "tcc" if !cmd.has("-c") => {
            Some("the option -static")
        }
        "rustc" => Some("the option -C target-feature=+crt-static"),
        _ => None,
    }
}

fn statically(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for pair in once(pairs(case)) {
        let bare = *graph::root(case.file, pair.stage) == Base::Scratch
            || case.traits(pair.stage).libc == Some(Libc::None);
        if !bare || takes_root(pair.copy) || is_static(case, pair.builder) {
            continue;
        }
        let mut all = kit::runs(&pair.builder.steps);
        let linked = all.find_map(|(step, run)| {
            let commands = kit::commands_of(run);
            Some((step, commands.iter().find_map(links)?))
        });
        let Some((linking, how)) = linked else {
            continue;
        };
        found.push(
            about("STATIC_WANTED", Severity::Warning, pair.stage, pair.step)
                .see(quote(linking))
                .means(format!(
                    "{} has no C library: a dynamic program does not start there (no such file, but it is there)",
                    bounded(case.base(pair.stage), 120)
                ))
                .advise(format!("link statically: {how}"))
                .advise("or end FROM an image with the builder's C library"),
        );
    }
    found
}

/// Whether the files of a whole system are taken, its C library among them.
fn takes_root(copy: &Copy) -> bool {
    copy.dest == "/"
        || copy
            .sources
            .iter()
            .any(|source| source == "/" || source.contains("lib"))
}

fn language(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for pair in once(pairs(case)) {
        let (Some((made, old)), Some((runs, new))) = (
            &case.traits(pair.builder).language,
            &case.traits(pair.stage).language,
        ) else {
            continue;
        };
        if made != runs || old == new {
            continue;
        }
        found.push(
            about("LANGUAGE_DIFFERS", Severity::Warning, pair.stage, pair.step)
                .see(quote(&pair.builder.from))
                .means(format!(
                    "it is built by {made} {old} and run by {runs} {new}: modules, paths and compiled parts of one do not fit the other"
                ))
                .advise("take one version in both"),
        );
    }
    found
}

fn family(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for pair in once(pairs(case)) {
        let (made, runs) = (case.traits(pair.builder), case.traits(pair.stage));
        let known = |kind| kind != Kind::Unknown;
        let (Some(old), Some(new)) = (made.family, runs.family) else {
            continue;
        };
        if old == new
            || !known(made.kind)
            || runs.kind != Kind::Production
            || made.libc.is_none()
            || made.libc != runs.libc
            || is_static(case, pair.builder)
        {
            continue;
        }
        let find = about("FAMILY_DIFFERS", Severity::Note, pair.stage, pair.step)
            .see(quote(&pair.builder.from))
            .means(format!(
                "the builder is of {} and this stage of {}: versions of libraries and paths may differ",
                made.family_name, runs.family_name
            ));
        found.push(match &runs.dev {
            Some(dev) => find.advise(format!("build on its dev image: FROM {dev}")),
            None => find.advise("build on an image of the same family"),
        });
    }
    found
}

fn venv(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for pair in pairs(case) {
        for (made, run) in kit::runs(&pair.builder.steps) {
            let settings = Settings::before(case.file, pair.builder, made.number);
            for cmd in kit::commands_of(run) {
                let Some(at) = kit::venv_of(&cmd).map(|at| settings.path(at)) else {
                    continue;
                };
                let Some(to) = lands(case, &pair, &at).filter(|to| *to != at) else {
                    continue;
                };
                found.push(
                    about("VENV_MOVED", Severity::Error, pair.stage, pair.step)
                        .see(quote(made))
                        .means(format!(
                            "the environment was made at {at} and lands at {to}: its scripts name {at}/bin/python in their first line, which is not there"
                        ))
                        .advise(format!("copy it to {at}"))
                        .advise(format!("or make it at {to} in the builder")),
                );
            }
        }
    }
    found
}

/// Where a path of the builder stands behind the copy; none when it is not copied.
fn lands(case: &Case<'_>, pair: &Pair<'_>, path: &str) -> Option<String> {
    let settings = Settings::before(case.file, pair.stage, pair.step.number);
    let of_builder = Settings::at_end(case.file, pair.builder);
    let dest = settings.path(&pair.copy.dest);
    let source = pair.copy.sources.iter().find_map(|source| {
        // A source is a path from the root of its stage, also without a slash.
        let source = crate::domain::dockerfile::settings::joined(
            None,
            &super::super::variables::expand(source, &of_builder.variables).ok()?,
        );
        kit::is_in(path, &source).then_some(source)
    })?;
    let below = path.strip_prefix(source.trim_end_matches('/'))?;
    // A directory's contents are copied, not itself.
    Some(format!("{}{below}", dest.trim_end_matches('/')))
}
