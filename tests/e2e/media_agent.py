"""Agents with real audio: each call has formats, perhaps keys, a voice that sends a tone every 20 ms, and ears that keep what
comes and decode it apart from the daemon."""

import dataclasses
import random
import re
import struct
import threading
import time

import audio_codecs
from call_agents import Agent, Call
from srtp_peer import Context

EVENTS = "0123456789*#ABCD"


@dataclasses.dataclass
class Profile:
    """What an agent offers, and takes of what it is offered. formats: [(payload type, rtpmap, fmtp)]."""
    formats: list
    events: int = 101  # payload type of telephone-event; 0: none
    events_clock: int = 8000
    proto: str = "RTP/AVP"
    suites: tuple = ()
    ptime: int = 20
    lines: str = ""


def profile(*names, **more):
    """By names: PCMU, PCMA, G722, opus, G729, AMR."""
    static = {"PCMU": 0, "PCMA": 8, "G722": 9, "G729": 18}
    formats = []
    for place, name in enumerate(names):
        kind = audio_codecs.ALL[name.upper()]
        formats.append((static.get(name.upper(), 106 + place), kind.name, getattr(kind, "fmtp", "")))
    return Profile(formats, **more)


class Description:
    """The first audio line of an SDP."""

    def __init__(self, text):
        self.text = text
        line = re.search(r"^m=audio (\d+) (\S+) ([\d ]+)", text, re.M)
        self.port, self.proto = int(line.group(1)), line.group(2)
        self.types = [int(number) for number in line.group(3).split()]
        self.maps = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 18: "G729/8000"}
        self.maps.update({int(number): name for number, name in re.findall(r"^a=rtpmap:(\d+) (\S+)", text, re.M)})
        self.crypto = re.findall(r"^a=crypto:(.*?)\r?$", text, re.M)
        found = re.search(r"^a=ptime:(\d+)", text, re.M)
        self.ptime = int(found.group(1)) if found else 20
        found = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)", text, re.M)
        self.direction = found.group(1) if found else "sendrecv"

    def names(self):
        return [self.maps.get(number, "?") for number in self.types]

    def events(self):
        return next((number for number in self.types if self.maps.get(number, "").lower().startswith("telephone-event")), None)


