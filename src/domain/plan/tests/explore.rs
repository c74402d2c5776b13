//! The plan of an explorer: nothing shared, nothing granted, and all that is made before it in the printed lines.

use super::{dev, notes, session};
use crate::domain::error::{ErrorKind, Result};
use crate::domain::explore::stand_in;
use crate::domain::image::Resolution;
use crate::domain::plan::{Access, DevImage, FolderWish, Gpus, Mode, Plan, Program, Wishes, plan};

fn try_plan(wishes: Wishes) -> Result<Plan> {
    let dev = dev();
    let target = stand_in("acme/web:1.4", Some(&dev));
    let dev = DevImage {
        reference: "acme/web:1.4-dev",
        image: Some(&dev),
        target_image: None,
    };
    let wishes = Wishes {
        mode: Some(Mode::Explore),
        ..wishes
    };
    let program = Program::Shell("/bin/bash".into());
    plan(&target, dev, &wishes, &session(), 1, program)
}

fn planned(wishes: Wishes) -> Plan {
    try_plan(wishes).unwrap()
}

fn folder(access: Access) -> FolderWish {
    FolderWish {
        source: "/home/ann/my app".into(),
        path: None,
        access,
        owner: (1000, 1000),
        mode: 0o755,
    }
}

#[test]
fn nothing_is_shared_and_no_right_is_granted() {
    let plan = planned(Wishes::default());
    assert_eq!(plan.name, "devtwin-web-0badcafe");
    assert_eq!((&*plan.network, &*plan.pid, &*plan.ipc), ("", "", ""));
    assert!(plan.cap_add.is_empty() && plan.links.is_empty() && plan.mounts.is_empty());
    assert_eq!(
        (&*plan.target.0, &*plan.target_name),
        ("acme/web:1.4", "acme/web:1.4")
    );
    let line = plan.docker_run();
    assert!(
        line.starts_with("docker run --rm -it --user 0 --mount "),
        "{line}"
    );
    assert!(!plan.to_text().contains("shares"), "{}", plan.to_text());
    let granted = planned(Wishes {
        grants: vec!["cap_sys_ptrace".into()],
        ..Wishes::default()
    });
    assert_eq!(granted.cap_add, ["SYS_PTRACE"]);
}

#[test]
fn what_needs_a_container_is_refused() {
    let error = try_plan(Wishes {
        share: vec!["ipc".into()],
        ..Wishes::default()
    });
    assert_eq!(error.unwrap_err().kind, ErrorKind::Usage);
}

#[test]
fn the_caches_of_build_tools_are_mounted_beside_the_managers_own() {
    let plan = planned(Wishes::default());
    let all: Vec<_> = plan.caches.iter().map(|c| c.manager.as_str()).collect();
    assert!(all.ends_with(&["pip", "npm", "go", "cargo"]), "{all:?}");
    let volumes = plan.caches.iter().map(|c| c.volume.as_str());
    assert!(
        volumes
            .clone()
            .all(|v| v.ends_with("-amd64-docker.io..acme"))
    );
    for wishes in [
        Wishes {
            no_package_cache: true,
            ..Wishes::default()
        },
        Wishes {
            user: Some("65532".into()),
            ..Wishes::default()
        },
    ] {
        assert!(planned(wishes).caches.is_empty());
    }
}

#[test]
fn what_is_made_before_it_is_printed_before_it() {
    for (access, lines) in [(Access::Write, 1), (Access::Scratch, 4), (Access::Copy, 4)] {
        let plan = planned(Wishes {
            folders: vec![folder(access)],
            ..Wishes::default()
        });
        let printed = plan.docker_run();
        assert_eq!(printed.lines().count(), lines, "{printed}");
        assert!(printed.contains("/home/ann/my app"), "{printed}");
        let last = printed.lines().last().unwrap();
        assert!(last.contains("--workdir /work"), "{last}");
        let labelled = plan.labels.contains_key("dev.devtwin.folders");
        assert_eq!(labelled, access != Access::Write);
    }
    let merged = planned(Wishes {
        merged: true,
        gpus: Some(Gpus::All),
        ..Wishes::default()
    });
    let printed = merged.docker_run();
    assert!(printed.contains("docker commit"), "{printed}");
    assert!(printed.contains("--gpus all"), "{printed}");
    assert!(printed.ends_with("devtwin-explore-0badcafe"), "{printed}");
    assert!(notes(&merged).contains("published by nobody"));
}

#[test]
fn a_scratch_layer_that_is_refused_becomes_a_copy() {
    let mut plan = planned(Wishes {
        folders: vec![folder(Access::Scratch)],
        ..Wishes::default()
    });
    let volume = plan.folders[0].volumes()[0].to_owned();
    let error = |text: String| crate::domain::error::Error::new(ErrorKind::Engine, text);
    let refusal = error(format!(
        "error while mounting volume '/v/{volume}/_data': no such file or directory"
    ));
    assert_eq!(plan.refused_folder(&refusal), Some(volume.clone()));
    assert_eq!(plan.refused_folder(&error("no space left".into())), None);
    assert!(plan.copy_instead(&volume, "no such file or directory"));
    assert_eq!(
        plan.refused_folder(&refusal),
        None,
        "a copy is not refused for that"
    );
    assert!(!plan.copy_instead(&volume, "again"));
    assert!(notes(&plan).contains("is a copy of"));
}

#[test]
fn what_is_not_guaranteed_of_the_dev_image_is_said() {
    let mut resolution = Resolution {
        image: "acme/web:1.4".into(),
        dev_image: Some("cgr.dev/chainguard/web:latest-dev".into()),
        caveats: vec!["the tag moves".into()],
        ..Resolution::default()
    };
    let mut plan = planned(Wishes::default());
    plan.found_by(&resolution);
    assert!(notes(&plan).contains("the tag moves") && notes(&plan).contains("--merged"));
    resolution.dev_image = Some("acme/web:1.4-dev".into());
    let mut plan = planned(Wishes::default());
    plan.found_by(&resolution);
    assert!(!notes(&plan).contains("--merged"));
}
