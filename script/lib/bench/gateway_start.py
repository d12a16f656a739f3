# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""How long the gateway takes from its start to the first inspected request, and how much memory it holds."""

import itertools
import statistics
import time

import corpus
import processes
import rules
import servers
import wire
from client import Client
from tools import BenchFailure

FURTHER_HOSTS = 10
REQUESTS_BEFORE_MEMORY = 300


def measure_start(options, folder, note):
    """Spawn, connect, send, read the denial. The first start, which fills the caches, is told apart."""
    file = rules.write(folder, 1)
    (site_port,) = processes.free_ports(1)
    times = []
    with servers.site(folder, site_port):
        for number in range(options.rounds + 1):
            note(f"start {number + 1} of {options.rounds + 1}")
            times.append(_start(options, folder, site_port, file) * 1e3)
    return {
        "first_ms": round(times[0], 1),
        "warm_ms": round(min(times[1:]), 1),
        "warm_ms_median": round(statistics.median(times[1:]), 1),
    }


def _start(options, parent, site_port, file):
    folder = parent / "gateway-start"
    folder.mkdir(exist_ok=True)
    (port,) = processes.free_ports(1)
    log = folder / "gateway.log"
    command = servers.gateway_command(options.redoubt, folder, port, site_port, rules=file)
    start = time.perf_counter()
    with processes.running(command, log, env=servers.environment()) as process, Client(port) as client:
        client.adopt(processes.connected(port, process, log))
        status, _ = client.exchange(corpus.ATTACK.wire())
        spent = time.perf_counter() - start
    if status != 403:
        raise BenchFailure(f"the first request was answered with {status}, so it was not inspected")
    return spent


def measure_memory(options, folder, note):
    """Resident memory with one application, and with further ones that have the same rules, after some traffic."""
    file = rules.write(folder, 1)
    requests = wire.ordinary(options, file, wire.TRAFFIC["mix"])[:REQUESTS_BEFORE_MEMORY]
    result = {}
    site_port, one, many = processes.free_ports(3)
    with servers.site(folder, site_port):
        for name, port, further in (("one_host", one, 0), ("further_hosts", many, FURTHER_HOSTS)):
            note(f"memory: {name}")
            config = _configuration(folder / f"{name}.yaml", site_port, file, further)
            with servers.gateway(folder, name, options.redoubt, port, site_port, config=config) as server:
                _visit(server, requests, further)
                result[name] = processes.memory(server.process)
    result["further_hosts"]["hosts"] = FURTHER_HOSTS
    added = result["further_hosts"]["rss_mb"] - result["one_host"]["rss_mb"]
    result["added_mb"] = round(added, 1)
    result["added_mb_per_host"] = round(added / FURTHER_HOSTS, 2)
    return result


def _configuration(path, site_port, file, further):
    lines = ["mode: enforce", f"rules: [{file}]", f"upstream: http://127.0.0.1:{site_port}"]
    if further:
        lines.append("applications:")
    for number in range(further):
        lines.append(f"  - host: {_host(number)}")
        lines.append(f"    upstream: http://127.0.0.1:{site_port}")
        lines.append(f"    rules: [{file}]")
    path.write_text("\n".join(lines) + "\n")
    return path


def _host(number):
    return f"shop{number}.example.com"


def _visit(server, requests, further):
    """The same requests, whatever the number of hosts; they go round the hosts."""
    hosts = itertools.cycle(["shop.example.com"] + [_host(number) for number in range(further)])
    with Client(server.port) as client:
        for request in requests:
            host = next(hosts).encode()
            status, _ = client.exchange(request.wire().replace(b"Host: shop.example.com", b"Host: " + host, 1))
            if status != 200:
                raise BenchFailure(f"an ordinary request was answered with {status}")
