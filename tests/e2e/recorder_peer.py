"""A session recording server (RFC 7866) of its own: takes INVITEs with siprec, keeps every metadata document, hears each
labelled stream on a port of its own, and fails as a test says."""

import email.parser
import re
import select
import socket
import struct
import threading
import time
import xml.etree.ElementTree as ElementTree

import audio_codecs
from call_agents import Message
from srtp_peer import Context

SPACE = "{urn:ietf:params:xml:ns:recording:1}"
ORDER = ["datamode", "group", "session", "participant", "stream", "sessionrecordingassoc", "participantsessionassoc",
         "participantstreamassoc"]  # RFC 7865 section 9


class Metadata:
    """One document, with what the schema says of it checked."""

    def __init__(self, text):
        self.root = ElementTree.fromstring(text)
        assert self.root.tag == SPACE + "recording", self.root.tag
        names = [child.tag.removeprefix(SPACE) for child in self.root]
        assert names == sorted(names, key=ORDER.index), names
        self.mode = self.root.findtext(SPACE + "datamode")
        self.participants = {one.get("participant_id"): one.find(SPACE + "nameID").get("aor")
                             for one in self.root.findall(SPACE + "participant")}
        self.labels = {one.get("stream_id"): one.findtext(SPACE + "label") for one in self.root.findall(SPACE + "stream")}
        self.sends, self.hears = {}, {}
        for one in self.root.findall(SPACE + "participantstreamassoc"):
            who = one.get("participant_id")
            self.sends[who] = [sent.text for sent in one.findall(SPACE + "send")]
            self.hears[who] = [heard.text for heard in one.findall(SPACE + "recv")]


class Ear:
    """One m-line of a session: a socket, what came to it, and what its payload types mean."""

    def __init__(self, ip, line):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.reports_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.reports_socket.bind((ip, 0))
        self.heard, self.reports = [], []
        self.learn(line)

    def learn(self, line):
        self.line = line
        self.label = re.search(r"^a=label:(\S+)", line, re.M).group(1)
        self.direction = re.search(r"^a=(sendonly|sendrecv|inactive|recvonly)", line, re.M).group(1)
        self.proto = line.split()[2]
        self.types = [int(number) for number in line.split("\n")[0].split()[3:]]
        self.maps = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 18: "G729/8000"}
        self.maps.update({int(number): name.strip() for number, name in re.findall(r"^a=rtpmap:(\d+) (\S+)", line, re.M)})
        crypto = re.search(r"^a=crypto:(.*?)\r?$", line, re.M)
        self.crypto = crypto.group(1) if crypto else None
        self.seal = Context.of_line(self.crypto) if self.crypto else None

    def answer(self, refused):
        port = 0 if refused else self.socket.getsockname()[1]
        way = "inactive" if self.direction == "inactive" else "recvonly"
        lines = [f"m=audio {port} {self.proto} {' '.join(map(str, self.types))}"]
        lines += [f"a=rtpmap:{number} {self.maps[number]}" for number in self.types if number in self.maps]
        if self.crypto:
            mine = Context(self.crypto.split()[1])
            lines.append(f"a=crypto:{self.crypto.split()[0]} {self.crypto.split()[1]} {mine.inline}")
        lines += [f"a=rtcp:{self.reports_socket.getsockname()[1]}", f"a=label:{self.label}", f"a={way}"]
        return "\r\n".join(lines) + "\r\n"

    def take(self, sock):
        data, _ = sock.recvfrom(4096)
        if sock is self.reports_socket:
            self.reports.append(data)
            return
        if self.seal:
            data = self.seal.unprotect(data)
        if data is None or len(data) < 12 or 192 <= data[1] <= 223:
            return
        sequence, stamp, ssrc = struct.unpack_from("!HII", data, 2)
        self.heard.append((time.monotonic(), data[1] & 0x7F, sequence, stamp, ssrc, data[12:]))

    def mark(self):
        return len(self.heard)

    def tone(self, hertz, since=0):
        """The share of that tone in what was heard from a place on."""
        codec, out, rate = {}, b"", 8000
        for _, number, _, _, _, payload in self.heard[since:]:
            name = self.maps.get(number, "?")
            if "telephone" in name or name.startswith("CN"):
                continue
            codec.setdefault(number, audio_codecs.named(name))
            rate = codec[number].rate
            out += codec[number].decode(payload)
        return audio_codecs.measure(out, hertz, rate)

    def events(self, since=0):
        return [entry for entry in self.heard[since:] if "telephone" in self.maps.get(entry[1], "")]

    def close(self):
        self.socket.close()
        self.reports_socket.close()