class MediaCall(Call):
    def __init__(self, agent, call_id):
        super().__init__(agent, call_id)
        self.profile = agent.profile
        self.theirs = None  # Description
        self.owes_answer = self.awaits_answer = False
        self.described = ""  # our last description: what the payload types that we hear mean
        self.seal = {suite: Context(suite) for suite in self.profile.suites}
        self.send_context = self.receive_context = None
        self.heard, self.bad = [], 0  # (arrival, payload type, sequence, timestamp, ssrc, marker, payload)
        self.out_sequence, self.stamp, self.ssrc = random.getrandbits(15), random.getrandbits(31), random.getrandbits(32)
        self.stop, self.threads, self.lock = threading.Event(), [], threading.Lock()
        self.hertz, self.sent, self.muted = None, 0, False
        self.silent = threading.Event()  # the voice that speaks now is to end
        self.lose_every, self.jitter = 0, 0.0  # one packet in so many is not sent; seconds that one is late at most
        self._spawn(self._listen)

    # -- descriptions ---------------------------------------------------------------------------------------------

    def sdp(self, kind="audio", direction="sendrecv"):
        if kind != "audio":
            return super().sdp(kind, direction)
        answering, self.owes_answer = self.owes_answer, False
        self.awaits_answer = not answering
        self.version += 1
        formats, events, suites = list(self.profile.formats), self.profile.events, list(self.profile.suites)
        proto, tag = self.profile.proto, 1
        if answering:
            formats = [(number, name, fmtp) for _, name, fmtp in formats for number in self.theirs.types
                       if self.theirs.maps.get(number, "").lower() == name.lower()]
            events = self.theirs.events() if events else 0
            proto = self.theirs.proto
            chosen = next((line for line in self.theirs.crypto if line.split()[1] in suites), None)
            suites = [chosen.split()[1]] if chosen else []
            if chosen:
                tag, self.receive_context = chosen.split()[0], Context.of_line(chosen)
                self.send_context = self.seal[suites[0]]
        types = [number for number, _, _ in formats] + ([events] if events else [])
        lines = [f"m=audio {self.rtp.getsockname()[1]} {proto} {' '.join(map(str, types))}"]
        for number, name, fmtp in formats:
            lines.append(f"a=rtpmap:{number} {name}")
            if fmtp:
                lines.append(f"a=fmtp:{number} {fmtp}")
        if events:
            lines += [f"a=rtpmap:{events} telephone-event/{self.profile.events_clock}", f"a=fmtp:{events} 0-15"]
        lines += [f"a=crypto:{int(tag) + place} {suite} {self.seal[suite].inline}" for place, suite in enumerate(suites)]
        lines += [f"a=ptime:{self.profile.ptime}", f"a={direction}"]
        body = "\r\n".join(lines) + "\r\n" + self.profile.lines
        self.described = (f"v=0\r\no=- 7 {self.version} IN IP4 {self.agent.ip}\r\ns=-\r\nc=IN IP4 {self.agent.ip}\r\n"
                          f"t=0 0\r\n{body}")
        return self.described

    def take_sdp(self, body):
        super().take_sdp(body)
        if "m=audio" not in body:
            return
        self.theirs = Description(body)
        self.owes_answer, is_answer, self.awaits_answer = not self.awaits_answer, self.awaits_answer, False
        if is_answer and self.theirs.crypto:
            suite = self.theirs.crypto[0].split()[1]
            self.send_context, self.receive_context = self.seal[suite], Context.of_line(self.theirs.crypto[0])

    def format(self):
        """(payload type, codec) that we send: the first of theirs that is ours."""
        ours = {name.lower() for _, name, _ in self.profile.formats}
        for number in self.theirs.types:
            if self.theirs.maps.get(number, "?").lower() in ours:
                return number, audio_codecs.named(self.theirs.maps[number])
        raise AssertionError(f"no format of ours in {self.theirs.text}")

    # -- voice ----------------------------------------------------------------------------------------------------

    def _spawn(self, function):
        thread = threading.Thread(target=function, daemon=True)
        thread.start()
        self.threads.append(thread)

    def talk(self, hertz):
        """A tone from now on, until the call is closed."""
        self.hertz, self.silent = hertz, threading.Event()
        self._spawn(lambda silent=self.silent: self._talk(silent))

    def stop_talking(self):
        self.silent.set()

    def _talk(self, silent):
        number, codec = self.format()
        step = codec.rate * self.theirs.ptime // 1000 if codec.rate == 8000 else codec.rate // 50
        pcm, place, due, first = audio_codecs.tone(self.hertz, codec.rate, 1), 0, time.monotonic(), True
        while not self.stop.is_set() and not silent.is_set():
            block = pcm[2 * place:2 * (place + step)]
            if len(block) < 2 * step:
                block += pcm[:2 * step - len(block)]
            place = (place + step) % (len(pcm) // 2)
            if not self.muted:
                self.packet(number, codec.encode(block), step * codec.clock // codec.rate, first)
                self.sent, first = self.sent + 1, False
            due += step / codec.rate
            time.sleep(max(0.0, due - time.monotonic()))

    def packet(self, number, payload, advance=160, marker=False, stamp=None):
        with self.lock:
            self.out_sequence = (self.out_sequence + 1) & 0xFFFF
            header = struct.pack("!BBHII", 0x80, (0x80 if marker else 0) | number, self.out_sequence,
                                 (self.stamp if stamp is None else stamp) & 0xFFFFFFFF, self.ssrc)
            data = header + payload
            if self.send_context:
                data = self.send_context.protect(data)
            self.stamp += advance
            if not self.media or (self.lose_every and self.out_sequence % self.lose_every == 0):
                return
            if not self.jitter:
                return self._send(data)  # by the lock in the order of the numbers, whichever thread has made it
        late = threading.Timer(random.uniform(0, self.jitter), self._send, [data])
        late.daemon = True
        late.start()

    def _send(self, data):
        try:
            self.rtp.sendto(data, self.media)
        except OSError:
            pass  # closed meanwhile

    def press(self, digit, milliseconds=160):
        """RFC 4733: an event that lasts so long, its end three times. The tone is silent meanwhile."""
        number, clock = self.theirs.events(), self.profile.events_clock // 1000
        assert number is not None, "no telephone-event was agreed"
        self.muted = True
        stamp = self.stamp
        for spent in range(20, milliseconds + 1, 20):
            self.packet(number, struct.pack("!BBH", EVENTS.index(digit), 10, spent * clock), 0, spent == 20, stamp)
            time.sleep(0.02)
        for _ in range(3):
            self.packet(number, struct.pack("!BBH", EVENTS.index(digit), 0x80 | 10, milliseconds * clock), 0, False, stamp)
        self.stamp += milliseconds * clock
        self.muted = False

    def press_tones(self, digit, milliseconds=160):
        """The same in the audio."""
        number, codec = self.format()
        low = (697, 770, 852, 941)["123A456B789C*0#D".index(digit) // 4]
        high = (1209, 1336, 1477, 1633)["123A456B789C*0#D".index(digit) % 4]
        first, second = (audio_codecs.tone(hertz, codec.rate, 1, 7000) for hertz in (low, high))
        mixed = audio_codecs.audioop.add(first, second, 2)
        step = codec.rate // 50
        self.muted = True
        for place in range(0, milliseconds * codec.rate // 1000, step):
            self.packet(number, codec.encode(mixed[2 * place:2 * (place + step)]), step * codec.clock // codec.rate)
            time.sleep(0.02)
        for _ in range(4):
            self.packet(number, codec.encode(bytes(2 * step)), step * codec.clock // codec.rate)
            time.sleep(0.02)
        self.muted = False

    # -- ears -----------------------------------------------------------------------------------------------------

    def _listen(self):
        self.rtp.settimeout(0.1)
        while not self.stop.is_set():
            try:
                data, _ = self.rtp.recvfrom(4096)
            except TimeoutError:
                continue
            except OSError:
                return
            self._take(data)

    def _take(self, data):
        if len(data) < 12 or data[0] >> 6 != 2 or 192 <= data[1] <= 223:
            return
        if self.receive_context:
            data = self.receive_context.unprotect(data)
            if data is None:
                self.bad += 1
                return
        sequence, stamp, ssrc = struct.unpack_from("!HII", data, 2)
        self.heard.append((time.monotonic(), data[1] & 0x7F, sequence, stamp, ssrc, data[1] >> 7, data[12:]))

    def mark(self):
        """A place in what is heard, for `pcm` and `digits`."""
        return len(self.heard)

    def hears(self, packets, seconds=5, since=0):
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(self.heard) - since < packets:
            time.sleep(0.02)
        return len(self.heard) - since >= packets

    def pcm(self, since=0, until=None):
        """(samples, rate) of the audio heard, in the order of its sequence, by the codec of its payload type."""
        described = Description(self.described)
        rate, out, codec = 8000, b"", {}
        packets = [entry for entry in self.heard[since:until] if "telephone" not in described.maps.get(entry[1], "?")]
        for _, number, _, _, _, _, payload in packets:
            name = described.maps.get(number)
            if name is None or name.startswith("CN"):
                continue
            if number not in codec:
                codec[number] = audio_codecs.named(name)
            rate = codec[number].rate
            out += codec[number].decode(payload)
        return out, rate

    def hears_tone(self, hertz, since=0, until=None):
        samples, rate = self.pcm(since, until)
        return audio_codecs.measure(samples, hertz, rate)

    def digits(self, since=0):
        """RFC 4733 events heard: [(digit, milliseconds)]."""
        described = Description(self.described)
        seen = {}
        for _, number, _, stamp, _, _, payload in self.heard[since:]:
            name = described.maps.get(number, "")
            if name.startswith("telephone-event"):
                event, flags, duration = struct.unpack_from("!BBH", payload)
                clock = int(name.split("/")[1]) // 1000
                seen[stamp] = (EVENTS[event], max(duration // clock, seen.get(stamp, ("", 0))[1]))
        return list(seen.values())

    def close(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        super().close()


class MediaAgent(Agent):
    call_class = MediaCall

    def __init__(self, ip, port, target, described):
        self.profile = described
        super().__init__(ip, port, target)

    def answers_in_background(self, ani, dni):
        """Places a call while the test does the other side's part; what it gives is called for the call that is up."""
        made = []
        thread = threading.Thread(target=lambda: made.append(self.place(ani, dni)), daemon=True)
        thread.start()

        def call():
            thread.join(20)
            assert made, "the call was not answered"
            return made[0]
        return call
