//! What the pair of a lab stands on: an image with a shell and apk, or the busybox of this machine.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::process::Command;

use super::programs;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::lesson::lab::{Base, OfferedBase};
use crate::domain::target::ContainerId;
use crate::domain::twin::Session;
use crate::domain::{Progress, Sink};
use crate::engine::Engine;
use crate::ops::resolve::{contents, probe};

/// Bytes that are read of one file of a base image.
const MOST: u64 = 8 << 20;

/// How long busybox may take to list its programs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where apk keeps what is installed.
const DATABASES: [&str; 2] = ["/usr/lib/apk/db/installed", "/lib/apk/db/installed"];

/// `assets/lab/lab.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    bases: Vec<String>,
    busybox: Vec<String>,
    without: Vec<String>,
    pub(super) shared: Vec<String>,
}

/// What a lab can stand on, as data.
///
/// # Errors
/// Our own fault: the data is a part of the program.
pub(super) fn data() -> Result<Data> {
    toml::from_str(include_str!("../../../assets/lab/lab.toml"))
        .map_err(|e| Error::new(ErrorKind::Internal, format!("assets/lab/lab.toml: {e}")))
}

/// What the dev image of a lab is made from.
#[derive(Debug)]
pub(super) enum Ground {
    /// An image.
    Image(OfImage),
    /// This machine.
    Own(BusyBox),
}

/// What is read of a base image. Texts are empty where there is no such file.
#[derive(Debug, Default)]
pub(super) struct OfImage {
    pub(super) reference: String,
    /// Path of apk's installed database.
    pub(super) database_path: String,
    pub(super) database: String,
    pub(super) world: String,
    pub(super) repositories: String,
    pub(super) os_release: String,
    pub(super) passwd: String,
    pub(super) group: String,
    pub(super) certificates: Bytes,
}

/// The busybox of this machine.
#[derive(Debug)]
pub(super) struct BusyBox {
    pub(super) program: Bytes,
    /// `1.36.1`.
    pub(super) version: String,
    /// Programs that it can be, itself and those of package managers left out.
    pub(super) applets: Vec<String>,
}

/// What a lab can stand on here, the best first.
pub(super) async fn offered(engine: &dyn Engine) -> Result<Vec<OfferedBase>> {
    let data = data()?;
    let machine = engine.machine().await?;
    programs::web(&machine)?;
    let mut offered = Vec::new();
    for reference in &data.bases {
        let image = engine.image(reference).await?;
        // One for another processor is not what a pull would bring.
        let here = image.is_some_and(|image| image.architecture == machine);
        offered.push(OfferedBase {
            base: Base::Image(reference.clone()),
            here,
        });
    }
    if busybox(&data, &machine).await.is_ok() {
        offered.push(OfferedBase {
            base: Base::Own,
            here: true,
        });
    }
    Ok(offered)
}

/// Has the base here, pulls it where it is not.
pub(super) async fn ground(
    engine: &dyn Engine,
    session: &Session,
    base: &Base,
    machine: &str,
    sink: Sink<'_>,
) -> Result<Ground> {
    let reference = match base {
        Base::Own => return Ok(Ground::Own(busybox(&data()?, machine).await?)),
        Base::Image(reference) => reference,
    };
    let mut image = engine.image(reference).await?;
    if image.is_none() {
        sink(Progress::Step(format!("pulling {reference}")));
        engine.pull(reference, None, sink).await?;
        image = engine.image(reference).await?;
    }
    let image = image.ok_or_else(|| {
        let message = format!("{reference} was pulled and is not there");
        Error::new(ErrorKind::Engine, message).hint("did something prune images? try again")
    })?;
    if image.architecture != machine {
        let message = format!(
            "{reference} is for {}, and the engine's machine is {machine}",
            image.architecture
        );
        return Err(Error::new(ErrorKind::NoDevImage, message)
            .hint(format!("docker pull {reference} fetches the right one")));
    }
    sink(Progress::Step(format!("reading {reference}")));
    let id = engine.create(&probe::plan(&image, session), None).await?;
    let read = read(engine, &id, reference).await;
    probe::removed(engine, &id).await;
    read.map(Ground::Image)
}

