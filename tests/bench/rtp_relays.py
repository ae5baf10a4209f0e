"""The relays of the rtp benchmark, alike to their user: WARP's media engine, rtpengine in user space, a bare receive-and-send loop,
and none at all; and the load that runs through them."""

import base64
import dataclasses
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

RELAY_IP, PEER_IP = "127.77.0.1", "127.77.0.2"
FIRST_PEER_PORT = 12000
NAMES = {"warp": "WARP media engine", "realtime": "WARP, realtime_priority 1", "prompt": "WARP, besides coalesce_us 0",
         "peer": "rtpengine, user space", "bare": "bare recv/send loop", "none": "no relay"}
SETTINGS = {"realtime": ("realtime=1",), "prompt": ("realtime=1", "coalesce=0")}  # of WARP, beyond its own
OPUS = 96
TYPES = {"PCMU": 0, "PCMA": 8, "G722": 9, "G729": 18, "opus": OPUS}
RTPMAPS = {"opus": "opus/48000/2"}


@dataclasses.dataclass(frozen=True)
class Form:
    """What is done to a call: nothing, SRTP on B's side, or another codec there."""
    suite: str = ""
    codec: str = ""

    def arguments(self):
        out = [f"srtp={self.suite}"] if self.suite else []
        return out + (["a=PCMU:0", f"b={self.codec}:{TYPES[self.codec]}"] if self.codec else [])


PLAIN = Form()


@dataclasses.dataclass(frozen=True)
class Place:
    """Where relay and peers are: addresses of A's and B's side, and what programs of each are run under."""
    relays: tuple = (RELAY_IP, RELAY_IP)
    peers: tuple = (PEER_IP, PEER_IP)
    at_relay: tuple = ()
    at_peers: tuple = ((), ())

    @property
    def apart(self):
        return self.peers[0] != self.peers[1]


LOOPBACK = Place()


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


def resident_octets(pid):
    """Of its own memory: pages of files are shared with whoever maps them."""
    with open(f"/proc/{pid}/status") as file:
        return 1024 * int(re.search(r"RssAnon:\s+(\d+)", file.read()).group(1))


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
            raise RuntimeError(f"{' '.join(command)} did not start")
        self.calls = "".join(lines)
        self.pid = self.process.pid
        self.last_words = ""

    def stop(self):
        self.process.stdin.close()
        self.last_words = self.process.stdout.read()
        self.process.wait(20)


class Rtpengine:
    """Debian's rtpengine without its kernel module, driven through the NG protocol on loopback."""

    def __init__(self, calls, form=PLAIN, place=LOOPBACK):
        self.folder = tempfile.mkdtemp(prefix="warp-bench-rtpengine-")
        self.form, self.place = form, place
        self.log = open(os.path.join(self.folder, "log"), "w")
        self.process = self.socket = None
        try:
            self.start()
            self.calls = "".join(self.open_call(i) for i in range(calls))
        except Exception:
            self.stop()
            raise

    def start(self):
        self.control = ("127.0.0.1", 2223) if self.place.at_relay else self.free_port()
        interfaces = [f"a/{self.place.relays[0]}", f"b/{self.place.relays[1]}"] if self.place.apart else [RELAY_IP]
        config = os.path.join(self.folder, "rtpengine.conf")
        with open(config, "w") as file:
            file.write(
                "[rtpengine]\ntable = -1\nforeground = true\nlog-stderr = true\nlog-level = 3\n"
                f"interface = {';'.join(interfaces)}\nlisten-ng = {self.control[0]}:{self.control[1]}\n"
                "port-min = 20000\nport-max = 60000\ntimeout = 300\n"
            )
        self.process = subprocess.Popen(
            [*self.place.at_relay, "rtpengine", "--config-file", config], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log)
        self.pid = self.process.pid
        self.socket = self.place_socket()
        self.socket.connect(self.control)
        self.cookie = 0
        self.wait_until_it_answers()

    @staticmethod
    def free_port():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((RELAY_IP, 0))
            return probe.getsockname()

    def place_socket(self):
        """A socket where the relay is: made in its namespace, it stays there."""
        def make():
            return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        return in_namespace(self.place.at_relay[-1], make) if self.place.at_relay else make()

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

    def sdp(self, side, port, codec, lines=(), proto="RTP/AVP"):
        kind = TYPES[codec]
        peer = self.place.peers[side]
        name = RTPMAPS.get(codec, f"{codec}/8000")
        return "".join(line + "\r\n" for line in (
            "v=0", f"o=- 1 1 IN IP4 {peer}", "s=-", f"c=IN IP4 {peer}", "t=0 0", f"m=audio {port} {proto} {kind}",
            f"a=rtpmap:{kind} {name}", "a=sendrecv", *lines))

    def port_for(self, command, sdp):
        command |= {"sdp": sdp, "replace": ["origin", "session-connection"]}
        answer = self.ask(command)
        found = re.search(rb"m=audio (\d+)", answer)
        if not found:
            raise RuntimeError(f"rtpengine gave no port: {answer!r}")
        return int(found.group(1)), answer.decode(errors="replace")

    def open_call(self, index):
        a, b = FIRST_PEER_PORT + 4 * index, FIRST_PEER_PORT + 4 * index + 2
        names = {"call-id": f"bench-{index}", "from-tag": "a"}
        wants = {"direction": ["a", "b"]} if self.place.apart else {}
        if self.form.suite:
            wants["transport-protocol"] = "RTP/SAVP"
        if self.form.codec:
            wants["codec"] = {"transcode": [self.form.codec]}
        relay_b, offer = self.port_for({"command": "offer", **names, **wants}, self.sdp(0, a, "PCMU"))
        keys, lines, proto = "", (), "RTP/AVP"
        if self.form.suite:
            proto = "RTP/SAVP"
            found = re.search(rf"a=crypto:(\d+) {self.form.suite} inline:([A-Za-z0-9+/=]+)", offer)
            if not found:
                raise RuntimeError(f"rtpengine does not offer {self.form.suite}: {offer}")
            relay_key = base64.b64decode(found.group(2) + "==")
            peer_key = bytes((7 * i) & 255 for i in range(len(relay_key)))
            lines = (f"a=crypto:{found.group(1)} {self.form.suite} inline:{base64.b64encode(peer_key).decode()}",)
            keys = f" {relay_key.hex()} {peer_key.hex()}"
        relay_a, _ = self.port_for({"command": "answer", **names, "to-tag": "b"},
                                   self.sdp(1, b, self.form.codec or "PCMU", lines, proto))
        return f"{a} {relay_a} {b} {relay_b}{keys}\n"

    def stop(self):
        if self.socket is not None:
            self.socket.close()
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def in_namespace(name, make):
    """What `make` makes, made in that network namespace; this process comes back."""
    with open("/proc/self/ns/net") as home, open(f"/run/netns/{name}") as there:
        enter(there)
        try:
            return make()
        finally:
            enter(home)


