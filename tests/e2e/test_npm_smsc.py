"""npm smpp as an upstream that behaves as upstreams do in the field: whatever it does, each message comes to its right end,
once, and the customer hears of that once."""

import collections
import contextlib
import itertools
import struct
import threading
import time
import types

import pytest

import messaging_world as messaging
import npm_smpp
import wire_tap
from messaging_world import NUMBER, SLOW
from npm_smpp import octets
from warp_cli import proc

OK, SYSTEM_ERROR, BAD_DESTINATION, QUEUE_FULL, THROTTLED = 0, 8, 0x0B, 0x14, 0x58
SUBMIT_RESPONSE = 0x80000004
RECEIPT, UDHI = 0x04, 0x40
TLS = messaging.Certificate()
SILENCE_MS = 600 * SLOW

# Connectors, by what stands in their way: (prefix of the destination, settings).
CONNECTORS = {
    "plain": ("4910", {}),
    "numbers": ("4911", {"submit_id_form": "decimal", "receipt_id_form": "hexadecimal"}),
    "two-binds": ("4912", {"binds": 2}),
    "silent": ("4913", {"response_timeout_ms": SILENCE_MS}),
    "silent-again": ("4914", {"response_timeout_ms": SILENCE_MS, "ambiguity": "resend"}),
    "secure": ("4915", {"tls": True, "tls_server_name": "localhost", "tls_ca_file": str(TLS.file)}),
    "wide": ("4916", {"send_window": 50}),
    "closing": ("4917", {}),
}


class Upstream:
    """What came in by connector, and who answers it: `on_submit[connector](session, pdu)`; without one, it waits."""

    def __init__(self, bridge):
        self.bridge, self.on_submit = bridge, {}
        self.sessions, self.submits = collections.defaultdict(list), []
        self.arrived = threading.Condition()
        self.ids = itertools.count(0xA0000)

    def take(self, session, pdu):
        if pdu["command"].startswith("bind_"):
            session.respond(pdu, system_id="NODE")
            self.sessions[session.system_id].append(session)
        elif pdu["command"] == "submit_sm":
            with self.arrived:
                self.submits.append((session, pdu))
                self.arrived.notify_all()
            if session.system_id in self.on_submit:
                self.on_submit[session.system_id](session, pdu)

    def wait(self, text, count=1, seconds=10):
        """The first `count` submissions of a text: (session, pdu)."""
        def found():
            return [(session, pdu) for session, pdu in self.submits if pdu["short_message"]["message"] == text]
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(found()) >= count, seconds * SLOW), f"{len(found())} of {text}"
            return found()[:count]

    def count(self, text):
        return sum(pdu["short_message"]["message"] == text for _, pdu in self.submits)

    def live(self, name):
        return [session for session in self.sessions[name] if not session.closed.is_set()]

    def accept(self, session, pdu, identity=None):
        identity = identity or f"{next(self.ids):X}"
        session.respond(pdu, message_id=identity)
        return identity


def receipt_text(identity, state="DELIVRD", error="000"):
    return f"id:{identity} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:{state} err:{error} text:"


def report(session, pdu, text, command="deliver_sm", **fields):
    """The receipt of a submission, from whichever session; the response's status."""
    swapped = {"source_addr": pdu["destination_addr"], "destination_addr": pdu["source_addr"], "esm_class": RECEIPT,
               "data_coding": 0, **fields}
    if command == "deliver_sm":
        swapped["short_message"] = text
    return session.start(command, **swapped)


def taken(answer):
    assert answer.get(timeout=npm_smpp.PATIENCE)["reply"]["command_status"] == OK