class Session:
    """One recording session: its dialog, its metadata in order, its ears by label."""

    def __init__(self, invite, source):
        self.invite, self.source, self.over = invite, source, False
        self.id, self.tag = invite["Call-ID"], f"srs{time.time_ns()}"
        self.metadata, self.ears, self.requests, self.ended_with = [], {}, [], ""
        self.acked = threading.Event()

    def take(self, message, ip):
        sdp, document = parts_of(message)
        self.requests.append(message)
        for line in ["m=" + part for part in re.split(r"^m=", sdp, flags=re.M)[1:]]:
            label = re.search(r"^a=label:(\S+)", line, re.M).group(1)
            if label in self.ears:
                self.ears[label].learn(line)
            else:
                self.ears[label] = Ear(ip, line)
        if document:
            self.metadata.append(Metadata(document))

    def sdp(self, ip, refused):
        head = f"v=0\r\no=- 1 {len(self.requests)} IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n"
        return head + "".join(ear.answer(refused) for _, ear in sorted(self.ears.items()))


def parts_of(message):
    """(sdp, metadata) of a body in parts; empty what is not there."""
    whole = email.parser.Parser().parsestr(f"Content-Type: {message['Content-Type']}\n\n{message.body}")
    found = {part.get_content_type(): part for part in whole.walk()}
    metadata = found.get("application/rs-metadata+xml")
    if metadata is not None:
        assert metadata["Content-Disposition"] == "recording-session", metadata["Content-Disposition"]
    text = {kind: part.get_payload() for kind, part in found.items() if not part.is_multipart()}
    return text.get("application/sdp", ""), text.get("application/rs-metadata+xml", "").strip()


class Recorder:
    """`refuses`: a status for every INVITE. `deaf`: it answers nothing. `no_streams`: it takes the call and no audio."""

    def __init__(self, ip="127.0.0.1", port=0):
        self.ip = ip
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((ip, port))
        self.port = self.sock.getsockname()[1]
        self.refuses, self.deaf, self.no_streams = 0, False, False
        self.sessions, self.asked, self.over = [], 0, False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.over = True
        self.thread.join()
        self.sock.close()
        for session in self.sessions:
            for ear in session.ears.values():
                ear.close()

    @property
    def uri(self):
        return f"sip:{self.ip}:{self.port}"

    def hang_up(self, session):
        invite = session.invite
        target = invite["Contact"].partition("<")[2].partition(">")[0]
        text = (f"BYE {target} SIP/2.0\r\nVia: SIP/2.0/UDP {self.ip}:{self.port};branch=z9hG4bK{time.time_ns()};rport\r\n"
                f"Max-Forwards: 70\r\nFrom: {invite['To']};tag={session.tag}\r\nTo: {invite['From']}\r\n"
                f"Call-ID: {session.id}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n")
        session.over = True
        self.sock.sendto(text.encode(), session.source)

    # -- the thread -----------------------------------------------------------------------------------------------

    def _run(self):
        while not self.over:
            ears = {sock: ear for session in list(self.sessions) for ear in list(session.ears.values())
                    for sock in (ear.socket, ear.reports_socket)}
            for sock in select.select([self.sock, *ears], [], [], 0.05)[0]:
                if sock is not self.sock:
                    ears[sock].take(sock)
                    continue
                data, source = self.sock.recvfrom(65536)
                if data.strip() and not self.deaf:
                    self._take(Message(data), source)
                elif data.strip():
                    self.asked += 1

    def _respond(self, message, source, status, tag, body="", headers=""):
        vias = "".join(f"Via: {via}\r\n" for via in message.all("Via"))
        to = message["To"] + (f";tag={tag}" if tag and ";tag=" not in message["To"] else "")
        content = "Content-Type: application/sdp\r\n" if body else ""
        self.sock.sendto((f"SIP/2.0 {status} Said\r\n{vias}From: {message['From']}\r\nTo: {to}\r\n"
                          f"Call-ID: {message['Call-ID']}\r\nCSeq: {message['CSeq']}\r\n"
                          f"Contact: <sip:{self.ip}:{self.port}>;+sip.srs\r\n{headers}{content}"
                          f"Content-Length: {len(body)}\r\n\r\n{body}").encode(), source)

    def _take(self, message, source):
        if message.status:
            return
        session = next((one for one in self.sessions if one.id == message["Call-ID"]), None)
        if message.method == "ACK":
            if session:
                session.acked.set()
        elif message.method == "INVITE":
            self._invited(message, source, session)
        elif message.method == "BYE":
            self._respond(message, source, 200 if session else 481, "")
            if session:
                session.over, session.ended_with = True, message["Reason"]
        else:
            self._respond(message, source, 200, "")

    def _invited(self, message, source, session):
        self.asked += 1
        if self.refuses:
            return self._respond(message, source, self.refuses, "no")
        assert message["Require"] == "siprec" and "+sip.src" in message["Contact"], message.headers
        if session is None:
            session = Session(message, source)
            session.take(message, self.ip)
            self.sessions.append(session)
        elif all(known.cseq != message.cseq for known in session.requests):
            session.take(message, self.ip)
        self._respond(message, source, 200, session.tag, session.sdp(self.ip, self.no_streams))
        return None
