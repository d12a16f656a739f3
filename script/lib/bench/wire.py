# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""CPU time per proxied request: the gateway and nginx in turns, in front of the same site, under wrk."""

import contextlib
import json
import statistics

import corpus
import processes
import rules
import servers
import tools
from tools import BenchFailure

CONNECTIONS = 8
# What wrk replays. Attacks are left out: a denial ends a transaction early.
TRAFFIC = {"get": ("get",), "mix": ("get", "form", "json")}


def measure_with_rules(options, folder, note):
    """The gateway with the rule set in enforce against nginx with libmodsecurity, paranoia level 1."""
    file = rules.write(folder, 1)
    with _site(folder) as (site, ports), contextlib.ExitStack() as stack:
        pair = {
            "redoubt": stack.enter_context(
                servers.gateway(folder, "gateway-rules", options.redoubt, ports[0], site, rules=file)
            )
        }
        if options.peer:
            pair["nginx_modsecurity"] = stack.enter_context(servers.nginx_proxy(folder, ports[1], site, rules=file))
        return _measure_pair(pair, options, folder, note)


def measure_without_rules(options, folder, note):
    """The gateway that inspects nothing against nginx's proxy_pass."""
    with _site(folder) as (site, ports), contextlib.ExitStack() as stack:
        pair = {
            "redoubt": stack.enter_context(servers.gateway(folder, "gateway-off", options.redoubt, ports[0], site)),
            "nginx": stack.enter_context(servers.nginx_proxy(folder, ports[1], site)),
        }
        return _measure_pair(pair, options, folder, note)


@contextlib.contextmanager
def _site(folder):
    """Yields the port of a site that runs, and two more that are free."""
    site, *others = processes.free_ports(3)
    with servers.site(folder, site):
        yield site, others


def _measure_pair(pair, options, folder, note):
    requests = corpus.read(options.corpus)
    result = {}
    for traffic, classes in TRAFFIC.items():
        file = folder / f"{traffic}.requests"
        chosen = [request.wire() for request in requests if request.traffic_class in classes]
        file.write_bytes(b"".join(b"%010d" % len(request) + request for request in chosen))
        for server in pair.values():
            _replay(server, file, 1)
        runs = {name: [] for name in pair}
        for number in range(options.rounds):
            for name, server in pair.items():
                note(f"wire, {traffic}, round {number + 1} of {options.rounds}: {name}")
                runs[name].append(_replay(server, file, max(1, round(options.seconds))))
        result[traffic] = _combined(runs)
    result["threads"] = {name: _threads(server) for name, server in pair.items()}
    return result


def _replay(server, file, seconds):
    """One run of wrk, with the server's CPU time per request."""
    command = [tools.program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"]
    command += ["-s", str(tools.REPLAY_SCRIPT), f"http://127.0.0.1:{server.port}/", "--", str(file)]
    before = processes.cpu_seconds(server.process)
    output = processes.output(command)
    spent = processes.cpu_seconds(server.process) - before
    figures = json.loads(output.splitlines()[-1])
    if not figures["requests"] or figures["failed"]:
        raise BenchFailure(f"{figures['requests']} requests were answered, {figures['failed']} failed")
    if figures["refused"]:
        raise BenchFailure(f"{figures['refused']} of {figures['requests']} ordinary requests got an error status")
    figures["cpu_us"] = spent / figures["requests"] * 1e6
    return figures


def _combined(runs):
    result = {}
    for name, figures in runs.items():
        cpu = [run["cpu_us"] for run in figures]
        result[name] = {
            "cpu_us": round(min(cpu), 1),
            "cpu_us_median": round(statistics.median(cpu), 1),
            "requests_per_s": round(max(run["requests"] / run["seconds"] for run in figures), 1),
            "p50_us": min(run["p50_us"] for run in figures),
            "p99_us": min(run["p99_us"] for run in figures),
            "requests": sum(run["requests"] for run in figures),
        }
    others = [name for name in result if name != "redoubt"]
    for key in ("cpu_us", "cpu_us_median") if others else ():
        ours, theirs = result["redoubt"][key], result[others[0]][key]
        if not ours or not theirs:
            raise BenchFailure("too little CPU time to be measured; give it more --seconds")
        result[key.replace("cpu_us", "cpu_ratio")] = round(ours / theirs, 3)
    return result


def _threads(server):
    """How many threads all processes of a server have."""
    return sum(processes.threads(member) for member in processes.family(server.process))
