#!/usr/bin/env python3
"""1,000 calls a second for a minute through WARP without a failed call, SIPp on the same cores; says what is nearest to
its limit: the cores of the machine, a thread of warpd or a SIPp, which have one core at most each.
usage: ./warp bench load [--json] [--rate CPS] [--seconds S] [--anchored]"""

import argparse
import os
import shutil
import tempfile
import time

import common
from common import CALLEE_IP, Cpu, Load, ports
from machine import BusiestThread, Cores, look_around
from warp_peer import Warp

FULL = 0.9  # of a core: what is above it has no room for a burst


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--hold-ms", type=int, default=1000)
    parser.add_argument("--anchored", action="store_true")
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    others = look_around()
    callee_port = ports.choose(CALLEE_IP, 8060)
    peer, base = Warp(callee_port, arguments.anchored), tempfile.mkdtemp(prefix="warp-bench-")
    try:
        peer.start()
        load = Load(base, peer.target, callee_port, arguments.rate, arguments.rate * arguments.seconds,
                    arguments.hold_ms)
        result = run(peer, load)
    finally:
        peer.stop()
        shutil.rmtree(base, ignore_errors=True)
    rows = [(name, f"{share:.2f}") for name, share in result["cores_used"].items()]
    rows += [(f"warpd's busiest thread ({result['thread'][0]})", f"{result['thread'][1]:.2f}")]
    for number, (busy, stolen) in enumerate(result["cores"]):
        rows.append((f"core {number}, all of the machine", f"{busy:.2f}"))
        if stolen >= 0.01:
            rows.append((f"core {number}, taken by the host", f"{stolen:.2f}"))
    total = sum(result["cores_used"].values())
    verdict = (f"{result['completed']} calls completed, {result['failed']} failed, {result['records']} records, "
               f"{result['resent']} requests sent again; {result['rate_reached']:.0f} calls a second of {arguments.rate} wanted; "
               f"{total:.2f} of {os.cpu_count()} cores used; {bottleneck(result)}")
    common.emit(arguments.json, "Load: cores used by each", ("process", "cores"), rows,
                {"bench": "load", "used_by_others": others, "rate": arguments.rate, "seconds": arguments.seconds,
                 "bottleneck": bottleneck(result), **result},
                verdict + f"\n./warp bench load --rate {arguments.rate} --seconds {arguments.seconds}")
    return 0 if result["failed"] == 0 and result["completed"] == result["records"] else 1


def bottleneck(result):
    """What is full, in words."""
    full = [f"warpd's thread {result['thread'][0]}"] if result["thread"][1] >= FULL else []
    full += [name for name, share in result["cores_used"].items() if name.startswith("sipp") and share >= FULL]
    if sum(busy + stolen for busy, stolen in result["cores"]) >= FULL * len(result["cores"]):
        ours = sum(result["cores_used"].values())
        most = max(result["cores_used"], key=result["cores_used"].get)
        full.append(f"the machine's cores ({ours:.2f} of them ours, most of that {most})")
    busiest = max(result["cores_used"], key=result["cores_used"].get)
    return "full: " + ", ".join(full) if full else f"nothing is full, the most is used by {busiest}"


def run(peer, load):
    callee = load.start_callee()
    began = time.monotonic()
    caller = load.start_caller()
    meters = {"warpd": Cpu(peer.pids), "postgres": Cpu(peer.beside), "redis": Cpu(peer.redis),
              "sipp caller": Cpu(lambda: [caller.pid]),
              "sipp callee": Cpu(lambda: [callee.pid])}
    used = {name: 0.0 for name in meters}
    cores, thread = Cores(), BusiestThread(peer.pids()[0])
    try:
        while caller.poll() is None and time.monotonic() - began < load.seconds + 60:
            for name, meter in meters.items():
                used[name] = max(used[name], meter.used())
            time.sleep(0.25)
    finally:
        load.stop()
    seconds = time.monotonic() - began
    name, busiest = thread.used()
    seen = cores.seen()
    completed, failed = load.counts()
    peer.settle(completed)
    return {"completed": completed, "failed": failed, "records": peer.records(), "rate_reached": completed / seconds,
            "resent": load.resent(), "thread": (name, round(busiest / seconds, 3)), "cores": seen,
            "cores_used": {name: round(value / seconds, 3) for name, value in used.items()}}


if __name__ == "__main__":
    raise SystemExit(main())
