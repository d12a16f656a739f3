# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Watches the memory of a gateway under load."""

import argparse
import pathlib
import sys
import tempfile
import time

from steady_load import Failure, Gateway, Load

# Megabytes by which memory may differ and still be flat.
TOLERANCE = 8


def run(minutes, folder):
    with Gateway(folder / "data", folder) as gateway, Load(gateway.port) as load:
        samples = []
        for minute in range(1, minutes + 1):
            time.sleep(60)
            if gateway.process.poll() is not None:
                raise Failure(f"the gateway ended with {gateway.process.returncode}: {gateway.tail}")
            samples.append(gateway.resident_megabytes())
            pages, attacks = load.answers["page"], load.answers["attack"]
            print(f"minute {minute}: {samples[-1]:.1f} MB; pages {pages}, attacks {attacks}", flush=True)
        if set(load.answers["page"]) != {200} or set(load.answers["attack"]) != {403}:
            raise Failure("not all were answered as they should be")
        settled = samples[max(0, minutes // 6 - 1)]
        if samples[-1] > settled + TOLERANCE:
            raise Failure(f"memory grew from {settled:.1f} to {samples[-1]:.1f} MB")
        print(f"flat: {settled:.1f} MB after a sixth of the time, {samples[-1]:.1f} MB at the end")


def main():
    parser = argparse.ArgumentParser(prog="script/steady", description=__doc__)
    parser.add_argument("minutes", type=int, nargs="?", default=30, help="how long (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="redoubt-steady-") as folder:
        try:
            run(options.minutes, pathlib.Path(folder))
        except Failure as failure:
            print(f"script/steady: {failure}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
