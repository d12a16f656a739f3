# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""How fast kept transactions are replayed on rules."""

import json

import processes
import rules


def measure(options, folder, note):
    """The corpus, kept again and again as a gateway keeps it, on the Core Rule Set of paranoia level 1."""
    note(f"rehearse: {options.transactions:,} transactions")
    command = [options.redoubt, "rehearse", "bench", str(options.corpus), "--rules", str(rules.write(folder, 1))]
    command += ["--folder", str(folder), "--data", str(folder / "data")]
    command += ["--transactions", str(options.transactions), "--format", "json"]
    return json.loads(processes.output(command))
