//! The program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(devtwin::cli::run(std::env::args_os()))
}
