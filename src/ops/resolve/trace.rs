//! Gathering what an image's files and history tell of where it comes from (domain.md §1.6). Nothing is run.

use futures_util::future::join_all;

use super::contents::{file, led, packages};
use crate::domain::error::Result;
use crate::domain::image::origin::{Apko, Libc, Origin, os_release};
use crate::domain::target::ContainerId;
use crate::engine::Engine;

/// What apko wrote down of its build.
const APKO: &str = "/etc/apko.json";
/// Which system it is.
const RELEASES: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];
/// Where apk's packages come from.
const REPOSITORIES: &str = "/etc/apk/repositories";
/// Bytes that are read of such a file.
const SMALL: u64 = 2 * 1024 * 1024;
/// Repositories that are kept.
const MAX_REPOSITORIES: usize = 16;
/// The loaders of C libraries: without its loader no dynamic program runs.
const LOADERS: [(&str, &str); 9] = [
    ("musl", "/lib/ld-musl-x86_64.so.1"),
    ("musl", "/lib/ld-musl-aarch64.so.1"),
    ("musl", "/lib/ld-musl-armhf.so.1"),
    ("glibc", "/lib64/ld-linux-x86-64.so.2"),
    ("glibc", "/lib/ld-linux-aarch64.so.1"),
    ("glibc", "/lib/ld-linux-armhf.so.3"),
    ("glibc", "/lib64/ld64.so.2"),
    ("glibc", "/lib/ld64.so.1"),
    ("glibc", "/lib/ld-linux-riscv64-lp64d.so.1"),
];

/// What is known of the image `image` (id) beside its name and labels; `id` is a container of it.
pub(super) async fn trace(engine: &dyn Engine, image: &str, id: &ContainerId) -> Origin {
    let (mut origin, notes) = futures_util::join!(files(engine, id), engine.history(image));
    let notes = known(notes).unwrap_or_default();
    origin.notes = notes.into_iter().map(|step| step.note).collect();
    origin
}

async fn files(engine: &dyn Engine, id: &ContainerId) -> Origin {
    let apko = file(engine, id, APKO, SMALL);
    let release = async {
        for path in RELEASES {
            if let Some(text) = file(engine, id, path, SMALL).await? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    };
    let repositories = file(engine, id, REPOSITORIES, SMALL);
    let (apko, release, repositories, packages, libc) = futures_util::join!(
        apko,
        release,
        repositories,
        packages(engine, id),
        libc(engine, id)
    );
    let text = |bytes: Option<Option<Vec<u8>>>| {
        let bytes = bytes.flatten().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let repositories = text(known(repositories));
    let lines = repositories.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    Origin {
        notes: Vec::new(),
        apko: known(apko)
            .flatten()
            .map(|text| Apko::parse(&text))
            .unwrap_or_default(),
        release: os_release(&text(known(release))),
        repositories: lines.take(MAX_REPOSITORIES).map(str::to_owned).collect(),
        packages: known(packages).flatten().unwrap_or_default(),
        libc: known(libc),
    }
}

async fn libc(engine: &dyn Engine, id: &ContainerId) -> Result<Libc> {
    // Collected first: a closure held over an await keeps the whole future from being `Send`.
    let questions: Vec<_> = LOADERS
        .iter()
        .map(|(_, path)| led(engine, id, path))
        .collect();
    let answers = join_all(questions).await;
    for ((name, path), there) in LOADERS.iter().zip(answers) {
        if there?.is_some() {
            return Ok(Libc {
                name,
                loader: Some((*path).to_owned()),
            });
        }
    }
    Ok(Libc {
        name: "static",
        loader: None,
    })
}

/// What is worth knowing, but no reason to fail.
fn known<T>(answer: Result<T>) -> Option<T> {
    answer
        .inspect_err(|error| tracing::debug!(%error, "a trace of the image is not known"))
        .ok()
}
