//! The pair that every lab has: `web:latest`, an application without a shell, and its dev image `web:latest-dev`. What is in
//! them is as Wolfi has it, as far as devtwin looks: system, accounts, package database. Pure, but for what is embedded.

use bytes::Bytes;

use super::base::{BusyBox, Data, Ground, OfImage};
use super::layer::Layer;
use super::record::Made;

const PROD: &str = include_str!("../../../assets/lab/web.Dockerfile");
const DEV: &str = include_str!("../../../assets/lab/web-dev.Dockerfile");

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin";
const NONROOT: u64 = 65532;
/// Where the packages of the lab lie in the dev image.
const REPOSITORY: &str = "usr/share/lab/packages";
/// What production images name: nobody asks it, since they have no apk.
const ELSEWHERE: &str = "https://apk.cgr.dev/chainguard\n";

const OS_RELEASE: &str = "ID=wolfi\nNAME=\"Wolfi\"\nPRETTY_NAME=\"Wolfi\"\nVERSION_ID=\"20230201\"\n\
     HOME_URL=\"https://wolfi.dev\"\nBUG_REPORT_URL=\"https://github.com/wolfi-dev/os/issues\"\n";
const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:Account created by apko:/home/nonroot:/bin/sh\n";
const GROUP: &str = "root:x:0:root\ntty:x:5:\nnonroot:x:65532:\n";
const CERTIFICATES: &str = "# A stand-in of devtwin's lab: with it nobody is trusted.\n";

/// An image to build: its name in the lab, its Dockerfile, what `ADD` finds, and values of `ARG`.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) name: &'static str,
    pub(super) dockerfile: &'static str,
    pub(super) files: Layer,
    pub(super) args: Vec<(String, String)>,
}

/// The packages of the lab for one processor.
struct Packages {
    arch: &'static str,
    key: &'static str,
    files: [(&'static str, &'static [u8]); 3],
}

macro_rules! packages {
    ($arch:literal) => {
        Packages {
            arch: $arch,
            key: concat!("lab-", $arch, ".rsa.pub"),
            files: [
                (
                    "APKINDEX.tar.gz",
                    include_bytes!(concat!(
                        "../../../assets/lab/repository/",
                        $arch,
                        "/APKINDEX.tar.gz"
                    )),
                ),
                (
                    "probe-1.0-r0.apk",
                    include_bytes!(concat!(
                        "../../../assets/lab/repository/",
                        $arch,
                        "/probe-1.0-r0.apk"
                    )),
                ),
                (
                    concat!("lab-", $arch, ".rsa.pub"),
                    include_bytes!(concat!(
                        "../../../assets/lab/repository/",
                        $arch,
                        "/lab-",
                        $arch,
                        ".rsa.pub"
                    )),
                ),
            ],
        }
    };
}

/// Those for a machine, as images name it.
fn packages(machine: &str) -> Packages {
    match machine {
        "arm64" => packages!("aarch64"),
        _ => packages!("x86_64"),
    }
}

/// The two images of a lab: production, then development.
pub(super) fn recipes(
    web: &Bytes,
    machine: &str,
    ground: &Ground,
    data: &Data,
    lab: &str,
) -> std::io::Result<[Recipe; 2]> {
    let packages = packages(machine);
    let (mut prod, mut dev, args) = match ground {
        Ground::Own(busybox) => {
            let (base, tools) = (base_packages(None, data), tools(busybox));
            let all = [base.clone(), vec![web_package(web)], tools].concat();
            let shared = [base, vec![web_package(web)]].concat();
            let mut dev = root(&all, &packages, OS_RELEASE, &format!("/{REPOSITORY}\n"));
            dev.merge(&repository(&packages));
            (
                root(&shared, &packages, OS_RELEASE, ELSEWHERE),
                dev,
                Vec::new(),
            )
        }
        Ground::Image(of) => {
            let shared = [base_packages(Some(of), data), vec![web_package(web)]].concat();
            let prod = root(&shared, &packages, &of.os_release, ELSEWHERE);
            let args = vec![("BASE".to_owned(), of.reference.clone())];
            (prod, over(of, web, &packages), args)
        }
    };
    // No two labs have the same layers: else the one's images would be found as what the other's stand on.
    for root in [&mut prod, &mut dev] {
        root.file("etc/lab", format!("{lab}\n"));
    }
    let files = |name: &str, layer: &Layer| {
        let mut files = Layer::default();
        files.file(name, layer.tar()?);
        Ok::<_, std::io::Error>(files)
    };
    Ok([
        Recipe {
            name: "web:latest",
            dockerfile: PROD,
            files: files("web.tar", &prod)?,
            args: Vec::new(),
        },
        Recipe {
            name: "web:latest-dev",
            dockerfile: DEV,
            files: files("web-dev.tar", &dev)?,
            args,
        },
    ])
}

