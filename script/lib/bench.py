# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Runs `redoubt waf bench` and the libmodsecurity peer in turns and prints figures and ratios as JSON."""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

DATA = pathlib.Path(__file__).resolve().parent.parent.parent.parent / "shared/data/waf"
CRS = pathlib.Path("/usr/share/modsecurity-crs/rules")
CLASSES = ("get", "form", "json", "attack")

# The recommended limits, bodies read both ways, no audit log, anomaly scoring at paranoia level 1.
CONFIGURATION = """\
SecRuleEngine On
SecRequestBodyAccess On
SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\\+|/)|text/)xml" \
"id:'200000',phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "^application/json" \
"id:'200001',phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 131072
SecRequestBodyLimitAction Reject
SecPcreMatchLimit 1000
SecPcreMatchLimitRecursion 1000
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml
SecResponseBodyLimit 524288
SecResponseBodyLimitAction ProcessPartial
SecTmpDir {folder}
SecDataDir {folder}
SecAuditEngine Off
SecArgumentSeparator &
SecCookieFormat 0
SecUnicodeMapFile {unicode} 20127
SecDefaultAction "phase:1,log,auditlog,pass"
SecDefaultAction "phase:2,log,auditlog,pass"
SecAction "id:900000,phase:1,nolog,pass,t:none,setvar:tx.paranoia_level={level}"
SecAction "id:900990,phase:1,nolog,pass,t:none,setvar:tx.crs_setup_version=334"
Include {rules}/*.conf
"""


def measure(command):
    """One run; its figures."""
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        print(f"{command[0]} ended with {result.returncode}", file=sys.stderr)
        sys.exit(3)
    return json.loads(result.stdout)


def combined(runs):
    """Of several runs the least p10 and p50 (the machine's other work only ever adds) and the median p50."""
    classes = {}
    for name in CLASSES:
        p50 = [run["classes"][name]["p50_us"] for run in runs]
        classes[name] = {
            "p10_us": min(run["classes"][name]["p10_us"] for run in runs),
            "p50_us": min(p50),
            "p50_us_median": round(statistics.median(p50), 1),
            "n": sum(run["classes"][name]["n"] for run in runs),
        }
    return {
        "classes": classes,
        "tx_per_s": max(run["tx_per_s"] for run in runs),
        "rss_mb": max(run["rss_mb"] for run in runs),
    }


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--peer", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--no-peer", action="store_true", help="measure Redoubt alone")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="seconds for each engine in a round")
    parser.add_argument("--corpus", default=DATA / "bench/corpus-varied.bin", type=pathlib.Path)
    parser.add_argument("--level", type=int, default=1, choices=[1, 2, 3, 4], help="paranoia level")
    arguments = parser.parse_args()
    unicode_map = DATA / "unicode/unicode.mapping"
    for needed in (arguments.corpus, unicode_map, CRS):
        if not needed.exists():
            print(f"script/bench: {needed} is missing", file=sys.stderr)
            sys.exit(3)

    with tempfile.TemporaryDirectory(prefix="redoubt-bench-") as folder:
        rules = pathlib.Path(folder) / "main.conf"
        rules.write_text(
            CONFIGURATION.format(folder=folder, unicode=unicode_map, level=arguments.level, rules=CRS)
        )
        seconds = ["--seconds", str(arguments.seconds)]
        corpus = str(arguments.corpus)
        engines = {
            "redoubt": [os.environ["REDOUBT"], "waf", "bench", corpus, "--rules", str(rules), *seconds, "--format", "json"]
        }
        if not arguments.no_peer:
            engines["libmodsecurity"] = [arguments.peer, corpus, "--rules", str(rules), *seconds]
        runs = {name: [] for name in engines}
        for number in range(arguments.rounds):
            for name, command in engines.items():
                runs[name].append(measure(command))
            print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)

    result = {name: combined(measured) for name, measured in runs.items()}
    if "libmodsecurity" in result:
        ratios = {
            name: result["libmodsecurity"]["classes"][name]["p50_us"] / result["redoubt"]["classes"][name]["p50_us"]
            for name in CLASSES
        }
        mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios.values()))
        result["times_faster"] = {**{name: round(ratio, 2) for name, ratio in ratios.items()}, "geometric_mean": round(mean, 2)}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
