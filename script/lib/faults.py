# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Takes away what a gateway writes to, while it works, and gives it back."""

import argparse
import contextlib
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

from local_socket import get
from steady_load import Failure, Gateway, Load

REDOUBT = os.environ["REDOUBT"]
DISK_MEGABYTES = 64


def metrics(data):
    status, text = get(str(data / "redoubt.sock"), "/metrics")
    if status != 200:
        raise Failure(f"/metrics is answered with {status}")
    return {match[1]: float(match[2]) for match in re.finditer(r"^(redoubt_\w+) ([\d.e+]+)$", text, re.M)}


def unhealthy(data):
    """What the gateway says is wrong."""
    _, text = get(str(data / "redoubt.sock"), "/health/ready")
    return sorted(set(re.findall(r'"([\w .-]+)":"(?:failed|degraded|warning)"', text)))


@contextlib.contextmanager
def full_disk(disk, _):
    file = disk / "filler"
    with open(file, "wb", buffering=0) as filler:
        with contextlib.suppress(OSError):
            while True:
                filler.write(b"\0" * 65536)
        with contextlib.suppress(OSError):
            while True:
                filler.write(b"\0")
    try:
        yield
    finally:
        file.unlink()


@contextlib.contextmanager
def locked_databases(_, data):
    connections = []
    for path in data.glob("**/*.sqlite"):
        connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connections.append(connection)
    try:
        yield
    finally:
        for connection in connections:
            connection.execute("ROLLBACK")
            connection.close()


@contextlib.contextmanager
def missing_databases(disk, data):
    moved = []
    for path in data.glob("**/*.sqlite*"):
        aside = disk / f"aside-{len(moved)}"
        path.rename(aside)
        moved.append((aside, path))
    try:
        yield
    finally:
        for aside, path in moved:
            aside.rename(path)


FAULTS = {"disk full": full_disk, "databases locked": locked_databases, "database files gone": missing_databases}


def check(name, load):
    """All pages were answered as ever; attacks were answered, denied or, by the failure policy, passed."""
    pages, attacks = load.answers["page"], load.answers["attack"]
    if set(pages) != {200}:
        raise Failure(f"{name}: pages were answered {pages}")
    if not attacks or not set(attacks) <= {200, 403, 500, 503}:
        raise Failure(f"{name}: attacks were answered {attacks}")
    return f"{pages[200]:,} pages 200; attacks {attacks}; the slowest answer {load.slowest * 1e3:.0f} ms"


def run(options, disk):
    data = disk / "data"
    with Gateway(data, disk.parent) as gateway, Load(gateway.port) as load:
        time.sleep(3)
        load.reset()
        time.sleep(3)
        print(f"before: {check('before', load)}", flush=True)
        for name, fault in FAULTS.items():
            before = metrics(data)
            marked = gateway.log.stat().st_size
            with fault(disk, data):
                load.reset()
                time.sleep(options.seconds)
                line = check(name, load)
                said = unhealthy(data)
            print(f"{name}, {options.seconds} s: {line}; said to be wrong: {', '.join(said) or 'nothing'}", flush=True)
            if gateway.process.poll() is not None:
                raise Failure(f"{name}: the gateway ended: {gateway.tail}")
            time.sleep(8)
            load.reset()
            during = metrics(data)
            time.sleep(5)
            after = metrics(data)
            line = check("after " + name, load)
            if 403 not in load.answers["attack"] or 200 in load.answers["attack"]:
                raise Failure(f"after {name}: attacks were answered {load.answers['attack']}, so nothing is recorded")
            stored = after["redoubt_events_stored_total"] - during["redoubt_events_stored_total"]
            if stored <= 0:
                raise Failure(f"after {name}: no event is recorded any more")
            lost = after["redoubt_events_lost_total"] - before["redoubt_events_lost_total"]
            text = gateway.log.read_bytes()[marked:].decode(errors="replace")
            lines = sorted({re.sub(r"\d+", "N", each)[26:180] for each in text.splitlines() if "error" in each or "warning" in each})
            print(f"  after it: {line}; {lost:,.0f} events counted as lost; the log said:", flush=True)
            for each in lines[:8]:
                print(f"    {each}")
            if name == "disk full" and not lines and not said:
                raise Failure(f"{name}: nothing was said")
    report = subprocess.run(
        [REDOUBT, "evidence", "verify", "--data", str(data)], capture_output=True, text=True
    )
    print(report.stdout.strip().splitlines()[-1] if report.stdout else report.stderr)
    if report.returncode:
        raise Failure("the evidence does not verify")


def main():
    parser = argparse.ArgumentParser(prog="script/faults", description=__doc__)
    parser.add_argument("seconds", type=int, nargs="?", default=60, help="for each fault (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="redoubt-faults-") as folder:
        disk = pathlib.Path(folder) / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "redoubt-faults", str(disk)]
        if subprocess.run(mount).returncode:
            print("script/faults: a disk in memory cannot be mounted here", file=sys.stderr)
            return 3
        try:
            run(options, disk)
        except Failure as failure:
            print(f"script/faults: {failure}", file=sys.stderr)
            return 1
        finally:
            subprocess.run(["umount", "--lazy", str(disk)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
