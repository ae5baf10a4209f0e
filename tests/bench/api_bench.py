#!/usr/bin/env python3
"""Requests of the control API: a list, one object, a creation, each over keep-alive connections; beside them nginx with a file
of the answer's size, by the same load generator in the same run. usage: ./warp bench api [--json] [--seconds S] [--connections N]
[--runs N]

CPU is that of all threads and processes of the side under test; of WARP that of its Postgres and Redis stands beside it. The median of
the runs by CPU a request. Exit code 1 when a request failed."""

import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

import common
from common import CommandError

from machine import look_around
from warp_cli import instance, ports, proc, provision

BIN = pathlib.Path(os.environ.get("WARP_BUILD", common.FOLDER.parents[1] / "build" / "release")) / "bin"
PREFIX = provision.PREFIX
NGINX = """daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 100000000;
  default_type application/json;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


class Nginx:
    """Static files; with an access log, as the API has."""

    def __init__(self, folder):
        self.folder, self.port = folder / "nginx", ports.choose("127.0.0.1", 8980)
        (self.folder / "www").mkdir(parents=True)
        for path in (folder, self.folder, self.folder / "www"):
            path.chmod(0o755)

    def start(self):
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        if not os.access(program, os.X_OK):
            raise CommandError("nginx is not there", "apt-get install nginx-light")
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, port=self.port))
        self.process = proc.spawn([program, "-p", self.folder, "-c", config], self.folder, self.folder / "log")
        if not proc.wait_until(lambda: not ports.is_free("127.0.0.1", self.port, socket.SOCK_STREAM), 10):
            raise CommandError("nginx did not start:\n" + (self.folder / "log").read_text()[-2000:])

    def file_of(self, size):
        name = f"answer-{size}.json"
        file = self.folder / "www" / name
        file.write_text("x" * size)
        file.chmod(0o644)
        return "/" + name

    def pids(self):
        return [self.process.pid, *proc.children(self.process.pid)]

    def stop(self):
        proc.stop(self.process.pid)


class Warp:
    def __init__(self, folder):
        self.instance = instance.Instance(folder, folder.name, BIN / "warpd", durable=True)

    def start(self):
        warp = self.instance
        warp.start_anew(requests_per_second=1_000_000)
        self.port, self.key = warp.ports["api"], warp.key_file.read_text().strip()
        api = warp.api()
        self.customer = api.post(f"{PREFIX}/customers", {"name": "bench"})["id"]
        self.own_key = api.post(f"{PREFIX}/customers/{self.customer}/api-keys",
                                {"name": "bench", "scopes": ["trunks:read", "trunks:write", "cdr:read"]})["key"]
        made = [api.post(f"{PREFIX}/trunks?customer_id={self.customer}", {"name": f"trunk {n}", "auth_type": "IP_ACL"})
                for n in range(20)]
        self.trunk = made[0]["id"]

    def pids(self):
        return self.instance.daemon.pids()

    def beside(self):
        return [*self.instance.postgres.pids(), *self.instance.redis.pids()]

    def stop(self):
        self.instance.stop()


def load(port, connections, seconds, method, path, headers=(), body=None):
    argv = [BIN / "api_load", "127.0.0.1", port, connections, seconds, method, path, *headers]
    argv += ["--body", body] if body else []
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True)
    if not done.stdout:
        raise CommandError(f"api_load failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def measured(side, beside, arguments, *request):
    load(side.port, arguments.connections, 0.5, *request)
    own = common.Cpu(side.pids)
    others = common.Cpu(beside) if beside else None
    seen = load(side.port, arguments.connections, arguments.seconds, *request)
    seen["cpu_us"] = round(own.used() * 1e6 / seen["requests"], 1)
    seen["beside_us"] = round(others.used() * 1e6 / seen["requests"], 1) if others else None
    return seen


def middle(runs):
    return sorted(runs, key=lambda run: run["cpu_us"])[len(runs) // 2]


def forms(warp):
    own = [f"Authorization: Bearer {warp.own_key}", "Accept: application/json"]
    operator = [f"Authorization: Bearer {warp.key}", "Content-Type: application/json"]
    body = '{"amount":"0.01","reference":"bench {n}"}'
    payments = f"{PREFIX}/customers/{warp.customer}/payments"
    return {"nothing but the API": ("GET", f"{PREFIX}/network/ingress-ips", own),
            "one trunk": ("GET", f"{PREFIX}/trunks/{warp.trunk}", own),
            "20 trunks": ("GET", f"{PREFIX}/trunks", own),
            "a payment": ("POST", payments, operator, body),
            "a payment with an Idempotency-Key": ("POST", payments, [*operator, "Idempotency-Key: bench {n}"], body)}


def compare(warp, nginx, arguments):
    out = {}
    for name, request in forms(warp).items():
        ours = middle([measured(warp, warp.beside, arguments, *request) for _ in range(arguments.runs)])
        file = nginx.file_of(max(1, ours["octets"] - 300))  # without the head
        theirs = middle([measured(nginx, None, arguments, "GET", file) for _ in range(arguments.runs)])
        out[name] = {"warp": ours, "nginx": theirs, "ratio": round(ours["cpu_us"] / max(theirs["cpu_us"], 0.1), 2)}
        common.say(f"  {name}: {round(ours['requests'] / ours['seconds'])} a second, {ours['cpu_us']} µs; nginx {theirs['cpu_us']} µs")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="warp-bench-"))
    folder.chmod(0o755)
    warp, nginx = Warp(folder), Nginx(folder)
    started = []
    try:
        for side in (warp, nginx):
            started.append(side)
            side.start()
        busy = look_around()
        runs = compare(warp, nginx, arguments)
    finally:
        for side in started:
            try:
                side.stop()
            except AttributeError:
                pass  # it was never there
        shutil.rmtree(folder, ignore_errors=True)
    rows = [(name, f"{run['warp']['rate']:,.0f}", run["warp"]["p50_us"], run["warp"]["p99_us"], run["warp"]["cpu_us"],
             run["warp"]["beside_us"], f"{run['nginx']['rate']:,.0f}", run["nginx"]["cpu_us"], run["ratio"], run["warp"]["errors"])
            for name, run in runs.items()]
    common.emit(arguments.json, f"Requests of the control API, {arguments.connections} connections",
                ("what", "a second", "p50 µs", "p99 µs", "CPU µs", "Postgres, Redis µs", "nginx a second", "nginx CPU µs", "ratio",
                 "errors"), rows, {"bench": "api", "busy_before": busy, "forms": runs}, "./warp bench api")
    sys.exit(1 if any(run["warp"]["errors"] for run in runs.values()) else 0)


if __name__ == "__main__":
    main()
