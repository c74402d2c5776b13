#!/usr/bin/env bash
# Installs and starts what the demo and the tests need, on Debian as root; what is there is left alone.
#
#   tests/setup.sh tools     a C linker for cargo
#   tests/setup.sh engine    Docker Engine, running
#   tests/setup.sh bench     tmux, for comparison
#   tests/setup.sh test      what the tests use besides: a registry, htpasswd, kill, tmux, openssl, an ssh server
set -euo pipefail

say() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# need COMMAND PACKAGE…: installs the packages when the command is missing.
need() {
    local command=$1
    shift
    command -v "$command" >/dev/null 2>&1 && return 0
    [ "$(id -u)" = 0 ] || die "$command is missing: as root, apt-get install $*"
    command -v apt-get >/dev/null 2>&1 || die "$command is missing and this is no Debian: install it by hand"
    say "installing $*"
    if [ -z "${apt_updated:-}" ]; then
        apt-get update -qq >&2
        apt_updated=1
    fi
    # Packages may try to start services; a machine without an init must not fail for that.
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 ||
        die "apt-get install $* failed"
}

cargo_there() {
    command -v cargo >/dev/null 2>&1 ||
        die "cargo is missing: install Rust 1.89 or newer (https://rustup.rs), then run this again"
    need cc gcc libc6-dev
}

engine_up() { docker version >/dev/null 2>&1; }

# wait_for_engine N: for at most N half seconds.
wait_for_engine() {
    for _ in $(seq "$1"); do
        if engine_up; then return 0; fi
        sleep 0.5
    done
    return 1
}

engine() {
    local log=/var/log/devtwin-dockerd.log
    # Newer Debian ships the command apart from the engine.
    if ! command -v docker >/dev/null 2>&1; then need dockerd docker.io; fi
    if ! command -v docker >/dev/null 2>&1; then need docker docker-cli; fi

    engine_up && return 0
    [ -z "${DOCKER_HOST:-}" ] || die "DOCKER_HOST is $DOCKER_HOST, and no engine answers there"
    [ "$(id -u)" = 0 ] || die "no Docker Engine answers: start it, or run this as root"
    need dockerd docker.io
    say "starting Docker Engine"
    if [ -d /run/systemd/system ]; then
        systemctl start docker >&2 || true
    else
        service docker start >&2 || true
    fi
    wait_for_engine 20 && return 0
    # No init took it up: a container or a chroot, or one that blocks services.
    if ! [ -d "/proc/$(cat /run/docker.pid 2>/dev/null || echo none)" ]; then
        nohup dockerd >"$log" 2>&1 </dev/null &
    fi
    wait_for_engine 60 && return 0
    if [ -e "$log" ]; then tail -n 5 "$log" >&2; fi
    die "Docker Engine does not come up: see $log, /var/log/docker.log or journalctl -u docker"
}

for part in "$@"; do
    case $part in
        tools) cargo_there ;;
        engine) engine ;;
        bench) need tmux tmux ;;
        test)
            need docker-registry docker-registry
            need htpasswd apache2-utils
            need ps procps # for its kill: the tests send signals with the program, not with the shell's own
            need tmux tmux # the terminal that ours is compared with
            need openssl openssl
            need ssh openssh-client
            # The tests run one of their own on loopback. Installing it starts one where services are managed: that is for
            # the person to decide.
            if ! [ -x /usr/sbin/sshd ]; then
                [ ! -d /run/systemd/system ] ||
                    die "sshd is missing: apt-get install openssh-server (systemctl disable --now ssh, if you want no server)"
                need sshd openssh-server
            fi
            ;;
        *) die "no part named $part (tools, engine, bench, test)" ;;
    esac
done
