"""SIP as bytes: a UDP socket or a TCP connection that says exactly what a test wants said, and hears whole messages."""

import itertools
import re
import socket
import time

from harness import SLOW

FOLD = re.compile(rb"\r\n([ \t])")
COMPACT = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id", b"m": b"contact", b"l": b"content-length",
           b"c": b"content-type"}
_numbers = itertools.count(1)


class Text:
    """A message taken apart just far enough: start line, headers as they stand (folds as two blanks), body."""

    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = FOLD.sub(rb"  \1", head.lstrip(b"\r\n")).split(b"\r\n")
        self.data, self.first, self.fields = data, lines[0], []
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            name = name.strip().lower()
            self.fields.append((COMPACT.get(name, name), value.strip()))
        self.status = int(self.first.split()[1]) if self.first.startswith(b"SIP/2.0 ") else 0
        self.method = self.first.split(b" ", 1)[0]

    def all(self, name):
        return [value for field, value in self.fields if field == name.lower().encode()]

    def __getitem__(self, name):
        return next(iter(self.all(name)), b"")

    def __contains__(self, name):
        return bool(self.all(name))

    def uri_of(self, name):
        found = re.search(rb"<([^>]*)>", self[name])
        return found.group(1) if found else self[name].partition(b";")[0].strip()


def number():
    return next(_numbers)


class Wire:
    """What both kinds have: hearing with a deadline."""

    def __init__(self, world, ip):
        self.world, self.ip = world, ip
        self.target = (world.ip, world.warp.ports["sip"])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    @property
    def me(self):
        return "%s:%d" % self.socket.getsockname()[:2]

    def silent(self, seconds=0.25):
        """Nothing comes."""
        heard = self.hear(seconds)
        return heard is None

    def answer(self, wanted=lambda text: True, seconds=5):
        """The final answer; provisional ones and requests are passed over."""
        end = time.monotonic() + seconds * SLOW
        while (left := end - time.monotonic()) > 0:
            text = self.hear(left)
            if text and text.status >= 200 and wanted(text):
                return text
        raise AssertionError("no final answer")

    def ask(self, data, seconds=5):
        """Says it and gives the final answer, ACKed when it was an INVITE."""
        self.say(data)
        text = Text(data)
        answer = self.answer(seconds=seconds)
        if text.method == b"INVITE":
            self.say(ack_of(text, answer))
        return answer

    def request(self, method, user="441632960000", headers="", body="", kind="application/sdp", call_id=None, branch=None,
                to_tag="", cseq=1, forwards=70, contact=True, tag=None, uri=None, length=None, via=None):
        """A sound request of ours; every part may be put in place by the test."""
        place = number()
        host = "%s:%d" % self.target
        lines = [f"{method} {uri or f'sip:{user}@{host}'} SIP/2.0",
                 via or f"Via: SIP/2.0/{self.kind} {self.me};branch={branch or f'z9hG4bK-wire-{place}-{time.time_ns()}'};rport",
                 f"Max-Forwards: {forwards}", f"From: <sip:+12025550100@{self.me}>;tag={tag or f'w{place}'}",
                 f"To: <sip:{user}@{host}>{f';tag={to_tag}' if to_tag else ''}",
                 f"Call-ID: {call_id or f'wire-{place}-{time.time_ns()}@{self.ip}'}", f"CSeq: {cseq} {method}"]
        if contact:
            lines.append(f"Contact: <sip:{self.me}>")
        head = "\r\n".join(lines) + "\r\n" + headers
        if body and "content-type" not in headers.lower():
            head += f"Content-Type: {kind}\r\n"
        return (head + f"Content-Length: {len(body) if length is None else length}\r\n\r\n" + body).encode("latin-1")

    def options(self):
        return self.ask(self.request("OPTIONS"))

    def bye(self, answer, invite, cseq=2):
        """ACKs were sent: ends what the INVITE began."""
        return self.ask(within("BYE", invite, answer, cseq))


class Datagrams(Wire):
    kind = "UDP"

    def __init__(self, world, ip, port=0):
        super().__init__(world, ip)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, port))

    def say(self, data):
        self.socket.sendto(data, self.target)

    def hear(self, seconds=1.0):
        self.socket.settimeout(max(seconds, 0.001))
        try:
            return Text(self.socket.recv(65536))
        except TimeoutError:
            return None


class Stream(Wire):
    """`eof` is set once the other side has closed or reset."""
    kind = "TCP"

    def __init__(self, world, ip):
        super().__init__(world, ip)
        self.socket = socket.create_connection(self.target, 5 * SLOW, (ip, 0))
        self.buffer, self.eof = b"", False

    def say(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.eof = True

    def _whole(self):
        self.buffer = self.buffer.lstrip(b"\r\n")
        head, ended, rest = self.buffer.partition(b"\r\n\r\n")
        if not ended:
            return None
        length = int(Text(head)["Content-Length"] or 0)
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        return Text(head + ended + rest[:length])

    def hear(self, seconds=1.0):
        end = time.monotonic() + seconds
        while (text := self._whole()) is None:
            left = end - time.monotonic()
            if left <= 0 or self.eof:
                return None
            self.socket.settimeout(left)
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                return None
            except OSError:
                more = b""
            self.eof, self.buffer = not more, self.buffer + more
        return text

    def closed(self, seconds=5):
        """The other side ends the connection within the time."""
        end = time.monotonic() + seconds * SLOW
        while not self.eof and time.monotonic() < end:
            self.hear(0.2)
        return self.eof


def ack_of(invite, answer):
    """ACK to what answered the INVITE: of its transaction for a refusal, of its dialog for a 2xx."""
    if answer.status < 300:
        return within("ACK", invite, answer, int(invite["CSeq"].split()[0]))
    via = invite["Via"]
    return b"\r\n".join([b"ACK " + invite.first.split(b" ")[1] + b" SIP/2.0", b"Via: " + via, b"Max-Forwards: 70",
                         b"From: " + answer["From"], b"To: " + answer["To"], b"Call-ID: " + answer["Call-ID"],
                         b"CSeq: " + answer["CSeq"].split()[0] + b" ACK", b"Content-Length: 0", b"", b""])


def within(method, invite, answer, cseq):
    """A request of the caller in the dialog that `answer` made."""
    name = method.encode()
    via = re.sub(rb"branch=[^;\s,]*", b"branch=z9hG4bK-%s-%d" % (name, number()), invite["Via"])
    return b"\r\n".join([name + b" " + answer.uri_of("Contact") + b" SIP/2.0", b"Via: " + via, b"Max-Forwards: 70",
                         b"From: " + answer["From"], b"To: " + answer["To"], b"Call-ID: " + answer["Call-ID"],
                         b"CSeq: %d %s" % (cseq, name), b"Content-Length: 0", b"", b""])


def sdp(ip, port=6000, lines="m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"):
    return f"v=0\r\no=- 7 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n" + lines.format(port=port)
