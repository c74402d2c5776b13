//! Prod beside dev: where the dev image runs something else, so that a person in the twin is not misled.

use std::collections::BTreeSet;

use super::Facts;
use super::report::Difference;
use crate::domain::secret;
use crate::domain::target::Config;
use crate::domain::text;

/// The settings in which the dev image differs from the target's image; none when it is its own.
pub(super) fn differences(facts: &Facts) -> Vec<Difference> {
    let Some(dev) = facts.dev.as_ref().filter(|dev| !dev.own) else {
        return Vec::new();
    };
    let config = match (&facts.image, &facts.target) {
        (Some(image), _) => &image.config,
        (None, Some(target)) => &target.config,
        (None, None) => return Vec::new(),
    };
    let settings = settings(config).into_iter().zip(settings(&dev.config));
    let mut all: Vec<Difference> = settings
        .filter(|((_, target), (_, dev))| target != dev)
        .map(|((what, target), (_, dev))| Difference {
            what: what.into(),
            target,
            dev,
        })
        .collect();
    all.extend(variables(config, &dev.config));
    all
}

fn settings(config: &Config) -> [(&'static str, String); 6] {
    let signal = config.stop_signal.clone().unwrap_or_default();
    [
        ("entrypoint", text::line(&config.entrypoint)),
        ("cmd", text::line(&config.cmd)),
        ("user", config.user.clone()),
        ("workdir", config.workdir.clone()),
        ("stop signal", signal),
        (
            "health check",
            text::line(config.healthcheck.as_deref().unwrap_or_default()),
        ),
    ]
}

fn variables(target: &Config, dev: &Config) -> Vec<Difference> {
    let value = |config: &Config, name: &str| {
        let mut all = config.env.iter().rev();
        all.find(|(n, _)| n == name).map(|(_, value)| value.clone())
    };
    let names = |config: &Config| -> BTreeSet<String> {
        config.env.iter().map(|(name, _)| name.clone()).collect()
    };
    let both = names(target).into_iter().chain(names(dev));
    let both: BTreeSet<String> = both.collect();
    let differs = both.into_iter().filter_map(|name| {
        let (target, dev) = (value(target, &name), value(dev, &name));
        (target != dev).then(|| {
            let shown = |value: Option<String>| {
                let value = value.unwrap_or_default();
                secret::shown(&name, &value).to_owned()
            };
            Difference {
                what: format!("env {name}"),
                target: shown(target),
                dev: shown(dev),
            }
        })
    });
    differs.collect()
}
