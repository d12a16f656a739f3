# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Programs that run beside a measurement: they end with it, however it ends."""

import contextlib
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import time

from tools import BenchFailure

TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def _end_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def running(command, log, **keywords):
    """A program with its own process group, which is gone at the end of the block."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_end_with_parent,
            **keywords,
        )
    try:
        yield process
        if process.poll() is not None:
            raise BenchFailure(f"{command[0]} ended by itself with {process.returncode}:\n{tail(log)}")
    finally:
        _end(process)


def output(command, **keywords):
    """What a program that has to succeed writes."""
    result = subprocess.run(command, capture_output=True, text=True, preexec_fn=_end_with_parent, **keywords)
    if result.returncode:
        raise BenchFailure(f"{' '.join(command[:3])} ended with {result.returncode}:\n{result.stderr[-2000:]}")
    return result.stdout


def _end(process):
    """Ends the whole group: politely, then not."""
    for number, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            process.poll()
            if not _group_exists(process.pid):
                return
            time.sleep(0.01)


def _group_exists(group):
    try:
        os.killpg(group, 0)
        return True
    except (ProcessLookupError, PermissionError):
        return False


def tail(log, length=2000):
    """The end of a program's output."""
    return pathlib.Path(log).read_text(errors="replace")[-length:]


def free_ports(count):
    """Ports of loopback that nobody listens on; all different, as they are held together."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def connected(port, process, log, seconds=60, pause=0.001):
    """A connection to the port, as soon as the program listens there."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=seconds)
        except ConnectionRefusedError:
            if process.poll() is not None:
                raise BenchFailure(f"{process.args[0]} ended with {process.returncode}:\n{tail(log)}") from None
            if time.monotonic() > deadline:
                raise BenchFailure(f"{process.args[0]} does not listen after {seconds} s:\n{tail(log)}") from None
            time.sleep(pause)


def family(process):
    """The process and all below it."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int(_stat(entry)[1])
    members = [process.pid]
    for member in members:
        members += [child for child, parent in parents.items() if parent == member]
    return members


def cpu_seconds(process):
    """User and system time of a process and all below it."""
    total = 0
    for member in family(process):
        with contextlib.suppress(OSError):
            fields = _stat(pathlib.Path("/proc") / str(member))
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(process):
    """Resident megabytes of a process, and how many of them are no pages of files."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return {
        "rss_mb": round(int(fields["VmRSS"].split()[0]) / 1024, 1),
        "anonymous_mb": round(int(fields["RssAnon"].split()[0]) / 1024, 1),
    }


def threads(member):
    """How many threads a process has; none where it has ended."""
    try:
        return len(list(pathlib.Path(f"/proc/{member}/task").iterdir()))
    except OSError:
        return 0


def _stat(folder):
    """The fields of /proc/PID/stat from the third on; the second may hold spaces."""
    return (folder / "stat").read_text().rpartition(")")[2].split()
