# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Compares what Redoubt reads from captures with what Debian's sysdig reads.

usage: compare_with_sysdig.py READER CAPTURE... [--fields FIELD,FIELD...]

READER is a command that prints, for `READER CAPTURE FIELD...`, one line for each event: time, thread, type and
direction, then the fields, divided by byte 1. Exit events are compared, and the records that have no exit; sysdig
0.29.3 still shows all enter events. Says which fields differ how often, with the first example of each.
"""
import collections
import os
import subprocess
import sys

FIELDS = """
proc.name proc.pid proc.ppid proc.pname proc.exe proc.exepath proc.args proc.cmdline proc.cwd proc.tty proc.vpid proc.sid
proc.sname proc.aname[0] proc.aname[1] proc.aname[2] proc.loginshellid proc.vpgid thread.tid thread.vtid thread.ismain
user.uid user.name user.loginuid group.gid group.name container.id container.name fd.num fd.type fd.typechar fd.name fd.directory
fd.filename fd.cip fd.sip fd.cport fd.sport fd.l4proto fd.sockfamily fd.is_server evt.res evt.rawres evt.category evt.cpu
evt.is_io evt.is_io_read evt.is_io_write evt.io_dir evt.is_wait evt.buflen evt.is_open_read evt.is_open_write
evt.is_open_exec evt.count evt.arg.name evt.arg.res evt.arg.path evt.arg.data evt.arg.tuple evt.arg.exe evt.arg.args
evt.arg.size evt.arg.cmd evt.failed proc.nthreads proc.fdlimit proc.fdopencount proc.vmsize proc.vmrss
""".split()

# Where sysdig 0.29.3 is known to say something else, and why.
EXPLAINED = {
    "evt.arg.size": "parameters of enter events are on the exit event here, as current engines have them",
    "evt.arg.cmd": "parameters of enter events are on the exit event here, as current engines have them",
    "evt.arg.path": "parameters of enter events are on the exit event here, as current engines have them",
    "evt.arg.tuple": "parameters of enter events are on the exit event here, as current engines have them",
    "evt.arg.name": "parameters of enter events are on the exit event here, as current engines have them",
    "group.gid": "sysdig shows 64 bits of a number of 32 bits",
    "user.loginuid": "sysdig reads version 9 of the list of processes without its later fields",
    "proc.tty": "sysdig reads version 9 of the list of processes without its later fields",
    "proc.pname": "the parent of a thread is that of its process here, as in current engines",
    "fd.cport": "sysdig shows 0 for sockets that listen on IPv6, and for kinds without ports",
    "fd.sip": "sysdig keeps the first address of a UDP socket that is connected again",
    "fd.sport": "sysdig keeps the first address of a UDP socket that is connected again",
    "fd.is_server": "sysdig leaves the value of IPv6 sockets undefined",
}


def read_sysdig(capture, fields):
    """The events of a capture as sysdig prints them; None if it cannot read the capture."""
    form = "\x01".join(["*%evt.rawtime %thread.tid %evt.type %evt.dir"] + ["%" + field for field in fields])
    result = subprocess.run(["sysdig", "-r", capture, "-p", form], capture_output=True)
    if result.returncode != 0 and not result.stdout:
        return None
    return split(result.stdout)


def split(output):
    rows = []
    for line in output.decode("utf-8", "replace").split("\n"):
        parts = line.split("\x01")
        if len(parts) > 1:
            rows.append((parts[0], parts[1:]))
    return rows


def main():
    reader = sys.argv[1]
    fields = FIELDS
    captures = []
    rest = iter(sys.argv[2:])
    for word in rest:
        if word == "--fields":
            fields = next(rest).split(",")
        else:
            captures.append(word)
    pairs = equal = explained = 0
    for capture in captures:
        theirs = read_sysdig(capture, ["evt.num"])
        if theirs is None:
            print(f"{os.path.basename(capture)}: sysdig cannot read it")
            continue
        for field in fields:
            peer = read_sysdig(capture, [field])
            if peer is None:
                continue
            ours = split(subprocess.run([reader, capture, field], capture_output=True, check=True).stdout)
            wanted = collections.defaultdict(list)
            for key, values in peer:
                wanted[key].append(values[0])
            checked = different = 0
            example = None
            for key, values in ours:
                if not wanted[key]:
                    different += 1
                    example = example or (key, values[0], "no such event")
                    continue
                checked += 1
                expected = wanted[key].pop(0)
                if key.endswith("<") or "switch" in key or "procexit" in key:
                    if expected != values[0]:
                        different += 1
                        example = example or (key, values[0], expected)
            pairs += 1
            equal += different == 0
            if different and field in EXPLAINED:
                explained += 1
                print(f"{os.path.basename(capture)} {field}: {different} of {checked} differ: {EXPLAINED[field]}")
            elif different:
                print(f"{os.path.basename(capture)} {field}: {different} of {checked} differ; {example[0]}: "
                      f"ours {example[1]!r}, sysdig {example[2]!r}")
    print(f"{equal} of {pairs} pairs of capture and field are equal, {explained} differ as explained")
    return 0 if equal + explained == pairs else 1


if __name__ == "__main__":
    sys.exit(main())