class Customer:
    """A bound ESME that counts what it is told of each of its messages."""

    def __init__(self, world, esme):
        self.world, self.esme, self.numbers = world, esme, itertools.count(1)
        self.told = collections.defaultdict(list)

    def submit(self, connector, text):
        destination = f"{CONNECTORS[connector][0]}{next(self.numbers):07}"
        status, identity = self.esme.submit(NUMBER, destination, text.encode())
        assert status == OK
        return identity

    def hear(self):
        with contextlib.suppress(Exception):
            while True:
                receipt = self.esme.delivered.get_nowait()
                self.told[messaging.receipt_id(receipt)].append(receipt.octets.decode().partition("stat:")[2][:7])

    def ends(self, identity, state, word, reason=None):
        """The message has come to this end, its record is there, and the customer knows it, once."""
        record = messaging.mdr(self.world, identity, 10)
        assert record["state"] == state and reason in (None, record["reason"]), record

        def told():
            self.hear()
            return self.told[identity]
        assert proc.wait_until(told, 5 * SLOW, 0.02), f"the customer was not told of {identity}"
        assert self.told[identity] == [word]
        return record


@pytest.fixture(scope="module")
def peers(world):
    bridge, wire = npm_smpp.Bridge(), wire_tap.Wire(world.folder)
    upstream = Upstream(bridge)
    plain = wire.to_peer(bridge.listen(upstream.take))
    secure = bridge.listen(upstream.take, TLS.key, TLS.file)
    sql = messaging.account(world) + messaging.esme(world)
    for name, (prefix, settings) in CONNECTORS.items():
        host = {"host": "localhost"} if name == "secure" else {}
        sql += messaging.connector(world, name, secure if name == "secure" else plain, prefix, **host, **settings)
    messaging.change(world, sql)
    messaging.bound(world, len(CONNECTORS) + 1)
    with messaging.customer(wire.to_warp(world.warp.ports["smpp"])) as esme:
        yield types.SimpleNamespace(upstream=upstream, wire=wire, customer=Customer(world, esme))
    bridge.stop()
    wire.stop()


def one(peers, connector, text):
    """A message of this text: (its id, the upstream's session, the submit_sm)."""
    identity = peers.customer.submit(connector, text)
    (session, pdu), = peers.upstream.wait(text)
    return identity, session, pdu


def test_responses_late_and_in_reverse(peers):
    identities = [peers.customer.submit("wide", f"Reversed {number}") for number in range(8)]
    submits = [peers.upstream.wait(f"Reversed {number}")[0] for number in range(8)]
    time.sleep(0.2)
    accepted = [(session, pdu, peers.upstream.accept(session, pdu)) for session, pdu in reversed(submits)]
    for number, (session, pdu, name) in enumerate(accepted):
        taken(report(session, pdu, receipt_text(name, "DELIVRD" if number % 2 else "UNDELIV")))
    for number, identity in enumerate(reversed(identities)):
        state = ("delivered", "DELIVRD") if number % 2 else ("undelivered", "UNDELIV")
        peers.customer.ends(identity, *state)


@pytest.mark.parametrize("number,spelling", enumerate(["{:x}", "{:X}", "{:010x}", "0x{:X}"], 3_735_928_559))
def test_decimal_ids_in_responses_and_hexadecimal_ones_in_receipts(peers, number, spelling):
    identity, session, pdu = one(peers, "numbers", f"Number {number}")
    peers.upstream.accept(session, pdu, str(number))
    taken(report(session, pdu, receipt_text(spelling.format(number))))
    peers.customer.ends(identity, "delivered", "DELIVRD")


def without_body(session, pdu, status):
    session.raw(struct.pack(">IIII", 16, SUBMIT_RESPONSE, status, pdu["sequence_number"]))


def test_a_refusal_without_a_body_is_a_refusal(peers):
    identity, session, pdu = one(peers, "plain", "Refused without a body")
    without_body(session, pdu, BAD_DESTINATION)
    peers.customer.ends(identity, "failed", "REJECTD", "UPSTREAM_REFUSED")


@pytest.mark.parametrize("how", ["no body", "an empty id"])
def test_a_message_that_was_taken_without_an_id_is_sent_and_never_again(world, peers, how):
    text = f"Taken with {how}"
    identity, session, pdu = one(peers, "plain", text)
    without_body(session, pdu, OK) if how == "no body" else session.respond(pdu, message_id="")
    assert proc.wait_until(lambda: messaging.state(world, identity) == "sent", 5 * SLOW, 0.05)
    assert peers.upstream.count(text) == 1


