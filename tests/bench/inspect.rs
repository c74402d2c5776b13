//! The entrypoint inspector on a big image, against `docker create` and `docker rm`.

use std::io::{self, BufWriter, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::figures::{Figures, compare, megabytes};
use crate::support::docker::Image;
use crate::support::{Container, devtwin, docker, unique};

const ROUNDS: usize = 10;
/// Files that are put beside those of the fixture, of so many bytes each: 2 GB in all.
const FILES: usize = 60_000;
const SIZE: usize = 33_400;
/// What is to be read at most, in bytes.
const READ: u64 = 20_000_000;
/// An image with a static and a dynamic program.
const BASE: &str = "acme/sound:dynamic";

/// The report on an image of 2 GB and 60,000 files, without a twin.
pub(crate) fn inspect() {
    let image = Image::adopt(format!("devtwin-bench/{}:1", unique("big")));
    import(image.name());
    for (what, entrypoint) in [
        ("static", r#"["/usr/bin/web"]"#),
        ("dynamic", r#"["/app/greet"]"#),
    ] {
        let made = Image::adopt(format!("devtwin-bench/{}:1", unique(what)));
        {
            let container = Container::create(image.name(), &[], &["/x"]);
            let change = format!("ENTRYPOINT {entrypoint}");
            let commit = ["commit", "--change", &change, "--change", "USER 65532"];
            docker::ok(
                &[
                    &commit[..],
                    &["--change", "CMD []", container.name(), made.name()],
                ]
                .concat(),
            );
        }
        measure(what, made.name());
    }
}

fn measure(what: &str, image: &str) {
    let (mut ours, mut theirs) = (Figures::default(), Figures::default());
    let mut read = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let output = devtwin(&["entrypoint", "--json", image]);
        ours.push(start.elapsed());
        assert!(output.status.success(), "the image is sound: {output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).expect("a document");
        read = report["bytes_read"].as_u64().expect("a figure");

        let start = Instant::now();
        let name = unique("c");
        docker::ok(&[
            "create",
            "--name",
            &name,
            "--label",
            "dev.devtwin.test=bench",
            image,
        ]);
        docker::ok(&["rm", &name]);
        theirs.push(start.elapsed());
    }
    compare(
        &format!("report on a {what} program in an image of 2 GB"),
        &ours,
        "docker create + docker rm",
        &theirs,
        2.0,
    );
    println!(
        "  read of the engine: {:.1} MB (budget {:.0})",
        megabytes(read),
        megabytes(READ)
    );
}

/// Makes an image of 2 GB and 60,000 files: the files of the base, and many more.
pub(crate) fn import(name: &str) {
    let base = Container::create(BASE, &[], &[]);
    let mut export = piped(&["export", base.name()], Stdio::null());
    let mut import = piped(
        &[
            "import",
            "--change",
            "LABEL dev.devtwin.test=bench",
            "-",
            name,
        ],
        Stdio::piped(),
    );
    let mut files = tar::Archive::new(export.stdout.take().expect("its output"));
    let into = import.stdin.take().expect("its input");
    let mut all = tar::Builder::new(BufWriter::with_capacity(1 << 20, into));
    for entry in files.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let mut header = entry.header().clone();
        let path = entry.path().expect("a path").into_owned();
        match entry.link_name().expect("a link") {
            Some(target) => all.append_link(&mut header, path, target),
            None => all.append_data(&mut header, path, &mut entry),
        }
        .expect("docker takes it");
    }
    for number in 0..FILES {
        let mut header = tar::Header::new_gnu();
        header.set_size(SIZE as u64);
        header.set_mode(0o644);
        let path = format!("srv/data/{}/{number}", number / 250);
        all.append_data(&mut header, path, io::repeat(b'x').take(SIZE as u64))
            .expect("docker takes it");
    }
    drop(all.into_inner().expect("docker takes it"));
    for child in [&mut export, &mut import] {
        assert!(child.wait().is_ok_and(|s| s.success()), "docker ends well");
    }
}

fn piped(args: &[&str], input: Stdio) -> Child {
    let child = Command::new("docker")
        .args(args)
        .stdin(input)
        .stdout(Stdio::piped())
        .spawn();
    child.expect("docker runs")
}
