//! `devtwin explore`: the TUI on the dev image of an image.

use crate::app::Start;
use crate::config::Config;
use crate::domain::error::Result;
use crate::domain::plan::{Mode, PullPolicy, Wishes};

use super::attach;
use super::context::Context;
use super::flags;

/// Open a root shell in the dev image of an image, without a container
///
/// Finds the image's dev image, pulls it if it is not here, and starts it alone: a place to try build steps by hand,
/// with a shell and a package manager. Nothing is shared with anyone. The twin is removed when you quit, unless you
/// say --keep; then `devtwin ls` shows it, and `devtwin attach TWIN` opens it again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin explore cgr.dev/chainguard/python:latest
  devtwin explore --user 65532 acme/web:1.4
  devtwin plan acme/web:1.4")]
pub(crate) struct Args {
    #[arg(help = "Image, by any reference or id; it need not be here", value_parser = flags::image)]
    image: String,
    /// Dev image to use, instead of the one that devtwin finds
    #[arg(long = "image", value_name = "REF", value_parser = flags::image)]
    dev: Option<String>,
    /// User in the twin, by name or number [default: root]
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[arg(help = "Capabilities to add, such as SYS_PTRACE,NET_ADMIN; may be repeated")]
    #[arg(long, value_name = "CAP", value_delimiter = ',', value_parser = flags::capability)]
    grant: Vec<String>,
    /// Leave the twin for re-attach
    #[arg(long)]
    keep: bool,
    /// When to ask the registry for the dev image [default: missing, or what the configuration says]
    #[arg(long, value_name = "WHEN", value_parser = flags::pull())]
    pull: Option<PullPolicy>,
    /// Do not keep what a package manager downloads in a volume for later twins
    #[arg(long)]
    no_package_cache: bool,
}

impl Args {
    /// The wishes: flags over configuration.
    fn wishes(self, config: &Config) -> Wishes {
        Wishes {
            mode: Some(Mode::Explore),
            image: self.dev,
            dev_images: config.dev_images.clone(),
            user: self.user,
            grants: self.grant,
            pull: self.pull.unwrap_or(config.pull),
            no_package_cache: self.no_package_cache || !config.package_cache,
            no_shell_integration: !config.shell_integration,
            keep: self.keep,
            ..Wishes::default()
        }
    }
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    attach::require_terminal(
        "explore",
        "devtwin plan IMAGE shows the docker run line that starts the same twin",
    )?;
    let image = args.image.clone();
    let wishes = args.wishes(&context.config()?);
    let start = Start::Attach {
        target: image,
        wishes,
    };
    Box::pin(attach::open(context, start)).await
}
