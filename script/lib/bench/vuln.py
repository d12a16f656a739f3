# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""How fast reports of scanners are read and taken in, on made-up reports, beside CPython's own readers."""

import json
import subprocess
import sys

import timed
import tools
import vuln_engines
import vuln_peers
from tools import BenchFailure

GENERATOR = tools.ROOT / "Benchmarks/vuln/make_report.py"
FORMATS = ("sarif", "trivy", "gitlab-sast", "grype", "cyclonedx", "semgrep", "nessus")
XML = ("nessus",)
FIRST_SCAN, NEXT_SCAN = "2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z"
SHUFFLE = 7

# Only the reading is timed, not the start of the interpreter.
JSON_PEER = """
import json, sys, time
with open(sys.argv[1], "rb") as file:
    start = time.process_time()
    json.load(file)
print(time.process_time() - start)
"""
XML_PEER = """
import sys, time, xml.etree.ElementTree as tree
start = time.process_time()
tree.parse(sys.argv[1])
print(time.process_time() - start)
"""
SARIF_PEER = """
import sys, time
from sarif import loader
start = time.process_time()
loader.load_sarif_file(sys.argv[1])
print(time.process_time() - start)
"""


def measure(options, folder, note):
    """All parts; what could not be measured is named under "not_run"."""
    missing = []
    python = vuln_peers.environment(missing, note) if options.peers else None
    if python is None and not missing:
        missing += [f"{package}: left out by --no-peers" for package in vuln_peers.PACKAGES]
    result = {
        "formats": {name: _parse(name, options, folder, python, missing, note) for name in options.formats},
        "import": _import(options, folder, note),
        "engines": vuln_engines.measure_engines(options, note),
        "feeds": vuln_engines.measure_feeds(options, folder, note),
        "peers": vuln_peers.measure(options, python, missing, note),
    }
    result["not_run"] = missing
    return result


def _report(folder, name, findings, *arguments):
    """Writes a report; its path."""
    path = folder / f"{name}-{findings}{''.join(arguments[:1])}"
    with open(path, "wb") as file:
        made = subprocess.run(
            [sys.executable, GENERATOR, name, "--findings", str(findings), *arguments], stdout=file
        )
    if made.returncode:
        raise BenchFailure(f"{GENERATOR.name} {name} ended with {made.returncode}")
    return path


# Parsing


def _parse(name, options, folder, python, missing, note):
    """Least processor time of several rounds, with both sides in each, without the start of the process.

    That start is what a report of one finding takes.
    """
    note(f"vuln: reading {options.reports:,} findings of {name}")
    one, path = _report(folder, name, 1), _report(folder, name, options.reports + 1)
    all_bytes = path.stat().st_size
    size = all_bytes - one.stat().st_size
    starts, texts, lines, peer, tool = [], [], [], [], []
    for _ in range(options.rounds):
        starts.append(timed.run([options.redoubt, "vuln", "parse", one]))
        texts.append(timed.run([options.redoubt, "vuln", "parse", path]))
        lines.append(timed.run([options.redoubt, "vuln", "parse", path, "--format", "json"], is_kept=False))
        peer.append(_inner([sys.executable, "-c", XML_PEER if name in XML else JSON_PEER, path]))
        if name == "sarif" and python:
            tool.append(_inner([python, "-c", SARIF_PEER, path]))
    if f"{options.reports + 1} findings" not in texts[0].output:
        raise BenchFailure(f"{name}: not {options.reports + 1} findings: {texts[0].output[:200]}")
    one.unlink()
    path.unlink()
    start = timed.least(starts).cpu_seconds
    # Clocks tick in steps; of a report that is too small nothing can be said.
    own, written = (max(timed.least(each).cpu_seconds - start, 1e-3) for each in (texts, lines))
    result = {
        "bytes": all_bytes,
        "mb_s": size / own / 1e6,
        "to_json_mb_s": size / written / 1e6,
        "cpython_mb_s": all_bytes / min(peer) / 1e6,
        "us_per_finding": own / options.reports * 1e6,
        "start_ms": start * 1e3,
        "peak_mb": timed.least(texts).peak_mb,
    }
    result["times_cpython"] = result["mb_s"] / result["cpython_mb_s"]
    if tool:
        result["sarif_tools_mb_s"] = all_bytes / min(tool) / 1e6
    return result


def _inner(command):
    """The seconds that a program says it took."""
    return float(timed.run(command).output)


# Taking in


