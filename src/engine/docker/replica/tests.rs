use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::domain::target::ContainerId;

/// An inspect's answer with all that a replica must keep, change or lose.
fn inspected() -> Value {
    json!({
        "Id": "3f", "Image": "sha256:aa",
        "Config": {
            "Hostname": "box", "Domainname": "example", "User": "65532", "WorkingDir": "/app",
            "Env": ["PATH=/bin", "MODE=prod", "KEEP=1"],
            "Entrypoint": ["/app"], "Cmd": ["--serve"], "Tty": true, "OpenStdin": true,
            "StopSignal": "SIGQUIT", "ExposedPorts": {"80/tcp": {}},
            "Labels": {"com.docker.compose.project": "shop", "traefik.enable": "true"},
            "MacAddress": "02:42:ac:11:00:02"
        },
        "HostConfig": {
            "Binds": ["data:/data"], "VolumesFrom": ["other"], "Links": ["db:db"],
            "PortBindings": {"80/tcp": [{"HostPort": "80"}]}, "PublishAllPorts": true,
            "RestartPolicy": {"Name": "always"}, "AutoRemove": true, "ContainerIDFile": "/x",
            "LogConfig": {"Type": "syslog", "Config": {"syslog-address": "udp://h"}},
            "NetworkMode": "shop_default", "PidMode": "container:x", "IpcMode": "container:x",
            "Dns": ["10.0.0.1"], "ExtraHosts": ["db:10.0.0.2"],
            "Memory": 64, "MemorySwap": 128, "MemoryReservation": 32, "NanoCpus": 500,
            "ReadonlyRootfs": true, "CapDrop": ["ALL"], "CapAdd": ["CHOWN"],
            "SecurityOpt": ["no-new-privileges"], "Sysctls": {"net.core.somaxconn": "9", "kernel.msgmax": "8"},
            "Tmpfs": {"/run": "size=1m", "/tmp": ""},
            "Mounts": [{"Type": "tmpfs", "Target": "/scratch", "TmpfsOptions": {"SizeBytes": 5}}]
        },
        "Mounts": [
            {"Type": "volume", "Name": "data", "Source": "/var/lib/x", "Destination": "/data", "RW": true},
            {"Type": "bind", "Source": "/etc/app", "Destination": "/etc/app", "RW": false},
            {"Type": "tmpfs", "Destination": "/scratch", "RW": true}
        ]
    })
}

fn replica() -> Replica {
    Replica {
        name: "devtwin-web-run-1-0badcafe".into(),
        target: ContainerId("3f".into()),
        target_name: "web".into(),
        image: None,
        argv: None,
        user: None,
        workdir: None,
        env: Vec::new(),
        room: Room::Isolated,
        mounts: Mounts::Same,
        without_mounts: Vec::new(),
        memory: Limit::Same,
        writable_root: false,
        default_caps: false,
        labels: BTreeMap::from([("ours".into(), "1".into())]),
    }
}

fn sent_of(target: Value, replica: &Replica) -> Value {
    let target = serde_json::from_value(target).unwrap();
    serde_json::to_value(body(target, replica, &Modes::default())).unwrap()
}

fn sent(replica: &Replica) -> Value {
    sent_of(inspected(), replica)
}

#[test]
fn what_the_target_was_created_with_is_kept() {
    let sent = sent(&replica());
    assert_eq!(sent["Image"], "sha256:aa");
    assert_eq!(sent["Entrypoint"], json!(["/app"]));
    assert_eq!(sent["Cmd"], json!(["--serve"]));
    assert_eq!(sent["User"], "65532");
    assert_eq!(sent["WorkingDir"], "/app");
    assert_eq!(sent["Env"], json!(["PATH=/bin", "MODE=prod", "KEEP=1"]));
    assert_eq!(sent["Tty"], true);
    assert_eq!(sent["StopSignal"], "SIGQUIT");
    assert_eq!(sent["Hostname"], "box");
    let host = &sent["HostConfig"];
    assert_eq!(host["Memory"], 64);
    assert_eq!(host["NanoCpus"], 500);
    assert_eq!(host["ReadonlyRootfs"], true);
    assert_eq!(host["CapDrop"], json!(["ALL"]));
    assert_eq!(host["CapAdd"], json!(["CHOWN"]));
    assert_eq!(host["SecurityOpt"], json!(["no-new-privileges"]));
    assert_eq!(host["Tmpfs"], json!({"/run": "size=1m", "/tmp": ""}));
}

