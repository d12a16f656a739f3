# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""A gateway with a rule set's test configuration, an upstream that reflects, and the tests run against both."""

import base64
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time


class Upstream(http.server.BaseHTTPRequestHandler):
    """Answers 200; what is posted to /reflect says the answer: {"status", "headers", "body" or "encodedBody"}."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        status, headers, content = 200, {}, b""
        if self.path.split("?")[0] == "/reflect" and body:
            try:
                wanted = json.loads(body)
                status = int(wanted.get("status", 200))
                headers = wanted.get("headers", {})
                content = (
                    base64.b64decode(wanted["encodedBody"])
                    if "encodedBody" in wanted
                    else wanted.get("body", "").encode()
                )
            except (ValueError, AttributeError, TypeError) as error:
                status, content = 400, f"not what /reflect takes: {error}\n".encode()
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def __getattr__(self, name):
        # Whatever the method is.
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"script/test-wire: the gateway ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("script/test-wire: the gateway does not answer")


def main():
    program = os.environ["REDOUBT"]
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    upstream.daemon_threads = True
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        rules = folder / "rules.conf"
        with rules.open("wb") as output:
            subprocess.run([program, "waf", "test", "--print-rules"], stdout=output, check=True)
        port, log = free_port(), folder / "error.log"
        gateway = subprocess.Popen(
            [program, "gateway", "--listen", f"127.0.0.1:{port}", "--mode", "enforce", "--rules", str(rules)]
            + ["--upstream", f"http://127.0.0.1:{upstream.server_port}", "--error-log", str(log)],
            stderr=(folder / "gateway.log").open("wb"),
        )
        try:
            await_port(port, gateway)
            target = ["--target", f"http://localhost:{port}", "--error-log", str(log)]
            status = subprocess.run([program, "waf", "test", *sys.argv[1:], *target]).returncode
            if gateway.poll() is not None:
                sys.exit(f"script/test-wire: the gateway ended with {gateway.returncode} during the tests")
        finally:
            gateway.send_signal(signal.SIGTERM)
            try:
                gateway.wait(30)
            except subprocess.TimeoutExpired:
                gateway.kill()
    sys.exit(status)


main()