@pytest.mark.parametrize("status", [THROTTLED, QUEUE_FULL], ids=["throttled", "queue full"])
def test_throttled_it_slows_down_and_comes_again(peers, status):
    text = f"Slower {status}"
    refusals = [2]

    def answer(session, pdu):
        if refusals[0]:
            refusals[0] -= 1
            return session.respond(pdu, command_status=status)
        name = peers.upstream.accept(session, pdu)
        report(session, pdu, receipt_text(name))
    peers.upstream.on_submit["plain"] = answer
    try:
        identity = peers.customer.submit("plain", text)
        peers.customer.ends(identity, "delivered", "DELIVRD")
    finally:
        del peers.upstream.on_submit["plain"]
    assert peers.upstream.count(text) == 3


def test_silence_is_never_answered_by_sending_again(peers):
    identity, session, pdu = one(peers, "silent", "Into the void")
    peers.customer.ends(identity, "failed", "REJECTD", "UPSTREAM_SILENT")
    session.respond(pdu, message_id="TOO-LATE")
    taken(report(session, pdu, receipt_text("TOO-LATE")))
    assert peers.upstream.count("Into the void") == 1


def test_silence_is_answered_by_sending_again_where_the_operator_says_so(peers):
    identity = peers.customer.submit("silent-again", "Anybody there")
    _, (session, pdu) = peers.upstream.wait("Anybody there", 2, 20)
    name = peers.upstream.accept(session, pdu)
    taken(report(session, pdu, receipt_text(name)))
    peers.customer.ends(identity, "delivered", "DELIVRD")


def test_a_receipt_before_the_response(peers):
    identity, session, pdu = one(peers, "plain", "Overtaken")
    taken(report(session, pdu, receipt_text("EARLY-1")))
    peers.upstream.accept(session, pdu, "EARLY-1")
    peers.customer.ends(identity, "delivered", "DELIVRD")


def test_a_receipt_by_another_bind(peers):
    identity, session, pdu = one(peers, "two-binds", "Crosswise")
    other = next(live for live in peers.upstream.live("two-binds") if live is not session)
    name = peers.upstream.accept(session, pdu)
    taken(report(other, pdu, receipt_text(name)))
    peers.customer.ends(identity, "delivered", "DELIVRD")


def tlvs(name, state=2):
    return {"receipted_message_id": name, "message_state": state}


@pytest.mark.parametrize("form", ["data sm with TLVs", "data sm with a payload", "a payload", "TLVs alone", "esm class 0",
                                  "UCS-2", "other order and dates"])
def test_receipts_of_every_form(peers, form):
    identity, session, pdu = one(peers, "plain", f"Form: {form}")
    name = peers.upstream.accept(session, pdu)
    text = receipt_text(name)
    how = {
        "data sm with TLVs": lambda: report(session, pdu, "", "data_sm", **tlvs(name)),
        "data sm with a payload": lambda: report(session, pdu, "", "data_sm", message_payload=octets(text.encode())),
        "a payload": lambda: report(session, pdu, "", message_payload=octets(text.encode())),
        "TLVs alone": lambda: report(session, pdu, "", **tlvs(name)),
        "esm class 0": lambda: report(session, pdu, text, esm_class=0),
        "UCS-2": lambda: report(session, pdu, octets(text.encode("utf-16-be")), data_coding=8),
        "other order and dates": lambda: report(
            session, pdu, f"ID:{name} STAT:DELIVERED done date:20260101000100 submit date:260101000000 dlvrd:1 sub:1 Err:0"),
    }[form]
    taken(how())
    peers.customer.ends(identity, "delivered", "DELIVRD")


@pytest.mark.parametrize("words,state,told", [
    (["ACKED", "DELIVRD"], "delivered", "DELIVRD"), (["BUFFERD", "UNDELIV"], "undelivered", "UNDELIV"),
    (["BUFFRED", "ACCEPTD", "ENROUTE", "DELIVERED"], "delivered", "DELIVRD"), (["EXPIRED"], "expired", "EXPIRED"),
    (["REJECTD"], "undelivered", "UNDELIV"), (["DELETED"], "undelivered", "UNDELIV"), (["UNKNOWN"], "undelivered", "UNDELIV")])
