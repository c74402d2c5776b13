//! Images as they are in the world, by what they are known for: nothing worse than a note may be found.

use super::super::super::tests::{Root, dynamic_elf, static_elf};
use super::super::testing::{APP, Scene};
use super::sound::is_sound;
use crate::domain::elf::Elf;
use crate::domain::entrypoint::Severity;

const GLIBC: &str = "/lib64/ld-linux-x86-64.so.2";
const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

fn glibc(root: Root) -> Root {
    root.elf(GLIBC, static_elf())
        .dir("/usr/lib", 0o755)
        .elf("/usr/lib/libc.so.6", dynamic_elf(None, &[]))
        .elf("/usr/lib/libm.so.6", dynamic_elf(None, &[]))
}

fn debian(root: Root) -> Root {
    root.dir("/lib/x86_64-linux-gnu", 0o755)
        .link(GLIBC, "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
        .elf("/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", static_elf())
        .elf("/lib/x86_64-linux-gnu/libc.so.6", dynamic_elf(None, &[]))
        .elf("/usr/bin/dash", dynamic_elf(Some(GLIBC), &["libc.so.6"]))
        .link("/bin/sh", "/usr/bin/dash")
        .elf("/usr/bin/bash", dynamic_elf(Some(GLIBC), &["libc.so.6"]))
        .elf("/usr/bin/env", dynamic_elf(Some(GLIBC), &["libc.so.6"]))
}

fn alpine(root: Root) -> Root {
    root.elf(MUSL, static_elf())
        .dir("/lib", 0o755)
        .elf(
            "/bin/busybox",
            dynamic_elf(Some(MUSL), &["libc.musl-x86_64.so.1"]),
        )
        .link("/bin/sh", "/bin/busybox")
        .link("/usr/bin/env", "/bin/busybox")
}

fn with_runpath(elf: Elf, runpath: &str) -> Elf {
    Elf {
        runpath: vec![runpath.into()],
        ..elf
    }
}

#[test]
fn nginx_of_chainguard() {
    let nginx = || {
        Scene::image(
            &["/usr/sbin/nginx"],
            &[
                "-c",
                "/etc/nginx/nginx.conf",
                "-e",
                "/dev/stderr",
                "-g",
                "daemon off;",
            ],
        )
        .config(|config| {
            config.stop_signal = Some("SIGQUIT".into());
            config.exposed = vec!["8080/tcp".into()];
        })
        .root(|root| glibc(root).elf("/usr/sbin/nginx", dynamic_elf(Some(GLIBC), &["libc.so.6"])))
    };
    is_sound(nginx());
    is_sound(nginx().runs());
    is_sound(nginx().ended(0, &["signal 3 (SIGQUIT) received, shutting down"]));
}

#[test]
fn python_with_a_virtual_environment() {
    let config = "home = /usr/bin\nimplementation = CPython\nuv = 0.5.1\nversion_info = 3.13.2\n";
    let python = |words: &[&str]| {
        Scene::image(words, &["-m", "app"])
            .env("PATH", "/app/venv/bin:/usr/bin")
            .env("POETRY_CACHE_DIR", "/var/cache/pypoetry")
            .env("PIP_CACHE_DIR", "/var/cache/pip")
            .root(|root| {
                glibc(root)
                    .dir("/var/cache/pypoetry", 0o755)
                    .dir("/var/cache/pip", 0o755)
                    .dir("/app/venv/bin", 0o755)
                    .file("/app/venv/pyvenv.cfg", 0o644, config)
                    .link("/app/venv/bin/python", "/usr/bin/python3.13")
                    .elf(
                        "/usr/bin/python3.13",
                        dynamic_elf(Some(GLIBC), &["libc.so.6"]),
                    )
            })
    };
    is_sound(python(&["/app/venv/bin/python"]));
    is_sound(python(&["python"]));
}

#[test]
fn node_behind_dumb_init() {
    let node = |cmd: &[&str]| {
        Scene::image(&["/usr/bin/dumb-init", "--"], cmd)
            .env("TZ", "Europe/Berlin")
            .env("NODE_ENV", "production")
            .root(|root| {
                glibc(root)
                    .elf(
                        "/usr/bin/dumb-init",
                        dynamic_elf(Some(GLIBC), &["libc.so.6"]),
                    )
                    .elf("/usr/bin/node", dynamic_elf(Some(GLIBC), &["libc.so.6"]))
            })
    };
    is_sound(node(&["node", "server.js"]));
    is_sound(node(&["/bin/sh", "-c", "node server.js"]));
}

const POSTGRES: &str = r#"#!/usr/bin/env bash
set -Eeo pipefail
_main() {
	if [ "$(id -u)" = '0' ]; then
		exec gosu postgres "$BASH_SOURCE" "$@"
	fi
	exec "$@"
}
if ! _is_sourced; then
	_main "$@"
fi
"#;

#[test]
fn postgres_with_its_script_and_gosu() {
    let postgres = || {
        Scene::image(&["docker-entrypoint.sh"], &["postgres"])
            .user("")
            .env("PGDATA", "/var/lib/postgresql/data")
            .env("LANG", "en_US.utf8")
            .config(|config| {
                config.stop_signal = Some("SIGINT".into());
                config.exposed = vec!["5432/tcp".into()];
                config.volumes = vec!["/var/lib/postgresql/data".into()];
            })
            .history(&[
                "CMD [\"bash\"]",
                "STOPSIGNAL SIGINT",
                "ENTRYPOINT [\"docker-entrypoint.sh\"]",
                "CMD [\"postgres\"]",
            ])
            .root(|root| {
                debian(root)
                    .file("/usr/local/bin/docker-entrypoint.sh", 0o755, POSTGRES)
                    .dir("/var/lib/postgresql/data", 0o1777)
                    .file("/usr/lib/locale/locale-archive", 0o644, "x")
            })
    };
    is_sound(postgres());
    is_sound(postgres().runs());
    is_sound(postgres().ended(0, &["database system is shut down"]));
}

#[test]
fn java_with_its_own_libraries() {
    let home = "/usr/lib/jvm/java-21-openjdk";
    let java = |words: &[&str]| {
        Scene::image(words, &["-jar", "/app/app.jar"])
            .env("JAVA_HOME", home)
            .env("TZ", "Europe/Berlin")
            .env("LANG", "en_US.UTF-8")
            .root(|root| {
                let java = dynamic_elf(Some(GLIBC), &["libjli.so", "libc.so.6"]);
                let java = with_runpath(java, "$ORIGIN/../lib");
                glibc(root)
                    .link("/usr/bin/java", &format!("{home}/bin/java"))
                    .elf(&format!("{home}/bin/java"), java)
                    .elf(
                        &format!("{home}/lib/libjli.so"),
                        dynamic_elf(None, &["libc.so.6"]),
                    )
            })
    };
    is_sound(java(&["/usr/bin/java"]));
    is_sound(java(&["java", "-Xmx64m"]));
    // A bar and an ampersand in quotes are no pipe and no background.
    let line = "java -Dhttp.nonProxyHosts='localhost|127.0.0.1' -Durl=\"http://x/?a=1&b=2\" -jar /app/app.jar";
    let shell = Scene::image(&["/bin/sh", "-c", line], &[])
        .root(debian)
        .config(|config| config.exposed = vec!["8080/tcp".into()]);
    is_sound(shell);
}

#[test]
fn dotnet_chiselled() {
    let dotnet = || {
        Scene::image(&["/app/x"], &[])
            .user("1654")
            .env("APP_UID", "1654")
            .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "true")
            .env("ASPNETCORE_HTTP_PORTS", "8080")
            .config(|config| config.workdir = "/app".into())
            .root(|root| {
                glibc(root)
                    .elf(
                        "/app/x",
                        dynamic_elf(Some(GLIBC), &["libstdc++.so.6", "libc.so.6"]),
                    )
                    .elf("/usr/lib/libstdc++.so.6", dynamic_elf(None, &["libm.so.6"]))
            })
    };
    is_sound(dotnet());
    is_sound(dotnet().runs());
}

