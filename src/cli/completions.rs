//! `devtwin completions`: scripts that let a shell complete devtwin's words.

use clap_complete::Shell;

use crate::domain::error::Result;

use super::command;
use super::output::print;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin completions bash > ~/.local/share/bash-completion/completions/devtwin
  devtwin completions zsh > ~/.zfunc/_devtwin
  devtwin completions fish > ~/.config/fish/completions/devtwin.fish")]
pub(crate) struct Args {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Result<u8> {
    // Into memory first: the generator panics when its writer fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "devtwin", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
