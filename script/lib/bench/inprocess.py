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
        figures["runs"] = [{key: run["classes"][name].get(key) for key in ("n", "denied")} for run in runs]
        classes[name] = figures
    result = {"classes": classes, "tx_per_s": max(run["tx_per_s"] for run in runs)}
    result["rss_mb"] = max(run["rss_mb"] for run in runs)
    for key in ("load_ms", "reload_ms"):
        values = [run[key] for run in runs if run.get(key) is not None]
        result[key] = min(values, default=None)
    return result


def _ratios(result):
    """How many times faster Redoubt is: by class, and the geometric mean; of the least p50 and of the median p50.

    None stands for a class of which nothing was measured, and for the mean then.
    """
    ratios = {}
    for suffix, key in (("", "p50_us"), ("_median", "p50_us_median")):
        each = {}
        for name in corpus.CLASSES:
            peer, ours = (result[engine]["classes"][name][key] for engine in ("libmodsecurity", "redoubt"))
            each[name] = peer / ours if peer and ours else None
        ratios.update({name + suffix: ratio and round(ratio, 2) for name, ratio in each.items()})
        is_complete = None not in each.values()
        mean = math.exp(statistics.fmean(map(math.log, each.values()))) if is_complete else None
        ratios["geometric_mean" + suffix] = mean and round(mean, 2)
    return ratios
