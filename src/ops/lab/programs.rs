//! The programs that devtwin brings along for labs: what `assets/lab/build.rs` compiled, and the loader of this machine.

use std::path::Path;

use bytes::Bytes;

use crate::domain::elf::{self, Capture};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::lesson::lab::{Program, ProgramName};

include!(concat!(env!("OUT_DIR"), "/lab.rs"));

/// Where the loaders of dynamic programs stand, by the names in which images have their processors.
const LOADERS: [(&str, &str); 2] = [
    ("amd64", "/lib64/ld-linux-x86-64.so.2"),
    ("arm64", "/lib/ld-linux-aarch64.so.1"),
];

/// `e_machine` in an ELF file's head: at this byte, two bytes.
const MACHINE: usize = 18;
const AMD64: u16 = 62;
const ARM64: u16 = 183;

/// The lab app for an engine on such a machine.
///
/// # Errors
/// This build has none, or one for another processor.
pub(super) fn web(machine: &str) -> Result<Bytes> {
    let Some(program) = WEB else {
        let message = "this build of devtwin has no lab app, so that it cannot make a lab";
        return Err(Error::new(ErrorKind::Usage, message).hint(
            "build it where Rust can link a static Linux program: rustup target add x86_64-unknown-linux-musl \
             (or aarch64-…), or install the static C library",
        ));
    };
    if machine != ARCHITECTURE {
        let message = format!(
            "the engine's machine is {machine}, and the lab app of this devtwin is for {ARCHITECTURE}"
        );
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("run devtwin learn with an engine of the same processor"));
    }
    Ok(Bytes::from_static(program))
}

/// A program for a file of an image.
///
/// # Errors
/// In words, why there is none: what stands on it is left out.
pub(super) fn program(wanted: &Program) -> Result<Bytes, String> {
    let bytes = match wanted.program {
        ProgramName::Web => WEB.map(Bytes::from_static).ok_or(NONE.to_owned()),
        ProgramName::WebDynamic => WEB_DYNAMIC.map(Bytes::from_static).ok_or(NONE.to_owned()),
        ProgramName::Loader => loader(),
    }?;
    match &wanted.claims {
        None => Ok(bytes),
        Some(claims) => claiming(&bytes, claims),
    }
}

const NONE: &str = "this build of devtwin has no such program";

/// Where the dynamic app looks for its loader.
pub(super) fn loader_path() -> Option<String> {
    // What the app asks for is the truth; the table says where it mostly stands.
    let asked = WEB_DYNAMIC.and_then(interpreter);
    let usual = LOADERS.iter().find(|(machine, _)| *machine == ARCHITECTURE);
    asked.or_else(|| usual.map(|(_, path)| (*path).to_owned()))
}

/// The loader of this machine, for the processor of the lab app.
fn loader() -> Result<Bytes, String> {
    let path = loader_path().ok_or("no loader is known for this processor")?;
    let bytes = std::fs::read(Path::new(&path)).map_err(|e| format!("{path}: {e}"))?;
    Ok(bytes.into())
}

/// The loader that a program asks for.
pub(super) fn interpreter(program: &[u8]) -> Option<String> {
    read(program)?.interpreter
}

/// What an ELF file says of itself; none when it is none.
pub(super) fn read(program: &[u8]) -> Option<elf::Elf> {
    let mut capture = Capture::new(program.len() as u64);
    capture.feed(program);
    capture.finish().ok()
}

/// The program with a head that says it is for another processor. A program for the one that it names already gets the
/// other common one: the kernel shall refuse it.
fn claiming(program: &[u8], claims: &str) -> Result<Bytes, String> {
    let claimed = match claims {
        "amd64" => AMD64,
        "arm64" => ARM64,
        other => return Err(format!("no processor is known as {other}: amd64 or arm64")),
    };
    let mut bytes = program.to_vec();
    let field = bytes
        .get_mut(MACHINE..MACHINE + 2)
        .ok_or("the program has no head")?;
    let true_one = u16::from_le_bytes([field[0], field[1]]);
    let claimed = match claimed {
        same if same == true_one && same == ARM64 => AMD64,
        same if same == true_one => ARM64,
        other => other,
    };
    field.copy_from_slice(&claimed.to_le_bytes());
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(program: ProgramName, claims: Option<&str>) -> Program {
        Program {
            program,
            claims: claims.map(Into::into),
        }
    }

    #[test]
    fn the_lab_app_is_static_and_small_and_for_this_processor() {
        let app = web(ARCHITECTURE).unwrap();
        let elf = read(&app).unwrap();
        assert_eq!(elf.architecture(), Some(ARCHITECTURE));
        assert_eq!((elf.interpreter, elf.needed), (None, Vec::new()));
        assert!(app.len() < 1_600_000, "{} bytes", app.len());
    }

    #[test]
    fn an_engine_of_another_processor_is_refused_with_both_names() {
        let error = web("riscv64").unwrap_err();
        assert!(error.message.contains("riscv64") && error.message.contains(ARCHITECTURE));
        assert!(error.hint.is_some());
    }

    #[test]
    fn the_dynamic_app_asks_for_a_loader_and_a_c_library() {
        let app = program(&wanted(ProgramName::WebDynamic, None)).unwrap();
        let elf = read(&app).unwrap();
        assert!(elf.interpreter.is_some());
        assert!(elf.needed.iter().any(|name| name.starts_with("libc.")));
    }

    #[test]
    fn a_program_that_claims_another_processor_differs_in_its_head_alone() {
        let own = program(&wanted(ProgramName::Web, None)).unwrap();
        for claims in ["amd64", "arm64"] {
            let other = program(&wanted(ProgramName::Web, Some(claims))).unwrap();
            let said = read(&other).unwrap().architecture();
            // Whatever is claimed, it is never the right one.
            assert_ne!(said, Some(ARCHITECTURE));
            assert!(matches!(said, Some("amd64" | "arm64")));
            let differ = own.iter().zip(&other).filter(|(a, b)| a != b).count();
            assert!((1..=2).contains(&differ) && own.len() == other.len());
        }
        let error = program(&wanted(ProgramName::Web, Some("vax"))).unwrap_err();
        assert!(error.contains("vax"));
    }
}
