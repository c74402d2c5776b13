//! `devtwin man`: manual pages.

use std::path::PathBuf;

use clap_mangen::Man;

use crate::domain::error::{Error, ErrorKind, Result};

use super::command;
use super::output::print;

/// Print the manual page, or write the pages of all verbs into a folder
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin man | man -l -
  devtwin man --dir ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// Folder to write devtwin.1, devtwin-attach.1, … to; must exist
    #[arg(long)]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<u8> {
    if let Some(dir) = &args.dir {
        clap_mangen::generate_to(command(), dir).map_err(|e| {
            let message = format!("{} cannot be written: {e}", dir.display());
            Error::new(ErrorKind::Usage, message).hint("create the folder first")
        })?;
        return Ok(0);
    }
    let mut page = Vec::new();
    Man::new(command())
        .render(&mut page)
        .map_err(|e| Error::new(ErrorKind::Internal, format!("the manual page failed: {e}")))?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(0)
}
