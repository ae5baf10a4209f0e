"""A capture server for tests: takes HEP version 3 by UDP or TCP and reads it as the specification says."""

import socket
import struct
import threading

NUMBERS = {1: "family", 2: "protocol", 7: "source_port", 8: "destination_port", 9: "seconds", 10: "microseconds",
           11: "type", 12: "capture_id"}
ADDRESSES = {3: "source", 4: "destination", 5: "source", 6: "destination"}


def read(packet):
    """A packet as a dictionary; raises when it is none."""
    magic, length = struct.unpack_from("!4sH", packet)
    assert magic == b"HEP3" and length == len(packet), packet[:16]
    found, at = {}, 6
    while at < length:
        vendor, kind, size = struct.unpack_from("!HHH", packet, at)
        assert size >= 6 and at + size <= length
        value = packet[at + 6:at + size]
        if vendor == 0 and kind in NUMBERS:
            found[NUMBERS[kind]] = int.from_bytes(value, "big")
        elif vendor == 0 and kind in ADDRESSES:
            family = socket.AF_INET if kind < 5 else socket.AF_INET6
            found[ADDRESSES[kind]] = socket.inet_ntop(family, value)
        elif vendor == 0:
            found[{14: "auth_key", 15: "payload", 17: "correlation_id"}[kind]] = value
        at += size
    return found


class Sink:
    def __init__(self, stream):
        self.packets, self.lock, self.stream, self.connections = [], threading.Lock(), stream, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        if stream:
            self.socket.listen()
        threading.Thread(target=self._accept if stream else self._receive, daemon=True).start()

    def _keep(self, packet):
        with self.lock:
            self.packets.append(read(packet))

    def _receive(self):
        while True:
            try:
                self._keep(self.socket.recv(65536))
            except OSError:
                return

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection):
        held = b""
        while True:
            try:
                octets = connection.recv(65536)
            except OSError:
                return
            if not octets:
                return
            held += octets
            while len(held) >= 6 and len(held) >= struct.unpack_from("!H", held, 4)[0]:
                length = struct.unpack_from("!H", held, 4)[0]
                self._keep(held[:length])
                held = held[length:]

    def of(self, correlation_id):
        with self.lock:
            return [packet for packet in self.packets if packet.get("correlation_id") == correlation_id.encode()]

    def drop(self):
        """Every connection breaks."""
        for connection in self.connections:
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self.connections.clear()

    def stop(self):
        self.drop()
        self.socket.close()
