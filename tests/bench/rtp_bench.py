#!/usr/bin/env python3
"""CPU time a relayed RTP packet: WARP's media engine beside rtpengine in user space and a bare receive-send loop.

All three relay the same paced G.711 calls on loopback, in turns in one run; the figure is the CPU time of the process under
test (all threads, kernel included) over the packets that came out, the median of the runs.

usage: rtp_bench.py [--bin DIR] [--calls N] [--seconds S] [--runs R] [--coalesce US] [--only warp,peer,bare] [--json]
Exit code 1 when a relay lost more than 0.1 % in a run, or the ratio to rtpengine is above --limit (default 0.6).
"""
import argparse
import glob
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

RELAY_IP, PEER_IP = "127.77.0.1", "127.77.0.2"
FIRST_PEER_PORT = 12000
NAMES = {"warp": "WARP media engine", "peer": "rtpengine, user space", "bare": "bare recv/send loop"}


def cpu_ns(pid):
    """Time on CPU of all threads of a process, in nanoseconds."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path) as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return total


def bencode(value):
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return str(len(value)).encode() + b":" + value
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, list):
        return b"l" + b"".join(bencode(item) for item in value) + b"e"
    return b"d" + b"".join(bencode(key) + bencode(value[key]) for key in sorted(value)) + b"e"


class Program:
    """A relay of ours: prints its calls and READY, ends with its standard input."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        lines = []
        for line in self.process.stdout:
            if line.strip() == "READY":
                break
            lines.append(line)
        else:
            raise RuntimeError(f"{command[0]} did not start")
        self.calls = "".join(lines)
        self.pid = self.process.pid

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


class Rtpengine:
    """Debian's rtpengine without its kernel module, driven through the NG protocol."""

    def __init__(self, calls):
        self.folder = tempfile.mkdtemp(prefix="warp-bench-rtpengine-")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((RELAY_IP, 0))
            self.control = probe.getsockname()
        config = os.path.join(self.folder, "rtpengine.conf")
        with open(config, "w") as file:
            file.write(
                "[rtpengine]\ntable = -1\nforeground = true\nlog-stderr = true\nlog-level = 3\n"
                f"interface = {RELAY_IP}\nlisten-ng = {self.control[0]}:{self.control[1]}\n"
                "port-min = 30000\nport-max = 40000\ntimeout = 300\n"
            )
        self.log = open(os.path.join(self.folder, "log"), "w")
        self.process = subprocess.Popen(
            ["rtpengine", "--config-file", config], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        self.pid = self.process.pid
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(self.control)
        self.cookie = 0
        try:
            self.wait_until_it_answers()
            self.calls = "".join(self.open_call(i) for i in range(calls))
        except Exception:
            self.stop()
            raise

    def ask(self, command, timeout=3.0):
        self.cookie += 1
        cookie = f"w{self.cookie} ".encode()
        self.socket.settimeout(timeout)
        self.socket.send(cookie + bencode(command))
        while True:
            answer = self.socket.recv(65535)
            if answer.startswith(cookie):
                return answer[len(cookie):]

    def wait_until_it_answers(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                if b"pong" in self.ask({"command": "ping"}, 0.2):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("rtpengine does not answer")

    def port_for(self, command, side_port):
        command["sdp"] = (
            f"v=0\r\no=- 1 1 IN IP4 {PEER_IP}\r\ns=-\r\nc=IN IP4 {PEER_IP}\r\nt=0 0\r\n"
            f"m=audio {side_port} RTP/AVP 0\r\na=sendrecv\r\n"
        )
        command["replace"] = ["origin", "session-connection"]
        answer = self.ask(command)
        found = re.search(rb"m=audio (\d+)", answer)
        if not found:
            raise RuntimeError(f"rtpengine gave no port: {answer!r}")
        return int(found.group(1))

    def open_call(self, index):
        a, b = FIRST_PEER_PORT + 4 * index, FIRST_PEER_PORT + 4 * index + 2
        names = {"call-id": f"bench-{index}", "from-tag": "a"}
        relay_b = self.port_for({"command": "offer", **names}, a)
        relay_a = self.port_for({"command": "answer", **names, "to-tag": "b"}, b)
        return f"{a} {relay_a} {b} {relay_b}\n"

    def stop(self):
        self.socket.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(kind, options):
    common = [RELAY_IP, PEER_IP, str(FIRST_PEER_PORT), str(options.calls)]
    if kind == "warp":
        extra = [] if options.coalesce is None else [str(options.coalesce)]
        return Program([os.path.join(options.bin, "media_bench_relay"), *common, *extra])
    if kind == "bare":
        return Program([os.path.join(options.bin, "bare_relay"), *common])
    return Rtpengine(options.calls)


def measure(kind, options):
    relay = start(kind, options)
    try:
        before = cpu_ns(relay.pid)
        load = subprocess.run(
            [os.path.join(options.bin, "rtp_load"), PEER_IP, RELAY_IP, str(options.seconds)],
            input=relay.calls, capture_output=True, text=True, timeout=options.seconds + 30, check=True,
        )
        spent = cpu_ns(relay.pid) - before
    finally:
        relay.stop()
    result = json.loads(load.stdout)
    sent = result["sent_a"] + result["sent_b"]
    received = result["received_at_a"] + result["received_at_b"]
    if sent == 0 or received == 0:
        raise RuntimeError(f"{kind}: nothing was relayed")
    return {
        "relay": kind,
        "us_cpu_per_packet": round(spent / 1000 / received, 3),
        "packets": received,
        "loss_percent": round(100 * (sent - received) / sent, 4),
        "latency_us": result["latency_us"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--bin", default=os.path.join(root, "build", "release", "bin"))
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--coalesce", type=int, default=None)
    parser.add_argument("--only", default="warp,peer,bare")
    parser.add_argument("--limit", type=float, default=0.6)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    kinds = [kind for kind in options.only.split(",") if kind in NAMES]
    if "peer" in kinds and not shutil.which("rtpengine"):
        sys.exit("rtpengine is not installed (Debian package rtpengine-daemon)")

    runs = []
    for _ in range(options.runs):
        for kind in kinds:
            run = measure(kind, options)
            runs.append(run)
            if not options.json:
                late = run["latency_us"]
                print(
                    f"{NAMES[kind]:<24} {run['us_cpu_per_packet']:>7.2f} us/packet  loss {run['loss_percent']:.3f} %  "
                    f"latency p50/p99/p99.9 {late['p50']:.0f}/{late['p99']:.0f}/{late['p999']:.0f} us",
                    flush=True,
                )
    median = {
        kind: round(statistics.median(run["us_cpu_per_packet"] for run in runs if run["relay"] == kind), 3)
        for kind in kinds
    }
    ratio = round(median["warp"] / median["peer"], 3) if "warp" in median and "peer" in median else None
    lossy = [run for run in runs if run["loss_percent"] > 0.1]
    if options.json:
        print(json.dumps({
            "bench": "rtp", "unit": "us_cpu_per_packet", "warp": median.get("warp"), "peer": median.get("peer"),
            "bare": median.get("bare"), "ratio": ratio, "calls": options.calls, "runs": runs,
        }))
    else:
        print(f"\nmedian of {options.runs}, {options.calls} calls, {options.calls * 100} packets a second")
        for kind in kinds:
            print(f"  {NAMES[kind]:<24} {median[kind]:>7.2f} us of CPU a packet")
        if ratio is not None:
            print(f"  WARP / rtpengine         {ratio:>7.2f}  (limit {options.limit})")
    sys.exit(1 if lossy or (ratio is not None and ratio > options.limit) else 0)


if __name__ == "__main__":
    main()
