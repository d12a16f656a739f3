# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Programs that are measured from their start to their end."""

import dataclasses
import os
import subprocess
import tempfile
import time

from tools import BenchFailure


@dataclasses.dataclass
class Run:
    """What a program wrote and what it took."""

    output: str
    errors: str
    seconds: float
    cpu_seconds: float
    peak_mb: float


def run(command, text="", is_kept=True):
    """Runs a program that has to succeed.

    text -- what it reads from its standard input
    is_kept -- whether its output is kept; it is thrown away otherwise
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as written, tempfile.TemporaryFile() as errors:
        given.write(text.encode())
        given.seek(0)
        output = written if is_kept else subprocess.DEVNULL
        start = time.monotonic()
        process = subprocess.Popen(words, stdin=given, stdout=output, stderr=errors)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        written.seek(0)
        if process.returncode:
            said = errors.read().decode(errors="replace")[-2000:]
            raise BenchFailure(f"{' '.join(words[:3])} ended with {process.returncode}:\n{said}")
        return Run(
            written.read().decode(errors="replace"),
            errors.read().decode(errors="replace"),
            seconds,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024,
        )


def least(runs):
    """The run that took least, as the machine's other work only adds."""
    return min(runs, key=lambda each: each.cpu_seconds)
