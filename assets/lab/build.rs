//! Compiles the lab app (`web.rs`), static and dynamic, for the processor that devtwin is built for, so that devtwin can
//! embed both: `OUT_DIR/lab.rs` says what there is. Where the toolchain cannot, devtwin is built without them and says so.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script everything by its environment"
)]

use std::env::{self, VarError};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = "assets/lab/web.rs";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={SOURCE}");
    println!("cargo:rerun-if-changed=assets/lab/build.rs");
    let toolchain = Toolchain::of_cargo()?;
    let architecture = match toolchain.arch.as_str() {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => {
            warn(&format!(
                "the lab app cannot be for {other}: devtwin learn will make no labs"
            ));
            return Ok(toolchain.write("", None, None)?);
        }
    };
    let fixed = toolchain.first("web", &toolchain.fixed());
    let dynamic = toolchain.first("web-dynamic", &toolchain.dynamic());
    if let Err(why) = &fixed {
        warn(&format!(
            "the lab app was not built, devtwin learn will make no labs: {why}"
        ));
    } else if let Err(why) = &dynamic {
        warn(&format!("the dynamic lab app was not built: {why}"));
    }
    Ok(toolchain.write(architecture, fixed.ok(), dynamic.ok())?)
}

fn warn(text: &str) {
    println!("cargo:warning={text}");
}

/// A target, and the options that are its own.
struct Way {
    target: String,
    options: Vec<String>,
}

impl Way {
    fn new(target: &str, options: &[&str]) -> Self {
        Self {
            target: target.to_owned(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
        }
    }
}

/// What cargo says of this build.
struct Toolchain {
    rustc: String,
    target: String,
    arch: String,
    is_linux: bool,
    linker: Option<String>,
    out: PathBuf,
}

impl Toolchain {
    fn of_cargo() -> Result<Self, VarError> {
        Ok(Self {
            rustc: env::var("RUSTC")?,
            target: env::var("TARGET")?,
            arch: env::var("CARGO_CFG_TARGET_ARCH")?,
            is_linux: env::var("CARGO_CFG_TARGET_OS")? == "linux",
            linker: env::var("RUSTC_LINKER").ok(),
            out: env::var("OUT_DIR")?.into(),
        })
    }

    /// How a static program can be made, the best way first.
    fn fixed(&self) -> Vec<Way> {
        // A file without relocations is smaller, and runs wherever an image can be unpacked.
        let kind = ["-Ctarget-feature=+crt-static", "-Crelocation-model=static"];
        // Rust brings what musl needs, and a linker: no C compiler, and no static C library of the machine.
        let own = ["-Clinker=rust-lld", "-Clink-self-contained=yes"];
        let musl = format!("{}-unknown-linux-musl", self.arch);
        let mut ways = self.native(&kind);
        ways.push(Way::new(&musl, &[&kind[..], &own].concat()));
        ways
    }

    fn dynamic(&self) -> Vec<Way> {
        self.native(&["-Ctarget-feature=-crt-static"])
    }

    /// For devtwin's own target, where that is Linux.
    fn native(&self, options: &[&str]) -> Vec<Way> {
        let mut way = Way::new(&self.target, options);
        let linker = self
            .linker
            .iter()
            .map(|linker| format!("-Clinker={linker}"));
        way.options.extend(linker);
        if self.is_linux { vec![way] } else { Vec::new() }
    }

    /// Compiles in the first way that works.
    fn first(&self, name: &str, ways: &[Way]) -> Result<PathBuf, String> {
        let program = self.out.join(name);
        let mut failures = Vec::new();
        for way in ways {
            match self.compile(&program, way) {
                Ok(()) => return Ok(program),
                Err(why) => failures.push(format!("{}: {why}", way.target)),
            }
        }
        if failures.is_empty() {
            failures.push("nothing here links for Linux".to_owned());
        }
        Err(failures.join("; "))
    }

    fn compile(&self, program: &Path, way: &Way) -> Result<(), String> {
        let done = Command::new(&self.rustc)
            .args(["--edition=2024", "--crate-name=web", "--crate-type=bin"])
            .args(["-Copt-level=s", "-Cpanic=abort", "-Cstrip=symbols"])
            .args(["--target", &way.target])
            .args(&way.options)
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

    fn write(
        &self,
        architecture: &str,
        fixed: Option<PathBuf>,
        dynamic: Option<PathBuf>,
    ) -> std::io::Result<()> {
        let bytes = |program: Option<PathBuf>| match program {
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
        fs::write(self.out.join("lab.rs"), text)
    }
}
