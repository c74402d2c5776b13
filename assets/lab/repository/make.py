#!/usr/bin/env python3
"""Makes the labs' package repository anew, beside this file: an index and its packages per processor, and the public key.

Needs python3 and openssl. The private key is thrown away, so that every run signs with a new one. The packages are
scripts, the same for every processor; apk asks for each below its own.
"""
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parents[2] / "tests/fixtures"))
import mkrepo  # noqa: E402

PROBE = """\
#!/bin/sh
# probe PORT [PATH]: asks the HTTP server on a local port for a page, and prints what came.
if [ $# -lt 1 ]; then
    echo "usage: probe PORT [PATH]" >&2
    exit 2
fi
url=http://127.0.0.1:$1/${2#/}
if body=$(wget -q -O - "$url"); then
    echo "probe: $url answers 200 OK"
    printf '%s\\n' "$body"
else
    echo "probe: $url does not answer with a page" >&2
    exit 1
fi
"""
PACKAGES = [
    ("probe", "1.0-r0", "A client for HTTP servers on a local port", [], ["cmd:probe=1.0-r0"], 0, {"usr/bin/probe": (0o755, PROBE)}),
]


def main():
    for arch in ("x86_64", "aarch64"):
        mkrepo.ARCH = arch
        shutil.rmtree(HERE / arch, ignore_errors=True)
        with tempfile.TemporaryDirectory() as work:
            mkrepo.write(work, f"lab-{arch}", PACKAGES)
            (HERE / arch).mkdir()
            for made in [*Path(work, arch).iterdir(), *Path(work, "keys").iterdir()]:
                shutil.copyfile(made, HERE / arch / made.name)


if __name__ == "__main__":
    main()
