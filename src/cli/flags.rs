//! The flags that say what twin the person wants: those of `exec`, and one more for `attach` and `plan`.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::config::{Config, PULL_WORDS, pull_policy};
use crate::domain::error::Error;
use crate::domain::image::{Reference, is_image_id};
use crate::domain::plan::{Mode, PullPolicy, Wishes};

#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TwinFlags {
    /// Dev image to use, instead of the one that devtwin finds
    #[arg(long, value_name = "REF", value_parser = image)]
    image: Option<String>,
    /// How the twin stands to the target [default: join where it runs, arena where it does not]
    #[arg(long, value_name = "MODE", value_enum)]
    mode: Option<Way>,
    /// In an arena, let the twin write into the target's volumes and binds
    #[arg(long)]
    writable_volumes: bool,
    /// User in the twin, by name or number [default: root]
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[arg(help = "Capabilities to add to SYS_PTRACE, such as NET_ADMIN,BPF; may be repeated")]
    #[arg(long, value_name = "CAP", value_delimiter = ',', value_parser = capability)]
    grant: Vec<String>,
    #[arg(help = "Namespaces to enter where the engine cannot share them; adds SYS_ADMIN")]
    #[arg(long, value_name = "NS", value_delimiter = ',')]
    share: Vec<Share>,
    /// Do not mount the target's volumes into the twin
    #[arg(long)]
    no_volumes: bool,
    /// Do not keep what a package manager downloads in a volume for later twins
    #[arg(long)]
    no_package_cache: bool,
    /// When to ask the registry for the dev image [default: missing, or what the configuration says]
    #[arg(long, value_name = "WHEN", value_parser = pull())]
    pull: Option<PullPolicy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Share {
    /// Shared memory and semaphores, where the target did not make them shareable
    Ipc,
    /// The host name
    Uts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// The twin joins the namespaces of a running target
    Join,
    /// The twin stands alone, with the files of a target that does not run at /target
    Arena,
    /// Attach waits for the target's next start, pauses it at once, and joins it; a key lets it go on
    Catch,
}

impl From<Way> for Mode {
    fn from(way: Way) -> Self {
        match way {
            Way::Join => Self::Join,
            Way::Arena => Self::Arena,
            Way::Catch => Self::Catch,
        }
    }
}

impl TwinFlags {
    /// The wishes: flags over configuration.
    pub(crate) fn wishes(self, config: &Config) -> Wishes {
        let share = |share: &Share| match share {
            Share::Ipc => "ipc".to_owned(),
            Share::Uts => "uts".to_owned(),
        };
        Wishes {
            mode: self.mode.map(Mode::from),
            writable_volumes: self.writable_volumes,
            image: self.image,
            dev_images: config.dev_images.clone(),
            user: self.user,
            folders: Vec::new(),
            gpus: None,
            merged: false,
            grants: self.grant,
            share: self.share.iter().map(share).collect(),
            no_volumes: self.no_volumes,
            pull: self.pull.unwrap_or(config.pull),
            no_package_cache: self.no_package_cache || !config.package_cache,
            no_shell_integration: !config.shell_integration,
            keep: false,
            brief: false,
        }
    }
}

/// The flags of a twin with a shell.
#[derive(Debug, clap::Args)]
pub(crate) struct ShellFlags {
    #[command(flatten)]
    twin: TwinFlags,
    /// Leave the twin for re-attach
    #[arg(long)]
    keep: bool,
}

impl ShellFlags {
    /// The wishes: flags over configuration.
    pub(crate) fn wishes(self, config: &Config) -> Wishes {
        Wishes {
            keep: self.keep,
            ..self.twin.wishes(config)
        }
    }
}

/// An image reference or id, so that a slip is told before the engine is asked.
pub(crate) fn image(text: &str) -> Result<String, String> {
    if is_image_id(text) {
        return Ok(text.to_owned());
    }
    match Reference::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(Error { message, hint, .. }) => Err(match hint {
            Some(hint) => format!("{message}\n\n{hint}"),
            None => message,
        }),
    }
}

pub(crate) fn capability(word: &str) -> Result<String, String> {
    let upper = word.trim().to_ascii_uppercase();
    let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
    let plain = |b: u8| b.is_ascii_uppercase() || b == b'_';
    if name == "ALL" {
        Err("name the capabilities one by one; devtwin never asks for all".to_owned())
    } else if name.is_empty() || !name.bytes().all(plain) {
        Err("a capability is a word such as NET_ADMIN".to_owned())
    } else {
        Ok(name.to_owned())
    }
}

pub(crate) fn pull() -> impl clap::builder::TypedValueParser<Value = PullPolicy> {
    PossibleValuesParser::new(PULL_WORDS).try_map(|word| {
        pull_policy(&word).ok_or("not a pull policy") // the words above are all that come here
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        flags: ShellFlags,
    }

    fn parse(line: &str) -> Result<ShellFlags, String> {
        let words = std::iter::once("x").chain(line.split_whitespace());
        Line::try_parse_from(words)
            .map(|line| line.flags)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn flags_become_wishes() {
        let flags = parse(
            "--image r/i:t --user 1000 --grant net_admin,CAP_SYS_TIME --grant BPF --share ipc,uts \
             --no-volumes --no-package-cache --pull never --mode arena --writable-volumes --keep",
        );
        assert_eq!(
            flags.unwrap().wishes(&Config::default()),
            Wishes {
                mode: Some(Mode::Arena),
                writable_volumes: true,
                image: Some("r/i:t".into()),
                dev_images: std::collections::BTreeMap::new(),
                user: Some("1000".into()),
                folders: Vec::new(),
                gpus: None,
                merged: false,
                grants: vec!["NET_ADMIN".into(), "SYS_TIME".into(), "BPF".into()],
                share: vec!["ipc".into(), "uts".into()],
                no_volumes: true,
                pull: PullPolicy::Never,
                no_package_cache: true,
                no_shell_integration: false,
                keep: true,
                brief: false,
            }
        );
    }

    #[test]
    fn no_mode_is_asked_for_unless_it_is() {
        let mode = |line| parse(line).unwrap().wishes(&Config::default()).mode;
        assert_eq!(mode(""), None);
        assert_eq!(mode("--mode join"), Some(Mode::Join));
        assert_eq!(mode("--mode catch"), Some(Mode::Catch));
    }

    #[test]
    fn the_configuration_decides_what_no_flag_says() {
        let config = Config {
            pull: PullPolicy::Always,
            ..Config::default()
        };
        let pull = |line| parse(line).unwrap().wishes(&config).pull;
        assert_eq!(pull(""), PullPolicy::Always);
        assert_eq!(pull("--pull missing"), PullPolicy::Missing);
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_reason() {
        for (line, why) in [
            ("--mode joim", "possible values: join, arena, catch"),
            ("--grant all", "one by one"),
            ("--grant CAP_", "such as NET_ADMIN"),
            ("--grant a;b", "such as NET_ADMIN"),
            ("--share pid", "possible values: ipc, uts"),
            ("--pull often", "possible values: always, missing, never"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
