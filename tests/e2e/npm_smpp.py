"""npm smpp as ESME and as SMSC, driven from the tests (tools/smpp_bridge.js says how)."""

import contextlib
import itertools
import json
import queue
import threading

import harness
from warp_cli import node

PATIENCE = 10 * harness.SLOW


def octets(data):
    """As a field of a PDU."""
    return {"hex": bytes(data).hex()}


class Bridge:
    """One node process, any number of sessions and servers in it."""

    def __init__(self):
        self.process = node.spawn(harness.TOOLS / "smpp_bridge.js")
        self.numbers, self.answers, self.lock = itertools.count(1), {}, threading.Lock()
        self.sessions, self.servers, self.errors = {}, {}, []
        threading.Thread(target=self._read, daemon=True).start()

    def start(self, do, **arguments):
        """The queue that the answer will be in."""
        number, answer = next(self.numbers), queue.Queue()
        self.answers[number] = answer
        with self.lock:
            self.process.stdin.write(json.dumps({"id": number, "do": do, **arguments}) + "\n")
            self.process.stdin.flush()
        return answer

    def call(self, do, **arguments):
        answer = self.start(do, **arguments).get(timeout=PATIENCE)
        assert "failed" not in answer, answer
        return answer

    def _read(self):
        for line in self.process.stdout:
            said = json.loads(line)
            if "id" in said:
                self.answers.pop(said["id"]).put(said)
            elif said["event"] == "session":
                self.sessions[said["session"]] = Session(self, said["session"], self.servers[said["server"]])
            elif said["event"] == "pdu":
                self.sessions[said["session"]].take(said["pdu"])
            elif said["event"] == "closed":
                self.sessions[said["session"]].closed.set()
            else:
                self.errors.append(said)

    def connect(self, port, tls=False, ca=None):
        name = f"esme-{next(self.numbers)}"
        session = self.sessions[name] = Session(self, name)
        self.call("connect", session=name, port=port, tls=tls, ca=ca and str(ca))
        return session

    def listen(self, on_request, key=None, certificate=None):
        """The port of an SMSC whose requests go to `on_request(session, pdu)`, which must not wait."""
        name = f"smsc{next(self.numbers)}"
        self.servers[name] = on_request
        return self.call("listen", server=name, key=key and str(key), cert=certificate and str(certificate))["port"]

    def stop(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.wait(5)


class Session:
    def __init__(self, bridge, name, on_request=None):
        self.bridge, self.name, self.on_request = bridge, name, on_request
        self.requests, self.closed, self.unbound = queue.Queue(), threading.Event(), threading.Event()
        self.system_id = None

    def take(self, pdu):
        if pdu["command"].startswith("bind_"):
            self.system_id = pdu["system_id"]
        if pdu["command"] == "unbind":
            self.unbound.set()
        elif self.on_request:
            self.on_request(self, pdu)
        else:
            if pdu["command"] == "deliver_sm":
                self.respond(pdu)
            self.requests.put(pdu)

    def start(self, command, **fields):
        return self.bridge.start("send", session=self.name, pdu=command, fields=fields)

    def send(self, command, **fields):
        """The response, or None when the session ended instead."""
        answer = self.start(command, **fields).get(timeout=PATIENCE)
        assert "failed" not in answer, answer
        return answer["reply"]

    def respond(self, pdu, **fields):
        self.bridge.start("respond", session=self.name, pdu=pdu["command"] + "_resp", sequence=pdu["sequence_number"],
                          fields=fields)

    def raw(self, data):
        self.bridge.start("raw", session=self.name, hex=data.hex())

    def close(self):
        self.bridge.call("close", session=self.name)
