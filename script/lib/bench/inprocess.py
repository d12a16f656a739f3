# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Both engines in process, in turns, on the same corpus and rules; with percentiles, ratios, memory and load time."""

import json
import math
import statistics

import corpus
import rules
import verdicts
from processes import output
from tools import BenchFailure

PERCENTILES = ("p10_us", "p50_us", "p99_us")


def measure(level, options, folder, note):
    """The figures of one paranoia level."""
    file = rules.write(folder, level)
    seconds = ["--seconds", str(options.seconds)]
    bench = [options.redoubt, "waf", "bench", str(options.corpus), "--rules", str(file), *seconds]
    engines = {"redoubt": [*bench, "--format", "json"]}
    if options.peer:
        engines["libmodsecurity"] = [options.peer, str(options.corpus), "--rules", str(file), *seconds]
    runs = {name: [] for name in engines}
    for number in range(options.rounds):
        for name, command in engines.items():
            note(f"level {level}, round {number + 1} of {options.rounds}: {name}")
            runs[name].append(json.loads(output(command)))
    result = {name: _combined(measured) for name, measured in runs.items()}
    if options.peer:
        result["times_faster"] = _ratios(result)
        note(f"level {level}: verdicts")
        result["verdicts"] = verdicts.compare(options, file, result)
    return result


def _combined(runs):
    """Of several runs the least and the median of each percentile: the machine's other work only ever adds."""
    classes = {}
    for name in corpus.CLASSES:
        figures = {"n": sum(run["classes"][name]["n"] for run in runs)}
        for key in PERCENTILES:
            measured = [run["classes"][name] for run in runs if run["classes"][name]["n"]]
            values = [each[key] for each in measured if each.get(key) is not None]
            figures[key] = min(values, default=None)
            figures[f"{key}_median"] = round(statistics.median(values), 1) if values else None
        denied = [run["classes"][name].get("denied") for run in runs]
        figures["denied"] = None if None in denied else sum(denied)
        classes[name] = figures
    result = {"classes": classes, "tx_per_s": max(run["tx_per_s"] for run in runs)}
    result["rss_mb"] = max(run["rss_mb"] for run in runs)
    for key in ("load_ms", "reload_ms"):
        values = [run[key] for run in runs if run.get(key) is not None]
        result[key] = min(values, default=None)
    return result


def _ratios(result):
    """How many times faster Redoubt is: by class, and the geometric mean; of the least p50 and of the median p50."""
    ratios = {}
    for suffix, key in (("", "p50_us"), ("_median", "p50_us_median")):
        each = {}
        for name in corpus.CLASSES:
            peer, ours = (result[engine]["classes"][name][key] for engine in ("libmodsecurity", "redoubt"))
            if peer is None or not ours:
                raise BenchFailure(f"no {name} request was measured; give it more --seconds")
            each[name] = peer / ours
        ratios.update({name + suffix: round(ratio, 2) for name, ratio in each.items()})
        mean = math.exp(statistics.fmean(math.log(ratio) for ratio in each.values()))
        ratios["geometric_mean" + suffix] = round(mean, 2)
    return ratios
