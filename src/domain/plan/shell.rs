//! Shell integration: variables that make a shell mark its prompts and commands for the terminal.
//!
//! By the environment alone: nothing is written into the twin, and the engine is asked nothing more. What the
//! shells get stands in `assets/shell`.

use serde::Serializer;

use super::is_root;
use crate::domain::target::Image;

const BASH: &str = include_str!("../../../assets/shell/bash.sh");
const ASH: &str = include_str!("../../../assets/shell/ash.prompt");

/// The variable that brings the script, which takes it away again.
const SCRIPT: &str = "DEVTWIN_SHELL_INTEGRATION";

/// What bash runs before its first prompt; the script knows these words and takes them away.
const HOOK: &str = r#"eval "${DEVTWIN_SHELL_INTEGRATION-}""#;

/// The variables for the shell at `path`, run as `user`; none for a shell that would not understand them. What
/// the dev image itself sets for the prompt goes on to work.
///
/// `sh` may be any of them, and bash may be started from ash by hand: what is not for bash says so itself.
pub(super) fn integration(path: &str, user: &str, dev: Option<&Image>) -> Vec<(String, String)> {
    let own = |name: &str| {
        let env = dev.map(|image| image.config.env.as_slice());
        let mut env = env.unwrap_or_default().iter().rev();
        env.find(|(n, _)| n == name).map(|(_, value)| value)
    };
    let bash = || {
        let command = match own("PROMPT_COMMAND") {
            Some(own) => format!("{own}\n{HOOK}"),
            None => HOOK.to_owned(),
        };
        [
            ("PROMPT_COMMAND".to_owned(), command),
            (SCRIPT.to_owned(), code(BASH)),
        ]
    };
    match path.rsplit('/').next() {
        Some("bash") => bash().into(),
        Some("ash" | "dash" | "sh") => {
            let prompt = match (own("PS1"), is_root(user)) {
                (Some(own), _) => own.as_str(),
                // As either shell has it by default; only busybox understands the directory.
                (None, true) => r"${RANDOM+\w }# ",
                (None, false) => r"${RANDOM+\w }$ ",
            };
            let marked = code(ASH)
                .trim_end()
                .replace(r"\e", "\u{1b}")
                .replace(r"\a", "\u{7}")
                .replace("{PROMPT}", prompt);
            [("PS1".to_owned(), marked)]
                .into_iter()
                .chain(bash())
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Whether there is shell integration: reports tell no more of it.
pub(super) fn is_on<S: Serializer>(env: &[(String, String)], s: S) -> Result<S::Ok, S::Error> {
    s.serialize_bool(!env.is_empty())
}

/// A script without its comments and indentation: it is sent with each twin.
fn code(script: &str) -> String {
    let lines = script.lines().map(str::trim_start);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .flat_map(|line| [line, "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Vec<String> {
        let env = integration(path, "0", None);
        env.into_iter().map(|(name, _)| name).collect()
    }

    fn image(env: &[(&str, &str)]) -> Image {
        let env = env.iter().map(|(n, v)| ((*n).into(), (*v).into()));
        Image {
            id: String::new(),
            tags: Vec::new(),
            digests: Vec::new(),
            os: "linux".into(),
            architecture: "amd64".into(),
            variant: String::new(),
            config: crate::domain::target::Config {
                env: env.collect(),
                ..Default::default()
            },
            layers: Vec::new(),
            folders: None,
        }
    }

    fn value(path: &str, user: &str, dev: Option<&Image>, name: &str) -> String {
        let env = integration(path, user, dev);
        env.into_iter().find(|(n, _)| n == name).unwrap().1
    }

    #[test]
    fn each_shell_gets_what_it_understands() {
        assert_eq!(names("/bin/bash"), ["PROMPT_COMMAND", SCRIPT]);
        for path in ["/bin/sh", "/busybox/sh", "/bin/ash", "dash"] {
            assert_eq!(names(path), ["PS1", "PROMPT_COMMAND", SCRIPT], "{path}");
        }
        for path in ["/usr/bin/fish", "/bin/zsh", "/bin/", ""] {
            assert!(names(path).is_empty(), "{path}");
        }
    }

    #[test]
    fn the_prompt_looks_as_the_shells_own() {
        for (user, end) in [("0", "# "), ("root", "# "), ("1000", "$ ")] {
            let prompt = value("/bin/sh", user, None, "PS1");
            let shown = format!(r"133;A{0}${{RANDOM+\]}}${{RANDOM+\w }}{end}", '\u{7}');
            assert!(prompt.contains(&shown), "{prompt:?}");
        }
    }

    #[test]
    fn what_the_dev_image_sets_goes_on_to_work() {
        let dev = image(&[("PS1", "dev> "), ("PROMPT_COMMAND", "date")]);
        let prompt = value("/bin/ash", "0", Some(&dev), "PS1");
        assert!(
            prompt.contains(r"${RANDOM+\]}dev> ${RANDOM+\[}"),
            "{prompt:?}"
        );
        let command = value("/bin/bash", "0", Some(&dev), "PROMPT_COMMAND");
        assert_eq!(command, format!("date\n{HOOK}"));
        assert_eq!(value("/bin/bash", "0", None, "PROMPT_COMMAND"), HOOK);
    }

    #[test]
    fn what_is_sent_is_short_and_the_script_knows_its_own_hook() {
        let script = value("/bin/bash", "0", None, SCRIPT);
        assert!(script.contains(&format!("='{HOOK}'\n")), "{script}");
        assert!(!script.lines().any(|line| line.starts_with(['#', ' '])));
        assert!(script.len() < 4096, "{} bytes", script.len());
    }
}
