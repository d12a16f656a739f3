# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""How long requests take while the rules are loaded again, against before."""

import itertools
import os
import pathlib
import signal
import time

import processes
import rules
import servers
import wire
from client import Client
from tools import BenchFailure

PATIENCE = 60
# Requests that start just after the new rules are in count as well: they meet cold memory.
AFTERWARDS = 0.1


def measure(options, folder, note):
    """Both servers at paranoia level 1, one client; each round is a while of ordinary service and one reload."""
    file = rules.write(folder, 1)
    requests = [request.wire() for request in wire.ordinary(options, file, ("get",))]
    site_port, ours, theirs = processes.free_ports(3)
    result = {}
    with servers.site(folder, site_port):
        note("reload: redoubt")
        with servers.gateway(folder, "gateway-reload", options.redoubt, ours, site_port, rules=file) as server:
            result["redoubt"] = _measure(server, requests, options, lambda: _logged_reloads(server))
        if options.peer:
            note("reload: nginx_modsecurity")
            with servers.nginx_proxy(folder, theirs, site_port, rules=file) as server:
                result["nginx_modsecurity"] = _measure(server, requests, options, lambda: _workers(server))
    return result


def _logged_reloads(server):
    """Changes when the gateway has taken up new rules."""
    text = pathlib.Path(server.log).read_text(errors="replace")
    if "not reloaded" in text:
        raise BenchFailure(f"the gateway did not reload:\n{processes.tail(server.log)}")
    return text.count("reloaded")


def _workers(server):
    """Changes when the last worker with the old rules is gone; an empty set is no answer."""
    children = pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return frozenset(children.read_text().split())


def _measure(server, requests, options, state):
    before, during, durations = [], [], []
    stream = itertools.cycle(requests)
    with Client(server.port) as client:
        for request in requests[:50]:
            client.exchange(request)
        for _ in range(options.rounds):
            end = time.perf_counter() + options.seconds
            while time.perf_counter() < end:
                before.append(_exchange(client, next(stream)))
            taken, seconds = _reload(server, client, stream, state)
            during += taken
            durations.append(seconds)
        reconnections = client.reconnections
    return {
        "before": _latencies(before),
        "during": _latencies(during),
        "p99_added_ms": round(_share(during, 0.99) * 1e3 - _share(before, 0.99) * 1e3, 2),
        "reload_ms": round(min(durations) * 1e3, 1),
        "reconnections": reconnections,
    }


def _reload(server, client, stream, state):
    """Signals the server and goes on asking until the reload is over."""
    old = state()
    start = time.perf_counter()
    os.kill(server.process.pid, signal.SIGHUP)
    taken = []
    finished = None
    while finished is None or time.perf_counter() < finished + AFTERWARDS:
        taken.append(_exchange(client, next(stream)))
        if finished is None and _is_new(old, state()):
            finished = time.perf_counter()
        if time.perf_counter() > start + PATIENCE:
            raise BenchFailure(f"no reload within {PATIENCE} s:\n{processes.tail(server.log)}")
    return taken, finished - start


def _is_new(old, new):
    if isinstance(new, frozenset):
        return bool(new) and not new & old
    return new > old


def _exchange(client, request):
    status, seconds = client.exchange(request)
    if status != 200:
        raise BenchFailure(f"an ordinary request was answered with {status}")
    return seconds


def _share(samples, share):
    ordered = sorted(samples)
    return ordered[round((len(ordered) - 1) * share)]


def _latencies(samples):
    return {
        "n": len(samples),
        "p50_ms": round(_share(samples, 0.5) * 1e3, 3),
        "p99_ms": round(_share(samples, 0.99) * 1e3, 3),
        "max_ms": round(max(samples) * 1e3, 3),
    }