#[test]
fn alpine_with_a_script() {
    let script = "#!/bin/sh\nset -e\nexec \"$@\"\n";
    let scene = || {
        Scene::image(&["/entrypoint.sh"], &["app"])
            .root(|root| alpine(root).file("/entrypoint.sh", 0o755, script))
    };
    is_sound(scene());
    is_sound(scene().env("LANG", "en_US.UTF-8"));
    // musl takes the names of glibc's parts for itself.
    let parts = Scene::image(&["/app/x"], &[]).root(|root| {
        let needed = &["libpthread.so.0", "libm.so.6", "libc.musl-x86_64.so.1"];
        alpine(root).elf("/app/x", dynamic_elf(Some(MUSL), needed))
    });
    is_sound(parts);
}

#[test]
fn alpine_with_a_program_of_glibc_and_gcompat() {
    let needed = &["libpthread.so.0", "libc.so.6", "ld-linux-x86-64.so.2"];
    let scene = |loader: &str| {
        let loader = loader.to_owned();
        Scene::image(&["/app/x"], &[]).root(|root| {
            alpine(root)
                .link(GLIBC, &loader)
                .elf("/lib/ld-linux-x86-64.so.2", static_elf())
                .elf("/app/x", dynamic_elf(Some(GLIBC), needed))
        })
    };
    is_sound(scene("/lib/ld-linux-x86-64.so.2"));
    is_sound(scene(MUSL));
}

