"""A client of the API's WebSocket (RFC 6455), small and strict; and of its event stream, by curl."""

import base64
import hashlib
import json
import os
import socket
import struct
import subprocess
import time

PATH = "/api/v1/live"
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Refused(Exception):
    def __init__(self, status):
        super().__init__(f"the upgrade was refused: {status}")
        self.status = status


class Closed(Exception):
    def __init__(self, code):
        super().__init__(f"closed: {code}")
        self.code = code


class LiveClient:
    def __init__(self, port, key="", path=PATH, ip="127.0.0.1"):
        self.socket = socket.create_connection((ip, port), timeout=10)
        nonce = base64.b64encode(os.urandom(16))
        head = [f"GET {path} HTTP/1.1", "Host: t", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                f"Sec-WebSocket-Key: {nonce.decode()}"]
        if key:
            head.append(f"Authorization: Bearer {key}")
        self.socket.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        self.pending = b""
        while b"\r\n\r\n" not in self.pending:
            self._more()
        answer, _, self.pending = self.pending.partition(b"\r\n\r\n")
        status = int(answer.split()[1])
        if status != 101:
            self.socket.close()
            raise Refused(status)
        wanted = base64.b64encode(hashlib.sha1(nonce + _MAGIC).digest())
        assert wanted in answer, answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _more(self):
        some = self.socket.recv(65536)
        if not some:
            raise Closed(0)
        self.pending += some

    def _parse(self):
        """A whole frame from what has come: (opcode, payload); None when there is none yet."""
        held = self.pending
        if len(held) < 2:
            return None
        size, start = held[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(held) < start:
                return None
            size = int.from_bytes(held[2:start], "big")
        if len(held) < start + size:
            return None
        self.pending = held[start + size:]
        return held[0] & 15, held[start:start + size]

    def _send(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode]) + (bytes([0x80 | size]) if size < 126 else struct.pack("!BH", 0xFE, size))
        self.socket.sendall(head + mask + bytes(octet ^ mask[place % 4] for place, octet in enumerate(payload)))

    def say(self, **frame):
        self._send(_TEXT, json.dumps(frame).encode())

    def subscribe(self, topic, resume=None, **filters):
        """The snapshot; with a token nothing comes at once."""
        frame = {"op": "subscribe", "topic": topic, "filter": filters}
        if resume:
            self.say(**frame, resume=resume)
            return None
        self.say(**frame)
        return self.hear("snapshot")

    def frame(self, seconds=10):
        """The next frame of the server; None when none comes in time."""
        end = time.monotonic() + seconds
        while True:
            while (whole := self._parse()) is None:
                self.socket.settimeout(max(end - time.monotonic(), 0.001))
                try:
                    self._more()
                except TimeoutError:
                    return None
            opcode, payload = whole
            if opcode == _PING:
                self._send(_PONG, payload)
            elif opcode == _CLOSE:
                self._send(_CLOSE, payload[:2])
                raise Closed(struct.unpack("!H", payload[:2])[0] if payload else 1005)
            elif opcode == _TEXT:
                return json.loads(payload)

    def hear(self, op, seconds=10):
        """The next frame of that op."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            frame = self.frame(left)
            if frame is not None and frame["op"] == op:
                return frame
        raise AssertionError(f"no {op} came in {seconds} s")

    def event(self, types, seconds=10, **data):
        """The next event of one of these types whose data has these values."""
        types = (types,) if isinstance(types, str) else types
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            frame = self.hear("event", left)
            if frame["type"] in types and all(frame["data"].get(name) == value for name, value in data.items()):
                return frame
        raise AssertionError(f"no {types} with {data} came in {seconds} s")


def curl_stream(url, key, seconds):
    """What the stream said in that time: (event, id, data) of each."""
    done = subprocess.run(["curl", "-sN", "--max-time", str(seconds), "-H", f"Authorization: Bearer {key}", url],
                          capture_output=True, text=True, check=False)
    events = []
    for block in done.stdout.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            events.append((fields["event"], fields.get("id"), json.loads(fields["data"])))
    return events
