"""The rows of the rtp benchmark on loopback. Each answers what it found, and what is beyond its limit."""

import contextlib
import json
import os
import resource
import statistics
import subprocess

import rtp_relays as relays
from machine import Share
from rtp_relays import NAMES, Form, measure
from warp_cli.ui import CommandError, say, table

CALLS = {"relay": 300, "kernel": 300, "latency": 100, "loss": 50, "srtp": 150, "codecs": 40, "memory": 2000}
TO_RTPENGINE, TO_BARE_LOOP = 0.5, 1.1
MOST_LOSS = 0.1  # percent: above it a run's figures are not the relay's cost
BEGINS_TO_LOSE = 0.01
SLOWEST_PACE = 1.05  # of a load: beyond it, it was not the load that was asked for
SUITES = ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM")
CODECS = ("G729", "opus")
MOST_OCTETS_A_CALL = 16 << 10
FRAMES_A_SECOND = 50


def in_turns(kinds, options, form=relays.PLAIN, tell=True):
    runs = []
    for _ in range(options.runs):
        for kind in kinds:
            run = measure(kind, options, form)
            runs.append(run)
            if tell:
                late = run["latency_us"]
                say(f"  {NAMES[kind]:<24} {run['us_cpu_per_packet']:>7.2f} us a packet, loss {run['loss_percent']:.3f} %, "
                    f"p50/p99/p99.9 {late['p50']:.0f}/{late['p99']:.0f}/{late['p999']:.0f} us")
    return runs


def median_of(runs, kind, what=lambda run: run["us_cpu_per_packet"]):
    return round(statistics.median(what(run) for run in runs if run["relay"] == kind), 3)


def lossy(runs):
    return [f"{NAMES[run['relay']]} lost {run['loss_percent']} %" for run in runs if run["loss_percent"] > MOST_LOSS]


def show(title, header, rows):
    say(f"\n{title}\n\n{table(rows, header)}")


def relay(options):
    kinds = [kind for kind in options.only.split(",") if kind in ("warp", "peer", "bare")]
    runs = in_turns(kinds, options)
    cost = {kind: median_of(runs, kind) for kind in kinds}
    show(f"A packet relayed in user space, {options.calls * 100} a second, median of {options.runs}",
         ("relay", "CPU us"), [(NAMES[kind], cost[kind]) for kind in kinds])
    wrong = lossy(runs)
    found = {"unit": "us_cpu_per_packet", **cost, "calls": options.calls, "runs": runs}
    for other, limit in (("peer", TO_RTPENGINE), ("bare", TO_BARE_LOOP)):
        if "warp" not in cost or other not in cost:
            continue
        ratio = found[f"to_{other}"] = round(cost["warp"] / cost[other], 3)
        say(f"  WARP / {NAMES[other]:<24} {ratio:>5.2f}  (limit {limit})")
        if ratio > limit:
            wrong.append(f"{ratio} of {NAMES[other]}")
    return found, wrong


@contextlib.contextmanager
def busy_cores(seconds):
    """A program that never waits, on each core."""
    spinners = [subprocess.Popen(["timeout", str(seconds), "taskset", "-c", str(core), "sh", "-c", "while :; do :; done"])
                for core in sorted(os.sched_getaffinity(0))]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.terminate()
            spinner.wait()


def latency(options):
    kinds, found, rows = ("none", "warp", "realtime", "prompt", "peer"), {}, []
    for cores in ("idle", "busy"):
        runs = []
        for _ in range(options.runs):
            for kind in kinds:
                with busy_cores(options.seconds + 20) if cores == "busy" else contextlib.nullcontext():
                    runs.append(measure(kind, options, on_time=True))
        of = {kind: {part: median_of(runs, kind, lambda run, part=part: run["latency_us"][part])
                     for part in ("p50", "p99", "p999")} for kind in kinds}
        found[cores] = of
        for kind in kinds[1:]:
            added = {part: round(of[kind][part] - of["none"][part], 1) for part in of[kind]}
            found[cores][f"added_by_{kind}"] = added
            rows.append((f"{NAMES[kind]}, {cores} cores", *added.values(), median_of(runs, kind, lambda run: run["loss_percent"]),
                         median_of(runs, kind)))
    show(f"Time added on the way, us, median of {options.runs}, {options.calls * 100} packets a second",
         ("relay", "p50", "p99", "p99.9", "loss %", "CPU us a packet"), rows)
    return found, []


