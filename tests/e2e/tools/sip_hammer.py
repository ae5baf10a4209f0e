#!/usr/bin/env python3
"""Sends mutated SIP messages to HOST:PORT over UDP as fast as it can, then asks whether the peer still answers.

The messages come from the fuzzer's seeds (tests/fuzz/corpus/sip_message). A pool of mutants is made first, from --seed
alone, and sent round and round with a few bytes flipped in place between batches, so that no two rounds are alike.
Replies are drained and counted by status. Standard library only; sendmmsg and recvmmsg by ctypes (Linux).

Prints one JSON object. Exit status 0: all was sent and, unless --no-probe, an OPTIONS request was answered afterwards.
"""

import argparse
import collections
import ctypes
import errno
import json
import os
import pathlib
import random
import re
import select
import socket
import sys
import time

SEEDS = pathlib.Path(__file__).resolve().parents[2] / "fuzz" / "corpus" / "sip_message"
BATCH = 64
MAX_DATAGRAM = 65000
BOUNDARIES = [b"0", b"-1", b"1", b"69", b"70", b"71", b"255", b"256", b"65535", b"65536", b"2147483647", b"2147483648",
              b"4294967295", b"4294967296", b"18446744073709551616", b"9" * 40, b"00000000000000000001", b"1e9", b"0x10"]
METHODS = [b"INVITE", b"ACK", b"BYE", b"CANCEL", b"OPTIONS", b"REGISTER", b"PRACK", b"UPDATE", b"INFO", b"MESSAGE",
           b"REFER", b"SUBSCRIBE", b"NOTIFY", b"PUBLISH", b"NONSENSE"]
FRAGMENTS = [b"\r\n", b"\r\n\r\n", b"\r\n ", b"\n", b"\r", b"\0", b"\t", b";", b",", b"\"", b"<", b">", b"@", b"[", b"]", b"%00",
             b";tag=", b";branch=", b";lr", b"sip:", b"tel:", b"SIP/2.0", b"\xff\xfe", b"\xc3\x28", b"\\", b"\\\0"]

libc = ctypes.CDLL(None, use_errno=True)


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class MsgHdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.c_void_p),
                ("iovlen", ctypes.c_size_t), ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_int)]


class MMsgHdr(ctypes.Structure):
    _fields_ = [("hdr", MsgHdr), ("length", ctypes.c_uint32)]


class Batches:
    """Message headers over `count` buffers, in one array, for sendmmsg and recvmmsg."""

    def __init__(self, spans):
        self.vectors = (IoVec * len(spans))()
        self.headers = (MMsgHdr * len(spans))()
        for index, (address, length) in enumerate(spans):
            self.vectors[index].base, self.vectors[index].length = address, length
            self.headers[index].hdr.iov = ctypes.addressof(self.vectors[index])
            self.headers[index].hdr.iovlen = 1

    def at(self, index):
        return ctypes.byref(self.headers, index * ctypes.sizeof(MMsgHdr))


def split_head(message):
    head, _, body = message.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


def join_head(lines, body):
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def flip_bits(rng, message):
    data = bytearray(message)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def set_bytes(rng, message):
    data = bytearray(message)
    for _ in range(rng.choice((1, 2, 8))):
        data[rng.randrange(len(data))] = rng.choice((0, 9, 10, 13, 32, 34, 44, 58, 59, 60, 62, 127, 255))
    return bytes(data)


def truncate(rng, message):
    return message[:rng.randrange(1, max(2, len(message)))]


def duplicate_header(rng, message):
    lines, body = split_head(message)
    line = rng.choice(lines)
    for _ in range(rng.choice((1, 1, 2, 80, 300))):
        lines.insert(rng.randrange(1, len(lines) + 1), line)
    return join_head(lines, body)


def remove_header(rng, message):
    lines, body = split_head(message)
    del lines[rng.randrange(len(lines))]
    return join_head(lines, body)


def shuffle_headers(rng, message):
    lines, body = split_head(message)
    rest = lines[1:]
    rng.shuffle(rest)
    return join_head(lines[:1] + rest, body)


