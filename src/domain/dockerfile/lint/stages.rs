//! The file and its stages: what cannot be read, is not there, or is not needed.

use super::{Case, Finding, Rule, about, quote};
use crate::domain::dockerfile::bases::Kind;
use crate::domain::dockerfile::graph::{self, How, Origin};
use crate::domain::dockerfile::{Base, Stage, Step};
use crate::domain::entrypoint::Severity;
use crate::domain::text::bounded;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "SYNTAX",
        title: "It cannot be read",
        how: "The file breaks the grammar of Dockerfiles at that line; what stands below it is not looked at.",
        check: syntax,
    },
    Rule {
        id: "NO_VALUE",
        title: "A variable in FROM has no value",
        how: "`FROM` names a variable that no `ARG` before the first `FROM` gives a default, and no `--build-arg` sets.",
        check: no_value,
    },
    Rule {
        id: "STAGE_TWICE",
        title: "Two stages have one name",
        how: "The name behind `AS` stands in an earlier `FROM`, too; capitals do not count.",
        check: twice,
    },
    Rule {
        id: "NO_STAGE",
        title: "It copies from a stage that is not there",
        how: "`--from` names a number of no earlier stage, a later stage, or a name like that of a stage which would be an image's otherwise.",
        check: no_stage,
    },
    Rule {
        id: "UNUSED_STAGE",
        title: "A stage that nothing needs",
        how: "No path of `FROM`, `COPY --from` and `RUN --mount=from=` leads from it to the stage that is shipped.",
        check: unused,
    },
    Rule {
        id: "DEV_SHIPPED",
        title: "The dev image is what is shipped",
        how: "The last stage stands on a `-dev` tag (or `debug-`, `-sdk`, `-builder`) of a family that has a production image beside it.",
        check: dev_shipped,
    },
    Rule {
        id: "PIN_SKEW",
        title: "One of two siblings is pinned, the other is not",
        how: "A builder and the shipped stage stand on images of one repository, one by digest and the other by tag alone.",
        check: skew,
    },
    Rule {
        id: "NEEDS_BUILDKIT",
        title: "The classic builder does not know it",
        how: "Here-documents, `RUN --mount`, `COPY --link`, `--chmod` and the like, which only BuildKit understands.",
        check: buildkit,
    },
];

fn syntax(case: &Case<'_>) -> Vec<Finding> {
    let broken = case.file.broken.iter();
    let find = broken.map(|broken| Finding {
        id: "SYNTAX",
        severity: Severity::Error,
        line: broken.line,
        last_line: broken.line,
        stage: None,
        evidence: vec![format!("line {}: {}", broken.line, broken.message)],
        meaning: "no builder can read the file".into(),
        advice: vec![advice(&broken.message).into()],
    });
    find.collect()
}

fn advice(message: &str) -> &'static str {
    if message.contains("unknown instruction") {
        "the line above it may lack its `\\`, or a here-document its end"
    } else if message.contains("here-document") {
        "end the here-document with its word, alone on a line"
    } else if message.contains("quoted") {
        "close the quote"
    } else if message.contains("FROM") {
        "begin with FROM IMAGE; only ARG and comments may stand before it"
    } else {
        "see https://docs.docker.com/reference/dockerfile/"
    }
}

fn no_value(case: &Case<'_>) -> Vec<Finding> {
    let find = |stage: &Stage| match &stage.base {
        Base::Unknown(name) => {
            let name = bounded(name, 60);
            Some(
                about("NO_VALUE", Severity::Error, stage, &stage.from)
                    .means(format!("${name} is empty, and no image has such a name"))
                    .advise(format!("put `ARG {name}=DEFAULT` before the first FROM"))
                    .advise(format!("or give it: --build-arg {name}=VALUE")),
            )
        }
        Base::Stage(_) | Base::Scratch | Base::Image(_) => None,
    };
    case.file.stages.iter().filter_map(find).collect()
}

fn twice(case: &Case<'_>) -> Vec<Finding> {
    let find = |stage: &Stage| {
        let name = stage.name.as_deref()?;
        let first = case.file.stages.get(..stage.index)?.iter().find(|other| {
            let own = other.name.as_deref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        })?;
        Some(
            about("STAGE_TWICE", Severity::Error, stage, &stage.from)
                .see(quote(&first.from))
                .means(format!(
                    "{} names two stages: BuildKit refuses it",
                    bounded(name, 60)
                ))
                .advise("give one of them another name"),
        )
    };
    case.file.stages.iter().filter_map(find).collect()
}

fn no_stage(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for edge in graph::edges(case.file) {
        let (Origin::Image(name), How::Copy | How::Mount) = (&edge.from, edge.how) else {
            continue;
        };
        let Some(stage) = case.file.stages.get(edge.to) else {
            continue;
        };
        let Some(step) = stage.steps.iter().find(|step| step.lines.0 == edge.line) else {
            continue;
        };
        found.extend(missing(case, stage, step, name));
    }
    found
}

