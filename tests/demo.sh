#!/usr/bin/env bash
# The demo: a production container without a shell, and a root shell beside it. In a terminal devtwin opens
# on it; without one the same story is told by the verbs that need none.
set -euo pipefail
cd "$(dirname "$0")/.."

target="devtwin-demo"
bash tests/setup.sh tools engine
tests/fixtures/build.sh >&2
cargo build --release --locked
PATH="$(realpath "${CARGO_TARGET_DIR:-target}")/release:$PATH"

cleanup() { docker rm -f "$target" >/dev/null 2>&1 || true; }
trap cleanup EXIT
cleanup
docker run -d --name "$target" --label dev.devtwin.demo=1 \
    --read-only --cap-drop ALL --security-opt no-new-privileges acme/web:1.4 >/dev/null

if [ -t 0 ] && [ -t 1 ]; then
    devtwin attach "$target"
    exit
fi

# Says what is run, as one would type it, and runs it.
run() {
    local word line='$'
    for word in "$@"; do
        case $word in
            *[' {']*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    printf '\n%s\n' "$line"
    "$@"
}

echo "A production container runs: hardened, as user 65532, with no shell in it."
run docker ps --filter "name=$target" --format '{{.Names}}  {{.Image}}  {{.Status}}'
run docker exec "$target" sh 2>&1 || true

echo
echo "devtwin finds the development sibling of its image, and says why:"
run devtwin resolve "$target"

echo
echo "What it would create, before anything is created:"
run devtwin plan "$target"

echo
echo "Commands of the dev image beside the container, as root, with its processes, network and files:"
run devtwin exec "$target" -- id
run devtwin exec "$target" -- ps
run devtwin exec "$target" -- wget -qO- http://127.0.0.1:8080/
run devtwin exec "$target" -- cat /target/etc/web/marker

echo
echo "A tool that neither of them has is installed in the twin before the command runs:"
run devtwin exec --with bind-tools "$target" -- dig

echo
echo "The target is as it was: docker sees no change in it. And no twin is left beside it."
run docker diff "$target"
run docker ps --all --filter "label=dev.devtwin.target-name=$target" --format '{{.Names}}'
echo
echo "In a terminal, make demo opens a shell in the twin instead."
