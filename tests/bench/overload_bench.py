#!/usr/bin/env python3
"""Goodput under overload: the highest rate that WARP carries is looked for, then 1, 2, 3, 4 and 5 times that is offered for some
seconds each, with overload control and, to compare, without. So that SIPp on the same machine can offer five times what WARP takes,
warpd has one shard and a part of one core (a control group's quota); the callee has the rest of that core, the callers, Postgres
and Redis have the other. Goodput is calls that were answered and ended as they should, as their caller saw it, and offered is what
the callers really sent, both from the third second to the last: neither the beginning nor what is left over afterwards counts.

What others do on the machine must not be taken for overload: all of this goes before it (warpd's group by its weight, the peers by
their priority, for which root is needed), and each run says what part of a core warpd used. Much less than its share at 2x and more
means that warpd was kept from working, and that run says nothing of it. The caches and the host are shared all the same: the peak and
each load are measured --runs times, the loads in turns, and the median counts; the least and the most are told. Without control, once.

usage: ./warp bench overload [--json] [--seconds S] [--peak CPS] [--most N] [--share PART] [--only on|off] [--at FACTORS] [--runs N] [--write]
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
from common import CALLEE_IP, CALLER_IP, FOLDER, Load, ports, proc
from machine import BusiestThread, Cores, Share, look_around
from warp_peer import Warp

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "sip"
HOLD_MS, PATIENCE_MS, CALLERS = 200, 8000, 2
PRIORITY = -15
WARM_UP_S, STEP, CARRIED = 2, 1.3, 0.95


def pin(pids, core):
    """The processes with all their threads."""
    for pid in pids:
        for thread in list(pathlib.Path(f"/proc/{pid}/task").glob("*")):
            try:
                os.sched_setaffinity(int(thread.name), {core})
            except ProcessLookupError:
                pass


def go_first():
    """Of this process and all that it starts."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    except PermissionError:
        common.say("  not root: what others do on this machine holds the peers up")


