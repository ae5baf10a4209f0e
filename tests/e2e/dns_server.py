"""A DNS server for tests: a table of records on a loopback UDP port, in a thread. It can fall silent."""

import ipaddress
import socket
import struct
import threading

A, AAAA, SRV, NAPTR = 1, 28, 33, 35


def _name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def a(ip):
    return A, ipaddress.ip_address(ip).packed


def srv(priority, weight, port, target):
    return SRV, struct.pack(">HHH", priority, weight, port) + _name(target)


def naptr(order, service, replacement):
    words = b"".join(bytes([len(word)]) + word.encode() for word in ("s", service, ""))
    return NAPTR, struct.pack(">HH", order, 10) + words + _name(replacement)


class DnsServer:
    def __init__(self, ip="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.address = "%s:%d" % self.socket.getsockname()
        self.records, self.ttl, self.silent, self.asked = {}, 300, False, []
        threading.Thread(target=self._serve, daemon=True).start()

    def set(self, name, *records):
        self.records[name] = records

    def _serve(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            name, wanted = ".".join(labels).lower(), struct.unpack(">H", query[at + 1:at + 3])[0]
            self.asked.append((name, wanted))
            if not self.silent:
                self.socket.sendto(self._answer(query[:2], query[12:at + 5], name, wanted), peer)

    def _answer(self, number, question, name, wanted):
        found = [data for kind, data in self.records.get(name, ()) if kind == wanted]
        rcode = 0 if name in self.records else 3
        head = number + struct.pack(">HHHHH", 0x8580 | rcode, 1, len(found), 0, 0)
        return head + question + b"".join(b"\xc0\x0c" + struct.pack(">HHIH", wanted, 1, self.ttl, len(data)) + data
                                          for data in found)

    def close(self):
        self.socket.close()
