"""The row `kernel` of the rtp benchmark: two peers and a relay between them as network namespaces, joined by veth, made and removed
here."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import tempfile

import rtp_relays as relays
from machine import Cores
from rtp_relays import PLAIN, Load, NoRelay, Place, cpu_ns
from warp_cli.ui import say, table

# Each peer's address, and the relay's on that side.
PEERS, RELAYS = ("10.85.1.2", "10.85.2.2"), ("10.85.1.1", "10.85.2.1")
NAMES = {"direct": "nothing between", "forward": "IP forwarding", "kernel": "WARP, kernel path", "warp": "WARP, user space",
         "peer": "rtpengine, user space"}
TO_RTPENGINE = 0.2


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")


class Network:
    """Three machines in a row; or two, when nothing is between."""

    def __init__(self):
        self.names = [f"warp-bench-{os.getpid()}-{part}" for part in ("a", "b", "r")]
        self.a, self.b, self.relay = self.names
        self.pins = tempfile.mkdtemp(prefix="warp-bench-bpf-")

    def __enter__(self):
        try:
            run("mount", "-t", "bpf", "bpf", self.pins)
            for name in self.names:
                run("ip", "netns", "add", name)
                run("ip", "-n", name, "link", "set", "lo", "up")
            for k, name in enumerate((self.a, self.b)):
                run("ip", "-n", name, "link", "add", "eth0", "type", "veth", "peer", f"eth{k}", "netns", self.relay)
                self.up(name, "eth0", PEERS[k])
                self.up(self.relay, f"eth{k}", RELAYS[k])
                run("ip", "-n", name, "route", "add", "default", "via", RELAYS[k])
            run("ip", "-n", self.a, "link", "add", "short", "type", "veth", "peer", "short", "netns", self.b)
        except Exception:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        subprocess.run(["umount", self.pins], capture_output=True)
        with contextlib.suppress(OSError):
            os.rmdir(self.pins)

    @staticmethod
    def up(name, link, address):
        run("ip", "-n", name, "address", "add", f"{address}/24", "dev", link)
        run("ip", "-n", name, "link", "set", link, "up")

    def forwards(self, on):
        run("ip", "netns", "exec", self.relay, "sh", "-c", f"echo {int(on)} > /proc/sys/net/ipv4/ip_forward")

    @contextlib.contextmanager
    def short_way(self):
        """A straight link between the peers, instead of the way over the relay."""
        for name, own, other in ((self.a, PEERS[0], PEERS[1]), (self.b, PEERS[1], PEERS[0])):
            run("ip", "-n", name, "link", "set", "short", "up")
            run("ip", "-n", name, "route", "add", f"{other}/32", "dev", "short", "src", own)
        try:
            yield
        finally:
            for name in (self.a, self.b):
                run("ip", "-n", name, "link", "set", "short", "down")

    def place(self):
        inside = tuple(("ip", "netns", "exec", name) for name in (self.a, self.b))
        return Place(RELAYS, PEERS, ("ip", "netns", "exec", self.relay), inside)


def kernel_threads():
    """Those that work on packets when nobody else does."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if path.read_text().startswith("ksoftirqd/"):
                found.append(int(path.parent.name))
    return found


def measure(kind, network, options):
    """Of all who take part, in microseconds of CPU a packet that arrived: relay, both peers, the kernel's threads."""
    place = network.place()
    with contextlib.ExitStack() as stack:
        if kind in ("direct", "forward"):
            relay = NoRelay(options.calls)
            if kind == "direct":
                stack.enter_context(network.short_way())
        else:
            extra = [f"kernel={network.pins}/warp"] if kind == "kernel" else []
            relay = relays.start("peer" if kind == "peer" else "warp", options, place=place, extra=extra)
        stack.callback(relay.stop)
        loads = [Load(options, relay, PLAIN, place, side) for side in ("a", "b")]
        for load in loads:
            stack.callback(load.kill)
        for load in loads:
            load.warmed_up()
        others = [pid for pid in (relay.pid, *kernel_threads()) if pid]
        before, at_relay, cores = sum(map(cpu_ns, others)), cpu_ns(relay.pid), Cores()
        results = [load.result() for load in loads]
        spent = sum(map(cpu_ns, others)) - before + sum(result["cpu_ns"] for result in results)
        at_relay, seen = cpu_ns(relay.pid) - at_relay, cores.seen()
    sent = results[0]["sent_a"] + results[1]["sent_b"]
    received = results[0]["received_at_a"] + results[1]["received_at_b"]
    if received == 0:
        raise RuntimeError(f"{NAMES[kind]}: nothing arrived")
    late = {part: max(result["latency_us"][part] for result in results) for part in ("p50", "p99", "p999")}
    return {"way": kind, "us_cpu_per_packet": spent / 1000 / received, "us_of_relay": at_relay / 1000 / received,
            "loss_percent": round(100 * (sent - received) / sent, 4), "latency_us": late,
            "machine_busy": round(sum(busy for busy, _ in seen), 3), "last_words": getattr(relay, "last_words", "").strip(),
            "packets": received}


def kernel(options):
    runs = []
    with Network() as network:
        network.forwards(True)
        for _ in range(options.runs):
            for kind in NAMES:
                one = measure(kind, network, options)
                runs.append(one)
                say(f"  {NAMES[kind]:<24} {one['us_cpu_per_packet']:>6.2f} us a packet in all, {one['us_of_relay']:.2f} us of the relay's process, "
                    f"loss {one['loss_percent']:.3f} %, machine {one['machine_busy']:.2f} cores")
    return judge(runs, options)


def judge(runs, options):
    def middle(kind, what):
        return statistics.median(what(run) for run in runs if run["way"] == kind)

    direct = middle("direct", lambda run: run["us_cpu_per_packet"])
    added, rows, wrong = {}, [], []
    for kind in list(NAMES)[1:]:
        added[kind] = round(middle(kind, lambda run: run["us_cpu_per_packet"]) - direct, 2)
        late = [round(middle(kind, lambda run, part=part: run["latency_us"][part]), 1) for part in ("p50", "p99", "p999")]
        rows.append((NAMES[kind], added[kind], *late, middle(kind, lambda run: run["loss_percent"])))
    say(f"\nA packet between namespaces, CPU of all who take part above {direct:.2f} us without anything between; "
        f"{options.calls * 100} packets a second, median of {options.runs}\n\n"
        + table(rows, ("way", "CPU us a packet", "p50 us", "p99 us", "p99.9 us", "loss %")))
    forwarded = [int(float(run["last_words"].split()[-1])) / run["packets"] for run in runs if run["way"] == "kernel"]
    if min(forwarded) < 0.99:
        wrong.append(f"only {100 * min(forwarded):.0f} % went by the kernel path")
    ratio = round(added["kernel"] / added["peer"], 3)
    say(f"  WARP's kernel path / rtpengine {ratio:>5.2f}  (limit {TO_RTPENGINE}), / IP forwarding {added['kernel'] / added['forward']:.2f}")
    if ratio > TO_RTPENGINE:
        wrong.append(f"{ratio} of rtpengine")
    return {"added_us_cpu_per_packet": added, "direct": direct, "to_peer": ratio, "runs": runs}, wrong