class Storm:
    """A fixed rate from several SIPps at once: one alone is not faster than what it tests."""

    def __init__(self, folder, target, callee_port, rate, seconds):
        share = max(1, rate // CALLERS)
        self.seconds = seconds
        self.loads = [Load(f"{folder}/{place}", target, callee_port, share, share * seconds, HOLD_MS, limit=100_000)
                      for place in range(CALLERS)]
        for place, load in enumerate(self.loads):
            load.caller[load.caller.index("-recv_timeout") + 1] = str(PATIENCE_MS)
            load.caller[load.caller.index("-sf") + 1] = FOLDER / "sipp" / "storm.xml"
            load.caller[load.caller.index("-p") + 1] = ports.choose(CALLER_IP, 7060 + 200 * place)
            load.caller[1:1] = ["-max_retrans", "4"]
            load.seconds = seconds + (HOLD_MS + PATIENCE_MS) / 1000

    def run(self, pids):
        """What the callers saw a second, between warm-up and end, and what part of a core these processes used meanwhile."""
        try:
            pin([self.loads[0].start_callee().pid], 0)
            for load in self.loads:
                load.start_caller()
            time.sleep(WARM_UP_S)
            cpu, began = common.Cpu(lambda: pids), time.monotonic()
            time.sleep(self.seconds - WARM_UP_S)
            used = cpu.used() / (time.monotonic() - began)
            for load in self.loads:
                load.wait()
        finally:
            for load in self.loads:
                load.stop()
        seen = [self._within(load) for load in self.loads]
        return {**{name: sum(one[name] for one in seen) for name in seen[0]}, "used": used}

    def _within(self, load):
        with open(load.statistics, newline="") as file:
            at = {seconds_of(row["CurrentTime"]) - seconds_of(row["StartTime"]): row
                  for row in csv.DictReader(file, delimiter=";")}
        first = min(at, key=lambda second: abs(second - WARM_UP_S))
        last = min(at, key=lambda second: abs(second - self.seconds))
        per_second = lambda column: (int(at[last][column]) - int(at[first][column])) / (last - first)  # noqa: E731
        return {"offered": per_second("OutgoingCall(C)"), "goodput": per_second("completed(C)"),
                "refused": per_second("refused(C)"), "resent": per_second("Retransmissions(C)")}


def seconds_of(clock):
    """SIPp writes date, time and seconds of the epoch."""
    return float(clock.split()[-1])


class Bench:
    def __init__(self, controlled, base, share):
        def change(settings):
            settings["sip"]["shards"] = 1
            settings["sip"]["overload"] = {"enabled": controlled}
        self.base, self.callee_port, self.share = base, ports.choose(CALLEE_IP, 8060), Share(share)
        self.peer, self.runs = Warp(self.callee_port, False, change), 0

    def __enter__(self):
        self.peer.start()
        try:
            self.share.take(self.peer.pids())
            pin(self.peer.pids(), 0)
            pin(self.peer.beside() + self.peer.redis(), 1)
            os.sched_setaffinity(0, {1})  # for the SIPps that come
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        os.sched_setaffinity(0, range(os.cpu_count()))
        self.peer.stop()
        self.share.give_back()

    def measure(self, rate, seconds):
        self.runs += 1
        storm = Storm(f"{self.base}/{self.runs}", self.peer.target, self.callee_port, rate, seconds)
        cores, thread, began = Cores(), BusiestThread(self.peer.pids()[0]), time.monotonic()
        run = storm.run(self.peer.pids())
        name, used = thread.used()
        run["cores"], run["thread"] = cores.seen(), (name, round(used / (time.monotonic() - began), 2))
        metric = self.peer.world.warp.daemon.metric
        proc.wait_until(lambda: metric("warp_calls_active") == 0, 15, 0.25)
        return run


def tell(name, run):
    busy = ", ".join(f"{100 * busy:.0f} %" + (f" and {100 * stolen:.0f} % stolen" if stolen >= 0.01 else "")
                     for busy, stolen in run["cores"])
    common.say(f"  {name}: {run['offered']:.0f} offered a second, {run['goodput']:.0f} completed, {run['refused']:.0f} refused, "
               f"{run['resent']:.0f} sent again; warpd used {100 * run['used']:.0f} % of a core; cores busy {busy}")


def median_run(runs):
    """The one in the middle by its goodput, with the least and the most of all."""
    by_goodput = sorted(runs, key=lambda run: run["goodput"])
    spread = {"least": by_goodput[0]["goodput"], "most": by_goodput[-1]["goodput"]}
    return {**by_goodput[(len(runs) - 1) // 2], **spread}


def find_peak(bench, seconds, most, runs):
    """The best goodput on the way up, which ends where a twentieth of the calls fails twice; then the median of more runs there."""
    seen, rate = [], 300
    while rate <= most:
        for _ in range(2):
            run = bench.measure(rate, seconds)
            tell(f"looking for the peak at {rate}", run)
            seen.append((run["goodput"], rate, run))
            carried = run["goodput"] >= CARRIED * run["offered"]
            if carried:
                break
        if not carried:
            break
        rate = int(rate * STEP)
    _, rate, first = max(seen, key=lambda one: one[0])
    again = [first]
    while len(again) < runs:
        again.append(bench.measure(rate, seconds))
        tell(f"the peak again at {rate}", again[-1])
    return median_run(again)["goodput"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--peak", type=int, help="calls a second, instead of looking for it")
    parser.add_argument("--most", type=int, default=6000, help="where the search for the peak ends")
    parser.add_argument("--share", type=float, default=0.25, help="of a core, for warpd")
    parser.add_argument("--only", choices=("on", "off"))
    parser.add_argument("--at", default="1,2,3,4,5", help="times the peak, with commas")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    others = look_around()
    if os.cpu_count() < 2:
        raise common.CommandError("one core is not enough", "the load needs a core of its own")
    go_first()
    base = tempfile.mkdtemp(prefix="warp-bench-")
    try:
        peak, curves = draw(arguments, base)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    if arguments.write:
        write(peak, curves, arguments.share)
    rows = [(name, f"{run['factor']:g}", round(run["offered"]), round(run["goodput"]), f"{100 * run['of_peak']:.0f} %",
             f"{run['least']:.0f}-{run['most']:.0f}", round(run["refused"]), f"{100 * run['used']:.0f} %") for name, runs in curves.items() for run in runs]
    common.emit(arguments.json, f"Overload (peak {peak:.0f} calls a second on {arguments.share:g} of a core)",
                ("control", "× peak", "offered/s", "completed/s", "of peak", "least-most", "refused/s", "CPU"), rows,
                {"bench": "overload", "used_by_others": others, "peak": peak, "share": arguments.share, "curves": curves},
                f"./warp bench overload --seconds {arguments.seconds} --share {arguments.share:g} --runs {arguments.runs}")
    return 0 if all(run["of_peak"] >= 0.8 for run in curves.get("on", [])) else 1


def draw(arguments, base):
    """The peak, found without control, and the curves; a median that does better is the peak then (one run may be luck)."""
    peak, curves = arguments.peak, {}
    for name in [arguments.only] if arguments.only else ["off", "on"]:
        with Bench(name == "on", base, arguments.share) as bench:
            bench.measure(100, WARM_UP_S + 1)  # warm
            peak = peak or find_peak(bench, WARM_UP_S + 4, arguments.most, arguments.runs)
            seen = {factor: [] for factor in map(float, arguments.at.split(","))}
            for _ in range(arguments.runs if name == "on" else 1):
                for factor, runs in seen.items():
                    runs.append(bench.measure(int(peak * factor), arguments.seconds))
                    tell(f"control {name}, {factor} times", runs[-1])
            curves[name] = [{"factor": factor, **median_run(runs)} for factor, runs in seen.items()]
    peak = max([peak, *(run["goodput"] for run in curves.get("on", []))])
    for run in (run for runs in curves.values() for run in runs):
        run["of_peak"] = run["goodput"] / peak
    return peak, dict(sorted(curves.items(), reverse=True))


def write(peak, curves, share):
    names = ("offered", "goodput", "least", "most", "refused", "resent", "used", "of_peak")
    with open(DOCS / "overload.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("control", "factor", *names))
        for control, runs in curves.items():
            out.writerows((control, run["factor"], *(round(run[name], 3) for name in names)) for run in runs)
    labels = {"on": "completed, with overload control", "off": "completed, without"}
    lines = [(labels[name], [(run["offered"], run["goodput"]) for run in runs]) for name, runs in curves.items()]
    most = max(run["offered"] for runs in curves.values() for run in runs)
    lines.append(("80 % of the peak", [(0, 0.8 * peak), (most, 0.8 * peak)]))
    (DOCS / "overload.svg").write_text(plot.svg(f"Goodput under overload, {share:g} of a core", "calls offered a second",
                                                "calls completed a second", lines))


if __name__ == "__main__":
    raise SystemExit(main())
