#!/usr/bin/env python3
"""Goodput under overload: the highest rate that WARP carries is looked for, then 1, 2, 3, 4 and 5 times that is offered for some
seconds each, with overload control and, to compare, without. warpd has one shard on one core; SIPp, Postgres and Redis have the
other. Goodput is calls that were answered and ended as they should, as their caller saw it. Each run ends by itself.

usage: ./warp bench overload [--json] [--seconds S] [--peak CPS] [--most N] [--only on|off] [--write]
--write puts docs/sip/overload.csv and docs/sip/overload.svg in place."""

import argparse
import csv
import os
import pathlib
import shutil
import tempfile
import time

import common
import plot
from common import CALLEE_IP, Load, ports, proc
from warp_peer import Warp

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "sip"
HOLD_MS, PATIENCE_MS, CALLERS = 200, 8000, 2
FACTORS = (1, 2, 3, 4, 5)


def pin(pids, core):
    """The processes with all their threads."""
    for pid in pids:
        for thread in list(pathlib.Path(f"/proc/{pid}/task").glob("*")):
            try:
                os.sched_setaffinity(int(thread.name), {core})
            except ProcessLookupError:
                pass


class Storm:
    """A fixed rate from several SIPps at once: one alone is not faster than what it tests."""

    def __init__(self, folder, target, callee_port, rate, seconds):
        share = max(1, rate // CALLERS)
        self.loads = [Load(f"{folder}/{place}", target, callee_port, share, share * seconds, HOLD_MS, limit=100_000)
                      for place in range(CALLERS)]
        for load in self.loads:
            patience = load.caller.index("-recv_timeout") + 1
            load.caller[patience] = str(PATIENCE_MS)
            load.caller[1:1] = ["-max_retrans", "4"]
            load.seconds = seconds + (HOLD_MS + PATIENCE_MS) / 1000
        self.offered = share * seconds * CALLERS

    def run(self):
        """Completed and failed calls."""
        try:
            self.loads[0].start_callee()
            for load in self.loads:
                load.start_caller()
            for load in self.loads:
                load.wait()
        finally:
            for load in self.loads:
                load.stop()
        counts = [load.counts() for load in self.loads]
        return sum(completed for completed, _ in counts), sum(failed for _, failed in counts)


class Bench:
    def __init__(self, controlled, base):
        def change(settings):
            settings["sip"]["shards"] = 1
            settings["sip"]["overload"] = {"enabled": controlled}
        self.base, self.callee_port = base, ports.choose(CALLEE_IP, 8060)
        self.peer, self.runs = Warp(self.callee_port, False, change), 0

    def __enter__(self):
        self.peer.start()
        pin(self.peer.pids(), 0)
        pin(self.peer.beside(), 1)
        os.sched_setaffinity(0, {1})  # for the SIPps that come
        return self

    def __exit__(self, *unused):
        os.sched_setaffinity(0, range(os.cpu_count()))
        self.peer.stop()

    def measure(self, rate, seconds):
        self.runs += 1
        storm = Storm(f"{self.base}/{self.runs}", self.peer.target, self.callee_port, rate, seconds)
        metric = self.peer.world.warp.daemon.metric
        shed = metric("warp_overload_shed_total")
        completed, failed = storm.run()
        proc.wait_until(lambda: metric("warp_calls_active") == 0, 40, 0.5)
        time.sleep(1)
        return {"offered": storm.offered / seconds, "goodput": completed / seconds, "failed": failed / seconds,
                "refused": (metric("warp_overload_shed_total") - shed) / seconds}


def find_peak(bench, seconds, most):
    """The best goodput on the way up; the way ends where a twentieth of the calls fails."""
    best, rate = 0, 400
    while rate <= most:
        run = bench.measure(rate, seconds)
        common.say(f"  {rate} a second: {run['goodput']:.0f} completed, {run['refused']:.0f} refused")
        best = max(best, run["goodput"])
        if run["goodput"] < 0.95 * run["offered"]:
            break
        rate = int(rate * 1.25)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--peak", type=int, help="calls a second, instead of looking for it")
    parser.add_argument("--most", type=int, default=6000, help="where the search for the peak ends")
    parser.add_argument("--only", choices=("on", "off"))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    if os.cpu_count() < 2:
        raise common.CommandError("one core is not enough", "the load needs a core of its own")
    base, curves, peak = tempfile.mkdtemp(prefix="warp-bench-"), {}, arguments.peak
    try:
        for name in [arguments.only] if arguments.only else ["on", "off"]:
            with Bench(name == "on", base) as bench:
                bench.measure(200, 2)  # warm
                peak = peak or find_peak(bench, min(arguments.seconds, 5), arguments.most)
                curves[name] = []
                for factor in FACTORS:
                    run = {"factor": factor, **bench.measure(int(peak * factor), arguments.seconds)}
                    run["of_peak"] = run["goodput"] / peak
                    curves[name].append(run)
                    common.say(f"  control {name}, {factor} times: {run['goodput']:.0f} completed a second, "
                               f"{run['refused']:.0f} refused")
    finally:
        shutil.rmtree(base, ignore_errors=True)
    if arguments.write:
        write(peak, curves)
    rows = [(name, run["factor"], round(run["offered"]), round(run["goodput"]), f"{100 * run['of_peak']:.0f} %",
             round(run["refused"])) for name, runs in curves.items() for run in runs]
    common.emit(arguments.json, f"Overload (peak {peak:.0f} calls a second on one core)",
                ("control", "× peak", "offered/s", "completed/s", "of peak", "refused/s"), rows,
                {"bench": "overload", "peak": peak, "curves": curves},
                f"./warp bench overload --seconds {arguments.seconds}")
    return 0 if all(run["of_peak"] >= 0.8 for run in curves.get("on", [])) else 1


def write(peak, curves):
    names = ("offered", "goodput", "failed", "refused", "of_peak")
    with open(DOCS / "overload.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("control", "factor", *names))
        for control, runs in curves.items():
            out.writerows((control, run["factor"], *(round(run[name], 3) for name in names)) for run in runs)
    labels = {"on": "completed, with overload control", "off": "completed, without"}
    lines = [(labels[name], [(run["offered"], run["goodput"]) for run in runs]) for name, runs in curves.items()]
    most = max(run["offered"] for runs in curves.values() for run in runs)
    lines.append(("80 % of the peak", [(0, 0.8 * peak), (most, 0.8 * peak)]))
    (DOCS / "overload.svg").write_text(plot.svg("Goodput under overload, one core", "calls offered a second",
                                                "calls completed a second", lines))


if __name__ == "__main__":
    raise SystemExit(main())