#[test]
fn nothing_that_others_see_of_it_or_that_outlives_it_is_there_twice() {
    let sent = sent(&replica());
    let host = &sent["HostConfig"];
    for gone in [
        "Binds",
        "VolumesFrom",
        "Links",
        "PortBindings",
        "ContainerIDFile",
        "PidMode",
        "IpcMode",
    ] {
        assert_eq!(host[gone], Value::Null, "{gone}");
    }
    for gone in ["ExposedPorts", "NetworkingConfig", "MacAddress"] {
        assert_eq!(sent[gone], Value::Null, "{gone}");
    }
    assert_eq!(host["PublishAllPorts"], false);
    assert_eq!(host["AutoRemove"], false);
    assert_eq!(host["RestartPolicy"]["Name"], "no");
    assert_eq!(host["LogConfig"]["Type"], "json-file");
    assert_eq!(host["NetworkMode"], "none");
    assert_eq!(sent["Labels"], json!({"ours": "1"}));
}

#[test]
fn volumes_are_mounted_one_by_one_and_never_filled() {
    let sent_with = |mounts, without: &[&str]| {
        let without_mounts = without.iter().map(|at| (*at).to_owned()).collect();
        let sent = sent(&Replica {
            mounts,
            without_mounts,
            ..replica()
        });
        let all = sent["HostConfig"]["Mounts"].as_array().unwrap().clone();
        let row = |m: &Value| {
            let nocopy = m["VolumeOptions"]["NoCopy"].as_bool().unwrap_or_default();
            let words = (
                m["Target"].as_str().unwrap(),
                m["ReadOnly"].as_bool().unwrap_or_default(),
            );
            format!("{} {} {nocopy}", words.0, words.1)
        };
        all.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(
        sent_with(Mounts::Same, &[]),
        [
            "/data false true",
            "/etc/app true false",
            "/scratch false false"
        ]
    );
    assert_eq!(
        sent_with(Mounts::ReadOnly, &[]),
        [
            "/data true true",
            "/etc/app true false",
            "/scratch false false"
        ]
    );
    assert_eq!(sent_with(Mounts::None, &[]), ["/scratch false false"]);
    assert_eq!(
        sent_with(Mounts::Same, &["/data", "/scratch"]),
        ["/etc/app true false"]
    );
    let sent = sent(&Replica {
        without_mounts: vec!["/run".into()],
        ..replica()
    });
    assert_eq!(sent["HostConfig"]["Tmpfs"], json!({"/tmp": ""}));
    assert_eq!(
        sent["HostConfig"]["Mounts"][2]["TmpfsOptions"]["SizeBytes"],
        5
    );
}

#[test]
fn edits_are_applied() {
    let sent = sent(&Replica {
        argv: Some(vec!["/bin/sh".into(), "-c".into(), "id".into()]),
        user: Some("0".into()),
        workdir: Some("/".into()),
        env: vec![
            ("MODE".into(), Some("test".into())),
            ("KEEP".into(), None),
            ("NEW".into(), Some("a=b".into())),
        ],
        memory: Limit::Bytes(7),
        writable_root: true,
        default_caps: true,
        ..replica()
    });
    assert_eq!(sent["Entrypoint"], json!(["/bin/sh"]));
    assert_eq!(sent["Cmd"], json!(["-c", "id"]));
    assert_eq!(sent["User"], "0");
    assert_eq!(sent["WorkingDir"], "/");
    assert_eq!(
        sent["Env"],
        json!(["PATH=/bin", "MODE=test", "KEEP", "NEW=a=b"])
    );
    let host = &sent["HostConfig"];
    assert_eq!(host["Memory"], 7);
    assert_eq!(host["MemorySwap"], Value::Null);
    assert_eq!(host["ReadonlyRootfs"], false);
    assert_eq!(
        (&host["CapDrop"], &host["CapAdd"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn beside_a_twin_it_has_neither_a_network_nor_process_ids_of_its_own() {
    let twin = ContainerId("77".into());
    let sent = sent(&Replica {
        room: Room::Twin(twin),
        ..replica()
    });
    let host = &sent["HostConfig"];
    assert_eq!(host["NetworkMode"], "container:77");
    assert_eq!(host["PidMode"], "container:77");
    assert_eq!(
        (&host["Dns"], &host["ExtraHosts"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(host["Sysctls"], json!({"kernel.msgmax": "8"}));
    assert_eq!(
        (&sent["Hostname"], &sent["Domainname"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn what_a_twin_shares_is_shared_with_whom_it_belongs_to() {
    let target = || serde_json::from_value(inspected()).unwrap();
    let beside = Replica {
        room: Room::Twin(ContainerId("77".into())),
        ..replica()
    };
    for (network, pid, want) in [
        ("bridge", "", ("container:77", "container:77")),
        ("shop_default", "", ("container:77", "container:77")),
        ("none", "", ("container:77", "container:77")),
        ("host", "", ("host", "container:77")),
        (
            "container:4e",
            "container:4e",
            ("container:4e", "container:4e"),
        ),
        ("host", "host", ("host", "host")),
    ] {
        let modes = Modes {
            network: network.into(),
            pid: pid.into(),
        };
        let host = body(target(), &beside, &modes).host_config.unwrap();
        assert_eq!(host.network_mode.as_deref(), Some(want.0));
        assert_eq!(host.pid_mode.as_deref(), Some(want.1));
    }
}

#[test]
fn the_process_ids_of_its_own_target_are_never_shared() {
    let target = || serde_json::from_value(inspected()).unwrap();
    let beside = Replica {
        room: Room::Twin(ContainerId("77".into())),
        ..replica()
    };
    let of_target = format!("container:{}", beside.target);
    let modes = Modes {
        network: of_target.clone(),
        pid: of_target.clone(),
    };
    let host = body(target(), &beside, &modes).host_config.unwrap();
    assert_eq!(host.network_mode, Some(of_target));
    assert_eq!(host.pid_mode, None);
}

#[test]
fn with_the_networks_of_its_target_it_keeps_their_settings() {
    let sent = sent(&Replica {
        room: Room::Networked,
        ..replica()
    });
    assert_eq!(sent["HostConfig"]["NetworkMode"], "shop_default");
    assert_eq!(sent["HostConfig"]["Dns"], json!(["10.0.0.1"]));
    let mut of_the_host = inspected();
    of_the_host["HostConfig"]["UTSMode"] = json!("host");
    assert_eq!(sent_of(of_the_host, &replica())["Hostname"], Value::Null);
}

#[test]
fn on_an_image_of_ours_nothing_of_that_image_slips_in() {
    let mut target = inspected();
    target["Config"]["User"] = json!("");
    target["Config"]["WorkingDir"] = json!("");
    target["Config"]["Entrypoint"] = Value::Null;
    let ours = Replica {
        image: Some("devtwin-died-1".into()),
        ..replica()
    };
    let sent = sent_of(target.clone(), &ours);
    assert_eq!(sent["Image"], "devtwin-died-1");
    assert_eq!(
        (&sent["User"], &sent["WorkingDir"]),
        (&json!("0"), &json!("/"))
    );
    assert_eq!(
        sent["Entrypoint"],
        json!([""]),
        "the target has none, whatever the image has"
    );
    assert_eq!(sent["Healthcheck"]["Test"], json!(["NONE"]));
    // What the commit took along cannot be taken away, only emptied.
    assert_eq!(sent["Labels"]["com.docker.compose.project"], "");
    assert_eq!(sent["Labels"]["ours"], "1");
    let plain = sent_of(target, &replica());
    assert_eq!(
        (&plain["User"], &plain["Healthcheck"]),
        (&Value::Null, &Value::Null)
    );
}
