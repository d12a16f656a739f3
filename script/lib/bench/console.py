# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""How long the console's pages take with many detections and events."""

import concurrent.futures
import gzip
import http.client
import pathlib
import re
import time
import urllib.parse

import processes
import servers
from tools import BenchFailure

USERS = 5
PASSWORD = "a password of the measurement"
PAGES = [
    "/", "/live", "/detections", "/detections?severity=high", "/detections?rule=942101",
    "/detections?client=10.0.3.7", "/detections?q=injection", "/detections?q=injection+checkout", "/incidents",
    "/entities", "/entities/address%3A10.0.3.7", "/applications", "/applications/shop", "/applications/blog", "/rules",
    "/decisions", "/evidence", "/health", "/settings", "/events?since=24h",
]
MOST_MS, MOST_BYTES = 50, 100_000


def measure(options, folder, note):
    """Fills a data folder, or takes the given one, and lets users look at all pages in parallel."""
    data = pathlib.Path(options.data) if options.data else folder / "data"
    if not (data / "insight.sqlite").exists():
        note(f"console: {options.detections:,} detections")
        _bench(options.redoubt, "detections", data, ["--rows", options.detections])
        note(f"console: {options.events:,} events")
        _bench(options.redoubt, "events", data, ["--events", options.events])
    site_port, port, console_port = processes.free_ports(3)
    config = folder / "redoubt.yaml"
    # The applications of the made-up detections.
    hosts = "".join(f"  - {{host: {name}, upstream: 'http://127.0.0.1:{site_port}'}}\n" for name in ("shop", "blog"))
    config.write_text(f"mode: observe\napplications:\n{hosts}")
    command = servers.gateway_command(options.redoubt, folder, port, site_port, config=config)
    command[command.index("--data") + 1] = str(data)
    command += ["--console", f"127.0.0.1:{console_port}"]
    began = time.monotonic()
    with servers.site(folder, site_port):
        with processes.running(command, folder / "console.log", env=servers.environment()) as process:
            processes.connected(console_port, process, folder / "console.log").close()
            started = time.monotonic() - began
            cookie = _sign_in(options, data, console_port)
            paths = PAGES + _details(console_port, cookie)
            _look(console_port, cookie, paths, 1, 0)
            note(f"console: {USERS} users, {options.rounds} rounds of {len(paths)} pages")
            pages = _together(console_port, cookie, paths, options.rounds)
            megabytes = _resident(process)
    return {"start_ms": started * 1e3, "memory_mb": megabytes, "pages": pages}


def _bench(redoubt, command, data, arguments):
    processes.output([redoubt, command, "bench", "--folder", str(data), "--keep", *map(str, arguments)])


def _resident(process):
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


def _sign_in(options, data, port):
    """Makes the first administrator where there is none, as people do: with the one-time link."""
    cookie_file = data / "bench-password"
    if not cookie_file.exists():
        answer = processes.output(
            [options.redoubt, "users", "link", "--data", str(data), "--format", "json"], env=servers.environment()
        )
        secret = re.search(r"/start/([^\"\s]+)", answer) or re.search(r'"(?:secret|link|url)":"([^"]+)"', answer)
        if not secret:
            raise BenchFailure(f"no link in {answer}")
        path = "/start/" + secret[1].rpartition("/start/")[2]
        _post(port, path, {"name": "bench", "password": PASSWORD, "again": PASSWORD})
        cookie_file.write_text("made\n")
    response = _post(port, "/login", {"name": "bench", "password": PASSWORD, "next": "/"})
    cookie = response.getheader("set-cookie")
    if not cookie:
        raise BenchFailure(f"signing in was answered with {response.status}")
    return cookie.partition(";")[0]


def _post(port, path, fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": f"http://127.0.0.1:{port}"}
    connection.request("POST", path, urllib.parse.urlencode(fields), headers)
    response = connection.getresponse()
    response.read()
    if response.status >= 400:
        raise BenchFailure(f"POST {path.partition('/start/')[0] or '/start'} was answered with {response.status}")
    return response


def _get(connection, path, cookie):
    """The time that it takes, and the page as it comes."""
    began = time.perf_counter()
    connection.request("GET", path, headers={"cookie": cookie, "accept": "text/html", "accept-encoding": "gzip"})
    response = connection.getresponse()
    body = response.read()
    took = (time.perf_counter() - began) * 1e3
    if response.status != 200:
        raise BenchFailure(f"{path} was answered with {response.status}")
    return took, body


def _page(connection, path, cookie):
    body = _get(connection, path, cookie)[1]
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()


def _details(port, cookie):
    """The pages of the newest detection, incident and event, and of the second page of detections."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    paths = []
    for listing in ("/detections", "/incidents", "/events?since=24h"):
        body = _page(connection, listing, cookie)
        links = re.findall(r'<a[^>]*data-row[^>]*>', body)
        if links and (link := re.search(r'href="([^"]+)"', links[0])):
            paths.append(link[1].replace("&amp;", "&"))
    return paths


def _look(port, cookie, paths, rounds, offset):
    """One user: all pages, again and again, each user from another one on."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times = {path: [] for path in paths}
    for turn in range(rounds):
        for place in range(len(paths)):
            path = paths[(place + offset + turn) % len(paths)]
            times[path].append(_get(connection, path, cookie)[0])
    return times


def _together(port, cookie, paths, rounds):
    # Processes rather than threads, which would wait for one another and measure that.
    with concurrent.futures.ProcessPoolExecutor(USERS) as pool:
        work = [
            pool.submit(_look, port, cookie, paths, rounds, number * len(paths) // USERS) for number in range(USERS)
        ]
        users = [each.result() for each in work]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    pages = []
    for path in paths:
        times = sorted(took for user in users for took in user[path])
        pages.append(
            {
                "path": path, "p50_ms": times[len(times) // 2], "p95_ms": times[int(len(times) * 0.95)],
                "max_ms": times[-1], "bytes": len(_page(connection, path, cookie).encode()),
            }
        )
    return pages
