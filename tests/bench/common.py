"""What the call benchmarks share: SIPp as load, CPU time of processes, results as table and JSON."""

import csv
import json
import os
import pathlib
import signal
import socket
import ssl
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))  # behind: names here come first
from warp_cli import ports, proc  # noqa: E402
from tls_tunnel import Tunnel  # noqa: E402
from warp_cli.ui import CommandError, quiet, say, table  # noqa: E402,F401

FOLDER = pathlib.Path(__file__).resolve().parent
CALLER_IP, CALLEE_IP = "127.0.0.2", "127.0.0.3"
signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))  # a run that is stopped leaves no daemon behind


class Cpu:
    """CPU time that a group of processes used between two looks; `pids` is asked each time, children included."""

    def __init__(self, pids):
        self.pids = pids
        self.begin = self._now()

    def _now(self):
        return {pid: proc.cpu_seconds([pid]) for pid in self.pids() if proc.alive(pid)}

    def used(self):
        return sum(seconds - self.begin.get(pid, 0) for pid, seconds in self._now().items())


class Wire:
    """What carries the SIP: UDP; TCP, one connection from the caller and one to the callee, as trunks have; or TLS likewise.
    Debian's SIPp knows no TLS: it speaks TCP with a tunnel on its own side, whose time is nobody's under test."""

    def __init__(self, transport="udp", folder=None):
        self.transport = transport
        self.mode, self.kind = ("u1", socket.SOCK_DGRAM) if transport == "udp" else ("t1", socket.SOCK_STREAM)
        self.parameter = "" if transport == "udp" else f";transport={transport}"
        self.behind, self.tunnels = None, []
        if transport == "tls":
            self.certificates = Certificates(folder)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for tunnel in self.tunnels:
            tunnel.__exit__()

    def answer_at(self, callee_port):
        """From now on who calls that port at the callee's address reaches the SIPp there."""
        if self.transport != "tls":
            return
        self.behind = ports.choose(CALLEE_IP, 8560)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.chain, self.certificates.key)
        self.tunnels.append(Tunnel((CALLEE_IP, callee_port), (CALLEE_IP, self.behind), server=context))

    def reach(self, target):
        """Where a SIPp calls that is to reach `target`."""
        if self.transport != "tls":
            return target
        host, port = target.rsplit(":", 1)
        at = (host, ports.choose(host, 9560))
        context = ssl.create_default_context(cafile=self.certificates.authority)
        self.tunnels.append(Tunnel(at, (host, int(port)), client=context, name=host, source=CALLER_IP))
        return f"{at[0]}:{at[1]}"


class Certificates:
    """An authority and one certificate for both ends, P-256, made for this run."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        self.authority, self.chain, self.key = (folder / name for name in ("authority.pem", "sip.pem", "sip.key"))
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._run("req", "-x509", *new, "-keyout", folder / "authority.key", "-out", self.authority, "-days", "2",
                  "-subj", "/CN=bench authority")
        self._run("req", *new, "-keyout", self.key, "-out", folder / "sip.csr", "-subj", "/CN=bench")
        (folder / "sip.ext").write_text(f"subjectAltName=IP:127.0.0.1,IP:{CALLEE_IP}\n")
        self._run("x509", "-req", "-in", folder / "sip.csr", "-CA", self.authority, "-CAkey", folder / "authority.key",
                  "-CAcreateserial", "-out", self.chain, "-days", "2", "-extfile", folder / "sip.ext")
        self.key.chmod(0o644)

    @staticmethod
    def _run(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Load:
    """Calls at a fixed rate from one SIPp to another through the system under test."""

    def __init__(self, folder, target, callee_port, rate, calls, hold_ms, limit=None, wire=None):
        wire = wire or Wire()
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.statistics = self.folder / "caller.csv"
        self.statistics.unlink(missing_ok=True)
        self.seconds = calls / rate + hold_ms / 1000
        port = ports.choose(CALLER_IP, 7060)
        self.caller = ["sipp", "-sf", FOLDER / "sipp" / "caller.xml", "-i", CALLER_IP, "-p", port, "-t", wire.mode,
                       "-key", "via_transport", wire.transport.upper(),
                       "-key", "own_contact", f"{CALLER_IP}:{port}{wire.parameter}", "-r", rate, "-m", calls, "-d", hold_ms,
                       "-l", limit or int(rate * (hold_ms / 1000 + 20)), "-key", "audio_port", "6000", "-nostdin",
                       "-recv_timeout", str(hold_ms + 30000), "-trace_stat", "-stf", self.statistics, "-fd", "1",
                       "-buff_size", str(4 << 20), target]
        self.callee = ["sipp", "-sf", FOLDER / "sipp" / "callee.xml", "-i", CALLEE_IP, "-p",
                       wire.behind or callee_port, "-t", wire.mode,
                       "-key", "own_contact", f"{CALLEE_IP}:{callee_port}{wire.parameter}",
                       "-key", "audio_port", "6002", "-nostdin", "-buff_size", str(4 << 20)]
        self.callee_port, self.kind = wire.behind or callee_port, wire.kind
        self.answering = None

    def start_callee(self):
        self.answering = self._spawn(self.callee, "callee")
        if not proc.wait_until(lambda: ports.is_bound(CALLEE_IP, self.callee_port, self.kind), 5):
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

    def _last(self):
        with open(self.statistics, newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))[-1]

    def counts(self):
        last = self._last()
        return int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])

    def resent(self):
        return int(self._last()["Retransmissions(C)"])

    def stop(self):
        for process in (getattr(self, "calling", None), self.answering):
            if process and process.poll() is None:
                process.kill()
                process.wait()


def run_measured(load, peer, figures):
    """One run: what completed and failed, and by the two names of `figures` the CPU microseconds a completed one, of the peer and
    of what works beside it."""
    cpu, beside = Cpu(peer.pids), Cpu(peer.beside)
    completed, failed = load.run()
    peer.settle(completed)
    used, used_beside = cpu.used(), beside.used()
    each = [seconds / max(1, completed) * 1e6 for seconds in (used, used_beside)]
    return {"completed": completed, "failed": failed, **dict(zip(figures, each))}


def median(values):
    return statistics.median(values)


def summary(runs, figures):
    """Of each side the medians of its runs' figures; of both the ratio of WARP's first to the peer's."""
    sides = {name: {**{figure: round(median([run[figure] for run in taken]), 1) for figure in figures},
                    "completed": sum(run["completed"] for run in taken), "failed": sum(run["failed"] for run in taken),
                    "runs": taken} for name, taken in runs.items()}
    if "warp" in sides:
        sides["ratio"] = round(sides["warp"][figures[0]] / sides["peer"][figures[0]], 3)
    return sides


def to_stderr():
    """Progress leaves standard output to the JSON."""
    quiet()


def emit(as_json, title, header, rows, data, command):
    if as_json:
        print(json.dumps(data, indent=2))
    else:
        say(f"\n{title}\n\n{table(rows, header)}\n\n{command}")
