# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Whether both engines come to the same verdicts on the same requests."""

import itertools
import json

import corpus
from processes import output
from tools import BenchFailure

LISTED_DISAGREEMENTS = 10


def evaluate(options, file, requests):
    """Redoubt's verdict on each request: the status of its denial, else 0."""
    lines = "".join(request.transaction(str(index)) + "\n" for index, request in enumerate(requests))
    answers = output([options.redoubt, "waf", "eval", "--rules", str(file)], input=lines).splitlines()
    return [0 if answer["verdict"] == "pass" else answer["status"] for answer in map(json.loads, answers)]


def compare(options, file, result):
    """Every request of the corpus through both once: where one denies and the other does not, or another status."""
    requests = corpus.read(options.corpus)
    peer = [options.peer, str(options.corpus), "--rules", str(file), "--verdicts"]
    theirs = [int(status) for status in output(peer).split()]
    ours = evaluate(options, file, requests)
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
        "while_measured": _check_runs(result, requests, {"redoubt": ours, "libmodsecurity": theirs}),
    }


def _denied(requests, verdicts, name):
    return sum(request.traffic_class == name and verdict != 0 for request, verdict in zip(requests, verdicts))


def _check_runs(result, requests, verdicts):
    """What the measured runs denied, against the verdicts on the same requests in the pass over the whole corpus.

    A run takes the requests in order, again and again, so the number of a class says which ones they were.
    """
    remarks = []
    for engine, statuses in verdicts.items():
        for name in corpus.CLASSES:
            denials = [status != 0 for request, status in zip(requests, statuses) if request.traffic_class == name]
            for run in result[engine]["classes"][name]["runs"]:
                if run["denied"] is None:
                    remarks.append(f"{engine} does not tell how many transactions it denied while measured")
                    continue
                expected = sum(itertools.islice(itertools.cycle(denials), run["n"]))
                if run["denied"] != expected:
                    counts = f"{run['denied']} of {run['n']} {name}"
                    remarks.append(f"{engine} denied {counts} while measured, not {expected}")
    return sorted(set(remarks))
