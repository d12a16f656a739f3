#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Writes random CVSS vectors with the scores that PyPI's `cvss` gives, one JSON object a line.

    random-vectors.py VERSION COUNT SEED      VERSION: 2.0, 3.0, 3.1 or 4.0

A score is null where the vector sets no metric of its group, as in `redoubt cvss score`.
"""
import json
import random
import sys

from cvss import CVSS2, CVSS3, CVSS4

V2_BASE = [("AV", "L A N"), ("AC", "H M L"), ("Au", "M S N"), ("C", "N P C"), ("I", "N P C"), ("A", "N P C")]
V2_THREAT = [("E", "ND U POC F H"), ("RL", "ND OF TF W U"), ("RC", "ND UC UR C")]
V2_ENVIRONMENT = [("CDP", "ND N L LM MH H"), ("TD", "ND N L M H")] + [(k, "ND L M H") for k in ("CR", "IR", "AR")]
V3_BASE = [("AV", "N A L P"), ("AC", "L H"), ("PR", "N L H"), ("UI", "N R"), ("S", "U C")]
V3_BASE += [(key, "H L N") for key in "CIA"]
V3_THREAT = [("E", "X U P F H"), ("RL", "X O T W U"), ("RC", "X U R C")]
V3_ENVIRONMENT = [(key, "X L M H") for key in ("CR", "IR", "AR")] + [("M" + k, "X " + v) for k, v in V3_BASE]
V4_BASE = [("AV", "N A L P"), ("AC", "L H"), ("AT", "N P"), ("PR", "N L H"), ("UI", "N P A")]
V4_BASE += [(key, "H L N") for key in "VC VI VA SC SI SA".split()]
V4_THREAT = [("E", "X A P U")]
V4_ENVIRONMENT = [(key, "X H M L") for key in ("CR", "IR", "AR")]
V4_ENVIRONMENT += [("M" + k, ("X S " if k in ("SI", "SA") else "X ") + v) for k, v in V4_BASE]
V4_SUPPLEMENT = [("S", "X N P"), ("AU", "X N Y"), ("R", "X A U I"), ("V", "X D C"), ("RE", "X L M H")]
V4_SUPPLEMENT += [("U", "X Clear Green Amber Red")]
GROUPS = {
    "2.0": (V2_BASE, V2_THREAT, V2_ENVIRONMENT, []),
    "3.0": (V3_BASE, V3_THREAT, V3_ENVIRONMENT, []),
    "3.1": (V3_BASE, V3_THREAT, V3_ENVIRONMENT, []),
    "4.0": (V4_BASE, V4_THREAT, V4_ENVIRONMENT, V4_SUPPLEMENT),
}


def main(version, count, seed):
    rng = random.Random(seed)
    base_group, threat_group, environment_group, supplement_group = GROUPS[version]
    prefix = "" if version == "2.0" else f"CVSS:{version}/"

    def pick(group, is_whole):
        return [(key, rng.choice(values.split())) for key, values in group if is_whole or rng.random() < 0.7]

    def maybe(group, chance):
        return pick(group, rng.random() < 0.3) if rng.random() < chance else []

    def is_set(metrics):
        return any(value not in ("X", "ND") for _, value in metrics)

    def text(*parts):
        return prefix + "/".join(f"{key}:{value}" for part in parts for key, value in part)

    def score(vector, place):
        if version == "4.0":
            return float(CVSS4(vector).base_score)
        return float((CVSS2 if version == "2.0" else CVSS3)(vector).scores()[place])

    for _ in range(count):
        base = pick(base_group, True)
        threat, environment = maybe(threat_group, 0.6), maybe(environment_group, 0.6)
        vector = text(base, threat, environment, maybe(supplement_group, 0.3))
        row = {"vector": vector, "version": version, "base": score(text(base), 0)}
        row["threat"] = score(text(base, threat), 1) if is_set(threat) else None
        row["environmental"] = score(vector, 2) if is_set(environment) else None
        print(json.dumps(row))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in GROUPS:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
