#!/usr/bin/env python3
"""A deck of a million lines from the upload to the first decision by its price, and a cold start with it. usage:
./warp bench import [--json] [--lines N] [--limit S] [--start-limit S] [--fsync]

Upload over HTTP, read and compared and stored beside the lines in force, published, until GET /routing/explain says the new price;
then the daemon is stopped, and started until it is ready. Memory is the most that was resident, of warpd and of Postgres with all of
its processes (shared buffers are counted once: the largest shared part, and every process's own). Exit code 1 beyond a limit."""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import threading
import time

import common
from common import CommandError

from warp_cli import instance, provision
from warp_cli.rest import ApiError

BIN = pathlib.Path(os.environ.get("WARP_BUILD", common.FOLDER.parents[1] / "build" / "release")) / "bin"
PREFIX = provision.PREFIX
NUMBER = "12125550123"
OTHER = "prefix,per_minute\n1,0.0100\n"


def deck(lines, price):
    """NPANXX and thousand-blocks of the North American plan, two prices each."""
    rows = ["prefix,per_minute_interstate,per_minute_intrastate,initial_increment,increment"]
    made = 0
    for npa in range(201, 1000):
        for nxx in range(200, 1000):
            stem = f"1{npa}{nxx}"
            for block in ("", *"0123456789"):
                if made == lines:
                    return "\n".join(rows) + "\n"
                rows.append(f"{stem}{block},{price},0.0{made % 90 + 10:02},6,6")
                made += 1
    return "\n".join(rows) + "\n"


def memory_of(pids):
    """Resident octets: what processes have of their own, and the largest part that they share."""
    own = shared = 0
    for pid in pids:
        try:
            fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
        except (OSError, ValueError):
            continue
        kib = {name: int(fields.get(name, "0 kB").split()[0]) for name in ("RssAnon", "RssFile", "RssShmem")}
        own += kib["RssAnon"]
        shared = max(shared, kib["RssFile"] + kib["RssShmem"])
    return (own + shared) * 1024


class Peak(threading.Thread):
    """The most that a group of processes had resident, looked at twenty times a second."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.pids, self.most, self.over = pids, 0, threading.Event()

    def run(self):
        while not self.over.wait(0.05):
            self.most = max(self.most, memory_of(self.pids()))

    def end(self):
        self.over.set()
        self.join()
        return self.most


def wait(what, check, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return
        time.sleep(0.02)
    raise CommandError(f"{what} took more than {seconds} s")


def price_of(api, trunk):
    path = f"{PREFIX}/routing/explain?trunk_id={trunk}&to=%2B{NUMBER}&from=%2B12125550199"
    try:
        return str(api.get(path)["price"]["per_minute"])
    except (ApiError, KeyError, TypeError):
        return ""


def tenant(warp):
    make = provision.Provisioner(warp.api())
    vendor = make.rate_plan("vendor", "VENDOR", "prefix,per_minute\n1,0.0001\n")
    plan = make.rate_plan("retail", "CUSTOMER", OTHER)
    partition = make.partition("main")
    make.route(partition, make.provider("carrier", vendor, [("127.0.0.3", 5060)]), "", 100)
    customer = make.customer("tenant", partition, plan)
    return plan, make.trunk(customer, "office", ["127.0.0.2"], [("127.0.0.2", 5060)])


def import_deck(warp, plan, trunk, text, limit):
    api = warp.api()
    wait("the first deck", lambda: price_of(api, trunk).startswith("0.01"), 10)
    steps, began = {}, time.monotonic()
    made = api.request("POST", f"{PREFIX}/rate-plans/{plan}/imports?source=bench", text, "text/csv")["data"]
    steps["upload"] = time.monotonic() - began
    path = f"{PREFIX}/deck-imports/{made['id']}"

    def loaded():
        state = api.get(path)["state"]
        if state == "refused":
            raise CommandError(f"the deck was refused: {api.get(path)['errors'][:3]}")
        return state == "ready"

    wait("the import", loaded, limit * 4)
    steps["ready"] = time.monotonic() - began
    api.post(f"{path}/publish", {"confirm_margins": True})
    steps["published"] = time.monotonic() - began
    wait("the new price", lambda: price_of(api, trunk).startswith("0.0042"), limit * 4)
    steps["live"] = time.monotonic() - began
    return steps


def cold_start(warp):
    warp.daemon.stop(20)
    began = time.monotonic()
    process = warp.daemon.start()
    warp.daemon.wait_ready(process, 60)
    return time.monotonic() - began


def measure(warp, lines, limit):
    text = deck(lines, "0.0042").encode()
    plan, trunk = tenant(warp)
    daemon, database = Peak(warp.daemon.pids), Peak(warp.postgres.pids)
    daemon.start()
    database.start()
    steps = import_deck(warp, plan, trunk, text, limit)
    memory = {"warpd_octets": daemon.end(), "postgres_octets": database.end()}
    return {"lines": lines, "octets": len(text), **{name: round(value, 2) for name, value in steps.items()},
            **memory, "cold_start": round(cold_start(warp), 2), "started_octets": memory_of(warp.daemon.pids())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--limit", type=float, default=30, help="seconds until the new price decides")
    parser.add_argument("--start-limit", type=float, default=5, help="seconds until the daemon is ready again")
    parser.add_argument("--fsync", action="store_true", help="Postgres as in production")
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="warp-bench-"))
    folder.chmod(0o755)
    warp = instance.Instance(folder, folder.name, BIN / "warpd", durable=arguments.fsync)
    try:
        warp.start_anew()
        run = measure(warp, arguments.lines, arguments.limit)
    finally:
        warp.stop()
        shutil.rmtree(folder, ignore_errors=True)
    mib = 2**20
    row = (f"{run['lines']:,}", run["upload"], run["ready"], run["published"], run["live"], run["cold_start"],
           run["warpd_octets"] // mib, run["postgres_octets"] // mib)
    common.emit(arguments.json, "A deck from the upload to its first decision",
                ("lines", "uploaded s", "ready s", "published s", "live s", "cold start s", "warpd MiB", "Postgres MiB"), [row],
                {"bench": "import", "fsync": arguments.fsync, **run}, f"./warp bench import --lines {arguments.lines}")
    sys.exit(0 if run["live"] <= arguments.limit and run["cold_start"] <= arguments.start_limit else 1)


if __name__ == "__main__":
    main()
