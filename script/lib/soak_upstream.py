# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""The site behind the gateway in `script/soak`: small pages, one large one and a WebSocket that only listens.

Prints its port and ends when its standard input closes.
"""

import asyncio
import sys

PAGE = b"<!doctype html><title>Soak</title>".ljust(1000, b".")
LARGE = 32 << 20
PIECE = b"large page " * 6000


async def skip_body(reader: asyncio.StreamReader, head: bytes):
    """Reads the body that the head announces; the gateway sends either a length or well-formed chunks."""
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if b": " in line)
    if fields.get(b"transfer-encoding") == b"chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await skip(reader, size + 2)
        await reader.readuntil(b"\r\n")
    else:
        await skip(reader, int(fields.get(b"content-length", 0)))


async def skip(reader: asyncio.StreamReader, count: int):
    while count > 0:
        piece = await reader.read(min(count, 1 << 16))
        if not piece:
            raise asyncio.IncompleteReadError(b"", count)
        count -= len(piece)


async def answer(writer: asyncio.StreamWriter, method: bytes, path: bytes):
    isLarge = path.startswith(b"/large")
    length = LARGE if isLarge else len(PAGE)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % length)
    if method == b"HEAD":
        length = 0
    elif not isLarge:
        writer.write(PAGE)
        length = 0
    while length > 0:
        piece = PIECE[:length]
        writer.write(piece)
        length -= len(piece)
        await writer.drain()
    await writer.drain()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            method, path = head.split(b" ", 2)[:2]
            if b"\r\nupgrade: websocket" in head.lower():
                accept = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
                writer.write(b"HTTP/1.1 101 Switching Protocols\r\n" + accept + b"\r\n\r\n")
                while await reader.read(1 << 16):
                    pass
                return
            await skip_body(reader, head)
            await answer(writer, method, path)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 17, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
