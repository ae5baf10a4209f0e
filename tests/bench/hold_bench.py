#!/usr/bin/env python3
"""Many calls up at once, media bypassed: the memory that a call in progress takes, as growth of warpd's resident set.
usage: ./warp bench hold [--json] [--calls N] [--rate CPS]"""

import argparse
import shutil
import tempfile
import time

import common
from common import CALLEE_IP, Load, ports, proc
from machine import look_around
from warp_peer import Warp


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=20000)
    parser.add_argument("--rate", type=int, default=500)
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    others = look_around()
    callee_port = ports.choose(CALLEE_IP, 8060)
    peer, base = Warp(callee_port, False), tempfile.mkdtemp(prefix="warp-bench-")
    try:
        peer.start()
        result = run(peer, base, callee_port, arguments)
    finally:
        peer.stop()
        shutil.rmtree(base, ignore_errors=True)
    rows = [("calls up at once", result["calls_up"]), ("warpd before, MiB", round(result["rss_before"] / 2 ** 20, 1)),
            ("warpd with them, MiB", round(result["rss_up"] / 2 ** 20, 1)),
            ("octets a call", result["octets_per_call"]), ("failed", result["failed"])]
    common.emit(arguments.json, "Calls held", ("what", "value"), rows, {"bench": "hold", "used_by_others": others, **result},
                f"./warp bench hold --calls {arguments.calls} --rate {arguments.rate}")
    return 0 if result["failed"] == 0 else 1


def run(peer, base, callee_port, arguments):
    warm = Load(f"{base}/warm", peer.target, callee_port, 200, 1000, 100)
    peer.settle(warm.run()[0])
    pid = peer.pids()[0]
    before = proc.resident_bytes(pid)
    hold_ms = int(arguments.calls / arguments.rate * 1000) + 10000
    load = Load(f"{base}/hold", peer.target, callee_port, arguments.rate, arguments.calls, hold_ms,
                limit=arguments.calls + 1000)
    load.start_callee()
    load.start_caller()
    try:
        time.sleep(arguments.calls / arguments.rate + 4)
        up = int(peer.world.warp.daemon.metric("warp_calls_active"))
        held = proc.resident_bytes(pid)
        load.wait()
    finally:
        load.stop()
    completed, failed = load.counts()
    peer.settle(completed)
    return {"calls_up": up, "rss_before": before, "rss_up": held, "completed": completed, "failed": failed,
            "octets_per_call": round((held - before) / max(1, up))}


if __name__ == "__main__":
    raise SystemExit(main())
