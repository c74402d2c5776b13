//! What runs, as an exec array, and who said which part of it (domain.md §5.1).

use super::Facts;
use super::report::{Origin, Part};
use crate::domain::target::Config;

/// Shells that a form of `SHELL -c "…"` is known by.
const SHELLS: &[&str] = &["sh", "bash", "ash", "dash"];

/// The parts in order; an empty part is left out.
pub(super) fn parts(facts: &Facts) -> Vec<Part> {
    let config = facts.config();
    let image = facts.image.as_ref().map(|i| &i.config);
    let (entrypoint, cmd) = match (&facts.target, image) {
        (Some(_), Some(image)) => origins(config, image),
        (Some(_), None) => (Origin::ContainerEntrypoint, Origin::ContainerCmd),
        (None, _) => (Origin::ImageEntrypoint, Origin::ImageCmd),
    };
    let part = |origin, words: &[String]| Part {
        origin,
        shell_form: script(words).is_some(),
        words: words.to_vec(),
    };
    let all = [part(entrypoint, &config.entrypoint), part(cmd, &config.cmd)];
    all.into_iter().filter(|p| !p.words.is_empty()).collect()
}

/// Whose entrypoint and cmd a container has. The engine keeps the merged ones only; with an entrypoint of
/// its own the image's cmd is dropped.
fn origins(config: &Config, image: &Config) -> (Origin, Origin) {
    if config.entrypoint != image.entrypoint {
        return (Origin::ContainerEntrypoint, Origin::ContainerCmd);
    }
    let cmd = if config.cmd == image.cmd {
        Origin::ImageCmd
    } else {
        Origin::ContainerCmd
    };
    (Origin::ImageEntrypoint, cmd)
}

/// The script of a shell form (`["/bin/sh", "-c", "app --flag"]`, or with options between); none when the
/// words are in exec form.
pub(super) fn script(words: &[String]) -> Option<&str> {
    let (shell, rest) = words.split_first()?;
    let name = shell.rsplit('/').next().unwrap_or(shell);
    let [options @ .., last, script] = rest else {
        return None;
    };
    let is_option = |w: &String| w.starts_with('-') || w == "pipefail";
    (SHELLS.contains(&name)
        && last.starts_with('-')
        && last.ends_with('c')
        && options.iter().all(is_option))
    .then_some(script.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entrypoint::tests::{image, target, words};

    #[test]
    fn shell_forms_are_told_from_exec_forms() {
        for (line, found) in [
            ("/bin/sh -c app|x", Some("app|x")),
            ("/bin/bash -o pipefail -c app", Some("app")),
            ("bash -ec app", Some("app")),
            ("/bin/sh app -c", None),
            ("/bin/sh -c", None),
            ("/usr/bin/python -c print()", None),
            ("", None),
        ] {
            assert_eq!(script(&words(line)), found, "{line}");
        }
    }

    #[test]
    fn each_part_has_its_origin() {
        use Origin::{ContainerCmd, ContainerEntrypoint, ImageCmd, ImageEntrypoint};
        for (entrypoint, cmd, expected) in [
            ("/app", "--x", vec![ImageEntrypoint, ImageCmd]),
            ("/app", "--y", vec![ImageEntrypoint, ContainerCmd]),
            ("/bin/sh", "", vec![ContainerEntrypoint]),
            ("/bin/sh", "--x", vec![ContainerEntrypoint, ContainerCmd]),
        ] {
            let facts = Facts {
                image: Some(image("/app", "--x")),
                target: Some(target(entrypoint, cmd)),
                ..Facts::default()
            };
            let got: Vec<_> = parts(&facts).iter().map(|p| p.origin).collect();
            assert_eq!(got, expected, "{entrypoint} {cmd}");
        }
        let facts = Facts {
            image: Some(image("/bin/sh -c app", "")),
            ..Facts::default()
        };
        let got = parts(&facts);
        assert_eq!((got.len(), got[0].shell_form), (1, true));
    }
}
