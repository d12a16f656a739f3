#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Writes a made-up report as a scanner would, on standard output.

    make_report.py sarif --findings 1000000 > report.sarif
    make_report.py trivy --findings 50000 --shuffle 7 --scan-time 2026-11-23T10:00:00Z

The same seed gives the same findings, byte for byte. --shuffle writes them in another order, with nothing else changed.
What `redoubt vuln bench` fills a store with is made by the program itself (SampleReports): many projects, one format.
"""

import argparse
import random
import sys

from facts import World
from shapes import SHAPES


def orders(findings, group, shuffle):
    """The groups with the numbers of their findings, in the order in which they are written."""
    groups = [(place, range(start, min(start + group, findings))) for place, start in enumerate(range(0, findings, group))]
    if shuffle is None:
        return groups
    rng = random.Random(shuffle)
    rng.shuffle(groups)
    return [(place, rng.sample(numbers, len(numbers))) for place, numbers in groups]


def write(shape, findings, shuffle, output):
    """Writes a report.

    shape -- the format
    findings -- how many
    shuffle -- the seed of another order than that of the numbers; None for that one
    output -- takes text
    """
    output.write(shape.head())
    is_first_group = True
    for place, numbers in orders(findings, shape.group, shuffle):
        has_parts = shape.open(place)
        if has_parts and not is_first_group:
            output.write(shape.separator)
        is_first_group = False
        output.write(has_parts)
        separator = ""
        for number in numbers:
            output.write(separator + shape.finding(number))
            separator = shape.separator
        output.write(shape.close(place))
    output.write(shape.end())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=sorted(SHAPES))
    parser.add_argument("--findings", type=int, default=10_000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the findings (%(default)s)")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="write them in another order")
    parser.add_argument("--scan-time", default="2026-11-22T10:00:00Z", help="when the scan ended (%(default)s)")
    options = parser.parse_args()
    shape = SHAPES[options.format](World(options.seed), options.scan_time, options.findings)
    write(shape, options.findings, options.shuffle, sys.stdout)


if __name__ == "__main__":
    main()
