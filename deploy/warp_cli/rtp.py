"""An RTP endpoint: sends a known PCMU signal every 20 ms, keeps what comes in, and tells whether the other end's signal
arrived octet for octet. RTCP: a sender report a second, with the reception figures of what came in."""

import math
import socket
import struct
import threading
import time

SAMPLES = 160  # 20 ms of G.711
NTP_EPOCH = 2208988800


def ulaw(sample):
    """One 16-bit linear sample as G.711 µ-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = max(magnitude.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | magnitude >> (exponent + 3) & 0x0F) & 0xFF


def tone(hertz, seconds=1):
    """A sine that is whole after `seconds`, as µ-law octets."""
    return bytes(ulaw(int(12000 * math.sin(2 * math.pi * hertz * n / 8000))) for n in range(8000 * seconds))


class Endpoint:
    """RTP on an even port and RTCP above it, bound from construction on."""

    def __init__(self, ip, hertz, ssrc, payload_type=0):
        self.ip, self.ssrc, self.payload_type = ip, ssrc, payload_type
        self.signal = tone(hertz)
        self.rtp, self.rtcp, self.port = self._bind_pair(ip)
        self.first_sequence, self.first_timestamp = ssrc & 0x7FFF, ssrc * 7 & 0x7FFFFFFF
        self.received = []  # (arrival, sequence, timestamp, ssrc, marker, payload)
        self.rtcp_received = []
        self.sources = set()
        self.sent = 0
        self.muted = threading.Event()
        self._remote = None
        self._stop = threading.Event()
        self._threads = []

    @staticmethod
    def _bind_pair(ip):
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        for _ in range(200):
            rtp, rtcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
            rtp.bind((ip, 0))
            port = rtp.getsockname()[1]
            try:
                if port % 2 == 0:
                    rtcp.bind((ip, port + 1))
                    return rtp, rtcp, port
            except OSError:
                pass
            rtp.close()
            rtcp.close()
        raise OSError(f"no pair of ports on {ip}")

    def payload(self, index):
        start = index * SAMPLES % len(self.signal)
        return self.signal[start:start + SAMPLES]

    def start(self, remote=None):
        """Receives from now on; sends once a remote (ip, port) is known."""
        self._remote = remote
        for sock, keep in ((self.rtp, self._keep_rtp), (self.rtcp, self._keep_rtcp)):
            sock.settimeout(0.1)
            self._spawn(self._receive, sock, keep)
        self._spawn(self._send)

    def send_to(self, remote):
        self._remote = remote

    def _spawn(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _receive(self, sock, keep):
        while not self._stop.is_set():
            try:
                data, source = sock.recvfrom(2048)
            except socket.timeout:
                continue
            keep(data, source)

    def _keep_rtp(self, data, source):
        if len(data) < 12 or data[0] >> 6 != 2:
            return
        sequence, timestamp, ssrc = struct.unpack_from("!HII", data, 2)
        self.sources.add(source[:2])
        self.received.append((time.monotonic(), sequence, timestamp, ssrc, data[1] >> 7, data[12:]))

    def _keep_rtcp(self, data, source):
        self.rtcp_received.append((time.monotonic(), data))

    def _send(self):
        due = time.monotonic()
        while not self._stop.is_set():
            if self._remote and not self.muted.is_set():
                marker = 0x80 if self.sent == 0 else 0
                header = struct.pack("!BBHII", 0x80, marker | self.payload_type, self.first_sequence + self.sent & 0xFFFF,
                                     self.first_timestamp + self.sent * SAMPLES & 0xFFFFFFFF, self.ssrc)
                self.rtp.sendto(header + self.payload(self.sent), self._remote)
                self.sent += 1
                if self.sent % 50 == 0:
                    self.rtcp.sendto(self._sender_report(), (self._remote[0], self._remote[1] + 1))
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))

    def _sender_report(self):
        now = time.time() + NTP_EPOCH
        blocks = b""
        if self.received:
            sequence, ssrc = self.received[-1][1], self.received[-1][3]
            blocks = struct.pack("!IBBHIIII", ssrc, 0, 0, 0, sequence, 0, 0, 0)
        words = 6 + len(blocks) // 4
        return struct.pack("!BBHIIIIII", 0x80 | (1 if blocks else 0), 200, words, self.ssrc, int(now),
                           int(now % 1 * 2 ** 32), self.first_timestamp + self.sent * SAMPLES & 0xFFFFFFFF, self.sent,
                           self.sent * SAMPLES) + blocks

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.rtp.close()
        self.rtcp.close()


def heard(listener, talker):
    """How many of `talker`'s packets `listener` got unchanged, and how many packets came changed or from nowhere.

    A packet's place in the signal follows from its timestamp."""
    places = [_place(packet, talker) for packet in listener.received]
    return sum(place is not None for place in places), sum(place is None for place in places)


def missing(listener, talker):
    """How many of `talker`'s packets did not come between the first and the last that did."""
    places = {place for place in (_place(packet, talker) for packet in listener.received) if place is not None}
    return max(places) - min(places) + 1 - len(places) if places else talker.sent


def _place(packet, talker):
    _, _, timestamp, _, _, payload = packet
    index, rest = divmod(timestamp - talker.first_timestamp & 0xFFFFFFFF, SAMPLES)
    return index if rest == 0 and index < talker.sent and payload == talker.payload(index) else None
