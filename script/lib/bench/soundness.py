# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""The differential test of the matching module at full size: our patterns against PCRE2 alone."""

import os
import re
import subprocess

import tools

VARIABLE = "REDOUBT_SCAN_MUTATIONS"
MUTATIONS = 1_000_000
FILTER = "ScanDifferentialTests"


def run():
    """The test's exit status; its output goes to the terminal. The data has to be there: CI=true fails without."""
    environment = {**os.environ, VARIABLE: os.environ.get(VARIABLE, str(MUTATIONS)), "CI": "true"}
    # A debug build would take hours. Tests look into modules, which a release build has to be told to allow.
    options = ["-c", "release", "-Xswiftc", "-enable-testing", "--scratch-path", ".build/soundness"]
    command = [tools.program("swift"), "test", *options, "--disable-xctest", "--filter", FILTER]
    output = []
    with subprocess.Popen(
        command, cwd=tools.ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                output.append(line)
        except BaseException:
            process.terminate()
            raise
    if not process.returncode and not re.search(r"Test run with [1-9]", "".join(output)):
        raise tools.BenchFailure(f"no test is called {FILTER}; nothing was tested")
    return process.returncode
