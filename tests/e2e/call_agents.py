"""Two agents that hold many calls at once, with RTP, and do within them what a test says. They live through restarts of
the other side: what is not answered is sent again."""

import itertools
import queue
import re
import select
import socket
import struct
import threading
import time

HEADER = re.compile(r"^([A-Za-z-]+)\s*:\s*(.*?)\r?$", re.M)
T1 = 0.5
GLARE_SECONDS = 0.5


class Message:
    def __init__(self, data):
        head, _, self.body = data.decode(errors="replace").partition("\r\n\r\n")
        self.first, _, rest = head.partition("\r\n")
        self.headers = HEADER.findall(rest)
        self.status = int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0
        self.cseq, self.method = self["CSeq"].split()

    def __getitem__(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Call:
    """One side's dialog, with a socket for its RTP."""

    def __init__(self, agent, call_id):
        self.agent, self.id, self.cseq = agent, call_id, 0
        self.local = self.remote = self.target = ""
        self.media = self.media_port = None
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind((agent.ip, 0))
        self.sequence = itertools.count(1)
        self.kind, self.requests, self.version = "audio", queue.Queue(), 1

    def sdp(self, kind="audio", direction="sendrecv"):
        self.version += 1
        port = self.rtp.getsockname()[1]
        line = f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na={direction}\r\n" if kind == "audio" else \
            f"m=image {port} udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n"
        return f"v=0\r\no=- 7 {self.version} IN IP4 {self.agent.ip}\r\ns=-\r\nc=IN IP4 {self.agent.ip}\r\nt=0 0\r\n{line}"

    def take_sdp(self, body):
        port = re.search(r"^m=\w+ (\d+)", body, re.M)
        ip = re.search(r"^c=IN IP4 (\S+?)\r?$", body, re.M)
        if port and ip:
            self.media = (ip.group(1), int(port.group(1)))

    def speak(self, payload=b"x" * 160):
        header = struct.pack("!BBHII", 0x80, 0, next(self.sequence), 0, id(self) & 0xFFFFFFFF)
        self.rtp.sendto(header + payload, self.media)

    def send_raw(self, data):
        self.rtp.sendto(data, self.media)

    def hear(self, seconds=2):
        """(datagram, port that it came from), or None."""
        if not select.select([self.rtp], [], [], seconds)[0]:
            return None
        data, source = self.rtp.recvfrom(4096)
        return data, source[1]

    def hush(self):
        while self.hear(0):
            pass

    def request(self, method, body="", headers="", kind="application/sdp", seconds=12):
        """Sends it until a final answer comes, and gives that."""
        self.cseq += 1
        return self.agent.transact(self, method, self.cseq, body, headers, kind, seconds)

    def reinvite(self, kind="audio", direction="sendrecv", tries=3):
        """Comes again after a 491, as RFC 3261 §14.1 says: the other side's may not be acknowledged yet."""
        answer = self.request("INVITE", self.sdp(kind, direction))
        if answer.status == 491 and tries > 1:
            time.sleep(GLARE_SECONDS)
            return self.reinvite(kind, direction, tries - 1)
        if answer.status == 200:
            self.take_sdp(answer.body)
            self.agent.send_request(self, "ACK", self.cseq)
        return answer

    def trace(self):
        """As of a SIPp: what the harness finds the record by."""
        return f"Call-ID: {self.id}\n"

    def close(self):
        self.rtp.close()


class Agent:
    _numbers = itertools.count(1)
    call_class = Call

    def __init__(self, ip, port, target):
        self.ip, self.target = ip, target
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((ip, port))
        self.port = self.sock.getsockname()[1]
        self.calls, self.answers, self.ended, self.refuse = {}, {}, [], {}
        self.over = False
        self.extra_answer = ""  # headers of the 200 to an INVITE
        self.ring_seconds = 0.0  # before a call is answered
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        self.over = True
        self.thread.join()
        self.sock.close()
        for call in self.calls.values():
            call.close()

    def _send(self, text, to=None):
        host, _, port = self.target.rpartition(":")
        try:
            self.sock.sendto(text.encode(), to or (host, int(port)))
        except OSError:
            pass  # the port is closed while the other side restarts

    def send_request(self, call, method, cseq, body="", headers="", kind="application/sdp", branch=None):
        branch = branch or f"z9hG4bK{next(self._numbers)}x{time.time_ns()}"
        content = f"Content-Type: {kind}\r\n" if body else ""
        contact = f"Contact: <sip:{self.ip}:{self.port}>\r\n" if method in ("INVITE", "UPDATE", "REFER") else ""
        self._send(f"{method} {call.target} SIP/2.0\r\nVia: SIP/2.0/UDP {self.ip}:{self.port};branch={branch}\r\n"
                   f"From: {call.local}\r\nTo: {call.remote}\r\nCall-ID: {call.id}\r\nCSeq: {cseq} {method}\r\n"
                   f"Max-Forwards: 70\r\n{contact}{headers}{content}Content-Length: {len(body)}\r\n\r\n{body}")

    def transact(self, call, method, cseq, body="", headers="", kind="application/sdp", seconds=12, tell=None):
        """The final answer; `tell` gets the provisional ones."""
        branch = f"z9hG4bK{next(self._numbers)}x{time.time_ns()}"
        answers = self.answers[(call.id, str(cseq), method)] = queue.Queue()
        end, pause, trying = time.monotonic() + seconds, T1, False
        while time.monotonic() < end:
            if not trying:
                self.send_request(call, method, cseq, body, headers, kind, branch)
            try:
                while True:
                    answer = answers.get(timeout=pause)
                    if answer.status >= 300 and method == "INVITE":
                        self.send_request(call, "ACK", cseq, branch=branch)
                    if answer.status >= 200:
                        return answer
                    if tell:
                        tell(answer)
                    trying = method == "INVITE"
            except queue.Empty:
                pause = min(2 * pause, 2.0)
        raise AssertionError(f"no answer to {method} of {call.id}")

    def place(self, ani, dni, headers=""):
        call = self.call_class(self, f"{next(self._numbers)}-{time.time_ns()}@{self.ip}")
        self.calls[call.id] = call
        call.local = f"<sip:{ani}@{self.ip}>;tag=t{next(self._numbers)}"
        call.remote, call.target = f"<sip:{dni}@{self.target}>", f"sip:{dni}@{self.target}"
        answer = call.request("INVITE", call.sdp(), headers)
        assert answer.status == 200, answer.first
        call.remote = answer["To"]
        call.target = answer["Contact"].partition("<")[2].partition(">")[0]
        call.take_sdp(answer.body)
        self.send_request(call, "ACK", call.cseq)
        call.answer = answer
        return call

    def _respond(self, message, source, status, body="", headers="", tag=""):
        vias = "".join(f"Via: {via}\r\n" for via in message.all("Via"))
        to = message["To"] + (f";tag={tag}" if tag and ";tag=" not in message["To"] else "")
        content = "Content-Type: application/sdp\r\n" if body else ""
        self._send(f"SIP/2.0 {status} Said\r\n{vias}From: {message['From']}\r\nTo: {to}\r\n"
                   f"Call-ID: {message['Call-ID']}\r\nCSeq: {message['CSeq']}\r\n"
                   f"Contact: <sip:{self.ip}:{self.port}>\r\n{headers}{content}Content-Length: {len(body)}\r\n\r\n{body}",
                   source)
        return to

    def _answer(self, call, message, source):
        call.local = self._respond(message, source, 200, call.said, self.extra_answer, tag=f"u{id(call)}")

    def _run(self):
        while not self.over:
            if not select.select([self.sock], [], [], 0.05)[0]:
                continue
            try:
                data, source = self.sock.recvfrom(65536)
            except OSError:
                continue
            if data.strip():
                self._take(Message(data), source)

    def _take(self, message, source):
        if message.status:
            waiting = self.answers.get((message["Call-ID"], message.cseq, message.method))
            if waiting is not None:
                waiting.put(message)
            return
        call = self.calls.get(message["Call-ID"])
        if message.method == "ACK":
            return
        if message.method == "INVITE" and ";tag=" not in message["To"]:
            if call is None:
                call = self.calls[message["Call-ID"]] = self.call_class(self, message["Call-ID"])
                call.take_sdp(message.body)
                call.remote = message["From"]
                call.target = message["Contact"].partition("<")[2].partition(">")[0]
                call.invite, call.said = message, call.sdp()
            if self.ring_seconds and not hasattr(call, "rings"):
                call.rings = threading.Timer(self.ring_seconds, self._answer, [call, message, source])
                call.rings.start()
            if self.ring_seconds:
                self._respond(message, source, 180, tag=f"u{id(call)}")
            else:
                self._answer(call, message, source)
            return
        if call is None:
            self._respond(message, source, 481)
            return
        call.requests.put(message)
        status = self.refuse.get(message.method, 200)
        if callable(status):
            status = status(message)
        if message.method == "INVITE" and status == 200:
            if message.body:
                call.take_sdp(message.body)
            kind = "fax" if "m=image" in message.body else "audio"
            self._respond(message, source, 200, call.sdp(kind), self.extra_answer)
        else:
            self._respond(message, source, status)
        if message.method == "BYE":
            self.ended.append(call)


def place_pairs(callers, callees, ani, dni, count):
    """So many calls, one after the other: [(the caller's end, the callee's)]."""
    pairs = []
    for _ in range(count):
        known = set(callees.calls)
        caller = callers.place(ani, dni)
        pairs.append((caller, callees.calls[(set(callees.calls) - known).pop()]))
    return pairs
