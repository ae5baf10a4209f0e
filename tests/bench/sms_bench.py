#!/usr/bin/env python3
"""Messages a second and CPU time a message, from the submit to the receipt in the customer's hands: WARP beside Kannel.
The same upstream answers and reports at once, over one transceiver bind with a window of 50; the same load keeps a
backlog of messages without a receipt, runs in turns, the median of each.

WARP is given submit_sm over two binds: authenticated, checked, priced, routed, and durable in Postgres (fsync on) before
its answer; receipts durable before they are confirmed, a detail record a message. Kannel is given the messages as its own
boxes give them, straight into its bearerbox: no HTTP, no files, receipts in memory, nothing durable. That is the best
that it can do. CPU is that of all threads of warpd, or of the bearerbox, until all is settled; that of Postgres, of the
load and of the upstream is given beside.

usage: ./warp bench sms [--json] [--seconds S] [--runs N] [--quick] [--peer-only | --warp-only] [--rate A_SECOND]
       ./warp bench sms --queued 1000000    queued while the upstream is paused; killed and started again; then drained
       ./warp bench sms --kills 10 --rate 500    killed under load"""

import argparse
import shutil
import tempfile

import common
import sms_queue
from common import Cpu
from sms_peers import Customer, Kannel, Upstream, Warp

WINDOW = 50      # of the upstream, for both
BACKLOG = 1000   # messages without a receipt
MOST = 5_000_000


def measure(peer, upstream, seconds, rate=0):
    """One run."""
    cpu, beside, far = Cpu(peer.pids), Cpu(peer.beside), Cpu(lambda: [upstream.process.pid])
    repeated = upstream.figures()["repeated"]
    load = Customer(peer.form, peer.port, MOST, binds=peer.binds, window=500, backlog=0 if rate else BACKLOG,
                    seconds=seconds, rate=rate, first=measure.first, limit=seconds * 4 + 60)
    seen = load.figures()
    measure.first += seen["sent"]
    count = max(1, seen["receipts"])
    peer.settle(seen["accepted"])
    a_message = {"us": cpu.used(), "beside_us": beside.used(), "load_us": seen["cpu_seconds"], "upstream_us": far.used()}
    return {"sent": seen["sent"], "lost": seen["sent"] - seen["receipts"], "refused": seen["refused"],
            "repeated": upstream.figures()["repeated"] - repeated,
            "a_second": seen["receipts"] / max(1e-9, seen["receipt_seconds"]), "p50_ms": seen["p50_ms"],
            "p99_ms": seen["p99_ms"], **{name: value / count * 1e6 for name, value in a_message.items()}}


measure.first = 1_000


def summary(taken):
    return {**{name: round(common.median([run[name] for run in taken]), 1)
               for name in ("a_second", "us", "beside_us", "load_us", "upstream_us", "p50_ms", "p99_ms")},
            **{name: sum(run[name] for run in taken) for name in ("sent", "lost", "refused", "repeated")}, "runs": taken}


def compare(arguments, base):
    sides = {}
    if not arguments.warp_only:
        sides["Kannel"] = Kannel
    if not arguments.peer_only:
        sides["WARP"] = lambda _, upstream, window: Warp(upstream, window)
    upstreams = {name: Upstream() for name in sides}
    peers = {}
    runs, paced = {name: [] for name in sides}, {name: [] for name in sides}
    try:
        for name, make in sides.items():
            peers[name] = make(base, upstreams[name], WINDOW)
            peers[name].start()
            if not arguments.quick:
                measure(peers[name], upstreams[name], min(3, arguments.seconds))  # warm
        for number in range(arguments.runs):
            for name, peer in peers.items():
                runs[name].append(measure(peer, upstreams[name], arguments.seconds))
                paced[name].append(measure(peer, upstreams[name], arguments.seconds, arguments.rate))
                common.say(f"  {number + 1}/{arguments.runs} {name}: {runs[name][-1]['a_second']:.0f} a second, "
                           f"{runs[name][-1]['us']:.0f} µs; at {arguments.rate} a second {paced[name][-1]['us']:.0f} µs, "
                           f"answers within {paced[name][-1]['p99_ms']:.1f} ms (p99)")
    finally:
        for peer in peers.values():
            peer.stop()
        for upstream in upstreams.values():
            upstream.stop()
    return {name: {"full": summary(runs[name]), "paced": summary(paced[name])} for name in sides}


def show(arguments, result):
    rows = [(name, load, side["a_second"], side["us"], side["beside_us"], side["p50_ms"], side["p99_ms"], side["load_us"],
             side["upstream_us"], side["lost"], side["repeated"])
            for name, loads in result.items() for load, side in loads.items()]
    common.emit(arguments.json, "Messages from submit to receipt (median)",
                ("side", "load", "a second", "µs a message", "Postgres µs", "answer p50 ms", "p99 ms", "load µs",
                 "upstream µs", "lost", "twice"), rows,
                {"bench": "sms", "seconds": arguments.seconds, "rate": arguments.rate, "window": WINDOW,
                 "backlog": BACKLOG, "sides": result},
                f"./warp bench sms --seconds {arguments.seconds} --runs {arguments.runs} --rate {arguments.rate}")
    return 0 if all(side["lost"] == side["repeated"] == 0 for loads in result.values() for side in loads.values()) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="one run, not warmed")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--peer-only", action="store_true")
    only.add_argument("--warp-only", action="store_true")
    parser.add_argument("--queued", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.runs = 1
    if arguments.json:
        common.to_stderr()
    if arguments.queued:
        return sms_queue.main(arguments.queued, arguments.json)
    if arguments.kills:
        return sms_queue.killed(arguments.kills, arguments.rate, arguments.json)
    base = tempfile.mkdtemp(prefix="warp-bench-")
    try:
        return show(arguments, compare(arguments, base))
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
