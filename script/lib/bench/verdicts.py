# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Whether both engines come to the same verdicts on the same requests."""

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
                    remarks.append(f"{engine} denied {share:.1%} of {name} while measured, else {expected:.1%}")
    return remarks
