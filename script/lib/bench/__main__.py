# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Measures Redoubt beside its peers."""

import argparse
import json
import pathlib
import signal
import sys
import tempfile

import console
import gateway_start
import inprocess
import reload
import repeated_units
import rehearse
import report
import soundness
import store
import tools
import vuln
import wire

PARTS = {
    "engines": "both engines in process, per paranoia level",
    "wire": "CPU per request behind wrk, with rules and without",
    "reload": "requests during a reload",
    "start": "start until the first inspected request",
    "memory": "the gateway's memory, with one host and with more",
    "units": "4 KB of a repeated unit in a parameter",
}
NEED_SERVERS = {"wire", "reload", "start", "memory"}


def parse():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="{waf,proxy,store,console,rehearse,vuln}")
    waf = commands.add_parser("waf", help="the rule engine, in process and on the wire, beside libmodsecurity")
    proxy = commands.add_parser("proxy", help="the gateway without rules, beside nginx proxy_pass")
    events = commands.add_parser("store", help="what it costs to record exchanges and to search them")
    events.add_argument("--events", type=_count, default=1_000_000, help="made-up events (%(default)s)")
    pages = commands.add_parser("console", help="how long the console's pages take with many detections and events")
    pages.add_argument("--detections", type=_count, default=1_000_000, help="made-up detections (%(default)s)")
    pages.add_argument("--events", type=_count, default=10_000_000, help="made-up events (%(default)s)")
    pages.add_argument("--rounds", type=_count, default=20, help="times each user looks at each page (%(default)s)")
    pages.add_argument("--data", help="a data folder to fill, or that an earlier run has filled; else a temporary one")
    replay = commands.add_parser("rehearse", help="how fast kept transactions are replayed on rules")
    replay.add_argument("--transactions", type=_count, default=50_000, help="kept transactions (%(default)s)")
    reports = commands.add_parser("vuln", help="how fast reports of scanners are read and taken in")
    _add_vuln(reports)
    for each in (waf, proxy, events, pages, replay):
        each.add_argument("--corpus", help="recorded requests; by default those of the shared test data")
    for each in (waf, proxy, events, pages, replay, reports):
        each.add_argument("--format", choices=["text", "json"], default="text", help="text or json (%(default)s)")
    for each in (waf, proxy):
        each.add_argument("--rounds", type=_count, default=5, help="rounds, with both sides in each (%(default)s)")
        each.add_argument("--seconds", type=_count, default=5, help="seconds for each side in a round (%(default)s)")
        each.add_argument(
            "--connections", type=_count, default=8, help="connections that wrk keeps open (%(default)s)"
        )
    waf.add_argument("--levels", type=_levels, default=[1, 2, 3, 4], help="paranoia levels in process (1,2,3,4)")
    waf.add_argument("--no-peer", action="store_true", help="without libmodsecurity")
    servers = ", ".join(sorted(NEED_SERVERS))
    waf.add_argument("--no-wire", action="store_true", help=f"without the parts that need nginx: {servers}")
    parts = "; ".join(f"{name}: {meaning}" for name, meaning in PARTS.items())
    waf.add_argument("--only", type=_parts, metavar="PART,..", help=f"only these parts ({parts})")
    waf.add_argument("--soundness", action="store_true", help="instead compare all patterns with PCRE2 alone")
    options = parser.parse_args()
    if options.command == "vuln" and options.small:
        options.findings, options.reports, options.lines, options.rounds = 20_000, 5_000, 4_000, 2
        options.pairs, options.advisories, options.components = 50_000, 25_000, 2_000
    return options


def _add_vuln(parser):
    formats = ", ".join(vuln.FORMATS)
    parser.add_argument("--findings", type=_count, default=1_000_000, help="of the report that is taken in (%(default)s)")
    parser.add_argument("--reports", type=_count, default=50_000, help="findings of each report that is read (%(default)s)")
    parser.add_argument("--lines", type=_count, default=20_000, help="lines for each of the small tools (%(default)s)")
    parser.add_argument("--pairs", type=_count, default=500_000, help="unchanged findings that are paired (%(default)s)")
    parser.add_argument("--advisories", type=_count, default=250_000, help="advisories to match with (%(default)s)")
    parser.add_argument("--components", type=_count, default=10_000, help="components that are matched (%(default)s)")
    parser.add_argument("--rounds", type=_count, default=3, help="rounds, with both sides in each (%(default)s)")
    parser.add_argument("--formats", type=_formats, default=list(vuln.FORMATS), help=f"reports that are read ({formats})")
    parser.add_argument(
        "--import-format", choices=vuln.FORMATS, default="sarif", help="the report that is taken in (%(default)s)"
    )
    parser.add_argument("--small", action="store_true", help="sizes for a run of a minute, whose figures say little")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="without packages from PyPI")
    parser.add_argument("--folder", help="where reports and databases are for the time of the run; 3 GB for the usual sizes")


def _formats(text):
    chosen = text.split(",")
    if unknown := set(chosen) - set(vuln.FORMATS):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(vuln.FORMATS)}")
    return chosen


def _count(text):
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is no number above 0")
    return int(text)


def _levels(text):
    if not set(text.split(",")) <= set("1234"):
        raise argparse.ArgumentTypeError(f"{text} are no paranoia levels; 1,4 are")
    return sorted({int(level) for level in text.split(",")})


def _parts(text):
    chosen = set(text.split(","))
    if unknown := chosen - set(PARTS):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}")
    return chosen


def note(line):
    """What is under way."""
    print(f"script/bench: {line}", file=sys.stderr, flush=True)


def measure(options, folder):
    if options.command == "proxy":
        return {"wire_without_rules": wire.measure_without_rules(options, folder, note)}
    if options.command == "store":
        return {"store": store.measure(options, folder, note)}
    if options.command == "console":
        return {"console": console.measure(options, folder, note)}
    if options.command == "rehearse":
        return {"rehearse": rehearse.measure(options, folder, note)}
    if options.command == "vuln":
        return {"vuln": vuln.measure(options, folder, note)}
    parts = (options.only or set(PARTS)) - (NEED_SERVERS if options.no_wire else set())
    result = {}
    if "engines" in parts:
        result["levels"] = {str(level): inprocess.measure(level, options, folder, note) for level in options.levels}
    if "wire" in parts:
        result["wire_with_rules"] = wire.measure_with_rules(options, folder, note)
        result["wire_without_rules"] = wire.measure_without_rules(options, folder, note)
    for part, key, function in (
        ("reload", "reload", reload.measure),
        ("start", "start", gateway_start.measure_start),
        ("memory", "memory", gateway_start.measure_memory),
        ("units", "repeated_units", repeated_units.measure),
    ):
        if part in parts:
            result[key] = function(options, folder, note)
    return result


def main():
    options = parse()
    # Ended from outside: as with Ctrl-C, whatever was started ends first.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        if options.command == "waf" and options.soundness:
            return soundness.run()
        options.corpus = None if options.command in ("console", "vuln") else tools.corpus(options.corpus)
        options.redoubt = tools.redoubt()
        options.peer = None if options.command != "waf" or options.no_peer else tools.modsecurity_peer()
        with tempfile.TemporaryDirectory(prefix="redoubt-bench-", dir=getattr(options, "folder", None)) as folder:
            result = measure(options, pathlib.Path(folder))
    except tools.BenchFailure as failure:
        print(f"script/bench: {failure}", file=sys.stderr)
        return 3
    except OSError as failure:
        print(f"script/bench: {failure}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(json.dumps(result, indent=2) + "\n" if options.format == "json" else report.text(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
