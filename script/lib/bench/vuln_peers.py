# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Redoubt's small tools beside packages of PyPI on the same lines; both with the start of their process."""

import random
import subprocess
import sys

import timed
import tools

# Beside the build, so that a second run need not fetch them again.
VENV = tools.BUILD / "vuln-peers"
PACKAGES = {"cvss": "cvss", "univers": "univers", "packageurl-python": "packageurl", "sarif-tools": "sarif"}

CVSS_PEER = """
import sys
from cvss import CVSS2, CVSS3, CVSS4
for line in sys.stdin:
    line = line.strip()
    if line.startswith("CVSS:4"):
        print(float(CVSS4(line).base_score))
    else:
        print(float((CVSS3 if line.startswith("CVSS:3") else CVSS2)(line).base_score))
"""
VERSION_PEER = """
import sys
from univers import versions
kind = getattr(versions, sys.argv[1])
for line in sys.stdin:
    a, b = map(kind, line.rstrip("\\n").split("\\t"))
    print("<" if a < b else ">" if a > b else "=")
"""
PURL_PEER = """
import sys
from packageurl import PackageURL
for line in sys.stdin:
    print(PackageURL.from_string(line.strip()).to_string())
"""
ECOSYSTEMS = (
    ("npm", "SemverVersion"), ("PyPI", "PypiVersion"), ("Maven", "MavenVersion"), ("Debian", "DebianVersion"),
)


def environment(missing, note):
    """A Python that has the packages; None, with the reason under `missing`, where that cannot be."""
    python = VENV / "bin/python"
    imports = "import " + ", ".join(PACKAGES.values())
    if python.exists() and subprocess.run([python, "-c", imports], capture_output=True).returncode == 0:
        return python
    note(f"vuln: installing {', '.join(PACKAGES)} from PyPI below {VENV.parent}")
    VENV.parent.mkdir(parents=True, exist_ok=True)
    for command in ([sys.executable, "-m", "venv", VENV], [python, "-m", "pip", "install", "--quiet", *PACKAGES]):
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=300)
            reason = result.stderr.strip().splitlines()[-1:] if result.returncode else None
        except (OSError, subprocess.TimeoutExpired) as failure:
            reason = [str(failure)]
        if reason is not None:
            missing += [f"{package}: PyPI's cannot be installed: {''.join(reason)}" for package in PACKAGES]
            return None
    return python


def measure(options, python, missing, note):
    """Lines a second of both, and how many answers differ."""
    result = {}
    rng = random.Random(5)
    vectors = "".join(_vector(rng) + "\n" for _ in range(options.lines))
    purls = "".join(_purl(rng) + "\n" for _ in range(options.lines))
    parts = [("cvss score", vectors, ["cvss", "score"], CVSS_PEER, [], "cvss", _base)]
    for ecosystem, kind in ECOSYSTEMS:
        pairs = "".join(f"{_version(rng, ecosystem)}\t{_version(rng, ecosystem)}\n" for _ in range(options.lines))
        command = ["version", "compare", ecosystem]
        parts.append((f"version compare {ecosystem}", pairs, command, VERSION_PEER, [kind], "univers", str))
    parts.append(("purl parse", purls, ["purl", "parse"], PURL_PEER, [], "packageurl-python", _canonical))
    for name, text, command, script, arguments, package, answer in parts:
        note(f"vuln: {name}, {options.lines:,} lines")
        own = timed.least([timed.run([options.redoubt, *command], text) for _ in range(options.rounds)])
        result[name] = {"lines": options.lines, "per_second": options.lines / own.cpu_seconds, "package": package}
        if python:
            try:
                peer = timed.least([timed.run([python, "-c", script, *arguments], text) for _ in range(options.rounds)])
            except tools.BenchFailure as failure:
                missing.append(f"{package} for {name}: {str(failure).splitlines()[-1]}")
                continue
            ours, theirs = map(answer, own.output.splitlines()), map(answer, peer.output.splitlines())
            result[name]["peer_per_second"] = options.lines / peer.cpu_seconds
            result[name]["times"] = peer.cpu_seconds / own.cpu_seconds
            result[name]["differing"] = sum(a != b for a, b in zip(ours, theirs, strict=True))
    return result


def _base(line):
    """The base score of an answer: ours is JSON."""
    return float(line.split('"base":')[1].split(",")[0]) if line.startswith("{") else float(line)


def _canonical(line):
    return line.split('"')[3] if line.startswith("{") else line


def _vector(rng):
    if rng.random() < 0.5:
        metrics = [("AV", "NALP"), ("AC", "LH"), ("PR", "NLH"), ("UI", "NR"), ("S", "UC"), *((key, "HLN") for key in "CIA")]
        version = "3.1"
    else:
        metrics = [("AV", "NALP"), ("AC", "LH"), ("AT", "NP"), ("PR", "NLH"), ("UI", "NPA")]
        metrics += [(key, "HLN") for key in ("VC", "VI", "VA", "SC", "SI", "SA")]
        version = "4.0"
    return f"CVSS:{version}/" + "/".join(f"{key}:{rng.choice(values)}" for key, values in metrics)


def _version(rng, ecosystem):
    text = f"{rng.randint(0, 3)}.{rng.randint(0, 4)}.{rng.randint(0, 9)}"
    endings = {
        "npm": ("", "", "-alpha.1", "-beta.2", "-rc.1"), "PyPI": ("", "", "a1", "rc2", ".post1", ".dev3"),
        "Maven": ("", "", "-alpha-1", "-SNAPSHOT", "-rc-1", "-jre"), "Debian": ("-1", "-2", "~rc1-1", "+deb12u1", ""),
    }
    return text + rng.choice(endings[ecosystem])


def _purl(rng):
    kind = rng.choice(("npm", "pypi", "maven/org.example", "golang/github.com/example", "deb/debian"))
    text = f"pkg:{kind}/package-{rng.randint(1, 999)}@{rng.randint(0, 9)}.{rng.randint(0, 99)}.{rng.randint(0, 9)}"
    return text + ("?arch=amd64" if kind == "deb/debian" else "")


def text(figures, number, table):
    """The lines a second, with the ratio."""
    if not figures:
        return ""
    rows = [["lines/s of processor time", "redoubt", "peer", "times", "answers that differ"]]
    for name, each in figures.items():
        peer = f"{each['package']} {number(each.get('peer_per_second'), 0)}"
        differing = str(each.get("differing", "n/a"))
        rows.append([name, number(each["per_second"], 0), peer, number(each.get("times")), differing])
    lines = next(iter(figures.values()))["lines"]
    return f"Small tools, {lines:,} lines each, with the start of the process\n{table(rows)}"
