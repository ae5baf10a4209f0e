"""A wire between two ends that writes down what crosses it: a TCP proxy whose capture tshark reads. It needs no
privilege, and captures nothing of others."""

import contextlib
import itertools
import socket
import struct
import subprocess
import threading
import time

SMPP_PORT = 2775  # what the serving end is called in the capture, so that tshark knows the protocol
MOST = 16000      # octets in a captured segment


class Capture:
    """A pcap of raw IPv4, one TCP conversation a connection."""

    def __init__(self, file):
        self.file, self.lock = open(file, "wb", buffering=0), threading.Lock()
        self.file.write(struct.pack("!IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        self.ports = itertools.count(20000)

    def conversation(self, server_is_warp):
        return _Conversation(self, next(self.ports), server_is_warp)

    def write(self, packet):
        now = time.time()
        self.file.write(struct.pack("!IIII", int(now), int(now % 1 * 1e6), len(packet), len(packet)) + packet)


class _Conversation:
    """`127.0.0.1` is WARP, `127.0.0.2` the other end, whoever serves."""

    def __init__(self, capture, port, server_is_warp):
        self.capture, self.port = capture, port
        self.addresses = {True: socket.inet_aton("127.0.0.1"), False: socket.inet_aton("127.0.0.2")}
        self.server_is_warp = server_is_warp
        self.sequence = {True: 1, False: 1}  # by "sent by WARP"

    def add(self, from_client, octets):
        by_warp = from_client != self.server_is_warp
        ports = (self.port, SMPP_PORT) if from_client else (SMPP_PORT, self.port)
        with self.capture.lock:
            for at in range(0, len(octets), MOST):
                piece = octets[at:at + MOST]
                tcp = struct.pack("!HHIIBBHHH", *ports, self.sequence[by_warp], self.sequence[not by_warp], 0x50, 0x18,
                                  65535, 0, 0) + piece
                self.sequence[by_warp] += len(piece)
                self.capture.write(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0,
                                               self.addresses[by_warp], self.addresses[not by_warp]) + tcp)


class Tap:
    """Listens on `port` and passes every connection on to `target`, octet by octet."""

    def __init__(self, capture, target, server_is_warp):
        self.capture, self.target, self.server_is_warp = capture, target, server_is_warp
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                except OSError:
                    near.close()
                    continue
                self.sockets += [near, far]
                conversation = self.capture.conversation(self.server_is_warp)
                for source, sink, from_client in ((near, far, True), (far, near, False)):
                    sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._pass, args=(source, sink, conversation, from_client),
                                     daemon=True).start()

    def _pass(self, source, sink, conversation, from_client):
        source.settimeout(None)
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                conversation.add(from_client, octets)
                sink.sendall(octets)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in self.sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Wire:
    """All taps of a world, in one capture."""

    def __init__(self, folder):
        self.file = folder / "smpp.pcap"
        self.capture, self.taps = Capture(self.file), []

    def to_warp(self, port):
        """The port to bind to instead of WARP's."""
        return self._tap(port, True)

    def to_peer(self, port):
        """The port that WARP shall connect to instead of an upstream's."""
        return self._tap(port, False)

    def _tap(self, port, server_is_warp):
        self.taps.append(Tap(self.capture, port, server_is_warp))
        return self.taps[-1].port

    def stop(self):
        for tap in self.taps:
            tap.stop()
        self.capture.file.close()

    def tshark(self, *arguments):
        done = subprocess.run(["tshark", "-r", self.file, "-o", "ip.check_checksum:FALSE", "-o",
                               "tcp.check_checksum:FALSE", *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def faults(self, of=""):
        """What tshark calls malformed, or warns of. `of`: a filter; WARP's own octets come from 127.0.0.1."""
        wanted = "(_ws.malformed || _ws.expert.severity >= 0x00600000)"
        return self.tshark("-Y", f"{wanted} && ({of})" if of else wanted, "-T", "fields", "-e", "frame.number", "-e",
                           "ip.src", "-e", "smpp.command_id", "-e", "_ws.expert.message", "-e", "tcp.payload")

    def commands(self, by_warp=None):
        """How many PDUs of each command_id were seen."""
        source = {None: "smpp", True: "smpp && ip.src == 127.0.0.1", False: "smpp && ip.src == 127.0.0.2"}[by_warp]
        counts = {}
        for line in self.tshark("-Y", source, "-T", "fields", "-e", "smpp.command_id", "-E", "aggregator=,"):
            for command in line.split(","):
                counts[int(command, 16)] = counts.get(int(command, 16), 0) + 1
        return counts
