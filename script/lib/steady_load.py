# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""A gateway in enforce, and clients that ask it for pages while one attacks."""

import contextlib
import http.client
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

LIBRARY = pathlib.Path(__file__).resolve().parent
CLIENTS = 3
# An answer that takes longer counts as none.
PATIENCE = 5


class Failure(Exception):
    """Something is not as it has to be."""


class Gateway:
    """The gateway with its upstream; both end with the block."""

    def __init__(self, data, folder):
        self.data = data
        self.folder = folder
        self.log = folder / "gateway.log"
        self.port = free_port()

    def __enter__(self):
        self.upstream = subprocess.Popen(
            [sys.executable, LIBRARY / "soak_upstream.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        command = [os.environ["REDOUBT"], "gateway", "--listen", f"127.0.0.1:{self.port}", "--mode", "enforce"]
        command += ["--upstream", f"http://127.0.0.1:{int(self.upstream.stdout.readline())}", "--data", str(self.data)]
        command += ["--error-log", str(self.folder / "rules.log")]
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return self
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise Failure(f"the gateway does not start: {self.tail}")
            time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(60)
        self.process.kill()
        self.upstream.kill()

    @property
    def tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    def resident_megabytes(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) / 1024


class Load:
    """Clients that ask for pages, and one that attacks."""

    def __init__(self, port):
        self.port = port
        self.ending = threading.Event()
        self.lock = threading.Lock()
        self.reset()
        self.threads = [threading.Thread(target=self._run, args=(number == 0,)) for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def reset(self):
        with self.lock:
            self.answers = {"page": {}, "attack": {}}
            self.slowest = 0.0

    def _run(self, attacks):
        kind, path = ("attack", "/?q=1%27%20union%20select%201") if attacks else ("page", "/?q=tea")
        while not self.ending.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                while not self.ending.is_set():
                    began = time.monotonic()
                    connection.request("GET", path, headers={"host": "localhost"})
                    response = connection.getresponse()
                    response.read()
                    self._note(kind, response.status, time.monotonic() - began)
                    time.sleep(0.002)
            except (OSError, http.client.HTTPException) as failure:
                if not self.ending.is_set():
                    self._note(kind, type(failure).__name__, 0)
                    time.sleep(0.05)
            finally:
                connection.close()

    def _note(self, kind, status, seconds):
        with self.lock:
            self.answers[kind][status] = self.answers[kind].get(status, 0) + 1
            self.slowest = max(self.slowest, seconds)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
