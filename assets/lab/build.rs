//! Compiles the lab app (`web.rs`), static and dynamic, for the processor that devtwin is built for, so that devtwin can
//! embed both: `OUT_DIR/lab.rs` says what there is. Where the toolchain cannot, devtwin is built without them and says so.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = "assets/lab/web.rs";

fn main() {
    println!("cargo:rerun-if-changed={SOURCE}");
    println!("cargo:rerun-if-changed=assets/lab/build.rs");
    let out = PathBuf::from(variable("OUT_DIR"));
    let architecture = match variable("CARGO_CFG_TARGET_ARCH").as_str() {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => {
            println!(
                "cargo:warning=no lab app for {other}: devtwin learn will not be able to make its labs"
            );
            return write(&out, "", None, None);
        }
    };
    let fixed = first(&out.join("web"), &ways(true));
    let dynamic = first(&out.join("web-dynamic"), &ways(false));
    match &fixed {
        Err(why) => println!(
            "cargo:warning=the lab app was not built, devtwin learn cannot make its labs: {why}"
        ),
        Ok(_) => {
            if let Err(why) = &dynamic {
                println!("cargo:warning=the dynamic lab app was not built: {why}");
            }
        }
    }
    write(
        &out,
        architecture,
        fixed.ok().as_deref(),
        dynamic.ok().as_deref(),
    );
}

/// How to compile, the best way first: each a target and the options that are its own.
fn ways(fixed: bool) -> Vec<(String, Vec<String>)> {
    let target = variable("TARGET");
    let musl = format!("{}-unknown-linux-musl", variable("CARGO_CFG_TARGET_ARCH"));
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    // A file without relocations is smaller, and runs wherever an image can be unpacked.
    let kind = if fixed {
        words(&["-Ctarget-feature=+crt-static", "-Crelocation-model=static"])
    } else {
        words(&["-Ctarget-feature=-crt-static"])
    };
    let mut ways = Vec::new();
    if variable("CARGO_CFG_TARGET_OS") == "linux" {
        let linker = env::var("RUSTC_LINKER").ok();
        let linker = linker.map(|linker| format!("-Clinker={linker}"));
        ways.push((
            target,
            [kind.clone(), linker.into_iter().collect()].concat(),
        ));
    }
    // Rust brings what musl needs, and a linker: no C compiler, and no static glibc of the machine.
    if fixed {
        let own = words(&["-Clinker=rust-lld", "-Clink-self-contained=yes"]);
        ways.push((musl, [kind, own].concat()));
    }
    ways
}

/// Compiles in the first way that works.
fn first(program: &Path, ways: &[(String, Vec<String>)]) -> Result<PathBuf, String> {
    let mut whys = Vec::new();
    for (target, options) in ways {
        match compile(program, target, options) {
            Ok(()) => return Ok(program.to_owned()),
            Err(why) => whys.push(format!("{target}: {why}")),
        }
    }
    match whys.is_empty() {
        true => Err("nothing here can link for Linux".to_owned()),
        false => Err(whys.join("; ")),
    }
}

fn compile(program: &Path, target: &str, options: &[String]) -> Result<(), String> {
    let shared = [
        "--edition=2024",
        "--crate-name=web",
        "--crate-type=bin",
        "-Copt-level=s",
        "-Cpanic=abort",
        "-Cstrip=symbols",
    ];
    let done = Command::new(variable("RUSTC"))
        .args(shared)
        .args(["--target", target])
        .args(options)
        .arg("-o")
        .arg(program)
        .arg(SOURCE)
        .output()
        .map_err(|error| error.to_string())?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let error = said.lines().find(|line| line.starts_with("error"));
    Err(error.unwrap_or("the compiler failed").to_owned())
}

fn write(out: &Path, architecture: &str, fixed: Option<&Path>, dynamic: Option<&Path>) {
    let bytes = |program: Option<&Path>| match program {
        Some(program) => format!("Some(include_bytes!({:?}))", program.display().to_string()),
        None => "None".to_owned(),
    };
    let text = format!(
        "/// Of which processor the programs are, as images name it; empty when there are none.\n\
         const ARCHITECTURE: &str = {architecture:?};\n\
         /// The static lab app.\n\
         const WEB: Option<&[u8]> = {};\n\
         /// The dynamic one.\n\
         const WEB_DYNAMIC: Option<&[u8]> = {};\n",
        bytes(fixed),
        bytes(dynamic)
    );
    fs::write(out.join("lab.rs"), text).expect("OUT_DIR can be written to");
}

fn variable(name: &str) -> String {
    env::var(name).expect("cargo sets it")
}
