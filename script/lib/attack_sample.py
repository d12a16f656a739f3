# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Runs sqlmap and wapiti against a site and prints each injection point that they report as a line of JSON."""

import argparse
import contextlib
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.parse

import sample_shop

WAPITI_MODULES = "sql,exec,file,xss,permanentxss"

# What a scanner that is not stopped must find in the shop: tool, path, parameter.
EXPECTED = {
    ("sqlmap", "/search", "q"),
    ("sqlmap", "/product", "id"),
    ("sqlmap", "/login", "user"),
    ("wapiti/sql", "/search", "q"),
    ("wapiti/sql", "/product", "id"),
    ("wapiti/sql", "/login", "user"),
    ("wapiti/exec", "/tools/ping", "host"),
    ("wapiti/file", "/files", "name"),
    ("wapiti/xss", "/greet", "name"),
    ("wapiti/permanentxss", "/guestbook", "text"),
}

WAPITI_KINDS = {
    "SQL Injection": "wapiti/sql",
    "Command execution": "wapiti/exec",
    "Path Traversal": "wapiti/file",
    "Cross Site Scripting": "wapiti/xss",
}


def run(command, seconds, log):
    """Runs a tool with its output in a file; a tool that takes too long is ended, and that is said."""
    started = time.monotonic()
    with log.open("wb") as output:
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=seconds)
        except subprocess.TimeoutExpired:
            print(f"{command[0]} was ended after {seconds} s", file=sys.stderr)
    return time.monotonic() - started


def sqlmap(target, seconds, folder):
    """Crawls the site and tries every parameter of every page and form."""
    results = folder / "sqlmap.csv"
    command = [
        "sqlmap", "-u", target, "--crawl=2", "--forms", "--batch", "--random-agent", "--disable-coloring",
        "--answers=skip further=N,skip to the next=N", "--dbms=sqlite", "--technique=BEU", "--level=1", "--risk=1",
        "--timeout=5", "--retries=0", "--flush-session", f"--output-dir={folder}", f"--results-file={results}",
    ]  # fmt: skip
    results.unlink(missing_ok=True)
    spent = run(command, seconds, folder / "sqlmap.log")
    points = []
    if results.exists():
        with results.open(newline="") as file:
            for row in csv.DictReader(file):
                if not row.get("Parameter"):
                    continue
                method = "POST" if "POST" in row["Place"] else "GET"
                path = urllib.parse.urlsplit(row["Target URL"]).path
                detail = "techniques " + row["Technique(s)"]
                point = {"tool": "sqlmap", "method": method, "path": path, "parameter": row["Parameter"], "detail": detail}
                if point not in points:  # the crawler and the form of the same page lead to the same point
                    points.append(point)
    return points, spent


def wapiti(target, seconds, folder):
    """Crawls the site and runs the modules for what the shop is vulnerable to."""
    report = folder / "wapiti.json"
    command = [
        "wapiti", "-u", target, "-m", WAPITI_MODULES, "--scope", "folder", "--flush-session",
        "--store-session", str(folder), "--no-bugreport", "-d", "3", "-t", "4",
        "--max-attack-time", str(max(seconds // 6, 30)), "-f", "json", "-o", str(report),
    ]  # fmt: skip
    report.unlink(missing_ok=True)
    spent = run(command, seconds, folder / "wapiti.log")
    if not report.exists():
        return None, spent
    points = []
    for category, findings in json.loads(report.read_text())["vulnerabilities"].items():
        for finding in findings:
            tool = WAPITI_KINDS.get(category, "wapiti")
            if tool == "wapiti/xss" and finding["info"].startswith("Permanent"):
                tool = "wapiti/permanentxss"
            points.append(
                {
                    "tool": tool,
                    "method": finding["method"],
                    "path": finding["path"],
                    "parameter": finding["parameter"] or "",
                    "detail": finding["info"],
                }
            )
    return points, spent


def main():
    parser = argparse.ArgumentParser(prog="script/attack-sample", description=__doc__)
    parser.add_argument("--target", metavar="URL", help="attack this instead of a shop of its own")
    parser.add_argument("--tools", default="sqlmap,wapiti", help="which tools to run (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=900, help="time for each tool (default: %(default)s)")
    parser.add_argument("--keep", metavar="FOLDER", type=pathlib.Path, help="keep the tools' logs and reports there")
    parser.add_argument(
        "--expect",
        choices=["all", "none"],
        help="exit with 1 unless every known vulnerability (all), or nothing (none), is found",
    )
    arguments = parser.parse_args()
    tools = {"sqlmap": sqlmap, "wapiti": wapiti}
    wanted = arguments.tools.split(",")
    if unknown := [name for name in wanted if name not in tools]:
        parser.error(f"unknown tool {unknown[0]}; known are {', '.join(tools)}")

    with contextlib.ExitStack() as stack:
        if arguments.keep:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            folder = arguments.keep
        else:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attack-sample-")))
        target = arguments.target or stack.enter_context(sample_shop.running())
        target = target.rstrip("/") + "/"
        found, failed = set(), False
        for name in wanted:
            points, spent = tools[name](target, arguments.seconds, folder)
            if points is None:
                print(f"{name} gave no report; the end of its log:", file=sys.stderr)
                print((folder / f"{name}.log").read_text(errors="replace")[-2000:], file=sys.stderr)
                failed = True
                continue
            for point in points:
                print(json.dumps(point, ensure_ascii=False), flush=True)
                found.add((point["tool"], point["path"], point["parameter"]))
            print(f"{name}: {len(points)} injection points in {spent:.0f} s", file=sys.stderr)

    expected = {entry for entry in EXPECTED if entry[0].split("/")[0] in wanted}
    missed = sorted(expected - found)
    summary = {"summary": {"found": len(found), "expected": len(expected), "missed": [list(entry) for entry in missed]}}
    print(json.dumps(summary))
    if failed:
        sys.exit(3)
    if arguments.expect == "all" and missed or arguments.expect == "none" and found:
        sys.exit(1)


if __name__ == "__main__":
    main()
