#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Writes advisories, scores and a bill of materials to measure matching on.

generate.py FOLDER [ADVISORIES [COMPONENTS [SEED]]]

FOLDER/osv.ndjson holds the advisories (250,000), FOLDER/epss.csv scores for 300,000 CVEs, FOLDER/sbom.json the components
(10,000). Few packages have many advisories and many have one; half of the components are packages that no advisory names.
"""
import json
import os
import random
import sys

ECOSYSTEMS = [
    ("npm", "npm", 40), ("PyPI", "pypi", 20), ("Maven", "maven", 15), ("Go", "golang", 10), ("crates.io", "cargo", 5),
    ("RubyGems", "gem", 5), ("Debian:12", "deb", 5),
]


def name_of(ecosystem, number):
    if ecosystem == "Maven":
        return f"org.group{number % 500}:artifact{number}"
    if ecosystem == "Go":
        return f"github.com/owner{number % 700}/module{number}"
    return f"package-{number}"


def purl_of(kind, name, version):
    if kind == "maven":
        return f"pkg:maven/{name.replace(':', '/')}@{version}"
    if kind == "deb":
        return f"pkg:deb/debian/{name}@{version}?distro=debian-12"
    return f"pkg:{kind}/{name}@{version}"


def main():
    folder = sys.argv[1]
    advisories, components, seed = (int(x) for x in (sys.argv[2:] + ["250000", "10000", "7"][len(sys.argv) - 2:]))
    chance = random.Random(seed)
    os.makedirs(folder, exist_ok=True)
    weights = [w for _, _, w in ECOSYSTEMS]
    version = lambda top: f"{chance.randrange(top)}.{chance.randrange(30)}.{chance.randrange(20)}"
    package = lambda: int(chance.paretovariate(0.9)) % 60000
    with open(f"{folder}/osv.ndjson", "w") as out:
        for number in range(advisories):
            ecosystem, _, _ = chance.choices(ECOSYSTEMS, weights)[0]
            cve = f"CVE-{1999 + number % 28}-{10000 + number // 28}"
            low, high = sorted((version(8), version(8)), key=lambda v: [int(x) for x in v.split(".")])
            events = [{"introduced": "0" if chance.random() < 0.7 else low}]
            if chance.random() < 0.85:
                events.append({"fixed": high})
            entry = {
                "package": {"ecosystem": ecosystem, "name": name_of(ecosystem, package())},
                "ranges": [{"type": "SEMVER" if ecosystem in ("Go", "crates.io", "npm") else "ECOSYSTEM", "events": events}],
            }
            if ecosystem == "PyPI":
                entry["versions"] = [f"{a}.{b}.0" for a in range(int(high.split(".")[0]) + 1) for b in range(4)]
            record = {
                "schema_version": "1.6.0", "id": f"GHSA-{number:08d}", "modified": "2026-06-01T00:00:00Z",
                "published": "2026-01-01T00:00:00Z", "aliases": [cve], "summary": f"A weakness of number {number}",
                "details": "Nothing is checked where it ought to be. " * 6, "affected": [entry],
                "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:N"}],
                "references": [{"type": "ADVISORY", "url": f"https://example.com/{number}"}],
                "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-79"]},
            }
            out.write(json.dumps(record, separators=(",", ":")) + "\n")
    with open(f"{folder}/epss.csv", "w") as out:
        out.write("#model_version:v2026.03.01,score_date:2026-11-22T00:00:00+0000\ncve,epss,percentile\n")
        for year in range(1999, 2027):
            for number in range(10000, 10000 + 300000 // 28):
                out.write(f"CVE-{year}-{number},{chance.random() ** 8:.9f},{chance.random():.9f}\n")
    parts = []
    for number in range(components):
        ecosystem, kind, _ = chance.choices(ECOSYSTEMS, weights)[0]
        # A bill of materials has most of its packages once.
        own = chance.randrange(60000) if number % 2 else 100000 + number
        purl = purl_of(kind, name_of(ecosystem, own), version(10))
        parts.append({"type": "library", "bom-ref": str(number), "name": f"c{number}", "purl": purl})
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5",
        "metadata": {"component": {"bom-ref": "root", "type": "application", "name": "measured"}}, "components": parts,
        "dependencies": [{"ref": "root", "dependsOn": [str(n) for n in range(0, components, 10)]}],
    }
    with open(f"{folder}/sbom.json", "w") as out:
        json.dump(document, out)


main()
