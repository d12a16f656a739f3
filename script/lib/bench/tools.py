# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Where the measured programs and their data are; says what is missing and who installs it."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
DATA = ROOT.parent / "shared/data/waf"
CORPUS = DATA / "bench/corpus-varied.bin"
UNICODE_MAP = DATA / "unicode/unicode.mapping"
CRS = pathlib.Path("/usr/share/modsecurity-crs/rules")
BUILD = ROOT / ".build/bench"
PEER_SOURCE = ROOT / "Benchmarks/modsecurity-peer/modsecurity-peer.cpp"
RELEASE_FLAGS = ROOT / "script/lib/release-flags"
REPLAY_SCRIPT = ROOT / "Benchmarks/wire/replay.lua"


class BenchFailure(Exception):
    """Something that keeps a figure from being measured; its text is for whoever called script/bench."""


def program(name):
    """The path of an installed program."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        raise BenchFailure(f"{name} is not installed; script/setup --bench installs it")
    return path


def existing(path, hint):
    """The path, if something is there."""
    if not path.exists():
        raise BenchFailure(f"{path} is missing; {hint}")
    return path


def corpus(named=None):
    return existing(pathlib.Path(named) if named else CORPUS, "--corpus names another corpus")


def unicode_map():
    return existing(UNICODE_MAP, "it belongs to the shared test data")


def core_rule_set():
    return existing(CRS, "script/setup installs it")


def redoubt():
    """The program to measure: $REDOUBT, else a release build of these sources."""
    if named := os.environ.get("REDOUBT"):
        return str(existing(pathlib.Path(named), "it is what $REDOUBT names"))
    build = [program("swift"), "build", "-c", "release"]
    lines = [line for line in RELEASE_FLAGS.read_text().splitlines() if not line.startswith("#")]
    options = [word for line in lines for word in line.split()] + ["--product", "redoubt"]
    if subprocess.run(build + options, cwd=ROOT, stdout=sys.stderr).returncode:
        raise BenchFailure("redoubt could not be built")
    shown = subprocess.run(build + ["--show-bin-path"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return shown.stdout.strip() + "/redoubt"


def modsecurity_peer():
    """Our own program on libmodsecurity, built when it is older than its source."""
    built = BUILD / "modsecurity-peer"
    if not built.exists() or built.stat().st_mtime < PEER_SOURCE.stat().st_mtime:
        BUILD.mkdir(parents=True, exist_ok=True)
        compiler = [program("g++"), "-std=c++17", "-O2", "-Wall", "-Wextra"]
        command = [*compiler, str(PEER_SOURCE), "-o", str(built), "-lmodsecurity"]
        if subprocess.run(command, stdout=sys.stderr).returncode:
            raise BenchFailure("the peer could not be built; script/setup --bench installs libmodsecurity-dev")
    return str(built)


def nginx_module(name):
    """The path of one of nginx's loadable modules."""
    described = subprocess.run([program("nginx"), "-V"], stderr=subprocess.PIPE, text=True).stderr
    folder = re.search(r"--modules-path=(\S+)", described)
    if folder is None:
        raise BenchFailure("nginx -V names no --modules-path")
    return existing(pathlib.Path(folder[1]) / name, "script/setup --bench installs libnginx-mod-http-modsecurity")
