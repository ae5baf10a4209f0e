"""SMPP 3.4 by the book, apart from the daemon's: an upstream's SMSC and a customer's ESME, for the demo and the tests."""

import collections
import contextlib
import itertools
import queue
import socket
import struct
import threading

GENERIC_NACK, SUBMIT_SM, DELIVER_SM, UNBIND, BIND_TRANSCEIVER, ENQUIRE_LINK = 0x80000000, 4, 5, 6, 9, 0x15
RESPONSE = 0x80000000
OK, INVALID_PASSWORD = 0, 0x0E
UDHI, MESSAGE_PAYLOAD = 0x40, 0x0424

Message = collections.namedtuple("Message", "source destination esm_class registered_delivery data_coding octets tlvs")


def cstring(text):
    return text.encode() + b"\0"


def message_body(source, destination, octets, esm_class=0, registered_delivery=0, data_coding=0, tlvs=()):
    """Of submit_sm and deliver_sm alike. `tlvs`: (tag, octets)."""
    body = cstring("") + bytes([1, 1]) + cstring(source) + bytes([1, 1]) + cstring(destination)
    body += bytes([esm_class, 0, 0]) + cstring("") + cstring("")
    body += bytes([registered_delivery, 0, data_coding, 0, len(octets)]) + octets
    return body + b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in tlvs)


class _Reader:
    def __init__(self, octets):
        self.octets, self.at = octets, 0

    def cstring(self):
        end = self.octets.index(0, self.at)
        text, self.at = self.octets[self.at:end].decode("latin-1"), end + 1
        return text

    def take(self, count):
        piece, self.at = self.octets[self.at:self.at + count], self.at + count
        assert len(piece) == count, "a PDU is too short"
        return piece


def read_message(body):
    reader = _Reader(body)
    reader.cstring()
    reader.take(2)
    source = reader.cstring()
    reader.take(2)
    destination = reader.cstring()
    esm_class = reader.take(3)[0]
    reader.cstring(), reader.cstring()
    registered, _, data_coding, _, length = reader.take(5)
    octets = reader.take(length)
    tlvs = {}
    while reader.at < len(body):
        tag, size = struct.unpack(">HH", reader.take(4))
        tlvs[tag] = reader.take(size)
    return Message(source, destination, esm_class, registered, data_coding, octets, tlvs)


class Session:
    """One connection. A thread reads; requests of the far end go to `handle`, which answers (status, body)."""

    def __init__(self, connection, handle):
        self.connection, self.handle = connection, handle
        self.system_id = None  # of who bound, for an Smsc
        self.numbers, self.waiting = itertools.count(1), {}
        self.lock = threading.Lock()
        self.answering = threading.RLock()  # what `handle` took is answered before close() ends it
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def request(self, command, body=b"", seconds=30):
        """(status, body) of the response."""
        number, answer = next(self.numbers), queue.Queue()
        self.waiting[number] = answer
        self._send(command, 0, number, body)
        return answer.get(timeout=seconds)

    def close(self):
        with self.answering, contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.connection.close()

    def _send(self, command, status, number, body):
        with self.lock:
            self.connection.sendall(struct.pack(">IIII", 16 + len(body), command, status, number) + body)

    def _exactly(self, count):
        octets = b""
        while len(octets) < count:
            piece = self.connection.recv(count - len(octets))
            if not piece:
                raise ConnectionError("the far end is gone")
            octets += piece
        return octets

    def _read(self):
        try:
            while True:
                length, command, status, number = struct.unpack(">IIII", self._exactly(16))
                body = self._exactly(length - 16)
                if command & RESPONSE:
                    waiting = self.waiting.pop(number, None)
                    if waiting:
                        waiting.put((status, body))
                elif command == UNBIND:
                    self._send(UNBIND | RESPONSE, OK, number, b"")
                    return
                elif command == ENQUIRE_LINK:
                    self._send(ENQUIRE_LINK | RESPONSE, OK, number, b"")
                else:
                    with self.answering:
                        answer_status, answer = self.handle(self, command, body)
                        self._send(command | RESPONSE, answer_status, number, answer)
        except OSError:
            pass
        finally:
            self.closed.set()
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)


class Smsc:
    """Takes every bind_transceiver and submit_sm; ids are its own. `submits` holds (id, Message)."""

    def __init__(self, ip="127.0.0.1", port=0):
        self.listener = socket.create_server((ip, port))
        self.port = self.listener.getsockname()[1]
        self.submits, self.binds = queue.Queue(), queue.Queue()
        self.sessions, self.ids = [], itertools.count(0x5000)
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.sessions.append(Session(connection, self._handle))

    def _handle(self, session, command, body):
        if command == BIND_TRANSCEIVER:
            session.system_id = _Reader(body).cstring()
            self.binds.put(session.system_id)
            return OK, cstring("SMSC")
        if command == SUBMIT_SM:
            name = f"{next(self.ids):x}"
            self.submits.put((name, read_message(body)))
            return OK, cstring(name)
        return 0x03, b""

    def deliver(self, body):
        """By the last bind that lives; the status of the response."""
        session = next(s for s in reversed(self.sessions) if not s.closed.is_set())
        return session.request(DELIVER_SM, body)[0]

    def receipt(self, name, message, state="DELIVRD", error="000"):
        text = f"id:{name} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:{state} err:{error} text:"
        return self.deliver(message_body(message.destination, message.source, text.encode(), esm_class=4))

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for session in self.sessions:
            session.close()
        self.thread.join(5)


class Esme:
    """A customer's transceiver. What it is given stands in `delivered` as Messages."""

    def __init__(self, port, ip="127.0.0.1"):
        self.delivered = queue.Queue()
        self.session = Session(socket.create_connection((ip, port), timeout=None), self._handle)

    def _handle(self, session, command, body):
        if command != DELIVER_SM:
            return 0x03, b""
        self.delivered.put(read_message(body))
        return OK, b"\0"

    def bind(self, system_id, password):
        body = cstring(system_id) + cstring(password) + cstring("") + bytes([0x34, 0, 0]) + cstring("")
        return self.session.request(BIND_TRANSCEIVER, body)[0]

    def submit(self, source, destination, octets, registered_delivery=1, **fields):
        """(status, message id)"""
        status, body = self.session.request(
            SUBMIT_SM, message_body(source, destination, octets, registered_delivery=registered_delivery, **fields))
        return status, body.split(b"\0")[0].decode()

    def close(self):
        self.session.close()
