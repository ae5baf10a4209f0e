"""What the call benchmarks share: SIPp as load, CPU time of processes, results as table and JSON."""

import csv
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))
from warp_cli import ports, proc  # noqa: E402
from warp_cli.ui import CommandError, quiet, say, table  # noqa: E402,F401

FOLDER = pathlib.Path(__file__).resolve().parent
CALLER_IP, CALLEE_IP = "127.0.0.2", "127.0.0.3"


class Cpu:
    """CPU time that a group of processes used between two looks; `pids` is asked each time, children included."""

    def __init__(self, pids):
        self.pids = pids
        self.begin = self._now()

    def _now(self):
        return {pid: proc.cpu_seconds([pid]) for pid in self.pids() if proc.alive(pid)}

    def used(self):
        return sum(seconds - self.begin.get(pid, 0) for pid, seconds in self._now().items())


class Load:
    """Calls at a fixed rate from one SIPp to another through the system under test."""

    def __init__(self, folder, target, callee_port, rate, calls, hold_ms, limit=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.statistics = self.folder / "caller.csv"
        self.statistics.unlink(missing_ok=True)
        self.seconds = calls / rate + hold_ms / 1000
        self.caller = ["sipp", "-sf", FOLDER / "sipp" / "caller.xml", "-i", CALLER_IP, "-p",
                       ports.choose(CALLER_IP, 7060), "-r", rate, "-m", calls, "-d", hold_ms,
                       "-l", limit or int(rate * (hold_ms / 1000 + 20)), "-key", "audio_port", "6000", "-nostdin",
                       "-recv_timeout", str(hold_ms + 30000), "-trace_stat", "-stf", self.statistics, "-fd", "1", "-buff_size", str(4 << 20), target]
        self.callee = ["sipp", "-sf", FOLDER / "sipp" / "callee.xml", "-i", CALLEE_IP, "-p", callee_port,
                       "-key", "audio_port", "6002", "-nostdin", "-buff_size", str(4 << 20)]
        self.callee_port = callee_port
        self.answering = None

    def start_callee(self):
        self.answering = self._spawn(self.callee, "callee")
        if not proc.wait_until(lambda: not ports.is_free(CALLEE_IP, self.callee_port, socket.SOCK_DGRAM), 5):
            raise CommandError("SIPp as callee does not start")
        return self.answering

    def start_caller(self):
        self.calling = self._spawn(self.caller, "caller")
        return self.calling

    def _spawn(self, argv, name):
        return proc.spawn(argv, self.folder, self.folder / f"{name}.screen", env={**os.environ, "TERM": "dumb"})

    def wait(self):
        try:
            self.calling.wait(self.seconds + 60)
        except subprocess.TimeoutExpired:
            self.calling.kill()
            self.calling.wait()

    def run(self):
        """Completed and failed calls."""
        self.start_callee()
        self.start_caller()
        try:
            self.wait()
        finally:
            self.stop()
        return self.counts()

    def counts(self):
        with open(self.statistics, newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        return int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])

    def stop(self):
        for process in (getattr(self, "calling", None), self.answering):
            if process and process.poll() is None:
                process.kill()
                process.wait()


def median(values):
    return statistics.median(values)


def to_stderr():
    """Progress leaves standard output to the JSON."""
    quiet()


def emit(as_json, title, header, rows, data, command):
    if as_json:
        print(json.dumps(data, indent=2))
    else:
        say(f"\n{title}\n\n{table(rows, header)}\n\n{command}")