fn missing(case: &Case<'_>, stage: &Stage, step: &Step, name: &str) -> Option<Finding> {
    let find = |severity| about("NO_STAGE", severity, stage, step);
    if name.parse::<usize>().is_ok() {
        return Some(
            find(Severity::Error)
                .means(format!(
                    "there is no stage {name} before this one; they are counted from 0"
                ))
                .advise("name the stage: FROM … AS NAME, then --from=NAME"),
        );
    }
    if name.contains(['/', ':', '.', '$']) {
        return None;
    }
    if let Some(later) = case.file.stage(name) {
        return Some(
            find(Severity::Error)
                .see(quote(&later.from))
                .means(format!(
                    "stage {} stands below: only earlier stages can be copied from",
                    bounded(name, 60)
                ))
                .advise("move that stage up"),
        );
    }
    let names = case
        .file
        .stages
        .iter()
        .filter_map(|stage| stage.name.as_deref());
    let like = names.min_by_key(|known| distance(known, name))?;
    (distance(like, name) <= 2).then(|| {
        find(Severity::Warning)
            .means(format!(
                "no stage is named {}, so it is taken for an image of that name",
                bounded(name, 60)
            ))
            .advise(format!("is {} meant?", bounded(like, 60)))
    })
}

/// How many letters must be changed, added or dropped to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(60).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(60).enumerate() {
        let mut above = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let change = above + usize::from(!x.eq_ignore_ascii_case(y));
            above = *cell;
            left = change.min(above + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

fn unused(case: &Case<'_>) -> Vec<Finding> {
    let Some(end) = case.end else {
        return Vec::new();
    };
    let stages = case.file.stages.iter();
    let unneeded = stages.filter(|s| !case.needed.contains(&s.index) && s.index < end.index);
    unneeded
        .map(|stage| {
            about("UNUSED_STAGE", Severity::Note, stage, &stage.from)
                .means(format!(
                    "{} takes nothing from it: BuildKit leaves it out, the classic builder builds it for nothing",
                    end.label()
                ))
                .advise("drop it, or copy from it")
        })
        .collect()
}

fn dev_shipped(case: &Case<'_>) -> Vec<Finding> {
    let Some(end) = case.end else {
        return Vec::new();
    };
    let traits = case.traits(end);
    if traits.kind != Kind::Dev || traits.family.is_none() {
        return Vec::new();
    }
    let image = bounded(case.base(end), 120);
    let find = about("DEV_SHIPPED", Severity::Warning, end, &end.from).means(format!(
        "{image} is a dev image: its shell, package manager and compilers go to production with the program"
    ));
    vec![match &traits.production {
        Some(production) => find.advise(format!(
            "build in this stage, then end with FROM {production} and COPY --from={}",
            end.label()
        )),
        None => find.advise("build in this stage, and end with one FROM the production image"),
    }]
}

fn skew(case: &Case<'_>) -> Vec<Finding> {
    let Some(end) = case.end else {
        return Vec::new();
    };
    let shipped = case.traits(end);
    let repository = |stage: &Stage| {
        let base = case.base(stage);
        let name = base.split('@').next().unwrap_or(base);
        let tag = name
            .rfind(':')
            .filter(|at| !name.get(*at..).unwrap_or("").contains('/'));
        name.get(..tag.unwrap_or(name.len()))
            .unwrap_or(name)
            .to_owned()
    };
    let home = repository(end);
    let stages = case.file.stages.iter();
    let others = stages.filter(|s| case.needed.contains(&s.index) && s.index != end.index);
    others
        .filter(|stage| matches!(stage.base, Base::Image(_)) && repository(stage) == home)
        .filter(|stage| case.traits(stage).pinned != shipped.pinned)
        .map(|stage| {
            about("PIN_SKEW", Severity::Note, stage, &stage.from)
                .see(quote(&end.from))
                .means("one of the two moves with its tag and the other stays: what is built may not fit what it runs on")
                .advise("pin both by digests of one build, or neither")
        })
        .collect()
}

fn buildkit(case: &Case<'_>) -> Vec<Finding> {
    let needs = &case.file.needs;
    let Some(first) = needs.first() else {
        return Vec::new();
    };
    let evidence = needs
        .iter()
        .take(5)
        .map(|n| format!("line {}: {}", n.line, n.what));
    let last = needs.last().unwrap_or(first);
    vec![Finding {
        id: "NEEDS_BUILDKIT",
        severity: Severity::Note,
        line: first.line,
        last_line: if needs.len() == 1 { last.line } else { first.line },
        stage: None,
        evidence: evidence.collect(),
        meaning: "an engine before 23 builds with the classic builder unless told otherwise, and stops there".into(),
        advice: vec![
            "devtwin builds it by the engine's BuildKit; with docker: DOCKER_BUILDKIT=1 docker build".into(),
        ],
    }]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn letters_are_counted() {
        for (a, b, n) in [
            ("build", "build", 0),
            ("build", "biuld", 2),
            ("builder", "bulder", 1),
            ("a", "", 1),
            ("Build", "build", 0),
        ] {
            assert_eq!(distance(a, b), n, "{a} {b}");
        }
    }
}
