# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""The hostile clients of `script/soak`: each function attacks once, and is called again until its stage ends.

An attack may fail in any way that a network can fail (OSError); it returns early when `stop` is set.
"""

import base64
import random
import socket
import struct
import threading
import zlib

MEGABYTE = 1 << 20


class Attacker:
    """What one thread of one attack works with."""

    def __init__(self, port: int, address: str, rng: random.Random, stop: threading.Event):
        self.port = port
        # Another loopback address than that of the well-behaved clients, so that limits per client tell them apart.
        self.address = address
        self.rng = rng
        self.stop = stop

    def connect(self, receive_buffer: int | None = None) -> socket.socket:
        connection = socket.socket()
        if receive_buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(15)
        connection.bind((self.address, 0))
        connection.connect(("127.0.0.1", self.port))
        return connection

    def many(self, count: int) -> list[socket.socket]:
        connections = []
        for _ in range(count):
            if self.stop.is_set():
                break
            connections.append(self.connect())
        return connections

    def drip(self, connections: list[socket.socket], data: bytes, seconds: float):
        """Sends a byte on each connection now and then, until all were closed by the other side."""
        position = 0
        while connections and position < len(data) and not self.stop.wait(seconds):
            for connection in list(connections):
                try:
                    connection.sendall(data[position : position + 1])
                except OSError:
                    connection.close()
                    connections.remove(connection)
            position += 1
        close_all(connections)

    def read_rest(self, connection: socket.socket) -> bytes:
        received = b""
        while len(received) < 4 * MEGABYTE and (piece := connection.recv(1 << 16)):
            received += piece
        return received


def close_all(connections: list[socket.socket]):
    for connection in connections:
        connection.close()


def reset(connection: socket.socket):
    """Closes with a reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def head(method: str = "GET", target: str = "/", *fields: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "User-Agent: soak", "Accept: */*", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


FORM = "Content-Type: application/x-www-form-urlencoded"
CHUNKED = "Transfer-Encoding: chunked"


def slow_heads(attacker: Attacker):
    fields = "".join(f"X-Slow-{number}: value\r\n" for number in range(200))
    attacker.drip(attacker.many(40), head()[:-2] + fields.encode(), 0.1)


def slow_bodies(attacker: Attacker):
    connections = attacker.many(40)
    for number, connection in enumerate(connections):
        framing = "Content-Length: 100000" if number % 2 else CHUNKED
        connection.sendall(head("POST", "/slow", FORM, framing) + (b"" if number % 2 else b"ffff\r\n"))
    attacker.drip(connections, b"a=" + b"b" * 10_000, 0.1)


def large_bodies(attacker: Attacker):
    """100 MB with a length or in chunks, as a form or as something that no rule reads."""
    is_chunked = attacker.rng.random() < 0.5
    kind = attacker.rng.choice([FORM, "Content-Type: application/octet-stream", "Content-Type: application/json"])
    piece = b"abcdefghijklmno=" * 4096
    framing = CHUNKED if is_chunked else f"Content-Length: {100 * MEGABYTE}"
    with attacker.connect() as connection:
        connection.sendall(head("POST", "/upload", kind, framing))
        if is_chunked:
            piece = b"%x\r\n%s\r\n" % (len(piece), piece)
        for _ in range(100 * MEGABYTE // (1 << 16)):
            if attacker.stop.is_set():
                return
            connection.sendall(piece)
        if is_chunked:
            connection.sendall(b"0\r\n\r\n")
        connection.recv(1 << 16)


def deflated(size: int, window: int) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, window)
    return b"".join(compressor.compress(b"a" * MEGABYTE) for _ in range(size // MEGABYTE)) + compressor.flush()


# 100 MB of the letter a each. The last is what libbrotli 1.0.9 makes of it with quality 11 and a window of 24 bits.
BOMBS = {
    "gzip": deflated(100 * MEGABYTE, 31),
    "deflate": deflated(100 * MEGABYTE, 15),
    "br": base64.b64decode(
        "z///f/glwuKxQCD3/p/////wSwDEYQGA7v0/////4ZcAiMMiAN37f/7//8MvARCHBQC69//8//+HXwIgDgsAdO//+f//D78EQBwWAOje/+f/"
        "/w9+CYA4LADQvf8B"
    ),
}


def compression_bombs(attacker: Attacker):
    coding, body = attacker.rng.choice(list(BOMBS.items()))
    if attacker.rng.random() < 0.3:
        # A damaged one: the decoder meets an error somewhere on the way.
        body = mutated(body, attacker.rng)
    with attacker.connect() as connection:
        framing = f"Content-Length: {len(body)}"
        connection.sendall(head("POST", "/", FORM, f"Content-Encoding: {coding}", framing) + body)
        connection.recv(1 << 16)


def header_floods(attacker: Attacker):
    kind = attacker.rng.randrange(4)
    with attacker.connect() as connection:
        if kind == 0:
            connection.sendall(head("GET", "/", *(f"X-{number}: v" for number in range(20_000))))
        elif kind == 1:
            connection.sendall(head("GET", "/", "X-Large: " + "v" * (8 * MEGABYTE)))
        elif kind == 2:
            connection.sendall(head("GET", "/" + "a" * (8 * MEGABYTE)))
        else:
            connection.sendall(head("GET", "/", *["Cookie: " + "a=b; " * 600] * 20, "Connection: " + "x, " * 1000))
        attacker.read_rest(connection)


def pipelining(attacker: Attacker):
    """Hundreds of requests at once; the answers are read, or not."""
    requests = head() * attacker.rng.choice([50, 300])
    with attacker.connect() as connection:
        connection.sendall(requests)
        if attacker.rng.random() < 0.5:
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16):
                if attacker.stop.is_set():
                    return
        else:
            connection.recv(1000)


def half_closed(attacker: Attacker):
    """A whole or partial request, then the end of one direction."""
    requests = [head(), head("POST", "/", FORM, "Content-Length: 10") + b"a=b&c=defg", head("GET", "/large")]
    request = attacker.rng.choice(requests)
    with attacker.connect() as connection:
        connection.sendall(request[: attacker.rng.randint(0, 2 * len(request))])
        connection.shutdown(attacker.rng.choice([socket.SHUT_WR, socket.SHUT_RD, socket.SHUT_WR]))
        attacker.read_rest(connection)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Up to eight random edits."""
    result = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        position = rng.randrange(len(result) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            result[position:position] = rng.choice(
                [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b";", b"%", b"#", b"\xff", b"chunked", b"100"]
            )
        elif kind == 1:
            del result[position : position + rng.randint(1, 8)]
        elif kind == 2 and position < len(result):
            result[position] = rng.randrange(256)
        else:
            start = rng.randrange(len(result) + 1)
            result[position:position] = result[start : start + rng.randint(1, 40)]
    return bytes(result)


SEEDS = (
    head("GET", "/a/b?c=d&e=%66", "Cookie: a=b", "Accept-Encoding: gzip, br"),
    head("POST", "/f", FORM, "Content-Length: 7") + b"a=b&c=d",
    head("POST", "/f", FORM, CHUNKED) + b"3;x=y\r\na=b\r\n4\r\n&c=d\r\n0\r\nX-T: t\r\n\r\n",
    head("POST", "/j", "Content-Type: application/json", "Content-Length: 9") + b'{"a":[1]}',
    head("POST", "/x", "Content-Type: text/xml", "Content-Length: 8") + b"<a>b</a>",
    head("POST", "/m", "Content-Type: multipart/form-data; boundary=x", "Content-Length: 60")
    + b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
    head("GET", "/ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZQ=="),
    head("OPTIONS", "*") + head("GET", "http://localhost/absolute") + head("HEAD", "/h", "Connection: close"),
)


def malformed_requests(attacker: Attacker):
    request = mutated(attacker.rng.choice(SEEDS), attacker.rng)
    with attacker.connect() as connection:
        connection.settimeout(1)
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        attacker.read_rest(connection)


def chunk_extensions(attacker: Attacker):
    """Long extensions, huge sizes, endless trailers, chunks of one byte."""
    kind = attacker.rng.randrange(5)
    with attacker.connect() as connection:
        connection.sendall(head("POST", "/", FORM, CHUNKED))
        if kind == 0:
            connection.sendall(b"1;" + b"x" * (4 * MEGABYTE))
        elif kind == 1:
            connection.sendall(attacker.rng.choice([b"7fffffffffffffff", b"ffffffffffffffffff", b"-1", b"0x10"]) + b"\r\nab")
        elif kind == 2:
            connection.sendall(b"0\r\n" + b"X-Trailer: value\r\n" * 50_000)
        elif kind == 3:
            connection.sendall(b"1\r\na\r\n" * 50_000 + b"0\r\n\r\n")
        else:
            connection.sendall(b"1;name=value\r\na\r\n" * 20_000 + b"0\r\n\r\n")
        connection.recv(1 << 16)


def deaf_clients(attacker: Attacker):
    """Ask for large answers and never read them."""
    connections = []
    for _ in range(20):
        if attacker.stop.is_set():
            break
        connections.append(attacker.connect(receive_buffer=4096))
        connections[-1].sendall(head("GET", "/large") * 3)
    attacker.stop.wait(4)
    close_all(connections)


def connection_churn(attacker: Attacker):
    for _ in range(50):
        if attacker.stop.is_set():
            return
        connection = attacker.connect()
        kind = attacker.rng.randrange(4)
        if kind == 1:
            connection.sendall(head())
        elif kind == 2:
            connection.sendall(head()[:20])
        if attacker.rng.random() < 0.5:
            reset(connection)
        else:
            connection.close()


def idle_websockets(attacker: Attacker):
    connections = attacker.many(40)
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    for connection in connections:
        connection.sendall(
            head("GET", "/socket", "Connection: Upgrade", "Upgrade: websocket", key, "Sec-WebSocket-Version: 13")
        )
    attacker.stop.wait(4)
    for connection in connections:
        if attacker.rng.random() < 0.5:
            reset(connection)
    close_all(connections)


# The attacks with how many threads run each.
ATTACKS = (
    (slow_heads, 2),
    (slow_bodies, 2),
    (large_bodies, 3),
    (compression_bombs, 3),
    (header_floods, 3),
    (pipelining, 3),
    (half_closed, 3),
    (malformed_requests, 4),
    (chunk_extensions, 3),
    (deaf_clients, 3),
    (connection_churn, 3),
    (idle_websockets, 3),
)
