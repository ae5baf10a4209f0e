#!/usr/bin/env python3
"""What the message store costs by itself, of the daemon's side and of Postgres with fsync: a message inserted, sent,
finished with a receipt owed, and that taken. usage: ./warp bench message_store [--json] [--seconds S] [--runs N] [--window N]"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import common
from common import Cpu

from warp_cli import instance

BIN = pathlib.Path(os.environ.get("WARP_BUILD", common.FOLDER.parents[1] / "build" / "release")) / "bin"


def measure(warp, seconds, window):
    postgres = Cpu(warp.postgres.pids)
    done = subprocess.run([BIN / "message_store_bench", warp.postgres.dsn(), str(seconds), str(window)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise common.CommandError(f"the load failed: {done.stdout}{done.stderr}")
    seen = json.loads(done.stdout)
    return {**seen, "postgres_us": postgres.used() * 1e6 / seen["messages"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--window", type=int, default=500, help="messages under way")
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="warp-bench-"))
    folder.chmod(0o755)
    warp = instance.Instance(folder, folder.name, BIN / "warpd")
    try:
        warp.prepare()
        warp.postgres.start()
        warp.postgres.create_database()
        warp.ports = instance.choose_ports()
        warp.daemon.write_config(warp.settings())
        warp.daemon.command("migrate")
        measure(warp, 1, arguments.window)  # warm
        runs = [measure(warp, arguments.seconds, arguments.window) for _ in range(arguments.runs)]
    finally:
        warp.postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
    result = {name: round(common.median([run[name] for run in runs]), 1) for name in ("a_second", "us", "postgres_us")}
    common.emit(arguments.json, "The message store (median)", ("messages a second", "µs a message", "Postgres µs"),
                [tuple(result.values())], {"bench": "message_store", "window": arguments.window, **result, "runs": runs},
                f"./warp bench message_store --seconds {arguments.seconds} --window {arguments.window}")


if __name__ == "__main__":
    main()