/// What every such image begins with. With a base image system and versions are its own.
fn base_packages(of: Option<&OfImage>, data: &Data) -> Vec<Made> {
    let known = |wanted: &str| {
        let shared = data.shared.iter().filter(|name| name.contains(wanted));
        let mut found =
            shared.filter_map(|name| Some((name.clone(), version_in(&of?.database, name)?)));
        found.next()
    };
    let mut folders = Layer::default();
    for path in [
        "dev",
        "etc",
        "etc/apk",
        "etc/apk/keys",
        "home",
        "proc",
        "run",
        "sys",
        "usr",
        "usr/bin",
        "usr/lib",
        "usr/lib/apk",
        "usr/lib/apk/db",
        "usr/local",
        "usr/local/bin",
        "var",
        "var/cache",
        "var/cache/apk",
        "var/log",
    ] {
        folders.dir(path, 0o755, 0);
    }
    folders
        .dir("root", 0o700, 0)
        .dir("tmp", 0o1777, 0)
        .dir("var/tmp", 0o1777, 0);
    for (path, to) in [
        ("bin", "usr/bin"),
        ("sbin", "usr/bin"),
        ("lib", "usr/lib"),
        ("lib64", "usr/lib"),
        ("usr/sbin", "bin"),
        ("usr/lib64", "lib"),
        ("var/run", "../run"),
    ] {
        folders.link(path, to);
    }
    folders.file("etc/nsswitch.conf", "hosts: files dns\n");
    folders.file("etc/profile", format!("export PATH={PATH}\n"));
    let os_release = of.map_or(OS_RELEASE, |of| &of.os_release);
    folders.file("etc/os-release", os_release.to_owned());
    let (layout, layout_version) =
        known("baselayout").unwrap_or_else(|| ("wolfi-baselayout".into(), "20230201-r24".into()));
    let (bundle, bundle_version) = known("certificates")
        .unwrap_or_else(|| ("ca-certificates-bundle".into(), "20241121-r1".into()));
    let mut certificates = Layer::default();
    for path in ["etc/ssl", "etc/ssl/certs"] {
        certificates.dir(path, 0o755, 0);
    }
    let own = of
        .map(|of| of.certificates.clone())
        .filter(|own| !own.is_empty());
    certificates.file(
        "etc/ssl/certs/ca-certificates.crt",
        own.unwrap_or(Bytes::from_static(CERTIFICATES.as_bytes())),
    );
    certificates.link("etc/ssl/cert.pem", "certs/ca-certificates.crt");
    vec![
        Made {
            name: layout,
            version: layout_version,
            about: "Folders, links and settings that every image begins with",
            licence: "MIT",
            depends: "",
            provides: "",
            files: folders,
        },
        Made {
            name: bundle,
            version: bundle_version,
            about: "Pre generated bundle of Mozilla certificates",
            licence: "MPL-2.0 AND MIT",
            depends: "",
            provides: "",
            files: certificates,
        },
    ]
}

/// The version of a package in the text of apk's database.
fn version_in(database: &str, name: &str) -> Option<String> {
    let mut records = database.split("\n\n");
    let wanted = format!("P:{name}");
    let record = records.find(|record| record.lines().any(|line| line == wanted))?;
    let version = record.lines().find_map(|line| line.strip_prefix("V:"));
    version.map(str::to_owned)
}

fn web_package(web: &Bytes) -> Made {
    let mut files = Layer::default();
    files.program("usr/bin/web", web.clone());
    Made {
        name: "web".into(),
        version: "1.4.0-r2".into(),
        about: "A small web server, devtwin's own",
        licence: "Apache-2.0",
        depends: "",
        provides: "cmd:web=1.4.0-r2",
        files,
    }
}

