# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""What one small question takes inside the program, and how fast feeds are taken in and components matched."""

import json
import re
import subprocess
import sys

import timed
import tools
from tools import BenchFailure

GENERATOR = tools.ROOT / "Benchmarks/advisories/generate.py"
# The generator writes as many scores whatever else is asked of it.
EPSS_GOAL_SECONDS, COLD_GOAL_SECONDS, WARM_GOAL_SECONDS = 1.5, 1.0, 0.1
MATCHES = 5


def measure_engines(options, note):
    """The median and least of rounds of each engine, in nanoseconds; see `redoubt vuln bench engines --help`."""
    note(f"vuln: engines, {options.lines:,} lines each, {options.pairs:,} findings to pair")
    command = [options.redoubt, "vuln", "bench", "engines", "--format", "json"]
    sizes = ["--lines", str(options.lines), "--findings", str(options.pairs), "--rounds", str(max(options.rounds, 3))]
    return json.loads(timed.run([*command, *sizes]).output)


def measure_feeds(options, folder, note):
    """Seconds to take in advisories and scores, and to match a bill of materials; cold is the first time of a process."""
    place = folder / "advisories"
    note(f"vuln: {options.advisories:,} advisories, {options.components:,} components")
    made = subprocess.run([sys.executable, GENERATOR, place, str(options.advisories), str(options.components)])
    if made.returncode:
        raise BenchFailure(f"{GENERATOR.name} ended with {made.returncode}")
    database = ["--database", f"sqlite:{place}/bench.sqlite"]
    result = {}
    for kind, name in (("osv", "osv.ndjson"), ("epss", "epss.csv")):
        note(f"vuln: the feed {kind}")
        run = timed.run([options.redoubt, "vuln", "feed", "import", kind, place / name, *database, "--format", "json"])
        answer = json.loads(run.output)
        result[kind] = {
            "records": answer["records"],
            "seconds": run.seconds,
            "cpu_seconds": run.cpu_seconds,
            "peak_mb": run.peak_mb,
        }
    note(f"vuln: matching, {MATCHES} times")
    command = [options.redoubt, "vuln", "match", place / "sbom.json", "--measure", str(MATCHES)]
    run = timed.run([*command, *database, "--format", "json"])
    first, again = _times("first", run), sorted(_times("again", run))
    result["match"] = {
        "components": options.components,
        "advisories": options.advisories,
        "cold_seconds": first[0],
        "warm_seconds": again[len(again) // 2],
        "warm_least_seconds": again[0],
        "peak_mb": run.peak_mb,
    }
    return result


def _times(kind, run):
    times = [float(text) for text in re.findall(rf"^{kind} (\S+) s$", run.errors, re.M)]
    if not times:
        raise BenchFailure(f"vuln match --measure told no times: {run.errors[:200]}")
    return times


# The figures as text


def engines_text(figures, number, table):
    """The nanoseconds of each engine, with its goal."""
    rows = [["engine", "operations", "median", "least", "goal"]]
    for name, each in figures.items():
        goal = each["goal_ns"]
        verdict = "" if goal is None else f"{number(goal, 0)} {_verdict(each['median_ns'], goal)}"
        rows.append([name, f"{each['operations']:,}", number(each["median_ns"], 0), number(each["least_ns"], 0), verdict])
    return f"Engines, nanoseconds of processor time for one operation\n{table(rows)}"


def feeds_text(figures, number):
    """The seconds of feeds and of matching, with their goals."""
    osv, epss, match = figures["osv"], figures["epss"], figures["match"]
    return (
        f"{osv['records']:,} advisories taken in: {number(osv['seconds'])} s, {number(osv['peak_mb'])} MB\n"
        f"{epss['records']:,} scores of EPSS taken in: {number(epss['seconds'])} s "
        f"(goal {EPSS_GOAL_SECONDS} s: {_verdict(epss['seconds'], EPSS_GOAL_SECONDS)}), {number(epss['cpu_seconds'])} s of "
        f"processor time, {number(epss['peak_mb'])} MB\n"
        f"{match['components']:,} components against {match['advisories']:,} advisories: "
        f"{number(match['cold_seconds'] * 1e3, 0)} ms the first time "
        f"(goal {COLD_GOAL_SECONDS * 1e3:.0f} ms: {_verdict(match['cold_seconds'], COLD_GOAL_SECONDS)}), "
        f"{number(match['warm_seconds'] * 1e3, 0)} ms at the median again "
        f"(goal {WARM_GOAL_SECONDS * 1e3:.0f} ms: {_verdict(match['warm_seconds'], WARM_GOAL_SECONDS)}), "
        f"{number(match['peak_mb'])} MB\n"
    )


def _verdict(measured, goal):
    return "met" if measured < goal else "missed"
