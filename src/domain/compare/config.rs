//! Configuration side by side.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Change;
use crate::domain::secret;
use crate::domain::target::Config;

/// A setting of an image or container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// What: `user`, `entrypoint`, `env PATH`, `label org.opencontainers.image.title`.
    pub what: String,
    /// What is with it.
    pub change: Change,
    /// The left one's as text (lists as JSON); none when it has none. Secrets are masked.
    pub left: Option<String>,
    /// The right one's.
    pub right: Option<String>,
}

/// Puts two configurations side by side: those of images, or what containers were made with.
pub fn settings(left: &Config, right: &Config) -> Vec<Setting> {
    let words = |words: &[String]| (!words.is_empty()).then(|| list(words));
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let check = |config: &Config| config.healthcheck.as_deref().and_then(words);
    let mut settings = vec![
        setting("user", text(&left.user), text(&right.user)),
        setting(
            "entrypoint",
            words(&left.entrypoint),
            words(&right.entrypoint),
        ),
        setting("cmd", words(&left.cmd), words(&right.cmd)),
        setting("workdir", text(&left.workdir), text(&right.workdir)),
        setting("ports", words(&left.exposed), words(&right.exposed)),
        setting("volumes", words(&left.volumes), words(&right.volumes)),
        setting(
            "stop signal",
            left.stop_signal.clone(),
            right.stop_signal.clone(),
        ),
        setting("healthcheck", check(left), check(right)),
    ];
    settings.retain(|setting| setting.left.is_some() || setting.right.is_some());
    let env = |config: &Config| config.env.iter().cloned().collect::<BTreeMap<_, _>>();
    settings.extend(each("env", env(left), env(right)));
    settings.extend(each("label", left.labels.clone(), right.labels.clone()));
    settings
}

/// Values by name, those of secrets masked: whether they are equal is told all the same.
fn each(
    kind: &str,
    left: BTreeMap<String, String>,
    mut right: BTreeMap<String, String>,
) -> Vec<Setting> {
    let mut both: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
    for (name, value) in left {
        let other = right.remove(&name);
        both.insert(name, (Some(value), other));
    }
    both.extend(
        right
            .into_iter()
            .map(|(name, value)| (name, (None, Some(value)))),
    );
    let settings = both.into_iter().map(|(name, (left, right))| {
        let shown = |value: Option<String>| value.map(|v| secret::shown(&name, &v).to_owned());
        Setting {
            what: format!("{kind} {name}"),
            change: Change::of(left.is_some(), right.is_some(), left == right),
            left: shown(left.clone()),
            right: shown(right.clone()),
        }
    });
    settings.collect()
}

fn setting(what: &str, left: Option<String>, right: Option<String>) -> Setting {
    Setting {
        what: what.to_owned(),
        change: Change::of(left.is_some(), right.is_some(), left == right),
        left,
        right,
    }
}

fn list(words: &[String]) -> String {
    serde_json::to_string(words).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_paired_and_secrets_compared_but_not_shown() {
        let env = |list: &[(&str, &str)]| {
            list.iter()
                .map(|(n, v)| ((*n).into(), (*v).into()))
                .collect()
        };
        let left = Config {
            user: "65532".into(),
            entrypoint: vec!["/app".into()],
            env: env(&[("PATH", "/bin"), ("API_TOKEN", "hunter2"), ("OLD", "1")]),
            labels: [("a".into(), "1".into())].into(),
            exposed: vec!["8080/tcp".into()],
            ..Config::default()
        };
        let right = Config {
            user: "0".into(),
            entrypoint: vec!["/app".into()],
            env: env(&[("PATH", "/bin"), ("API_TOKEN", "hunter3"), ("NEW", "")]),
            stop_signal: Some("SIGQUIT".into()),
            healthcheck: Some(vec!["NONE".into()]),
            ..Config::default()
        };
        let found = settings(&left, &right);
        let told = |s: &Setting| {
            let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
            format!(
                "{} {}: {} | {}",
                s.change.sign(),
                s.what,
                side(&s.left),
                side(&s.right)
            )
        };
        let told: Vec<String> = found.iter().map(told).collect();
        assert_eq!(
            told,
            [
                "~ user: 65532 | 0",
                "  entrypoint: [\"/app\"] | [\"/app\"]",
                "- ports: [\"8080/tcp\"] | none",
                "+ stop signal: none | SIGQUIT",
                "+ healthcheck: none | [\"NONE\"]",
                "~ env API_TOKEN: *** | ***",
                "+ env NEW: none | ",
                "- env OLD: 1 | none",
                "  env PATH: /bin | /bin",
                "- label a: 1 | none",
            ]
        );
    }
}