def test_states_as_upstreams_spell_them(world, peers, words, state, told):
    """Those that are not final end nothing."""
    identity, session, pdu = one(peers, "plain", f"States: {' '.join(words)}")
    name = peers.upstream.accept(session, pdu)
    for word in words[:-1]:
        taken(report(session, pdu, receipt_text(name, word)))
        assert messaging.mdrs(world, identity) == []
    taken(report(session, pdu, receipt_text(name, words[-1])))
    peers.customer.ends(identity, state, told)


def test_a_receipt_that_comes_twice_or_contradicts_itself_counts_once(peers):
    identity, session, pdu = one(peers, "plain", "Twice")
    name = peers.upstream.accept(session, pdu)
    for word in ("DELIVRD", "DELIVRD", "UNDELIV"):
        taken(report(session, pdu, receipt_text(name, word)))
    peers.customer.ends(identity, "delivered", "DELIVRD")


def test_a_temporary_failure_is_tried_again_later(world, peers):
    """In the first retry's five seconds it is queued, and no record claims an end."""
    identity, session, pdu = one(peers, "plain", "Not now")
    session.respond(pdu, command_status=SYSTEM_ERROR)
    assert proc.wait_until(lambda: messaging.state(world, identity) == "queued", 5 * SLOW, 0.05)
    (_, _), (session, pdu) = peers.upstream.wait("Not now", 2, 15)
    name = peers.upstream.accept(session, pdu)
    taken(report(session, pdu, receipt_text(name)))
    peers.customer.ends(identity, "delivered", "DELIVRD")


def test_an_upstream_with_tls(peers):
    identity, session, pdu = one(peers, "secure", "Behind the curtain")
    name = peers.upstream.accept(session, pdu)
    taken(report(session, pdu, receipt_text(name)))
    peers.customer.ends(identity, "delivered", "DELIVRD")


def test_a_session_that_ends_with_a_message_on_the_wire(peers):
    """Ambiguous: not sent again. The bind comes back by itself, and the next message goes out."""
    identity, session, pdu = one(peers, "closing", "Cut off")
    session.close()
    peers.customer.ends(identity, "failed", "REJECTD", "UPSTREAM_SILENT")
    assert proc.wait_until(lambda: peers.upstream.live("closing"), 15 * SLOW, 0.05)
    assert peers.upstream.count("Cut off") == 1
    identity, session, pdu = one(peers, "closing", "Back again")
    taken(report(session, pdu, receipt_text(peers.upstream.accept(session, pdu))))
    peers.customer.ends(identity, "delivered", "DELIVRD")


def test_an_unbind_of_the_upstream_is_answered_and_the_bind_comes_back(peers):
    session, = peers.upstream.live("closing")
    assert session.send("unbind")["command"] == "unbind_resp"
    session.close()
    assert proc.wait_until(lambda: [live for live in peers.upstream.live("closing") if live is not session], 15 * SLOW, 0.05)
    identity, session, pdu = one(peers, "closing", "After the unbind")
    taken(report(session, pdu, receipt_text(peers.upstream.accept(session, pdu))))
    peers.customer.ends(identity, "delivered", "DELIVRD")


def test_in_all_of_that_nobody_was_told_twice_and_tshark_found_no_fault(peers):
    identity, session, pdu = one(peers, "plain", "The last one")
    taken(report(session, pdu, receipt_text(peers.upstream.accept(session, pdu))))
    peers.customer.ends(identity, "delivered", "DELIVRD")
    assert {identity: words for identity, words in peers.customer.told.items() if len(words) != 1} == {}
    assert peers.wire.faults("ip.src == 127.0.0.1") == []
    assert {0x00000004, 0x00000005, 0x80000004, 0x80000005, 0x80000103} <= peers.wire.commands(by_warp=True).keys()
