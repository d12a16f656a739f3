# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Reads and writes corpora: records of requests, without header or padding, integers little endian.

A record is its class (u8), five strings (name, method, target, version, body), the number of headers (u16), and for
each its name and value. A string is its length (u32) and its bytes.
"""

import base64
import dataclasses
import json
import struct

from tools import BenchFailure

CLASSES = ("get", "form", "json", "attack")


def _make_page():
    """The page that answers every request of the bench."""
    page = b"<!doctype html><html><head><title>Shop</title></head><body>"
    while len(page) < 2000:
        page += b"<p>Welcome to our shop, we deliver weekly.</p>\n"
    return page + b"</body></html>"


PAGE = _make_page()


@dataclasses.dataclass
class Request:
    traffic_class: str
    name: bytes
    method: bytes
    target: bytes
    headers: list
    body: bytes = b""
    version: bytes = b"1.1"

    def record(self):
        """Its bytes in a corpus."""
        strings = (self.name, self.method, self.target, self.version, self.body)
        fields = [text for pair in self.headers for text in pair]
        return b"".join(
            [bytes([CLASSES.index(self.traffic_class)]), *map(_string, strings), struct.pack("<H", len(self.headers))]
            + [_string(text) for text in fields]
        )

    def wire(self):
        """Its bytes on a connection that is kept."""
        lines = [b"%s %s HTTP/%s" % (self.method, self.target, self.version)]
        lines += [b"%s: %s" % pair for pair in self.headers]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body

    def transaction(self, identity):
        """A line of `redoubt waf eval`'s input: the bench's connection, this request, the bench's response."""
        return json.dumps(
            {
                "id": identity,
                "client": {"address": "203.0.113.7", "port": 40000},
                "server": {"address": "127.0.0.1", "port": 80},
                "request": {
                    "method": self.method.decode("latin-1"),
                    "target": self.target.decode("latin-1"),
                    "version": f"HTTP/{self.version.decode()}",
                    "headers": [[text.decode("latin-1") for text in pair] for pair in self.headers],
                    "body": base64.b64encode(self.body).decode(),
                },
                "response": {
                    "status": 200,
                    "version": "HTTP/1.1",
                    "headers": [["Content-Type", "text/html; charset=utf-8"], ["Content-Length", str(len(PAGE))]],
                    "body": base64.b64encode(PAGE).decode(),
                },
            }
        )


# The rule set denies it at paranoia level 1, so its answer tells whether the rules are in force.
ATTACK = Request(
    "attack",
    b"attack",
    b"GET",
    b"/search?q=%3Cscript%3Ealert(1)%3C/script%3E%20union%20select%20password%20from%20account",
    [(b"Host", b"shop.example.com"), (b"User-Agent", b"Mozilla/5.0"), (b"Accept", b"*/*")],
)


def read(path):
    """All requests of a corpus."""
    data = path.read_bytes()
    requests = []
    position = 0
    try:
        while position < len(data):
            request, position = _read_record(data, position)
            requests.append(request)
    except (struct.error, IndexError):
        raise BenchFailure(f"{path} is no corpus: the record at byte {position} makes no sense") from None
    return requests


def write(path, requests):
    path.write_bytes(b"".join(request.record() for request in requests))
    return path


def _string(text):
    return struct.pack("<I", len(text)) + text


def _read_string(data, position):
    (length,) = struct.unpack_from("<I", data, position)
    end = position + 4 + length
    if end > len(data):
        raise IndexError
    return data[position + 4 : end], end


def _read_record(data, position):
    traffic_class = CLASSES[data[position]]
    position += 1
    strings = []
    for _ in range(5):
        text, position = _read_string(data, position)
        strings.append(text)
    name, method, target, version, body = strings
    (count,) = struct.unpack_from("<H", data, position)
    position += 2
    headers = []
    for _ in range(count):
        field, position = _read_string(data, position)
        value, position = _read_string(data, position)
        headers.append((field, value))
    return Request(traffic_class, name, method, target, headers, body, version), position
