#!/usr/bin/env python3
"""A caller that keeps books: places calls at a steady rate and writes down the Call-ID of each call for which it got a
200 to its INVITE, before it does anything else with that answer. It lives through restarts of the other side.

usage: load_uac.py LOCAL_IP REMOTE_IP:PORT CALLS_PER_SECOND SECONDS ANSWERED_FILE [HOLD_SECONDS]
SIGTERM: no new calls, the ones in progress are hung up. Prints one line of figures at the end."""

import heapq
import itertools
import os
import re
import select
import signal
import socket
import sys
import time

T1 = 0.5
SDP = ("v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
       "a=rtpmap:0 PCMU/8000\r\n")
HEADER = re.compile(rb"^(Call-ID|CSeq|To|Contact|Via|From)\s*:\s*(.*?)\r?$", re.I | re.M)


class Call:
    __slots__ = ("id", "state", "to", "target", "tries")

    def __init__(self, call_id):
        self.id, self.state, self.to, self.target, self.tries = call_id, "inviting", None, None, 0


class Caller:
    def __init__(self, ip, remote, rate, seconds, answered_file, hold):
        host, _, port = remote.rpartition(":")
        self.remote, self.rate, self.hold = (host, int(port)), rate, hold
        self.end = time.monotonic() + seconds
        self.give_up = self.end + 20
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind((ip, 0))
        self.sock.setblocking(False)
        self.ip, self.port = ip, self.sock.getsockname()[1]
        self.book = open(answered_file, "a", buffering=1)
        self.calls, self.timers, self.order = {}, [], itertools.count()
        self.numbers = itertools.count(1)
        self.counts = dict.fromkeys(("placed", "answered", "refused", "unanswered", "completed", "bye_lost"), 0)
        self.body = SDP.format(ip=ip)

    def later(self, seconds, function, call):
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.order), function, call))

    def request(self, method, call, cseq, body=""):
        to = call.to or f"<sip:+12125550123@{self.remote[0]}>"
        target = call.target or f"sip:+12125550123@{self.remote[0]}:{self.remote[1]}"
        branch = f"z9hG4bK{call.id.split('@')[0]}.{cseq}" + ("ack" if method == "ACK" and call.to else "")
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (f"{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {self.ip}:{self.port};branch={branch}\r\n"
                f"From: <sip:+12025550100@{self.ip}>;tag={call.id.split('@')[0]}\r\nTo: {to}\r\nCall-ID: {call.id}\r\n"
                f"CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\nContact: <sip:+12025550100@{self.ip}:{self.port}>\r\n"
                f"{kind}Content-Length: {len(body)}\r\n\r\n{body}")
        self.transmit(text.encode())

    def transmit(self, data, to=None):
        try:
            self.sock.sendto(data, to or self.remote)
        except OSError:
            pass  # the port is closed while the other side restarts

    def place(self, _):
        now = time.monotonic()
        if now >= self.end:
            return
        call = Call(f"{os.getpid()}x{next(self.numbers)}x{time.time_ns() & 0xFFFFFFFF:x}@{self.ip}")
        self.calls[call.id] = call
        self.counts["placed"] += 1
        self.invite(call)
        self.due += 1 / self.rate
        self.later(max(0.0, self.due - now), self.place, None)

    def invite(self, call):
        if call.state != "inviting":
            return
        if call.tries == 5:
            self.counts["unanswered"] += 1
            self.calls.pop(call.id, None)
            return
        self.request("INVITE", call, 1, self.body)
        self.later(T1 * 2 ** call.tries, self.invite, call)
        call.tries += 1

    def hang_up(self, call):
        if call.state == "up":
            call.state, call.tries = "leaving", 0
        if call.state != "leaving":
            return
        if call.tries == 6:
            self.counts["bye_lost"] += 1
            self.calls.pop(call.id, None)
            return
        self.request("BYE", call, 2)
        self.later(T1 * 2 ** min(call.tries, 2), self.hang_up, call)
        call.tries += 1

    def take(self, data, source):
        fields = {name.lower(): value for name, value in reversed(HEADER.findall(data))}
        call = self.calls.get(fields.get(b"call-id", b"").decode(errors="replace"))
        if not data.startswith(b"SIP/2.0 "):
            self.answer(data, fields, source, call)
            return
        if call is None:
            return
        status, method = int(data[8:11]), fields[b"cseq"].split()[1]
        if method == b"INVITE":
            self.take_invite_answer(call, status, fields)
        elif method == b"BYE" and status >= 200 and call.state == "leaving":
            self.counts["completed"] += 1
            self.calls.pop(call.id, None)
            call.state = "over"

    def take_invite_answer(self, call, status, fields):
        if status < 200:
            if call.state == "inviting":
                call.state = "proceeding"
                self.later(40, self.forget, call)
        elif status < 300:
            if call.state in ("inviting", "proceeding"):
                self.book.write(call.id + "\n")
                self.counts["answered"] += 1
                call.state = "up"
                call.to = fields[b"to"].decode()
                call.target = fields[b"contact"].decode().partition("<")[2].partition(">")[0]
                self.later(self.hold, self.hang_up, call)
            self.request("ACK", call, 1)
        else:
            self.acknowledge_refusal(call, fields[b"to"].decode())
            if call.state in ("inviting", "proceeding"):
                self.counts["refused"] += 1
                call.state = "over"
                self.calls.pop(call.id, None)

    def acknowledge_refusal(self, call, to):
        tag = call.id.split("@")[0]
        self.transmit((f"ACK sip:+12125550123@{self.remote[0]}:{self.remote[1]} SIP/2.0\r\n"
                       f"Via: SIP/2.0/UDP {self.ip}:{self.port};branch=z9hG4bK{tag}.1\r\n"
                       f"From: <sip:+12025550100@{self.ip}>;tag={tag}\r\nTo: {to}\r\n"
                       f"Call-ID: {call.id}\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode())

    def answer(self, data, fields, source, call):
        """Requests of the other side: a BYE ends the call; everything gets its 200."""
        if data.startswith(b"ACK "):
            return
        vias = b"\r\n".join(b"Via: " + value for name, value in HEADER.findall(data) if name.lower() == b"via")
        self.transmit(b"SIP/2.0 200 OK\r\n" + vias + b"\r\nFrom: " + fields[b"from"] + b"\r\nTo: " + fields[b"to"] +
                      b"\r\nCall-ID: " + fields[b"call-id"] + b"\r\nCSeq: " + fields[b"cseq"] +
                      b"\r\nContent-Length: 0\r\n\r\n", source)
        if call and data.startswith(b"BYE "):
            self.counts["completed"] += 1
            call.state = "over"
            self.calls.pop(call.id, None)

    def forget(self, call):
        if call.state == "proceeding":
            self.counts["unanswered"] += 1
            call.state = "over"
            self.calls.pop(call.id, None)

    def run(self):
        signal.signal(signal.SIGTERM, self.stop)
        self.due = time.monotonic()
        self.place(None)
        while True:
            now = time.monotonic()
            while self.timers and self.timers[0][0] <= now:
                _, _, function, call = heapq.heappop(self.timers)
                function(call)
            if now >= self.end and (not self.calls or now >= self.give_up):
                break
            wait = min(0.05, max(0.0, self.timers[0][0] - time.monotonic())) if self.timers else 0.05
            if select.select([self.sock], [], [], wait)[0]:
                self.drain()
        print(" ".join(f"{name}={count}" for name, count in self.counts.items()), flush=True)

    def stop(self, *_):
        self.end = time.monotonic()
        self.give_up = self.end + 20

    def drain(self):
        for _ in range(500):
            try:
                data, source = self.sock.recvfrom(65536)
            except OSError:
                return
            self.take(data, source)


if __name__ == "__main__":
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    Caller(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), sys.argv[5],
           float(sys.argv[6]) if len(sys.argv) > 6 else 0.3).run()
