# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""What it costs to record exchanges and to search them."""

import contextlib
import json
import os
import time

import corpus
import processes
import rules
import servers
import wire
from client import Client
from tools import BenchFailure

TURNS = 8
WARM_UP = 2_000
EXCHANGES = 40_000
PART = 1_000
PATIENCE = 120


def measure(options, folder, note):
    """Made-up events for the times; the corpus, sent through a gateway, for the bytes on disk."""
    note(f"store: {options.events:,} events")
    command = [options.redoubt, "events", "bench", "--folder", str(folder), "--events", str(options.events)]
    result = json.loads(processes.output([*command, "--format", "json"]))
    note("store: the corpus through a gateway")
    result["exchanges"] = _exchanges(options, folder)
    note("store: what recording adds to the time of a request")
    result["latency"] = _latency(options, folder)
    note("store: detections")
    command = [options.redoubt, "detections", "bench", "--folder", str(folder), "--rows", str(options.events // 5)]
    result["detections"] = json.loads(processes.output([*command, "--format", "json"]))
    return result


def _latency(options, folder):
    """One request after another, now to a gateway that records and now to one that does not."""
    file = rules.write(folder, 1)
    request = wire.ordinary(options, file, ("get",))[0].wire()
    site_port, *ports = processes.free_ports(3)
    times = {"recording": [], "not": [], "denied": [], "disk": []}
    with contextlib.ExitStack() as stack:
        stack.enter_context(servers.site(folder, site_port))
        clients = {}
        for name, port, flags in (("recording", ports[0], ()), ("not", ports[1], ("--no-record",))):
            server = stack.enter_context(
                servers.gateway(folder, f"latency-{name}", options.redoubt, port, site_port, rules=file, flags=flags)
            )
            _wait_for_patterns(server)
            clients[name] = stack.enter_context(Client(port))
        attack = corpus.ATTACK.wire()
        for number in range(WARM_UP + EXCHANGES):
            # Each goes first as often as second.
            for name in ("recording", "not") if number % 2 else ("not", "recording"):
                _time(clients[name], request, 200, times[name] if number >= WARM_UP else [])
        # By themselves, as what they leave to be written takes a processor from whoever comes next. Beside each the least
        # that a denial has to wait for: as many bytes brought to the same disk.
        with (folder / "latency-disk").open("wb", buffering=0) as disk:
            for _ in range(EXCHANGES // 10):
                _time(clients["recording"], attack, 403, times["denied"])
                times["disk"].append(_write(disk))
    result = {name: {"p50_us": _percentile(each, 50), "p99_us": _percentile(each, 99)} for name, each in times.items()}
    result["added"] = {"p50_us": _added(times, 50), "p99_us": _added(times, 99)}
    return result


def _added(times, percent):
    """The median, over parts of the run, of what recording adds in each: a part that something else disturbed counts once."""
    differences = []
    for start in range(0, EXCHANGES, PART):
        recording, without = (_percentile(times[name][start : start + PART], percent) for name in ("recording", "not"))
        differences.append(recording - without)
    return round(sorted(differences)[len(differences) // 2], 1)


def _wait_for_patterns(server):
    """A gateway with an empty folder compiles its patterns while it answers, which takes a processor from the requests."""
    end = time.monotonic() + PATIENCE
    while "patterns compiled" not in server.log.read_text(errors="replace"):
        if time.monotonic() > end:
            raise BenchFailure(f"the patterns are not compiled after {PATIENCE} s:\n{processes.tail(server.log)}")
        time.sleep(0.1)


def _time(client, request, expected, times):
    began = time.perf_counter()
    status, _ = client.exchange(request)
    times.append((time.perf_counter() - began) * 1e6)
    if status != expected:
        raise BenchFailure(f"a request was answered with {status}, not {expected}")


def _write(file):
    """The microseconds that 400 bytes at the end of a file need to be on disk."""
    began = time.perf_counter()
    file.write(bytes(400))
    os.fdatasync(file.fileno())
    return (time.perf_counter() - began) * 1e6


def _percentile(values, percent):
    return round(sorted(values)[len(values) * percent // 100], 1)


def _exchanges(options, folder):
    file = rules.write(folder, 1)
    # The client does not know that an answer to HEAD has no body.
    requests = [request.wire() for request in corpus.read(options.corpus) if request.method != b"HEAD"]
    site_port, port = processes.free_ports(2)
    with servers.site(folder, site_port):
        with servers.gateway(folder, "gateway-store", options.redoubt, port, site_port, rules=file) as server:
            with Client(port) as client:
                for _ in range(TURNS):
                    for request in requests:
                        client.exchange(request)
            log = server.log
    sent = TURNS * len(requests)
    if f"recorded events={sent} lost=0" not in log.read_text(errors="replace"):
        raise BenchFailure(f"of {sent} exchanges not all were recorded:\n{processes.tail(log)}")
    data = folder / "gateway-store/data"
    events, kept = (sum(f.stat().st_size for f in data.glob(files)) for files in ("events/events-*.sqlite*", "payloads/*"))
    return {
        "count": sent,
        "distinct": len(requests),
        "disk_bytes": round(events / sent, 1),
        "disk_bytes_with_payloads": round((events + kept) / sent, 1),
    }
