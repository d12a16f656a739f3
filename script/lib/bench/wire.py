# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""CPU time per proxied request: the gateway and nginx in turns, in front of the same site, under wrk."""

import contextlib
import json
import statistics
import time

import corpus
import processes
import rules
import servers
import tools
import verdicts
from client import Client
from tools import BenchFailure

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
        return _measure_pair(pair, options, folder, note, file)


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


def ordinary(options, file, classes):
    """Requests of some classes that pass the rules in this file, if any: the rule set denies a few by mistake."""
    requests = [request for request in corpus.read(options.corpus) if request.traffic_class in classes]
    denials = verdicts.evaluate(options, file, requests) if file else [0] * len(requests)
    passing = [request for request, denial in zip(requests, denials) if not denial]
    if not passing:
        raise BenchFailure(f"{options.corpus} has no request of {', '.join(classes)} that passes the rules")
    return passing


def _measure_pair(pair, options, folder, note, rule_file=None):
    for name, server in pair.items():
        _check_inspection(name, server, is_expected=rule_file is not None)
    title = "wire with rules" if rule_file else "wire without rules"
    result = {}
    for traffic, classes in TRAFFIC.items():
        file = folder / f"{traffic}.requests"
        chosen = [request.wire() for request in ordinary(options, rule_file, classes)]
        file.write_bytes(b"".join(b"%010d" % len(request) + request for request in chosen))
        for name, server in pair.items():
            _replay(name, server, file, options.connections, 1)
        runs = {name: [] for name in pair}
        for number in range(options.rounds):
            for name, server in pair.items():
                note(f"{title}, {traffic}, round {number + 1} of {options.rounds}: {name}")
                runs[name].append(_replay(name, server, file, options.connections, options.seconds))
        result[traffic] = _combined(runs)
    result["threads"] = {name: _threads(server) for name, server in pair.items()}
    return result


def _check_inspection(name, server, is_expected):
    """Whether an attack is denied with rules, and only then."""
    with Client(server.port) as client:
        status, _ = client.exchange(corpus.ATTACK.wire())
    if status != (403 if is_expected else 200):
        raise BenchFailure(f"{name} {'with' if is_expected else 'without'} rules answered an attack with {status}")


def _settle(server):
    """Waits until what an earlier run left behind is worked off."""
    spent = processes.cpu_seconds(server.process)
    for _ in range(100):
        time.sleep(0.05)
        before, spent = spent, processes.cpu_seconds(server.process)
        if spent == before:
            return


def _replay(name, server, file, connections, seconds):
    """One run of wrk, with the server's CPU time per request."""
    command = [tools.program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    command += ["-s", str(tools.REPLAY_SCRIPT), f"http://127.0.0.1:{server.port}/", "--", str(file)]
    _settle(server)
    before = processes.cpu_seconds(server.process)
    output = processes.output(command)
    spent = processes.cpu_seconds(server.process) - before
    figures = json.loads(output.splitlines()[-1])
    if not figures["requests"] or figures["failed"]:
        raise BenchFailure(f"{name}: {figures['requests']} requests were answered, {figures['failed']} failed")
    if figures["refused"]:
        refused = f"{figures['refused']} of {figures['requests']} ordinary requests got an error"
        raise BenchFailure(f"{name}: {refused}; the end of its log: {server.last_lines()}")
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