#[test]
fn a_glibc_beside_its_own_loader() {
    // As Nix, and glibc packages for Alpine, have it.
    let dir = "/usr/glibc-compat/lib";
    let scene = Scene::image(&["/app/x"], &[]).root(|root| {
        let loader = format!("{dir}/ld-linux-x86-64.so.2");
        alpine(root)
            .link(GLIBC, &loader)
            .elf(&loader, static_elf())
            .dir(dir, 0o755)
            .elf(&format!("{dir}/libc.so.6"), dynamic_elf(None, &[]))
            .elf(
                &format!("{dir}/libnsl.so.1"),
                dynamic_elf(None, &["libc.so.6"]),
            )
            .elf(
                "/app/x",
                dynamic_elf(Some(GLIBC), &["libnsl.so.1", "libc.so.6"]),
            )
    });
    is_sound(scene);
}

#[test]
fn s6_with_execline() {
    let scene = |first: &str| {
        let text = format!("{first}\ns6-svscan /run/service\n");
        Scene::image(&["/init"], &[])
            .user("")
            .config(|config| config.exposed = vec!["80/tcp".into()])
            .root(|root| {
                alpine(root)
                    .file("/init", 0o755, &text)
                    .link(
                        "/command/execlineb",
                        "/package/admin/execline/command/execlineb",
                    )
                    .elf("/package/admin/execline/command/execlineb", static_elf())
            })
    };
    is_sound(scene("#!/command/execlineb -P"));
    is_sound(scene("#!/bin/sh -e"));
}

#[test]
fn distroless_with_busybox_apart() {
    let scene = |words: &[&str]| {
        Scene::image(words, &[])
            .env("PATH", "/usr/bin:/bin:/busybox")
            .root(|root| root.elf("/busybox/sh", static_elf()).dir("/busybox", 0o755))
    };
    is_sound(scene(&["/busybox/sh"]));
    is_sound(scene(&["sh", "-c", "exec /app/web"]));
}

#[test]
fn go_with_settings_of_its_own() {
    let go = || {
        Scene::web()
            .env("GODEBUG", "madvdontneed=1")
            .env("GOMEMLIMIT", "64MiB")
            .env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
            .owned("/app/web", APP)
    };
    is_sound(go());
    is_sound(go().runs());
}

#[test]
fn a_paused_container_has_started() {
    let paused = Scene::image(&["/app/gone"], &[]).container(|target| {
        target.state.status = crate::domain::target::Status::Paused;
    });
    paused.finds("NOT_FOUND", Severity::Note);
}