async fn read(engine: &dyn Engine, id: &ContainerId, reference: &str) -> Result<OfImage> {
    let bytes = async |path: &str| {
        let read = contents::read(engine, id, path, MOST).await?;
        Ok::<_, Error>(read.map(|(bytes, _)| bytes).unwrap_or_default())
    };
    let text = async |path: &str| {
        Ok::<_, Error>(String::from_utf8_lossy(&bytes(path).await?).into_owned())
    };
    let mut of = OfImage {
        reference: reference.to_owned(),
        world: text("/etc/apk/world").await?,
        repositories: text("/etc/apk/repositories").await?,
        os_release: text("/etc/os-release").await?,
        passwd: text("/etc/passwd").await?,
        group: text("/etc/group").await?,
        certificates: bytes("/etc/ssl/certs/ca-certificates.crt").await?.into(),
        ..OfImage::default()
    };
    for path in DATABASES {
        let Some(path) = contents::led(engine, id, path).await? else {
            continue;
        };
        of.database = text(&path).await?;
        of.database_path = path;
        return Ok(of);
    }
    let message = format!("{reference} has no apk database, so that no lab can stand on it");
    Err(Error::new(ErrorKind::NoDevImage, message).hint("choose another base"))
}

/// The static busybox of this machine.
async fn busybox(data: &Data, machine: &str) -> Result<BusyBox> {
    for path in &data.busybox {
        let Ok(program) = std::fs::read(path) else {
            continue;
        };
        let is_good = programs::read(&program)
            .is_some_and(|elf| elf.interpreter.is_none() && elf.architecture() == Some(machine));
        if !is_good {
            continue;
        }
        let applets = said(path, &["--list"]).await?;
        let applets = applets.lines().map(str::trim);
        let applets =
            applets.filter(|name| is_applet(name) && !data.without.iter().any(|w| w == name));
        return Ok(BusyBox {
            program: program.into(),
            version: version(&said(path, &[]).await?),
            applets: applets.map(str::to_owned).collect(),
        });
    }
    let message =
        "this machine has no static busybox for the engine's processor to make a lab from";
    Err(Error::new(ErrorKind::NoDevImage, message)
        .hint("apt-get install busybox-static, or let devtwin pull a base image"))
}

/// `BusyBox v1.36.1 (…) multi-call binary.`
fn version(said: &str) -> String {
    let behind = said.split("BusyBox v").nth(1);
    let version = behind.and_then(|rest| rest.split_whitespace().next());
    let is_version = |v: &&str| v.chars().all(|c| c.is_ascii_digit() || c == '.');
    version.filter(is_version).unwrap_or("1").to_owned()
}

/// Whether it can be the name of a link below `/usr/bin`.
fn is_applet(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains('/')
}

async fn said(path: &str, args: &[&str]) -> Result<String> {
    let mut command = Command::new(Path::new(path));
    command.args(args).stdin(Stdio::null()).kill_on_drop(true);
    let failed = |why: String| {
        Error::new(
            ErrorKind::NoDevImage,
            format!("{path} cannot be asked what it can do: {why}"),
        )
        .hint("let devtwin pull a base image")
    };
    match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(Ok(output)) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(Err(e)) => Err(failed(e.to_string())),
        Err(_) => Err(failed(format!("no answer within {} s", PATIENCE.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_of_labs_can_be_read() {
        let data = data().unwrap();
        assert_eq!(data.bases[0], "cgr.dev/chainguard/wolfi-base:latest");
        assert!(data.without.iter().any(|name| name == "dpkg"));
    }

    #[test]
    fn the_version_of_busybox_is_in_its_first_words() {
        let debian = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1) multi-call binary.\n";
        assert_eq!(version(debian), "1.35.0");
        assert_eq!(
            version("BusyBox v1.37.0.git (2025) multi-call binary."),
            "1"
        );
        assert_eq!(version("nothing"), "1");
    }
}
