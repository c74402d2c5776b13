//! A plan as the engine takes it: the body of a create request. Pure.

use bollard::models;

use crate::domain::Size;
use crate::domain::plan::{Cache, Gpus, Mode, Plan, RootSource};
use crate::domain::target::{Mount, MountKind};

/// A terminal size as the engine's `ConsoleSize`: height first.
pub(super) fn console(size: Size) -> Vec<usize> {
    vec![size.rows.get().into(), size.cols.get().into()]
}

/// What to create for a plan. `size` only where the engine understands it (API 1.42).
pub(super) fn body(plan: &Plan, size: Option<Size>) -> models::ContainerCreateBody {
    let given = |s: &String| (!s.is_empty()).then(|| s.clone());
    // Both, because the engine appends a bare command to the image's entrypoint (domain.md §5.1).
    let (entrypoint, cmd) = match plan.argv.split_first() {
        Some((program, rest)) => (Some(vec![program.clone()]), Some(rest.to_vec())),
        None => (None, None),
    };
    let text = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    let host = models::HostConfig {
        network_mode: given(&plan.network),
        pid_mode: given(&plan.pid),
        ipc_mode: given(&plan.ipc),
        uts_mode: given(&plan.uts),
        userns_mode: given(&plan.userns),
        mounts: Some(
            plan.mounts
                .iter()
                .filter_map(|m| mount_spec(m, plan.mode))
                .chain(
                    plan.folders
                        .iter()
                        .filter_map(|f| mount_spec(&f.mount(), plan.mode)),
                )
                .chain(plan.root.iter().map(|root| root_spec(&root.how)))
                .chain(plan.caches.iter().map(cache_spec))
                .collect(),
        ),
        cap_add: Some(plan.cap_add.clone()),
        device_requests: plan.gpus.map(|gpus| vec![gpu_request(gpus)]),
        dns: some(&plan.dns),
        extra_hosts: some(&plan.extra_hosts),
        restart_policy: Some(models::RestartPolicy {
            name: Some(models::RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        // The log is what a re-attached terminal replays: enough for a screen and some history. The terminal does
        // not wait for it: 100 MB take as long as without a log, and 1.4 times that where it waits (measured, 20.10);
        // in a flood lines are missing from the log then.
        log_config: Some(models::HostConfigLogConfig {
            typ: Some("json-file".into()),
            config: Some(
                [
                    text("max-size", "1m"),
                    text("max-file", "1"),
                    text("mode", "non-blocking"),
                ]
                .into(),
            ),
        }),
        console_size: size.map(console),
        ..Default::default()
    };
    models::ContainerCreateBody {
        image: Some(plan.merged.as_ref().unwrap_or(&plan.image).clone()),
        entrypoint,
        cmd,
        user: given(&plan.user),
        env: Some(variables(plan).map(|(k, v)| format!("{k}={v}")).collect()),
        working_dir: given(&plan.workdir),
        tty: Some(plan.tty),
        open_stdin: Some(plan.stdin),
        // A pipe that we close must end the program's input; a terminal is attached again and again.
        stdin_once: Some(plan.stdin && !plan.tty),
        attach_stdin: Some(plan.stdin),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        labels: Some(plan.labels.clone().into_iter().collect()),
        // The dev image inherits the check of its sibling, which would judge a shell.
        healthcheck: Some(models::HealthConfig {
            test: Some(vec!["NONE".into()]),
            ..Default::default()
        }),
        host_config: Some(host),
        ..Default::default()
    }
}

/// As docker's `--gpus` asks for them.
fn gpu_request(gpus: Gpus) -> models::DeviceRequest {
    models::DeviceRequest {
        count: Some(gpus.count()),
        capabilities: Some(vec![vec!["gpu".into()]]),
        ..Default::default()
    }
}

fn some(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}

/// All variables beyond the image's own.
fn variables(plan: &Plan) -> impl Iterator<Item = &(String, String)> {
    plan.env.iter().chain(&plan.shell_env)
}

/// An explicit mount; none for what cannot be shared by naming it (memory belongs to its container). In a
/// probe, which never runs, memory only keeps the engine from making a volume there.
fn mount_spec(mount: &Mount, mode: Mode) -> Option<models::Mount> {
    let (typ, volume_options) = match mount.kind {
        MountKind::Bind => (models::MountType::BIND, None),
        MountKind::Volume => (
            models::MountType::VOLUME,
            Some(models::MountVolumeOptions {
                // Else an empty volume of the target is filled with the dev image's files.
                no_copy: Some(true),
                ..Default::default()
            }),
        ),
        MountKind::Tmpfs if mode == Mode::Probe => {
            return Some(models::Mount {
                target: Some(mount.destination.clone()),
                typ: Some(models::MountType::TMPFS),
                ..Default::default()
            });
        }
        MountKind::Image => (models::MountType::IMAGE, None),
        MountKind::Tmpfs | MountKind::Other => return None,
    };
    Some(models::Mount {
        target: Some(mount.destination.clone()),
        source: Some(mount.source.clone()),
        typ: Some(typ),
        read_only: Some(!mount.writable),
        volume_options,
        ..Default::default()
    })
}

/// The files of a target that does not run, read-only at `/target`. That the image mount can only be read the engine
/// does not need to be told; it is told all the same.
fn root_spec(how: &RootSource) -> models::Mount {
    let (typ, volume_options) = match how {
        RootSource::Overlay { .. } | RootSource::Archive { .. } => (
            models::MountType::VOLUME,
            Some(models::MountVolumeOptions {
                no_copy: Some(true),
                ..Default::default()
            }),
        ),
        RootSource::Image { .. } => (models::MountType::IMAGE, None),
    };
    models::Mount {
        target: Some("/target".into()),
        source: Some(how.object().to_owned()),
        typ: Some(typ),
        read_only: Some(true),
        volume_options,
        ..Default::default()
    }
}

/// The engine makes the volume, with these labels, when it is not there. Never filled from the image: what a
/// vendor left there is not what was downloaded.
fn cache_spec(cache: &Cache) -> models::Mount {
    let labels = cache.labels();
    models::Mount {
        target: Some(cache.path.clone()),
        source: Some(cache.volume.clone()),
        typ: Some(models::MountType::VOLUME),
        volume_options: Some(models::MountVolumeOptions {
            no_copy: Some(true),
            labels: Some(labels.map(|(k, v)| (k.to_owned(), v.to_owned())).into()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::domain::target::ContainerId;

    fn plan() -> Plan {
        let mount = |kind, source: &str, destination: &str, writable| Mount {
            kind,
            source: source.into(),
            destination: destination.into(),
            writable,
        };
        Plan {
            mode: Mode::Join,
            name: "devtwin-1".into(),
            target: ContainerId("3f".into()),
            target_name: "web".into(),
            image: "web:latest-dev".into(),
            platform: None,
            user: "0".into(),
            argv: vec!["/bin/sh".into(), "-l".into()],
            env: vec![("A".into(), "b".into())],
            shell_env: vec![("PS1".into(), "$ ".into())],
            workdir: "/srv".into(),
            network: "container:3f".into(),
            pid: "container:3f".into(),
            ipc: String::new(),
            uts: String::new(),
            userns: String::new(),
            networks: Vec::new(),
            dns: Vec::new(),
            extra_hosts: Vec::new(),
            root: None,
            mounts: vec![
                mount(MountKind::Volume, "data", "/data", true),
                mount(MountKind::Bind, "/etc/x", "/x", false),
                mount(MountKind::Tmpfs, "", "/tmp", true),
            ],
            folders: Vec::new(),
            gpus: None,
            merged: None,
            caches: vec![Cache {
                manager: "apk".into(),
                volume: "devtwin-cache-apk-amd64-cgr.dev..chainguard".into(),
                path: "/etc/apk/cache".into(),
            }],
            cap_add: vec!["SYS_PTRACE".into()],
            tty: true,
            stdin: true,
            links: Vec::new(),
            labels: BTreeMap::from([("k".into(), "v".into())]),
            notes: Vec::new(),
        }
    }

    fn sent(plan: &Plan, size: Option<Size>) -> Value {
        serde_json::to_value(body(plan, size)).unwrap()
    }

    #[test]
    fn the_whole_plan_is_sent_and_nothing_else() {
        let body = sent(&plan(), Some(Size::clamped(120, 40)));
        let given = |value: &Value| {
            let fields = value.as_object().unwrap().clone();
            let given = fields.into_iter().filter(|(_, v)| !v.is_null());
            given.collect::<serde_json::Map<_, _>>()
        };
        let mut fields = given(&body);
        let host = given(&fields.remove("HostConfig").unwrap());
        assert_eq!(
            Value::Object(fields),
            json!({
                "Image": "web:latest-dev", "Entrypoint": ["/bin/sh"], "Cmd": ["-l"], "User": "0",
                "Env": ["A=b", "PS1=$ "], "WorkingDir": "/srv", "Tty": true, "OpenStdin": true,
                "StdinOnce": false, "AttachStdin": true, "AttachStdout": true, "AttachStderr": true,
                "Labels": {"k": "v"}, "Healthcheck": {"Test": ["NONE"]}
            })
        );
        assert_eq!(
            Value::Object(host),
            json!({
                "NetworkMode": "container:3f", "PidMode": "container:3f",
                "Mounts": [
                    {"Target": "/data", "Source": "data", "Type": "volume", "ReadOnly": false,
                     "VolumeOptions": {"NoCopy": true}},
                    {"Target": "/x", "Source": "/etc/x", "Type": "bind", "ReadOnly": true},
                    {"Target": "/etc/apk/cache", "Source": "devtwin-cache-apk-amd64-cgr.dev..chainguard",
                     "Type": "volume", "VolumeOptions": {"NoCopy": true, "Labels": {
                        "dev.devtwin.cache": "apk",
                        "dev.devtwin.version": env!("CARGO_PKG_VERSION")
                     }}}
                ],
                "CapAdd": ["SYS_PTRACE"], "RestartPolicy": {"Name": "no"},
                "LogConfig": {"Type": "json-file", "Config": {
                    "max-size": "1m", "max-file": "1", "mode": "non-blocking"
                }},
                "ConsoleSize": [40, 120]
            })
        );
    }

    #[test]
    fn input_through_a_pipe_ends_with_its_writer_and_that_of_a_terminal_does_not() {
        let once = |tty, stdin| {
            sent(
                &Plan {
                    tty,
                    stdin,
                    ..plan()
                },
                None,
            )["StdinOnce"]
                .clone()
        };
        assert_eq!(once(false, true), json!(true));
        assert_eq!(once(true, true), json!(false));
        assert_eq!(once(false, false), json!(false));
    }

    #[test]
    fn memory_covers_the_volumes_of_a_probe() {
        let probe = Plan {
            mode: Mode::Probe,
            mounts: vec![Mount {
                kind: MountKind::Tmpfs,
                source: String::new(),
                destination: "/data".into(),
                writable: false,
            }],
            caches: Vec::new(),
            ..plan()
        };
        let mounts = sent(&probe, None)["HostConfig"]["Mounts"].clone();
        assert_eq!(mounts, json!([{"Target": "/data", "Type": "tmpfs"}]));
    }

    #[test]
    fn a_probe_without_a_program_leaves_the_images_own() {
        let body = body(
            &Plan {
                argv: Vec::new(),
                ..plan()
            },
            None,
        );
        assert_eq!((body.entrypoint, body.cmd), (None, None));
        assert_eq!(body.host_config.unwrap().console_size, None);
    }
}