def enter(namespace):
    import ctypes
    if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class NoRelay:
    """Both ends of each call send to each other."""

    pid = 0

    def __init__(self, calls):
        ports = ((FIRST_PEER_PORT + 4 * i, FIRST_PEER_PORT + 4 * i + 2) for i in range(calls))
        self.calls = "".join(f"{a} {b} {b} {a}\n" for a, b in ports)

    def stop(self):
        pass


def start(kind, options, form=PLAIN, place=LOOPBACK, calls=None, extra=()):
    calls = options.calls if calls is None else calls
    common = [place.relays[0], place.peers[0], str(FIRST_PEER_PORT), str(calls)]
    if kind in ("warp", "realtime", "prompt"):
        extra = [*extra, *SETTINGS.get(kind, ())]
        far = [f"far_relay={place.relays[1]}", f"far_peer={place.peers[1]}"] if place.apart else []
        late = [] if options.coalesce is None else [f"coalesce={options.coalesce}"]
        return Program([*place.at_relay, os.path.join(options.bin, "media_bench_relay"), *common, *far, *late,
                        *form.arguments(), *extra])
    if kind == "bare":
        return Program([os.path.join(options.bin, "bare_relay"), *common])
    if kind == "none":
        return NoRelay(calls)
    return Rtpengine(calls, form, place)


class Load:
    """One program that sends and receives; `side` when it has only one end of each call."""

    def __init__(self, options, relay, form, place, side=None, seconds=None, warm=1, on_time=False):
        k = 1 if side == "b" else 0
        here = [f"side={side}"] if side else []
        relays = place.relays
        if relay.pid == 0:  # no relay: the other side's peer
            relays = (place.peers[1], place.peers[0])
        self.seconds = seconds or options.seconds
        self.process = subprocess.Popen(
            [*place.at_peers[k], os.path.join(options.bin, "rtp_load"), place.peers[k], relays[k], str(self.seconds),
             f"warm={warm}", f"realtime={2 if on_time else 0}", *here, *form.arguments()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.process.stdin.write(relay.calls)
        self.process.stdin.close()

    def warmed_up(self):
        if self.process.stdout.readline().strip() != "GO":
            raise RuntimeError("the load did not start")

    def result(self):
        text = self.process.stdout.read()
        if self.process.wait(self.seconds + 30) != 0:
            raise RuntimeError("the load failed")
        return json.loads(text)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def measure(kind, options, form=PLAIN, calls=None, seconds=None, prepare=None, on_time=False):
    """One run: CPU of the relay a packet that came out, loss, and time on the way. `prepare(pid)` before it.
    `on_time`: the load does not wait for a core, whoever has it."""
    relay = start(kind, options, form, calls=calls)
    load = None
    try:
        if prepare:
            prepare(relay.pid)
        load = Load(options, relay, form, LOOPBACK, seconds=seconds, on_time=on_time)
        load.warmed_up()
        before = cpu_ns(relay.pid)
        result = load.result()
        spent = cpu_ns(relay.pid) - before
        resident = resident_octets(relay.pid) if relay.pid else 0
    finally:
        if load:
            load.kill()
        relay.stop()
    sent = result["sent_a"] + result["sent_b"]
    received = result["received_at_a"] + result["received_at_b"]
    if sent == 0 or min(result["received_at_a"], result["received_at_b"]) == 0:
        raise RuntimeError(f"{kind}: nothing was relayed")
    return {
        "relay": kind,
        "us_cpu_per_packet": round(spent / 1000 / received, 3),
        "packets": received,
        "loss_percent": round(100 * (sent - received) / sent, 4),
        "latency_us": result["latency_us"],
        "resident": resident,
        "pace": result["pace"],
    }
