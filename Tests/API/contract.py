#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Tests the console's API against the document by which it describes itself, with schemathesis.

usage: contract.py PROGRAM [--seconds N] [--schemathesis PATH] [--seed N]

PROGRAM is the built redoubt. "redoubt demo" is started in a temporary folder; its API is asked for everything that the
document speaks of, and much that it does not, as an administrator and as a viewer. Fails on a server error and on an answer
that the document does not tell of. The same seed asks the same questions; other ones are for those who look for more.
"""
import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

SCOPES = ["see", "triage", "respond", "administer", "audit"]
# What is no error of the server and the document cannot say: that a rule's text has to be one, or that a user has to be there.
# The sessions of a user are a list, which is there when all of them have ended.
LEFT_OUT = "positive_data_acceptance,use_after_free"
CONFIGURATION = pathlib.Path(__file__).with_name("schemathesis.toml")
# It does not end.
STREAM = "/api/v1/events/stream"


def run(program, folder, *arguments):
    return subprocess.run([program, *arguments, "--data", folder], check=True, text=True, capture_output=True).stdout


def start(program, folder):
    """Starts the demo and waits for its console."""
    environment = dict(os.environ, TMPDIR=str(folder))
    demo = subprocess.Popen(
        [program, "demo", "--console", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True, env=environment
    )
    for line in demo.stdout:
        if line.startswith("The console is at "):
            data = next(pathlib.Path(folder).glob("redoubt-demo-*/data"))
            return demo, line.split()[-1], str(data)
    raise SystemExit("the demo has ended before its console was there")


def token(program, data, name, role, scopes):
    run(program, data, "users", "add", name, "--role", role)
    arguments = [argument for scope in scopes for argument in ("--scope", scope)]
    return run(program, data, "tokens", "add", name, "--owner", name, *arguments).strip()


def check(options, address, secret, seconds, *chosen):
    return subprocess.run(
        [
            options.schemathesis, "--config-file", str(CONFIGURATION), "run", f"{address}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {secret}", "--seed", str(options.seed), "--max-time", str(seconds),
            "--exclude-path", STREAM, "--exclude-checks", LEFT_OUT, "--workers", "1", "--request-timeout", "60", "--no-color",
            "--suppress-health-check", "all", *chosen,
        ],
        check=False,
    ).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--schemathesis", default="schemathesis")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # Also where somebody ends this, the server ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    program = str(pathlib.Path(options.program).resolve())
    with tempfile.TemporaryDirectory() as folder:
        demo, address, data = start(program, folder)
        try:
            failed = 0
            for name, role, scopes, share in [("tester", "admin", SCOPES, 0.75), ("looker", "viewer", ["see"], 0.25)]:
                print(f"As {role}:", flush=True)
                secret = token(program, data, name, role, scopes)
                # It would revoke the token by which it asks.
                chosen = ["--exclude-operation-id", "revokeToken"]
                failed |= check(options, address, secret, int(options.seconds * share), *chosen)
                print("And tokens:", flush=True)
                secret = token(program, data, name + "2", role, scopes)
                failed |= check(options, address, secret, 10, "--include-operation-id", "revokeToken")
            if demo.poll() is not None:
                print("the server has ended with", demo.returncode)
                failed = 1
        finally:
            demo.terminate()
            demo.wait()
    sys.exit(1 if failed else 0)


main()
