# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Kills a gateway at random moments, and compares what it had acknowledged with what is on disk."""

import argparse
import base64
import http.client
import ipaddress
import json
import os
import pathlib
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from local_socket import LocalConnection

LIBRARY = pathlib.Path(__file__).resolve().parent
REDOUBT = os.environ["REDOUBT"]
ATTACKERS = 3
VERIFY_EVERY = 20


class Failure(Exception):
    """Something is not as it has to be."""


class Acknowledged:
    """What the gateway said it has done."""

    def __init__(self):
        self.denials = set()
        self.changes = {}
        self.lock = threading.Lock()

    def deny(self, request):
        with self.lock:
            self.denials.add(request)

    def change(self, decision, entity):
        with self.lock:
            self.changes[decision] = entity


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(data, port, upstream, log):
    command = [REDOUBT, "gateway", "--listen", f"127.0.0.1:{port}", "--upstream", f"http://127.0.0.1:{upstream}"]
    command += ["--mode", "enforce", "--data", str(data), "--error-log", str(log.parent / "error.log")]
    with open(log, "ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failure(f"the gateway does not start after a crash:\n{log.read_text(errors='replace')[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return process
        except OSError:
            time.sleep(0.01)
    raise Failure("the gateway does not listen after 60 seconds")


def attack(port, acknowledged, ending):
    while not ending.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            while not ending.is_set():
                connection.request("GET", "/?q=1%27%20union%20select%201", headers={"host": "localhost"})
                response = connection.getresponse()
                response.read()
                if response.status == 403:
                    acknowledged.deny(response.getheader("x-request-id"))
        except (OSError, http.client.HTTPException):
            time.sleep(0.005)
        finally:
            connection.close()


def govern(data, numbers, acknowledged, ending):
    """Blocks one address after another, as an administrator's tool would."""
    while not ending.is_set():
        connection = LocalConnection(str(data / "redoubt.sock"))
        try:
            while not ending.is_set():
                entity = f"address:{ipaddress.ip_address(0x0A000000 + next(numbers))}"
                body = json.dumps({"entity": entity, "reason": "a test of crashes"})
                connection.request("POST", "/api/v1/blocks", body, {"content-type": "application/json"})
                response = connection.getresponse()
                answer = response.read()
                if response.status not in (200, 201):
                    raise Failure(f"a block is answered with {response.status}: {answer[:300]}")
                acknowledged.change(json.loads(answer)["decision"], entity)
        except (OSError, http.client.HTTPException):
            time.sleep(0.005)
        finally:
            connection.close()


def output(*arguments):
    result = subprocess.run([REDOUBT, *arguments], capture_output=True, text=True)
    if result.returncode:
        raise Failure(f"redoubt {' '.join(arguments[:2])} ended with {result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout


def verify(data):
    report = json.loads(output("evidence", "verify", "--data", str(data), "--format", "json"))
    if not report["intact"]:
        raise Failure(f"the evidence is not intact: {report}")
    return report["leaves"]


def leaves(data, folder):
    """The content of all leaves."""
    bundle = folder / "bundle.ndjson"
    output("evidence", "export", "--data", str(data), "--output", str(bundle))
    for line in bundle.read_text().splitlines():
        leaf = json.loads(line).get("leaf")
        if isinstance(leaf, str):
            yield base64.b64decode(leaf)


def missing(data, folder, acknowledged):
    """What was acknowledged and is not there."""
    text = b"\n".join(leaves(data, folder)).decode(errors="replace")
    words = set(re.findall(r"[0-9a-f.-]{10,}", text))
    lost = [f"denial {each}" for each in acknowledged.denials if each not in words]
    lost += [f"decision {each}" for each in acknowledged.changes if each not in words]
    blocks = set(blocked(data))
    lost += [f"block of {each}" for each in acknowledged.changes.values() if each not in blocks]
    return lost


def blocked(data):
    """Everyone who is blocked."""
    cursor = []
    while cursor is not None:
        page = json.loads(
            output("block", "list", "--data", str(data), "--limit", "200", *cursor, "--format", "json")
        )
        yield from (item["entity"] for item in page["items"])
        cursor = ["--cursor", page["next"]] if page.get("next") else None


def whole(data):
    for database in data.glob("**/*.sqlite"):
        with sqlite3.connect(database) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if answer != "ok":
            raise Failure(f"{database.name}: {answer}")


def run(options, folder):
    dice = random.Random(options.seed)
    data = folder / "data"
    acknowledged = Acknowledged()
    numbers = iter(range(1, 1 << 24))
    upstream = subprocess.Popen(
        [sys.executable, LIBRARY / "soak_upstream.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        upstream_port = int(upstream.stdout.readline())
        for turn in range(options.times):
            port = free_port()
            process = start(data, port, upstream_port, folder / "gateway.log")
            ending = threading.Event()
            threads = [
                threading.Thread(target=attack, args=(port, acknowledged, ending)) for _ in range(ATTACKERS)
            ] + [threading.Thread(target=govern, args=(data, numbers, acknowledged, ending))]
            for thread in threads:
                thread.start()
            time.sleep(dice.uniform(0.05, options.longest))
            process.send_signal(signal.SIGKILL)
            process.wait()
            ending.set()
            for thread in threads:
                thread.join()
            if (turn + 1) % VERIFY_EVERY == 0 or turn + 1 == options.times:
                print(
                    f"{turn + 1} kills: {verify(data):,} leaves verify, {len(acknowledged.denials):,} denials and "
                    f"{len(acknowledged.changes):,} changes were acknowledged",
                    flush=True,
                )
        # Once more, and ended in order, so that all leaves are signed.
        process = start(data, free_port(), upstream_port, folder / "gateway.log")
        process.terminate()
        process.wait(60)
    finally:
        upstream.kill()
    verify(data)
    lost = missing(data, folder, acknowledged)
    if lost:
        raise Failure(f"{len(lost)} acknowledged and lost, such as {', '.join(lost[:5])}")
    whole(data)
    if not acknowledged.denials or not acknowledged.changes:
        raise Failure("nothing was acknowledged, so nothing was tested")
    print(
        f"{options.times} kills: nothing lost of {len(acknowledged.denials):,} denials and "
        f"{len(acknowledged.changes):,} changes; the evidence verifies, every database is whole"
    )


def main():
    parser = argparse.ArgumentParser(prog="script/crash", description=__doc__)
    parser.add_argument("times", type=int, nargs="?", default=200, help="how often to kill (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (%(default)s)")
    parser.add_argument("--longest", type=float, default=1.5, help="seconds till a kill, at most (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="redoubt-crash-") as folder:
        try:
            run(options, pathlib.Path(folder))
        except Failure as failure:
            print(f"script/crash: {failure}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
