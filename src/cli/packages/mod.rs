//! `devtwin packages`: tools for a twin, by its own package manager; nothing goes into the target, unless the
//! person says so twice.
//!
//! `place` finds or makes the twin, `wanted` reads what is meant by the names, `text` prints; the rest is a file
//! for each verb.

mod change;
mod list;
mod place;
mod search;
mod text;
mod wanted;

pub(super) use change::news;
pub(super) use text::explain;
pub(super) use wanted::meant;

use clap::Subcommand;

use crate::domain::error::Result;

use super::context::Context;

/// Find, install and remove packages in a twin
///
/// TARGET is a container or a twin. Of a container the newest twin that runs beside it is used, if there is one;
/// else `search` and `list` make one for a moment, and `add`, `del` and `upgrade` make one and keep it:
/// `devtwin attach TWIN` opens it, `devtwin exec TWIN -- COMMAND` runs a command in it.
/// Packages are installed as root by the twin's own package manager. The container itself is not changed.
#[derive(Debug, clap::Args)]
#[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
#[command(disable_help_subcommand = true, arg_required_else_help = false)]
#[command(after_long_help = "\
Examples:
  devtwin packages search web dig
  devtwin packages add web curl strace
  devtwin packages add web --toolkit net --dry-run
  devtwin packages list web
  devtwin packages del web strace")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Search(search::Args),
    Add(change::Add),
    Del(change::Del),
    Upgrade(change::Upgrade),
    List(list::Args),
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    match args.verb {
        Verb::Search(args) => search::run(context, args).await,
        Verb::Add(args) => change::add(context, args).await,
        Verb::Del(args) => change::del(context, args).await,
        Verb::Upgrade(args) => change::upgrade(context, args).await,
        Verb::List(args) => list::run(context, args).await,
    }
}