/// Shell and package manager from what this machine and devtwin have.
fn tools(busybox: &BusyBox) -> Vec<Made> {
    let mut links = Layer::default();
    links.program("usr/bin/busybox", busybox.program.clone());
    for applet in &busybox.applets {
        links.link(&format!("usr/bin/{applet}"), "busybox");
    }
    let mut apk = Layer::default();
    apk.program(
        "usr/bin/apk",
        &include_bytes!("../../../assets/lab/apk/apk")[..],
    );
    let programs: [(&str, &[u8]); 4] = [
        (
            "knowledge.awk",
            include_bytes!("../../../assets/lab/apk/knowledge.awk"),
        ),
        (
            "solver.awk",
            include_bytes!("../../../assets/lab/apk/solver.awk"),
        ),
        (
            "queries.awk",
            include_bytes!("../../../assets/lab/apk/queries.awk"),
        ),
        (
            "stand-in",
            include_bytes!("../../../assets/lab/apk/stand-in"),
        ),
    ];
    for (name, program) in programs {
        apk.file(&format!("usr/lib/apk/stand-in/{name}"), program);
    }
    vec![
        Made {
            name: "busybox".into(),
            version: format!("{}-r0", busybox.version),
            about: "Size optimized toolbox of many common UNIX utilities",
            licence: "GPL-2.0-only",
            depends: "",
            provides: "/bin/sh cmd:busybox cmd:sh",
            files: links,
        },
        Made {
            name: "apk-tools".into(),
            version: "2.14.10-r0".into(),
            about: "A stand-in for the Alpine Package Keeper, devtwin's own",
            licence: "Apache-2.0",
            depends: "busybox",
            provides: "cmd:apk=2.14.10-r0",
            files: apk,
        },
    ]
}

/// A whole root of packages: their files, accounts, and the state of apk.
fn root(made: &[Made], packages: &Packages, os_release: &str, repositories: &str) -> Layer {
    let mut root = Layer::default();
    for package in made {
        root.merge(&package.files);
    }
    root.file("etc/os-release", os_release.to_owned());
    root.dir("home/nonroot", 0o755, NONROOT);
    root.file("etc/passwd", PASSWD).file("etc/group", GROUP);
    let mut names: Vec<_> = made
        .iter()
        .map(|package| format!("{}\n", package.name))
        .collect();
    names.sort();
    root.file("etc/apk/world", names.concat());
    root.file("etc/apk/repositories", repositories.to_owned());
    root.file("etc/apk/arch", format!("{}\n", packages.arch));
    let records = made.iter().map(|package| package.record(packages.arch));
    root.file("usr/lib/apk/db/installed", records.collect::<String>());
    root.file("usr/lib/apk/db/triggers", "");
    root
}

/// The packages of the lab and their key.
fn repository(packages: &Packages) -> Layer {
    let mut layer = Layer::default();
    for (name, data) in packages.files {
        let path = if name == packages.key {
            format!("etc/apk/keys/{name}")
        } else {
            format!("{REPOSITORY}/{}/{name}", packages.arch)
        };
        layer.file(&path, data);
    }
    layer
}

/// What comes over a base image: the application, its record, the account that it runs as, the packages of the lab.
fn over(of: &OfImage, web: &Bytes, packages: &Packages) -> Layer {
    let web = web_package(web);
    let mut layer = web.files.clone();
    let with = |text: &str, line: &str| {
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        format!("{text}{end}{line}")
    };
    let mut database = of.database.trim_end().to_owned();
    if !database.is_empty() {
        database.push_str("\n\n");
    }
    database.push_str(&web.record(packages.arch));
    layer.file(&of.database_path, database);
    layer.file("etc/apk/world", with(&of.world, "web\n"));
    layer.file(
        "etc/apk/repositories",
        with(&of.repositories, &format!("/{REPOSITORY}\n")),
    );
    let account = |text: &str, all: &str| {
        let mut lines = all.lines();
        let line = lines
            .find(|line| line.starts_with("nonroot:"))
            .unwrap_or_default();
        if text
            .lines()
            .any(|line| line.starts_with("nonroot:") || line.contains(":65532:"))
        {
            text.to_owned()
        } else {
            with(text, &format!("{line}\n"))
        }
    };
    layer.file("etc/passwd", account(&of.passwd, PASSWD));
    layer.file("etc/group", account(&of.group, GROUP));
    layer.dir("home/nonroot", 0o755, NONROOT);
    layer.merge(&repository(packages));
    layer
}

#[cfg(test)]
mod tests {
    use super::super::base::data;
    use super::super::layer::Entry;
    use super::*;

