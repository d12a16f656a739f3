# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Starts the sample shop for the scripts that attack or visit it."""

import contextlib
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def executable() -> pathlib.Path:
    """The shop that was built last; builds it where there is none."""
    if named := os.environ.get("SAMPLE_SHOP"):
        return pathlib.Path(named)
    built = [ROOT / ".build" / configuration / "sample-shop" for configuration in ("release", "debug")]
    if existing := [path for path in built if path.exists()]:
        return max(existing, key=lambda path: path.stat().st_mtime)
    build = subprocess.run(["swift", "build", "--product", "sample-shop"], cwd=ROOT, stdout=sys.stderr)
    if build.returncode:
        print("the sample shop could not be built", file=sys.stderr)
        sys.exit(3)
    return ROOT / ".build/debug/sample-shop"


@contextlib.contextmanager
def running():
    """Yields the address of a shop of its own, which ends with the block."""
    shop = subprocess.Popen(
        [executable(), "--port", "0", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = shop.stdout.readline()
        if "listening on " not in line:
            raise SystemExit(f"the sample shop did not start: {line!r}")
        yield line.split()[-1]
        if shop.poll() is not None:
            raise SystemExit(f"the sample shop ended by itself, with {shop.returncode}")
    finally:
        shop.stdin.close()
        try:
            shop.wait(timeout=15)
        except subprocess.TimeoutExpired:
            shop.kill()
