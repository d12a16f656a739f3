# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""A client of one connection: sends recorded requests one after another and tells how long each answer takes."""

import socket
import time

from tools import BenchFailure


class Client:
    """Keeps its connection, and makes a new one where the server has closed it between two requests."""

    def __init__(self, port, seconds=60):
        self._address = ("127.0.0.1", port)
        self._seconds = seconds
        self._connection = None
        self._rest = b""
        self.reconnections = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._connection:
            self._connection.close()

    def adopt(self, connection):
        """Takes a connection that is made already."""
        self._connection = connection

    def exchange(self, request):
        """Sends a request and reads its answer; the status and the seconds that it took."""
        start = time.perf_counter()
        if self._connection is None:
            self._connect()
        try:
            status = self._attempt(request)
        except (ConnectionResetError, BrokenPipeError, EOFError):
            # A server that reloads may close an idle connection; what is measured includes making a new one.
            self.reconnections += 1
            self._connect()
            status = self._attempt(request)
        return status, time.perf_counter() - start

    def _connect(self):
        if self._connection:
            self._connection.close()
        self._rest = b""
        self._connection = socket.create_connection(self._address, timeout=self._seconds)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _attempt(self, request):
        self._connection.sendall(request)
        head = self._until(b"\r\n\r\n").lower()
        if b"transfer-encoding: chunked" in head:
            while size := int(self._until(b"\r\n").split(b";")[0], 16):
                self._take(size + 2)
            self._until(b"\r\n")
        else:
            length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
            if not length:
                raise BenchFailure(f"an answer without length: {head[:200]!r}")
            self._take(int(length))
        if b"connection: close" in head:
            self._connection.close()
            self._connection = None
        return int(head.split(b" ", 2)[1])

    def _until(self, mark):
        while mark not in self._rest:
            self._receive()
        taken, _, self._rest = self._rest.partition(mark)
        return taken + mark

    def _take(self, count):
        while len(self._rest) < count:
            self._receive()
        self._rest = self._rest[count:]

    def _receive(self):
        received = self._connection.recv(65536)
        if not received:
            raise EOFError
        self._rest += received
