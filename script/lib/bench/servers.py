# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""The servers of the wire measurements: a site, nginx in front of it, and the gateway in front of it."""

import contextlib
import getpass
import os
import pathlib

import processes
import tools
from corpus import PAGE

THREADS = 1

_NGINX = """\
{modules}
{user}
worker_processes {threads};
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 600;
    client_body_buffer_size 128k;
    client_max_body_size 16m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type text/html;
    charset utf-8;
    {content}
}}
"""

_SITE = """
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ return 200 '{page}'; }}
    }}
"""

_PROXY = """
    upstream site {{
        server 127.0.0.1:{site};
        keepalive 64;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        {rules}
        location / {{
            proxy_pass http://site;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
        }}
    }}
"""


class Server:
    """A server that runs: its process, its port and its log."""

    def __init__(self, process, port, log):
        self.process = process
        self.port = port
        self.log = log

    def connect(self):
        return processes.connected(self.port, self.process, self.log)

    def last_lines(self, count=3):
        """The last lines of its logs, for people who want to know what went wrong."""
        logs = [self.log, *self.log.parent.glob("*.log")]
        lines = [line for log in dict.fromkeys(logs) for line in log.read_text(errors="replace").splitlines()[-count:]]
        return " | ".join(lines)


def _folder(parent, name):
    folder = pathlib.Path(parent) / name
    folder.mkdir(exist_ok=True)
    return folder


@contextlib.contextmanager
def _listening(command, port, log, **keywords):
    with processes.running(command, log, **keywords) as process:
        server = Server(process, port, log)
        server.connect().close()
        yield server


def _nginx(parent, name, port, content, modules=""):
    folder = _folder(parent, name)
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(modules=modules, user=user, threads=THREADS, folder=folder, content=content))
    log = folder / "error.log"
    command = [tools.program("nginx"), "-e", str(log), "-p", str(folder), "-c", str(file), "-g", "daemon off;"]
    return _listening(command, port, log)


def site(parent, port):
    """nginx that answers everything with the bench's page."""
    page = PAGE.decode().replace("\\", "\\\\").replace("'", "\\'")
    return _nginx(parent, "site", port, _SITE.format(port=port, page=page))


def nginx_proxy(parent, port, site_port, rules=None):
    """nginx in front of the site; with libmodsecurity where there are rules."""
    modules = inspection = ""
    if rules:
        modules = f"load_module {tools.nginx_module('ngx_http_modsecurity_module.so')};"
        inspection = f"modsecurity on; modsecurity_rules_file {rules};"
    content = _PROXY.format(port=port, site=site_port, rules=inspection)
    return _nginx(parent, "nginx-modsecurity" if rules else "nginx", port, content, modules)


def environment():
    """Ours without the gateway's settings."""
    return {key: value for key, value in os.environ.items() if not key.startswith("REDOUBT_")}


def gateway_command(redoubt, folder, port, site_port, rules=None, config=None):
    """The gateway's command line; its data folder outlives it, and so do caches in there."""
    command = [redoubt, "gateway", "--listen", f"127.0.0.1:{port}", "--threads", str(THREADS)]
    command += ["--data", str(_folder(folder, "data")), "--error-log", str(folder / "rules.log")]
    if config:
        return [*command, "--config", str(config)]
    empty = folder / "empty.yaml"
    empty.write_text("{}\n")
    command += ["--config", str(empty), "--upstream", f"http://127.0.0.1:{site_port}"]
    return command + (["--mode", "enforce", "--rules", str(rules)] if rules else ["--mode", "off"])


def gateway(parent, name, redoubt, port, site_port, rules=None, config=None, flags=()):
    """The gateway in front of the site; without rules nothing is inspected."""
    folder = _folder(parent, name)
    command = [*gateway_command(redoubt, folder, port, site_port, rules, config), *flags]
    return _listening(command, port, folder / "gateway.log", env=environment())
