//! The comparison of two images of 60,000 files and 400 packages, against docker's own ways to the same bytes.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Read as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::figures::{Figures, compare, megabytes, memory};
use crate::support::docker::Image;
use crate::support::{Container, devtwin, devtwin_path, unique};

const ROUNDS: usize = 3;
const PACKAGES: usize = 400;
/// Files of each package.
const EACH: usize = 150;
/// Bytes of each file.
const SIZE: usize = 4_000;
/// What the program may take of memory in a comparison of everything, in bytes.
const MEMORY: u64 = 150_000_000;

/// Packages and configuration; then everything, with its memory.
pub(crate) fn sides() {
    let images =
        ["left", "right"].map(|side| Image::adopt(format!("devtwin-bench/{}:1", unique(side))));
    let [left, right] = [&images[0], &images[1]].map(Image::name);
    import(left, 0);
    import(right, 1);
    let (mut quick, mut create) = (Figures::default(), Figures::default());
    let (mut whole, mut export) = (Figures::default(), Figures::default());
    let mut peak = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let output = devtwin(&["compare", left, right, "--packages", "--config"]);
        quick.push(start.elapsed());
        assert!(output.status.success(), "{output:?}");

        let start = Instant::now();
        let containers = [left, right].map(|image| Container::create(image, &[], &["/x"]));
        create.push(start.elapsed());

        let start = Instant::now();
        for container in &containers {
            let line = format!("docker export {} | tar t > /dev/null", container.name());
            let status = Command::new("sh").args(["-c", &line]).status();
            assert!(status.expect("a shell").success());
        }
        export.push(start.elapsed());
        drop(containers);

        let start = Instant::now();
        let child = Command::new(devtwin_path())
            .args(["compare", left, right, "--json"])
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.expect("devtwin runs");
        let mut stdout = child.stdout.take().expect("its output");
        let pid = child.id();
        // What it prints comes at its end, when it has taken the most that it takes.
        let mut first = [0];
        stdout.read_exact(&mut first).expect("a document");
        peak = peak.max(memory(pid, "VmHWM"));
        io::copy(&mut stdout, &mut io::sink()).expect("the rest");
        assert!(child.wait().expect("its end").success());
        whole.push(start.elapsed());
    }
    compare(
        "packages and configuration of two images",
        &quick,
        "2 × docker create",
        &create,
        3.0,
    );
    println!("  within {:.0} ms (budget 2000)", quick.percentile(100));
    compare(
        "all of two images of 60,000 files",
        &whole,
        "2 × docker export | tar t",
        &export,
        2.0,
    );
    println!(
        "  memory at most {:.0} MB (budget {:.0})",
        megabytes(peak),
        megabytes(MEMORY)
    );
}

/// Makes an image of many packages; of those of the second one every tenth has another version and other content.
fn import(name: &str, second: usize) {
    let import = Command::new("docker")
        .args([
            "import",
            "--change",
            "LABEL dev.devtwin.test=bench",
            "-",
            name,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let mut import = import.expect("docker runs");
    let into = import.stdin.take().expect("its input");
    let mut all = tar::Builder::new(BufWriter::with_capacity(1 << 20, into));
    let mut database = String::new();
    let mut add = |path: &str, size: usize, byte: u8| {
        let mut header = tar::Header::new_gnu();
        header.set_size(size as u64);
        header.set_mode(0o644);
        let content = io::repeat(byte).take(size as u64);
        all.append_data(&mut header, path, content)
            .expect("docker takes it");
    };
    for package in 0..PACKAGES {
        let version = if package % 10 == 0 { second } else { 0 };
        let size = SIZE * EACH;
        let _ = write!(
            database,
            "P:package-{package}\nV:1.{version}-r0\nI:{size}\no:package-{package}\nF:usr/lib/{package}\n"
        );
        for file in 0..EACH {
            let _ = writeln!(database, "R:{file}");
            add(
                &format!("usr/lib/{package}/{file}"),
                SIZE,
                b'a' + u8::from(version > 0),
            );
        }
        database.push('\n');
    }
    let mut header = tar::Header::new_gnu();
    header.set_size(database.len() as u64);
    header.set_mode(0o644);
    let added = all.append_data(&mut header, "usr/lib/apk/db/installed", database.as_bytes());
    added.expect("docker takes it");
    drop(all.into_inner().expect("docker takes it"));
    assert!(
        import.wait().is_ok_and(|status| status.success()),
        "docker ends well"
    );
}
