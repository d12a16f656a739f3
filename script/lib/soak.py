# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Attacks a gateway on the wire, watches its memory and descriptors, and asks it for ordinary pages meanwhile."""

import argparse
import collections
import contextlib
import http.client
import os
import pathlib
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from soak_attacks import ATTACKS, Attacker

LIBRARY = pathlib.Path(__file__).resolve().parent
BENIGN_CLIENTS = 3
# Seconds that an ordinary request may take, and the share of them that has to be answered.
PATIENCE = 30
SUCCESS = 0.995


class Gateway:
    """The gateway under test with its upstream; both end with the block."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder

    def __enter__(self) -> "Gateway":
        self.upstream = subprocess.Popen(
            [sys.executable, LIBRARY / "soak_upstream.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        upstream_port = int(self.upstream.stdout.readline())
        self.port = free_port()
        self.output = open(self.folder / "output.log", "wb")
        command = [os.environ["REDOUBT"], "gateway", "--listen", f"127.0.0.1:{self.port}"]
        command += ["--upstream", f"http://127.0.0.1:{upstream_port}", "--mode", "enforce", "--data", str(self.folder)]
        command += ["--error-log", str(self.folder / "error.log"), "--threads", "2"]
        self.process = subprocess.Popen(command, stdout=self.output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 120
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                sys.stderr.write((self.folder / "output.log").read_text(errors="replace")[-2000:])
                raise SystemExit("script/soak: the gateway did not start")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.upstream.stdin.close()
        self.upstream.wait(timeout=15)
        self.output.close()

    def listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True
        return False

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def resident_megabytes(self) -> float:
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        raise ProcessLookupError

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self) -> int | None:
        """Asks it to end; its status, or None where it does not."""
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(timeout=60)
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stage:
    """What happened while one attack, or all of them, ran."""

    def __init__(self, name: str):
        self.name = name
        self.attacks = 0
        self.memory: list[float] = []
        self.descriptors: list[int] = []
        self.latencies: list[float] = []
        self.failures: list[str] = []

    def row(self) -> list[str]:
        # A stage may be shorter than the time between two samples.
        memory = self.memory or [0.0]
        latencies = [1000 * latency for latency in self.latencies] or [0.0]
        return [
            self.name, str(self.attacks), *(f"{f(memory):.0f}" for f in (min, statistics.median, max)),
            str(max(self.descriptors, default=0)), f"{len(self.latencies)}/{len(self.latencies) + len(self.failures)}",
            f"{statistics.median(latencies):.0f}", f"{max(latencies):.0f}",
        ]  # fmt: skip


HEADINGS = ["stage", "attacks", "RSS min", "p50", "max", "fds max", "answered", "p50 ms", "max ms"]


class Soak:
    def __init__(self, gateway: Gateway, seed: int):
        self.gateway = gateway
        self.seed = seed
        self.lock = threading.Lock()
        self.stage = Stage("start")
        self.stages: list[Stage] = []
        self.errors: list[str] = []
        self.over = threading.Event()

    # What runs all the time

    def sample(self):
        while not self.over.wait(1):
            try:
                memory, descriptors = self.gateway.resident_megabytes(), self.gateway.descriptors()
            except (OSError, ProcessLookupError):
                return
            with self.lock:
                self.stage.memory.append(memory)
                self.stage.descriptors.append(descriptors)

    def benign(self, number: int):
        """A client that keeps its connection as long as the gateway does."""
        connection = None
        round = number
        while not self.over.wait(0.1):
            round += 1
            start = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=PATIENCE)
                status, length = ask(connection, round)
                failure = None if (status, length) == (200, 1000) else f"status {status}, {length} bytes"
            except (OSError, http.client.HTTPException) as error:
                failure = repr(error)
            with self.lock:
                if failure is None:
                    self.stage.latencies.append(time.monotonic() - start)
                else:
                    self.stage.failures.append(failure)
            # A connection that was used often enough makes room for a new one.
            if (failure is not None or round % 50 == 0) and connection:
                connection.close()
                connection = None
        if connection:
            connection.close()

    # Stages

    def begin(self, name: str) -> Stage:
        with self.lock:
            self.stage = Stage(name)
            self.stages.append(self.stage)
            return self.stage

    def attack(self, attacks, stage: Stage, seconds: float):
        stop = threading.Event()
        threads = []
        for attack, count in attacks:
            for number in range(count):
                rng = random.Random(f"{self.seed} {stage.name} {attack.__name__} {number}")
                attacker = Attacker(self.gateway.port, f"127.0.0.{len(threads) + 2}", rng, stop)
                threads.append(threading.Thread(target=self.repeat, args=(attack, attacker, stage), daemon=True))
        for thread in threads:
            thread.start()
        stop.wait(seconds)
        stop.set()
        for thread in threads:
            thread.join(timeout=60)
            if thread.is_alive():
                self.errors.append(f"{stage.name}: an attack does not end: the gateway neither reads nor closes")

    def repeat(self, attack, attacker: Attacker, stage: Stage):
        while not attacker.stop.is_set() and self.gateway.is_running:
            try:
                attack(attacker)
            except OSError:
                # Refusing connections is an answer too; do not spin on it.
                attacker.stop.wait(0.02)
            except Exception as error:
                self.errors.append(f"{stage.name}: the attack itself failed: {error!r}")
                return
            with self.lock:
                stage.attacks += 1

    def run(self, attacks, seconds: float):
        helpers = [threading.Thread(target=self.sample, daemon=True)]
        helpers += [threading.Thread(target=self.benign, args=(n,), daemon=True) for n in range(BENIGN_CLIENTS)]
        self.begin("start")
        for helper in helpers:
            helper.start()
        self.over.wait(5)
        plan = [(attack.__name__, [(attack, count)]) for attack, count in attacks]
        if len(plan) > 1:
            plan.append(("all together", attacks))
        for name, chosen in plan:
            stage = self.begin(name)
            self.attack(chosen, stage, seconds / len(plan))
            print(" ".join(stage.row()), file=sys.stderr, flush=True)
            if not self.gateway.is_running:
                self.errors.append(f"{name}: the gateway ended with {self.gateway.process.returncode}")
                break
        self.begin("drained")
        self.over.wait(5)
        self.over.set()
        for helper in helpers:
            helper.join(timeout=PATIENCE + 5)


def ask(connection: http.client.HTTPConnection, round: int) -> tuple[int, int]:
    fields = {"Host": "localhost", "User-Agent": "Mozilla/5.0", "Accept": "text/html"}
    if round % 3:
        connection.request("GET", f"/articles?page={round % 40}", headers=fields)
    else:
        fields["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", "/comments", body=f"name=Ada&text=hello+{round}", headers=fields)
    response = connection.getresponse()
    return response.status, len(response.read())


def idle(gateway: Gateway, seconds: float, bound: int) -> tuple[float, int]:
    """Waits until no more descriptors than `bound` are open, at most so long; then the memory and the descriptors."""
    deadline = time.monotonic() + seconds
    while gateway.descriptors() > bound and time.monotonic() < deadline:
        time.sleep(0.5)
    return gateway.resident_megabytes(), gateway.descriptors()


def table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def judge(soak: Soak, memory_bound: float, start: tuple[float, int], end: tuple[float, int]) -> list[str]:
    problems = list(soak.errors)
    if end[0] > start[0] + memory_bound:
        problems.append(f"memory grew from {start[0]:.0f} to {end[0]:.0f} MB")
    if end[1] > start[1] + 2:
        problems.append(f"descriptors went from {start[1]} to {end[1]}")
    answered = sum(len(stage.latencies) for stage in soak.stages)
    failures = [failure for stage in soak.stages for failure in stage.failures]
    if answered < SUCCESS * (answered + len(failures)) or not answered:
        common = collections.Counter(failures).most_common(3)
        problems.append(f"{len(failures)} of {answered + len(failures)} ordinary requests failed: {common}")
    return problems


def main():
    parser = argparse.ArgumentParser(prog="script/soak", description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=240, help="for all stages together")
    parser.add_argument("--seed", type=int, default=1, help="of the random choices")
    parser.add_argument("--only", action="append", help="an attack's name; may be repeated")
    parser.add_argument("--memory", type=float, default=64, help="how many MB may stay taken (default: %(default)s)")
    arguments = parser.parse_args()
    attacks = [attack for attack in ATTACKS if not arguments.only or attack[0].__name__ in arguments.only]
    if not attacks:
        parser.error("--only names no attack; there are " + ", ".join(attack.__name__ for attack, _ in ATTACKS))

    with tempfile.TemporaryDirectory(prefix="redoubt-soak-") as folder, Gateway(pathlib.Path(folder)) as gateway:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)) as client:
            for number in range(30):
                ask(client, number)
        # Connections to the upstream that nobody needs are closed after half a minute.
        start = idle(gateway, 45, gateway.descriptors() - 2)
        soak = Soak(gateway, arguments.seed)
        soak.run(attacks, arguments.seconds)
        problems = []
        if gateway.is_running:
            end = idle(gateway, 90, start[1])
            status = gateway.stop()
            if status != 0:
                problems.append(f"the gateway ended with {status} when asked to stop")
        else:
            end = (0.0, 0)
        problems = judge(soak, arguments.memory, start, end) + problems
        logged = (gateway.folder / "error.log").stat().st_size + (gateway.folder / "output.log").stat().st_size
        if problems:
            sys.stderr.write((gateway.folder / "output.log").read_text(errors="replace")[-30000:])

    print(table([HEADINGS, *(stage.row() for stage in soak.stages)]))
    print(f"\nMemory: {start[0]:.0f} MB at the start, {end[0]:.0f} MB at the end. ", end="")
    print(f"Descriptors: {start[1]}, then {end[1]}. Log: {logged >> 10} KB. Seed: {arguments.seed}.")
    for problem in problems:
        print(f"PROBLEM: {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
