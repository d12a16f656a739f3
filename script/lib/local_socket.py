# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""HTTP over the socket of a data folder."""

import http.client
import socket


class LocalConnection(http.client.HTTPConnection):
    """As whoever owns the data folder."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


def get(path, target):
    """The status and the body of an answer."""
    connection = LocalConnection(path)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()
