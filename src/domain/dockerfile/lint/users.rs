//! As whom the shipped image runs.

use super::kit;
use super::{Case, Finding, Rule, about};
use crate::domain::dockerfile::What;
use crate::domain::dockerfile::bases::Kind;
use crate::domain::dockerfile::settings::Settings;
use crate::domain::entrypoint::Severity;
use crate::domain::text::bounded;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "USER_ROOT",
    title: "It ends as root",
    how: "The last `USER` of the shipped stage, or of a stage below it, is root. A note where the family is not a hardened one.",
    check: root,
}];

fn root(case: &Case<'_>) -> Vec<Finding> {
    let Some(end) = case.end else {
        return Vec::new();
    };
    let settings = Settings::at_end(case.file, end);
    let Some(user) = settings.user.filter(|user| kit::is_root(&user.value)) else {
        return Vec::new();
    };
    let stages = case.file.stages.get(user.stage);
    let step = stages.and_then(|stage| {
        let mut steps = stage.steps.iter();
        steps.find(|step| step.lines.0 == user.line && matches!(step.what, What::User(_)))
    });
    let (Some(stage), Some(step)) = (stages, step) else {
        return Vec::new();
    };
    let hardened = matches!(case.traits(end).kind, Kind::Production | Kind::Dev);
    let severity = if hardened {
        Severity::Warning
    } else {
        Severity::Note
    };
    vec![
        about("USER_ROOT", severity, stage, step)
            .means(format!(
                "the container runs as root ({})",
                bounded(&user.value, 60)
            ))
            .advise(
                "end with USER and the number of a user, such as 65532 where the family has it",
            ),
    ]
}