def _import(options, folder, note):
    """A first import, the same findings again in another order, and how much memory that takes."""
    name, count, again = options.import_format, options.findings, max(options.findings // 2, 1)
    note(f"vuln: a report of {count:,} findings ({name})")
    path = _report(folder, name, count, "--scan-time", FIRST_SCAN)
    size = path.stat().st_size
    parse = timed.run([options.redoubt, "vuln", "parse", path])
    note("vuln: the first import")
    first, answer = _take(options, path, folder / "first.sqlite")
    _check(answer, new=count, same=0, gone=0)
    path.unlink()
    disk = sum(each.stat().st_size for each in folder.glob("first.sqlite*"))
    for each in folder.glob("first.sqlite*"):
        each.unlink()
    note(f"vuln: {again:,} findings, then the same shuffled")
    database = folder / "again.sqlite"
    path = _report(folder, name, again, "--scan-time", FIRST_SCAN)
    _check(_take(options, path, database)[1], new=again, same=0, gone=0)
    path.unlink()
    path = _report(folder, name, again, "--scan-time", NEXT_SCAN, "--shuffle", str(SHUFFLE))
    runs = []
    for _ in range(options.rounds):
        run, answer = _take(options, path, database)
        _check(answer, new=0, same=again, gone=0)
        runs.append(run)
    best = min(runs, key=lambda each: each.seconds)
    return {
        "format": name,
        "findings": count,
        "report_bytes": size,
        "parse_peak_mb": parse.peak_mb,
        "first_per_second": count / first.seconds,
        "first_cpu_us": first.cpu_seconds / count * 1e6,
        "first_peak_mb": first.peak_mb,
        "database_bytes": disk,
        "again_findings": again,
        "again_per_second": again / best.seconds,
        "again_cpu_us": best.cpu_seconds / again * 1e6,
        "again_peak_mb": best.peak_mb,
        "allowed_mb": 64 + 200 * count / 2**20,
    }


def _take(options, path, database):
    command = [options.redoubt, "vuln", "import", path, "--project", "bench", "--database", f"sqlite:{database}"]
    run = timed.run([*command, "--format", "json"])
    return run, json.loads(run.output)


def _check(answer, **expected):
    """A fast import of something else would say nothing."""
    found = {key: answer[key] for key in expected}
    if found != expected:
        raise BenchFailure(f"the import gave {found}, not {expected}")


# The figures as text


def text(figures, number, table):
    """What was measured, beside the goals.

    number -- writes a number
    table -- writes rows
    """
    parts = [_formats_text(figures["formats"], number, table)] if figures["formats"] else []
    parts += [_import_text(figures["import"], number), vuln_engines.engines_text(figures["engines"], number, table)]
    parts += [vuln_engines.feeds_text(figures["feeds"], number), vuln_peers.text(figures["peers"], number, table)]
    missing = figures["not_run"]
    if missing:
        parts.append(f"Not measured, {len(missing)}:\n" + "".join(f"  {each}\n" for each in missing))
    return "\n".join(part for part in parts if part)


def _formats_text(formats, number, table):
    rows = [["report", "MB", "MB/s", "CPython", "times", "to JSON", "us/finding", "peak MB", "goals"]]
    for name, each in formats.items():
        row = [number(each["bytes"] / 1e6)]
        row += [number(each[key], 0) for key in ("mb_s", "cpython_mb_s")]
        row += [number(each["times_cpython"], 2), number(each["to_json_mb_s"], 0)]
        row += [number(each["us_per_finding"]), number(each["peak_mb"]), _verdict(name, each)]
        rows.append([name, *row])
    lines = [
        "Reading reports into findings, MB/s of processor time (goals: 2 times CPython's json.load, 250 MB/s; XML 100)\n",
        table(rows),
    ]
    for name, each in formats.items():
        if "sarif_tools_mb_s" in each:
            lines.append(f"sarif-tools loads the same {name} with {number(each['sarif_tools_mb_s'], 0)} MB/s\n")
    return "".join(lines)


def _verdict(name, each):
    """Which goals of reading are met: twice CPython, and a speed."""
    goals = {"100 MB/s": each["mb_s"] >= 100} if name in XML else {
        "2 times": each["times_cpython"] >= 2, "250 MB/s": each["mb_s"] >= 250
    }
    missed = [goal for goal, is_met in goals.items() if not is_met]
    return f"missed: {', '.join(missed)}" if missed else "met"


def _import_text(each, number):
    return (
        f"Taking in {each['findings']:,} findings of {each['format']} ({number(each['report_bytes'] / 1e6)} MB), SQLite\n"
        f"the first time: {number(each['first_per_second'], 0)} findings/s (goal 20,000); "
        f"{number(each['first_cpu_us'])} us of processor time each, by which it were "
        f"{number(1e6 / each['first_cpu_us'], 0)}; {number(each['database_bytes'] / each['findings'], 0)} bytes each on disk\n"
        f"{each['again_findings']:,} again, shuffled, of a later scan: {number(each['again_per_second'], 0)} findings/s "
        f"(goal 100,000); {number(each['again_cpu_us'])} us each, by which it were "
        f"{number(1e6 / each['again_cpu_us'], 0)}; 0 new, 0 gone\n"
        f"peak memory: {number(each['parse_peak_mb'])} MB to parse, {number(each['first_peak_mb'])} MB to take in, "
        f"{number(each['again_peak_mb'])} MB again (goal {number(each['allowed_mb'], 0)})\n"
    )