def set_number(rng, message):
    numbers = list(re.finditer(rb"\d+", message))
    if not numbers:
        return message
    found = rng.choice(numbers)
    return message[:found.start()] + rng.choice(BOUNDARIES) + message[found.end():]


def repeat_piece(rng, message):
    start = rng.randrange(len(message))
    piece = message[start:start + rng.choice((1, 1, 2, 8, 40))]
    total = rng.choice((100, 1000, 1000, 4000, 4000, 60000 if rng.random() < 0.02 else 500))
    return message[:start] + piece * (total // len(piece)) + message[start:]


def insert_fragment(rng, message):
    at = rng.randrange(len(message))
    return message[:at] + rng.choice(FRAGMENTS) + message[at:]


def change_method(rng, message):
    method = rng.choice(METHODS)
    lines, body = split_head(message)
    old = lines[0].split(b" ")[0]
    if rng.random() < 0.5:
        return message.replace(old, method)
    return join_head([lines[0].replace(old, method)] + lines[1:], body)


MUTATIONS = [flip_bits, set_bytes, truncate, duplicate_header, remove_header, shuffle_headers, set_number, set_number,
             repeat_piece, insert_fragment, insert_fragment, change_method]


def freshen(rng, message):
    """New Call-ID and branches, so that a sound message is a new transaction."""
    token = b"%016x" % rng.getrandbits(64)
    message = re.sub(rb"(?im)^(Call-ID|i)([ \t]*:)[^\r\n]*", rb"\1\2 h" + token, message, count=1)
    return re.sub(rb"z9hG4bK[^;,\s]*", b"z9hG4bK" + token, message)


def splice(rng, seeds, message):
    other = rng.choice(seeds)
    return message[:rng.randrange(len(message))] + other[rng.randrange(len(other)):]


def make_mutant(rng, seeds):
    message = freshen(rng, rng.choice(seeds))
    if rng.random() < 0.1:
        return message
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        message = rng.choice(MUTATIONS)(rng, message) or b"\r\n"
    if rng.random() < 0.1:
        message = splice(rng, seeds, message)
    return message[:MAX_DATAGRAM]


class Pool:
    def __init__(self, rng, seeds, count):
        mutants = [make_mutant(rng, seeds) for _ in range(count)]
        self.octets = sum(map(len, mutants))
        self.bytes = bytearray(b"".join(mutants))
        self.view = (ctypes.c_char * len(self.bytes)).from_buffer(self.bytes)
        spans, address = [], ctypes.addressof(self.view)
        for mutant in mutants:
            spans.append((address, len(mutant)))
            address += len(mutant)
        self.batches = Batches(spans)
        self.count = count


class Drain:
    """Takes what came back without waiting; counts by status."""

    def __init__(self):
        self.buffers = [ctypes.create_string_buffer(2048) for _ in range(BATCH)]
        self.batches = Batches([(ctypes.addressof(buffer), 2048) for buffer in self.buffers])
        self.statuses = collections.Counter()
        self.replies = 0
        self.refused = 0

    def take(self, sock):
        while True:
            got = libc.recvmmsg(sock.fileno(), self.batches.at(0), BATCH, socket.MSG_DONTWAIT, None)
            if got <= 0:
                self.refused += got < 0 and ctypes.get_errno() == errno.ECONNREFUSED
                return
            self.replies += got
            for index in range(got):
                head = self.buffers[index].raw[:11]
                self.statuses[head[8:11].decode("latin-1") if head.startswith(b"SIP/2.0 ") else "request"] += 1
            if got < BATCH:
                return


def connect(address, family):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.connect(address)
    return sock


def hammer(options, sockets, pool, rng):
    drain, totals = Drain(), collections.Counter()
    started = time.monotonic()
    deadline = started + options.seconds
    at, turn, size = 0, 0, len(pool.bytes)
    while totals["sent"] + totals["failed"] < options.count and time.monotonic() < deadline:
        sock = sockets[turn % len(sockets)]
        turn += 1
        wanted = min(BATCH, pool.count - at, options.count - totals["sent"] - totals["failed"])
        sent = libc.sendmmsg(sock.fileno(), pool.batches.at(at), wanted, 0)
        if sent > 0:
            totals["sent"] += sent
            at += sent
        else:
            # ECONNREFUSED tells of an earlier datagram and leaves this one unsent; anything else skips it.
            refused = ctypes.get_errno() == errno.ECONNREFUSED
            totals["refused" if refused else "failed"] += 1
            at += 0 if refused else 1
        at %= pool.count
        for _ in range(8):
            pool.bytes[int(rng.random() * size)] ^= 1 << (totals["sent"] & 7)
        drain.take(sock)
        if options.rate:
            ahead = totals["sent"] / options.rate - (time.monotonic() - started)
            if ahead > 0:
                time.sleep(ahead)
    elapsed = time.monotonic() - started
    settle(sockets, drain)
    return totals, drain, elapsed


def settle(sockets, drain):
    """The last replies: until half a second of silence, five at most."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        readable, _, _ = select.select(sockets, [], [], 0.5)
        if not readable:
            return
        for sock in readable:
            before = drain.replies
            drain.take(sock)
            if drain.replies == before:
                sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def probe(address, family, seconds):
    """A sound OPTIONS request, sent again every half second: the status that answers it, or None."""
    with connect(address, family) as sock:
        host, port = sock.getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        call = f"probe-{os.getpid()}-{time.monotonic_ns()}"
        request = (f"OPTIONS sip:{host} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{call};rport\r\n"
                   f"Max-Forwards: 70\r\nFrom: <sip:probe@{host}>;tag=p\r\nTo: <sip:probe@{host}>\r\nCall-ID: {call}\r\n"
                   "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n").encode()
        deadline = time.monotonic() + seconds
        sock.settimeout(0.5)
        while time.monotonic() < deadline:
            try:
                sock.send(request)
                reply = sock.recv(65535)
            except OSError:
                continue
            if reply.startswith(b"SIP/2.0 ") and call.encode() in reply:
                return int(reply[8:11])
    return None


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", help="HOST:PORT or [V6]:PORT")
    parser.add_argument("--count", type=int, default=1_000_000, help="datagrams to send")
    parser.add_argument("--seconds", type=float, default=120, help="stop after this long")
    parser.add_argument("--rate", type=int, default=0, help="datagrams a second at most; 0: no limit")
    parser.add_argument("--ports", type=int, default=4, help="source ports")
    parser.add_argument("--pool", type=int, default=20_000, help="different mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=pathlib.Path, default=SEEDS, help="folder of messages to mutate")
    parser.add_argument("--no-probe", action="store_true", help="do not ask for a sign of life afterwards")
    return parser.parse_args()


def main():
    options = parse_options()
    host, _, port = options.target.rpartition(":")
    family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)[0]
    seeds = [path.read_bytes() for path in sorted(options.seeds.iterdir())]
    rng = random.Random(options.seed)
    pool = Pool(rng, seeds, max(options.pool, BATCH))
    sockets = [connect(address, family) for _ in range(options.ports)]
    totals, drain, elapsed = hammer(options, sockets, pool, rng)
    status = None if options.no_probe else probe(address, family, 5)
    print(json.dumps({
        "target": options.target, "seed": options.seed, "mutants": pool.count,
        "mean_octets": round(pool.octets / pool.count), "sent": totals["sent"], "failed": totals["failed"],
        "refused": totals["refused"] + drain.refused, "seconds": round(elapsed, 3), "per_second": round(totals["sent"] / max(elapsed, 1e-9)),
        "replies": drain.replies, "statuses": dict(drain.statuses.most_common(20)), "probe_status": status}))
    for sock in sockets:
        sock.close()
    return 0 if totals["sent"] > 0 and (options.no_probe or status is not None) else 1


if __name__ == "__main__":
    sys.exit(main())
