#!/usr/bin/env bash
# Runs the tests that need an engine against other engines than the machine's, on Debian as root.
#
#   tests/engines.sh                       all of them, and the machine's own
#   tests/engines.sh NAME…                 these: machine stable newest newest-containerd, and stable-containerd
#   tests/engines.sh --if-reachable NAME   where Debian's archive cannot be reached, says so and goes on with status 0
#
# `stable` and `newest` are the engines of Debian's stable and unstable releases (26.1 and 28.5 in November 2026), taken from
# the archive that the machine's own apt uses, unpacked below target/engines and never installed. Each runs in namespaces of
# its own, so that it cannot touch the machine's engine, and leaves nothing but what was unpacked.
# DEVTWIN_ENGINE_TESTS="join ways" limits the tests to those whose name contains a word, and DEVTWIN_ENGINE_PROGRAMS="docker"
# to some of the programs that hold them: docker tty entrypoint packages_cli.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD/target/engines

say() { printf 'engines: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

if_reachable=
if [ "${1:-}" = --if-reachable ]; then if_reachable=1; shift; fi
[ $# -gt 0 ] || set -- machine stable newest newest-containerd
for name in "$@"; do
    case $name in
        machine | stable | stable-containerd | newest | newest-containerd) ;;
        *) die "no engine named $name (machine, stable, stable-containerd, newest, newest-containerd)" ;;
    esac
done
[ "$(id -u)" = 0 ] || die "an engine in namespaces of its own needs root"
# The tests tell engines apart by DOCKER_HOST alone.
unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH

# apt of another release, with lists, cache and sources of its own.
apt_of() {
    local release=$1
    shift
    apt-get -qq -o Dir::Etc::SourceList="$root/$release/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$root/$release/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User=root -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "$@"
}

# fetch RELEASE: unpacks its engine; what is there already is taken as it is. Fails when the archive is out of reach.
fetch() {
    local release=$1 dir=$root/$1 site
    [ ! -x "$dir/usr/sbin/dockerd" ] || return 0
    command -v apt-get >/dev/null || die "this is no Debian: engines of other releases are taken from its archive"
    site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$') ||
        die "apt knows no archive of Debian"
    say "fetching the engine of $release"
    mkdir -p "$dir/lists/partial" "$dir/debs"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $release main" >"$dir/sources.list"
    apt_of "$release" update >&2 || return 1
    (cd "$dir/debs" && apt_of "$release" download "docker.io/$release" "containerd/$release" "runc/$release" >&2) || return 1
    # docker-init may be a package of its own by then; nothing here runs with --init.
    for deb in "$dir"/debs/*.deb; do dpkg -x "$deb" "$dir.new"; done
    # One that wants a newer libc does not run here; the machine's serves any engine.
    for name in runc sbin/runc bin/runc; do
        local runc=$dir.new/usr/${name#/}
        if [ -e "$runc" ] && ! "$runc" --version >/dev/null 2>&1; then ln -sf "$(command -v runc)" "$runc"; fi
    done
    mv "$dir.new/usr" "$dir/usr"
    rm -rf "$dir.new" "$dir/debs" "$dir/lists"
}

engine= work=
stop() {
    if [ -n "$engine" ]; then
        # unshare ignores anything softer; the first process of the namespace goes with it, and with that everything there.
        kill -KILL "$engine" 2>/dev/null || true
        wait "$engine" 2>/dev/null || true
        engine=
    fi
    if [ -n "$work" ]; then
        find /sys/fs/cgroup -depth -type d -path '*/devtwin-test-engines*' -exec rmdir {} + 2>/dev/null || true
        rm -rf "$work"
        work=
    fi
}
trap stop EXIT

# start RELEASE JSON: starts its engine with that configuration, and points DOCKER_HOST at it.
start() {
    local dir=$root/$1
    work=$(mktemp -d /tmp/devtwin-engine.XXXXXX)
    mkdir "$work/data" "$work/exec"
    echo "$2" >"$work/config.json"
    # The machine's containerd is hidden, or it would be used; unshare dies with its child and the other way round.
    PATH=$dir/usr/sbin:$dir/usr/bin:$PATH unshare -n -m -p --fork --kill-child --mount-proc sh -c "
        ip link set lo up
        mkdir -p /run/docker /run/containerd
        mount -t tmpfs none /run/docker && mount -t tmpfs none /run/containerd
        exec dockerd --config-file $work/config.json --data-root $work/data --exec-root $work/exec -p $work/pid \
            -H unix://$work/sock --cgroup-parent /devtwin-test-engines" >"$work/log" 2>&1 &
    engine=$!
    export DOCKER_HOST=unix://$work/sock
    for _ in $(seq 120); do
        if docker version >/dev/null 2>&1; then return 0; fi
        kill -0 "$engine" 2>/dev/null || break
        sleep 0.5
    done
    tail -n 20 "$work/log" >&2
    die "the engine of $1 does not come up"
}

# The tests of one engine, in its network: registries and ssh are on its loopback.
tests() {
    local filter=()
    # shellcheck disable=SC2206 # a list of words
    if [ -n "${DEVTWIN_ENGINE_TESTS:-}" ]; then filter=($DEVTWIN_ENGINE_TESTS); fi
    local program outcome=0
    for program in "${programs[@]}"; do
        # Those that start an engine of their own take the machine's program for it: once is enough.
        "${within[@]}" "$program" "${filter[@]}" --skip engine_gone --skip a_join_over_tls || outcome=1
    done
    return "$outcome"
}

programs=()
for name in ${DEVTWIN_ENGINE_PROGRAMS:-docker tty entrypoint packages_cli}; do
    program=$(cargo test --locked --no-run --test "$name" --message-format json 2>/dev/null |
        sed -n "s/.*\"name\":\"$name\".*\"executable\":\"\([^\"]*\)\".*/\1/p" | tail -n 1)
    [ -x "$program" ] || die "cargo test --no-run --test $name does not build"
    programs+=("$program")
done
failed=
machine=${DOCKER_HOST:-}
for name in "$@"; do
    within=()
    if [ "$name" != machine ]; then
        release=unstable config='{}'
        case $name in
            stable) release=stable ;;
            stable-containerd) release=stable config='{"features":{"containerd-snapshotter":true}}' ;;
            newest) config='{"storage-driver":"overlay2","features":{"containerd-snapshotter":false}}' ;;
            newest-containerd) config='{"features":{"containerd-snapshotter":true}}' ;;
        esac
        if ! fetch "$release"; then
            [ -n "$if_reachable" ] || die "Debian's archive cannot be reached: the engine of $release was not tried"
            say "NOT TRIED: $name, because Debian's archive cannot be reached"
            continue
        fi
        mapfile -t images < <(docker images --filter label=dev.devtwin.fixture --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>')
        [ ${#images[@]} -gt 0 ] || die "the fixture images are missing: make fixtures"
        start "$release" "$config"
        within=(nsenter --net -t "$engine")
        # Faster than to build them again, and it needs no network.
        docker -H "${machine:-unix:///var/run/docker.sock}" save "${images[@]}" | docker load --quiet >/dev/null
    fi
    say "$name: $(docker version --format '{{.Server.Version}}, API {{.Server.APIVersion}}'), $(docker info --format '{{.Driver}}')"
    began=$SECONDS
    if tests; then say "$name: passed in $((SECONDS - began)) s"; else failed="$failed $name"; fi
    stop
    if [ -n "$machine" ]; then export DOCKER_HOST=$machine; else unset DOCKER_HOST; fi
done
[ -z "$failed" ] || die "failed:$failed"
