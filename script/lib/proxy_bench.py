# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Compares the CPU time per proxied request of `redoubt gateway --mode off` with nginx's `proxy_pass`.

Both have one worker, the same nginx behind them and keep all connections alive; `wrk` asks one after the other, in
turns. Prints JSON: microseconds of CPU (user and system, of the proxy alone) per request, and the ratio.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/{name}.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/{name}-body;
    proxy_temp_path {folder}/{name}-proxy;
    fastcgi_temp_path {folder}/{name}-fastcgi;
    uwsgi_temp_path {folder}/{name}-uwsgi;
    scgi_temp_path {folder}/{name}-scgi;
    {body}
}}
"""
SITE = "server {{ listen 127.0.0.1:{port}; root {folder}/site; sendfile on; open_file_cache max=10; }}"
PROXY = """\
    upstream site {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port: int, process: subprocess.Popen):
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit(f"{process.args[0]} does not listen on port {port}")


class Server:
    """A program that listens on a port; ends with the block."""

    def __init__(self, command: list[str], port: int):
        self.command = command
        self.port = port

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=sys.stderr)
        await_port(self.port, self.process)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_seconds(self) -> float:
        """Of the process and its children: nginx's master and its worker."""
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        total = 0
        for each in [str(pid), *children]:
            # The name in parentheses may hold anything; the fields behind it are numbers.
            fields = pathlib.Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS


def nginx(folder: pathlib.Path, name: str, body: str, port: int) -> Server:
    configuration = folder / f"{name}.conf"
    configuration.write_text(NGINX.format(folder=folder, name=name, body=body))
    return Server(["nginx", "-p", str(folder), "-c", str(configuration)], port)


def gateway(folder: pathlib.Path, upstream: int, port: int) -> Server:
    addresses = ["--listen", f"127.0.0.1:{port}", "--upstream", f"http://127.0.0.1:{upstream}"]
    options = ["--mode", "off", "--threads", "1", "--data", str(folder / "data")]
    return Server([os.environ["REDOUBT"], "gateway", *addresses, *options], port)


def measure(server: Server, connections: int, seconds: int) -> dict:
    """One run of wrk. The response is checked beforehand; wrk counts what is not 2xx or 3xx."""
    before = server.cpu_seconds()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{server.port}/page.html"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    after = server.cpu_seconds()
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{server.command[0]} failed requests:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output).group(1))
    rate = float(re.search(r"Requests/sec:\s*([\d.]+)", output).group(1))
    return {"cpu_us_per_request": 1e6 * (after - before) / requests, "requests_per_s": rate}


def run(servers: dict[str, Server], connections: int, rounds: int, seconds: int) -> dict:
    runs = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            runs[name].append(measure(server, connections, seconds))
    result = {}
    for name, measured in runs.items():
        costs = [one["cpu_us_per_request"] for one in measured]
        result[name] = {
            # The machine's other work only ever adds, so the least is what the program itself costs.
            "cpu_us_per_request": round(min(costs), 2),
            "cpu_us_per_request_median": round(statistics.median(costs), 2),
            "requests_per_s": round(max(one["requests_per_s"] for one in measured)),
        }
    result["ratio"] = ratio(result, "cpu_us_per_request")
    result["ratio_of_medians"] = ratio(result, "cpu_us_per_request_median")
    return result


def ratio(result: dict, key: str) -> float:
    return round(result["redoubt"][key] / result["nginx"][key], 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="rounds (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=1, help="for each proxy in a round (default: %(default)s)")
    parser.add_argument("--connections", default="2,16", help="how many, separated by commas (default: %(default)s)")
    arguments = parser.parse_args()
    for program in ("nginx", "wrk"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is missing; run script/setup --bench")
    os.environ.setdefault("REDOUBT", str(ROOT / ".build/release/redoubt"))

    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="redoubt-proxy-")))
        # nginx's worker runs as another user where its master is root.
        folder.chmod(0o755)
        (folder / "site").mkdir()
        (folder / "site/page.html").write_text("x" * 1024)
        upstream, ours, theirs = free_port(), free_port(), free_port()
        stack.enter_context(nginx(folder, "upstream", SITE.format(port=upstream, folder=folder), upstream))
        proxy = nginx(folder, "proxy", PROXY.format(port=theirs, upstream=upstream), theirs)
        servers = {
            "nginx": stack.enter_context(proxy),
            "redoubt": stack.enter_context(gateway(folder, upstream, ours)),
        }
        for server in servers.values():
            measure(server, 4, 1)
        result = {}
        for connections in map(int, arguments.connections.split(",")):
            result[f"connections_{connections}"] = run(servers, connections, arguments.rounds, arguments.seconds)
    figures = list(result.values())
    for name in ("nginx", "redoubt"):
        costs = [figure[name]["cpu_us_per_request"] for figure in figures]
        result[f"{name}_cpu_us_per_request"] = round(statistics.fmean(costs), 2)
    result["ratio"] = round(statistics.fmean(figure["ratio"] for figure in figures), 3)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
