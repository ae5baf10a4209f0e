#!/usr/bin/env python3
"""1,000 calls a second for a minute through WARP without a failed call, SIPp on the same cores; says what is nearest to
its limit. usage: ./warp bench load [--json] [--rate CPS] [--seconds S] [--anchored]"""

import argparse
import os
import shutil
import tempfile
import time

import common
from common import CALLEE_IP, Cpu, Load, ports
from warp_peer import Warp


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
    cores = os.cpu_count()
    rows = [(name, f"{share:.2f}") for name, share in result["cores_used"].items()]
    busiest = max(result["cores_used"], key=result["cores_used"].get)
    total = sum(result["cores_used"].values())
    verdict = (f"{result['completed']} calls completed, {result['failed']} failed, {result['records']} records, "
               f"{result['rate_reached']:.0f} calls a second; {total:.2f} of {cores} cores used, most by {busiest}")
    common.emit(arguments.json, "Load: cores used by each", ("process", "cores"), rows,
                {"bench": "load", "rate": arguments.rate, "seconds": arguments.seconds, "busiest": busiest, **result},
                verdict + f"\n./warp bench load --rate {arguments.rate} --seconds {arguments.seconds}")
    return 0 if result["failed"] == 0 and result["completed"] == result["records"] else 1


def run(peer, load):
    callee = load.start_callee()
    began = time.monotonic()
    caller = load.start_caller()
    meters = {"warpd": Cpu(peer.pids), "postgres": Cpu(peer.beside), "sipp caller": Cpu(lambda: [caller.pid]),
              "sipp callee": Cpu(lambda: [callee.pid])}
    used = {name: 0.0 for name in meters}
    try:
        while caller.poll() is None and time.monotonic() - began < load.seconds + 60:
            for name, meter in meters.items():
                used[name] = max(used[name], meter.used())
            time.sleep(0.25)
    finally:
        load.stop()
    seconds = time.monotonic() - began
    completed, failed = load.counts()
    peer.settle(completed)
    return {"completed": completed, "failed": failed, "records": peer.records(), "rate_reached": completed / seconds,
            "cores_used": {name: round(value / seconds, 3) for name, value in used.items()}}


if __name__ == "__main__":
    raise SystemExit(main())