def loss(options):
    share = options.share

    def lost(kind, calls):
        """The least of three runs: what only one of them loses is the machine's."""
        part = Share(share)
        least = 100.0
        for _ in range(3):
            try:
                run = measure(kind, options, calls=calls, prepare=lambda pid: part.take([pid]), on_time=True)
            finally:
                part.give_back()
            if run["pace"] > SLOWEST_PACE:
                raise CommandError(f"{calls} calls take {run['pace']:.2f} times their time to send here",
                                   "on a quiet machine, or with a smaller --share")
            least = min(least, run["loss_percent"])
            if least <= BEGINS_TO_LOSE:
                break
        say(f"  {NAMES[kind]:<24} {calls:>5} calls: loss {least:.3f} %")
        return least

    good, calls = 0, options.calls
    while (peer_lost := lost("peer", calls)) <= BEGINS_TO_LOSE and calls < 64 * options.calls:
        good, calls = calls, calls * 3 // 2
    found = {"share_of_a_core": share, "rtpengine_keeps": good, "rtpengine_loses_at": calls, "rtpengine_loss_percent": peer_lost,
             "warp_loss_percent": lost("warp", calls)}
    show(f"Loss with {share:g} of a core", ("relay", "calls", "packets a second", "loss %"),
         [(NAMES["peer"], calls, calls * 100, peer_lost), (NAMES["warp"], calls, calls * 100, found["warp_loss_percent"])])
    wrong = [f"loses where rtpengine does: {found['warp_loss_percent']} %"] if found["warp_loss_percent"] > BEGINS_TO_LOSE else []
    return found, wrong


def streams_a_core(us_a_packet):
    """One direction of a call is a stream of 50 packets a second."""
    return int(1e6 / FRAMES_A_SECOND / us_a_packet)


def srtp(options):
    found, wrong, rows = {}, [], []
    for suite in SUITES:
        runs = in_turns(("warp", "peer"), options, Form(suite=suite))
        wrong += lossy(runs)
        cost = {kind: median_of(runs, kind) for kind in ("warp", "peer")}
        found[suite] = {"us_cpu_per_packet": cost, "runs": runs}
        rows += [(suite, NAMES[kind], cost[kind], streams_a_core(cost[kind]), round(cost[kind] / cost["peer"], 2)) for kind in cost]
        if cost["warp"] > cost["peer"]:
            wrong.append(f"{suite} is dearer than rtpengine's")
    show(f"RTP to SRTP and back, {options.calls * 100} packets a second, median of {options.runs}",
         ("suite", "relay", "CPU us a packet", "streams a core", "to rtpengine"), rows)
    return found, wrong


def library_costs(options):
    """CPU in microseconds of coding and of decoding one frame, by codec, in this run."""
    answer = subprocess.run(
        [os.path.join(options.bin, "media_packet_bench"), "--benchmark_filter=^(encode|decode)", "--benchmark_format=json",
         "--benchmark_min_time=0.3"], capture_output=True, text=True, check=True)
    return {run["name"]: run["cpu_time"] / 1000 for run in json.loads(answer.stdout)["benchmarks"]}


def codecs(options):
    found, wrong, rows = {}, [], []
    parts = library_costs(options)
    for codec in CODECS:
        runs = in_turns(("warp", "peer"), options, Form(codec=codec), tell=False)
        cost = {kind: median_of(runs, kind) for kind in ("warp", "peer")}
        # Of both directions: each frame is decoded from one and coded into the other.
        library = sum(parts[f"{what}/{name}"] for what in ("encode", "decode") for name in ("PCMU", codec)) / 2
        found[codec] = {"us_cpu_per_frame": cost, "library_us_per_frame": round(library, 1), "runs": runs}
        rows += [(f"G.711, {codec}", NAMES[kind], cost[kind], streams_a_core(cost[kind]), round(cost[kind] / cost["peer"], 2),
                  f"{100 * library / cost[kind]:.0f} %" if kind == "warp" else "") for kind in cost]
        if cost["warp"] > cost["peer"]:
            wrong.append(f"{codec} is dearer than rtpengine's")
    show(f"A frame of 20 ms into another codec, mean of both directions, median of {options.runs}",
         ("codecs", "relay", "CPU us a frame", "streams a core", "to rtpengine", "in the codec's library"), rows)
    return found, wrong


def memory(options):
    """Between few calls and many, after packets have gone both ways in all of them."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    few, found, rows, wrong = 10, {}, [], []
    for kind in ("warp", "peer"):
        growth = []
        for _ in range(options.runs):
            small, large = (measure(kind, options, calls=calls, seconds=2)["resident"] for calls in (few, few + options.calls))
            growth.append((large - small) / options.calls)
        found[kind] = round(statistics.median(growth))
        rows.append((NAMES[kind], found[kind]))
    show(f"Octets of resident memory a relayed call, both legs, {options.calls} calls, median of {options.runs}", ("relay", "octets"), rows)
    if found["warp"] > MOST_OCTETS_A_CALL:
        wrong.append(f"{found['warp']} octets a call")
    return found, wrong
