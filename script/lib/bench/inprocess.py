# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Both engines in process, in turns, on the same corpus and rules; and whether they come to the same verdicts."""

import json
import math
import statistics

import corpus
import rules
from processes import output
from tools import BenchFailure

PERCENTILES = ("p10_us", "p50_us", "p99_us")
LISTED_DISAGREEMENTS = 10


def measure(level, options, folder, note):
    """The figures of one paranoia level."""
    file = rules.write(folder, level)
    engines = {"redoubt": _redoubt(options, file, "bench", "--seconds", str(options.seconds), "--format", "json")}
    if options.peer:
        engines["libmodsecurity"] = [options.peer, str(options.corpus), "--rules", str(file), "--seconds", str(options.seconds)]
    runs = {name: [] for name in engines}
    for number in range(options.rounds):
        for name, command in engines.items():
            note(f"level {level}, round {number + 1} of {options.rounds}: {name}")
            runs[name].append(json.loads(output(command)))
    result = {name: _combined(measured) for name, measured in runs.items()}
    if options.peer:
        result["times_faster"] = _ratios(result)
        note(f"level {level}: verdicts")
        result["verdicts"] = _compare_verdicts(options, file, result)
    return result


def _redoubt(options, file, command, *arguments):
    return [options.redoubt, "waf", command, str(options.corpus), "--rules", str(file), *arguments]


def _combined(runs):
    """Of several runs the least and the median of each percentile: the machine's other work only ever adds."""
    classes = {}
    for name in corpus.CLASSES:
        figures = {"n": sum(run["classes"][name]["n"] for run in runs)}
        for key in PERCENTILES:
            values = [value for run in runs if (value := run["classes"][name].get(key)) is not None]
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


def _compare_verdicts(options, file, result):
    """Every request of the corpus through both once: where one denies and the other does not, or another status."""
    requests = corpus.read(options.corpus)
    theirs = [int(line) for line in output([options.peer, str(options.corpus), "--rules", str(file), "--verdicts"]).split()]
    lines = "".join(request.transaction(str(index)) + "\n" for index, request in enumerate(requests))
    answers = map(json.loads, output([options.redoubt, "waf", "eval", "--rules", str(file)], input=lines).splitlines())
    ours = [0 if answer["verdict"] == "pass" else answer["status"] for answer in answers]
    if not len(requests) == len(theirs) == len(ours):
        raise BenchFailure(f"{len(requests)} requests, but {len(theirs)} and {len(ours)} verdicts")
    differing = [
        {"index": index, "name": request.name.decode("latin-1"), "redoubt": mine, "libmodsecurity": other}
        for index, (request, mine, other) in enumerate(zip(requests, ours, theirs))
        if mine != other
    ]
    denied = {
        name: {
            "requests": sum(request.traffic_class == name for request in requests),
            "redoubt": _denied(requests, ours, name),
            "libmodsecurity": _denied(requests, theirs, name),
        }
        for name in corpus.CLASSES
    }
    return {
        "denied": denied,
        "differing": len(differing),
        "first_differing": differing[:LISTED_DISAGREEMENTS],
        "while_measured": _check_runs(result, denied),
    }


def _denied(requests, verdicts, name):
    return sum(request.traffic_class == name and verdict != 0 for request, verdict in zip(requests, verdicts))


def _check_runs(result, denied):
    """Whether the measured runs denied the share of each class that the pass over the whole corpus denied."""
    remarks = []
    for engine in ("redoubt", "libmodsecurity"):
        classes = result[engine]["classes"]
        if any(classes[name]["denied"] is None for name in denied):
            remarks.append(f"{engine} does not tell how many transactions it denied while measured")
            continue
        for name, counts in denied.items():
            figures = classes[name]
            if counts["requests"] and figures["n"]:
                share, expected = figures["denied"] / figures["n"], counts[engine] / counts["requests"]
                # A run ends anywhere in the corpus, so the shares of a class with mixed verdicts differ a little.
                if abs(share - expected) > (0 if expected in (0, 1) else 0.1):
                    remarks.append(f"{engine} denied {share:.1%} of {name} while measured, {expected:.1%} of the corpus")
    return remarks
