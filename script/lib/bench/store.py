# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""What it costs to record exchanges and to search them."""

import json

import corpus
import processes
import rules
import servers
from client import Client
from tools import BenchFailure

TURNS = 8


def measure(options, folder, note):
    """Made-up events for the times; the corpus, sent through a gateway, for the bytes on disk."""
    note(f"store: {options.events:,} events")
    command = [options.redoubt, "events", "bench", "--folder", str(folder), "--events", str(options.events)]
    result = json.loads(processes.output([*command, "--format", "json"]))
    note("store: the corpus through a gateway")
    return {**result, "exchanges": _exchanges(options, folder)}


def _exchanges(options, folder):
    file = rules.write(folder, 1)
    # The client does not know that an answer to HEAD has no body.
    requests = [request.wire() for request in corpus.read(options.corpus) if request.method != b"HEAD"]
    site_port, port = processes.free_ports(2)
    with servers.site(folder, site_port):
        with servers.gateway(folder, "gateway-store", options.redoubt, port, site_port, rules=file) as server:
            with Client(port) as client:
                for _ in range(TURNS):
                    for request in requests:
                        client.exchange(request)
            log = server.log
    sent = TURNS * len(requests)
    if f"recorded events={sent} lost=0" not in log.read_text(errors="replace"):
        raise BenchFailure(f"of {sent} exchanges not all were recorded:\n{processes.tail(log)}")
    files = list((folder / "gateway-store/data/events").glob("events-*.sqlite*"))
    return {"count": sent, "distinct": len(requests), "disk_bytes": round(sum(f.stat().st_size for f in files) / sent, 1)}