    fn text(layer: &Layer, path: &str) -> String {
        let mut entries = layer.entries();
        match entries.find(|(p, _)| *p == path) {
            Some((_, Entry::File { data, .. })) => String::from_utf8_lossy(data).into_owned(),
            other => panic!("{path}: {other:?}"),
        }
    }

    fn has(layer: &Layer, path: &str) -> bool {
        layer.entries().any(|(p, _)| p == path)
    }

    fn busybox() -> BusyBox {
        BusyBox {
            program: Bytes::from_static(b"box"),
            version: "1.36.1".into(),
            applets: vec!["sh".into(), "ls".into()],
        }
    }

    #[test]
    fn production_has_no_shell_and_no_apk_and_its_dev_image_has_both_and_all_else_too() {
        let web = Bytes::from_static(b"web");
        let (packages, data) = (packages("amd64"), data().unwrap());
        let base = base_packages(None, &data);
        let prod = [base, vec![web_package(&web)]].concat();
        let dev = [prod.clone(), tools(&busybox())].concat();
        let (prod, dev) = (
            root(&prod, &packages, OS_RELEASE, ELSEWHERE),
            root(&dev, &packages, OS_RELEASE, "/x\n"),
        );
        for path in ["usr/bin/sh", "usr/bin/apk", "usr/bin/busybox"] {
            assert!(!has(&prod, path) && has(&dev, path), "{path}");
        }
        for (path, _) in prod.entries() {
            assert!(has(&dev, path), "{path}");
        }
        let names = |layer: &Layer| {
            text(layer, "usr/lib/apk/db/installed")
                .matches("\nP:")
                .count()
        };
        assert_eq!((names(&prod), names(&dev)), (3, 5));
    }

    #[test]
    fn a_base_image_keeps_its_packages_and_accounts_and_gets_what_the_app_needs() {
        let of = OfImage {
            reference: "wolfi".into(),
            database_path: "/usr/lib/apk/db/installed".into(),
            database: "C:Q1x=\nP:wolfi-baselayout\nV:7-r1\n\nC:Q1y=\nP:apk-tools\nV:2.14.10-r1\n\n"
                .into(),
            world: "apk-tools\n".into(),
            repositories: "https://packages.wolfi.dev/os".into(),
            os_release: "ID=wolfi\nVERSION_ID=\"9\"\n".into(),
            passwd: "root:x:0:0:root:/root:/bin/sh\n".into(),
            group: "root:x:0:\nmine:x:65532:\n".into(),
            certificates: Bytes::from_static(b"real"),
        };
        let web = Bytes::from_static(b"web");
        let layer = over(&of, &web, &packages("arm64"));
        let database = text(&layer, "usr/lib/apk/db/installed");
        assert!(database.starts_with(of.database.as_str()) && database.contains("\nP:web\n"));
        assert_eq!(
            text(&layer, "etc/apk/repositories"),
            "https://packages.wolfi.dev/os\n/usr/share/lab/packages\n"
        );
        assert!(text(&layer, "etc/passwd").ends_with(":/home/nonroot:/bin/sh\n"));
        // The number is taken: the account is there by another name.
        assert_eq!(text(&layer, "etc/group"), of.group);
        assert!(has(
            &layer,
            "usr/share/lab/packages/aarch64/APKINDEX.tar.gz"
        ));
        assert!(has(&layer, "etc/apk/keys/lab-aarch64.rsa.pub"));
        // The sibling is of the same system, and of the same version as far as both have a package.
        let data = data().unwrap();
        let prod = base_packages(Some(&of), &data);
        assert_eq!(
            (prod[0].name.as_str(), prod[0].version.as_str()),
            ("wolfi-baselayout", "7-r1")
        );
        assert_eq!(text(&prod[0].files, "etc/os-release"), of.os_release);
        assert_eq!(
            text(&prod[1].files, "etc/ssl/certs/ca-certificates.crt"),
            "real"
        );
    }

    #[test]
    fn two_labs_have_no_layer_in_common() {
        let web = Bytes::from_static(b"web");
        let (ground, data) = (Ground::Own(busybox()), data().unwrap());
        let tars = |lab: &str| {
            let recipes = recipes(&web, "amd64", &ground, &data, lab).unwrap();
            recipes.map(|recipe| recipe.files.tar().unwrap())
        };
        let (one, other) = (tars("lab"), tars("lab2"));
        assert!(one[0] != other[0] && one[1] != other[1]);
        assert_eq!(one, tars("lab"));
    }
}
