"""Kannel on both sides: bearerbox and smsbox as a customer, drive_smpp as an upstream."""

import collections
import subprocess
import types

import pytest

import handset
import harness
import kannel
import messaging_world as messaging
import wire_tap
from messaging_world import NUMBER, SLOW
from warp_cli import proc, smpp_peers

PASSWORD = "sesame"  # Kannel cuts longer ones to the standard's eight characters
DELIVERED, FAILED, BUFFERED, ACCEPTED, REFUSED = 1, 2, 4, 8, 16  # Kannel's %d
LONG = "Kannel cuts long text by itself, and WARP carries the parts as they are. " * 5


@pytest.fixture(scope="module")
def peers(world):
    smsc, wire = smpp_peers.Smsc(), wire_tap.Wire(world.folder)
    messaging.change(world, messaging.account(world) + messaging.esme(world, "kannel", PASSWORD)
                     + messaging.connector(world, "upstream", wire.to_peer(smsc.port), "44")
                     + messaging.inbound_by_smpp(world, NUMBER, "kannel"))
    assert smsc.binds.get(timeout=10 * SLOW) == "upstream"
    box = kannel.Kannel(world.folder, wire.to_warp(world.warp.ports["smpp"]), "kannel", PASSWORD)
    try:
        box.start()
        yield types.SimpleNamespace(smsc=smsc, wire=wire, kannel=box)
    finally:
        box.stop()
        smsc.stop()
        wire.stop()


def receipts(peers, mark, wanted):
    """The types of the receipts that Kannel gave to the dlr-url with this mark."""
    seen = []
    while len(seen) < wanted:
        said = peers.kannel.receipts.get(timeout=20 * SLOW)
        assert said["mark"] == mark
        seen.append(int(said["type"]))
    return sorted(seen)  # smsbox tells of several at once


def test_kannel_sends_and_hears_what_became_of_it(peers):
    peers.kannel.send(NUMBER, "447700900301", "Hello from Kannel", "first")
    name, submitted = peers.smsc.submits.get(timeout=5 * SLOW)
    assert (submitted.source, submitted.destination, submitted.octets) == (NUMBER, "447700900301", b"Hello from Kannel")
    assert receipts(peers, "first", 2) == [BUFFERED, ACCEPTED]  # it asks for words on the way too
    assert peers.smsc.receipt(name, submitted) == smpp_peers.OK
    assert receipts(peers, "first", 1) == [DELIVERED]


def test_kannel_hears_of_a_failure(peers):
    peers.kannel.send(NUMBER, "447700900302", "To nobody", "second")
    name, submitted = peers.smsc.submits.get(timeout=5 * SLOW)
    assert receipts(peers, "second", 2) == [BUFFERED, ACCEPTED]
    assert peers.smsc.receipt(name, submitted, "UNDELIV", "001") == smpp_peers.OK
    assert receipts(peers, "second", 1) == [FAILED]


def test_kannel_hears_of_a_refusal(peers):
    """A sender that is not its own."""
    peers.kannel.send("12025550199", "447700900303", "Not mine", "third")
    assert receipts(peers, "third", 1) == [REFUSED]


@pytest.mark.parametrize("text", [LONG, "Кто это написал? 👩‍👩‍👧‍👦 " * 12], ids=["GSM", "UCS-2"])
def test_long_text_that_kannel_cut(peers, text):
    """Kannel asks for the receipt of one part; each part is a message to WARP."""
    phone, to, parts = handset.Handset(cut_by_us=False), "447700900304" if text.isascii() else "447700900305", []
    peers.kannel.send(NUMBER, to, text, "long")
    while to not in phone.texts:
        parts.append(peers.smsc.submits.get(timeout=5 * SLOW))
        phone.take(parts[-1][1])
    assert phone.texts[to] == text
    for part in parts:
        assert peers.smsc.receipt(*part) == smpp_peers.OK
    assert len(parts) >= 3
    assert receipts(peers, "long", 3) == [DELIVERED, BUFFERED, ACCEPTED]


@pytest.mark.parametrize("text", ["Hello Kannel", LONG, "Привет, Kannel! " * 20], ids=["short", "long", "long UCS-2"])
def test_what_comes_in_reaches_kannel(peers, text):
    for part in handset.parts(text, "udh8", len(text) & 0xFF):
        assert peers.smsc.deliver(handset.pdu("447700900306", NUMBER, part)) == smpp_peers.OK
    whole = []
    # Kannel may put parts together itself, in whatever number of requests.
    while sum(map(len, whole)) < len(text.strip()):
        said = peers.kannel.messages.get(timeout=5 * SLOW)
        assert (said["from"].lstrip("+"), said["to"].lstrip("+")) == ("447700900306", NUMBER)
        octets = said["text"].encode("latin-1")
        whole.append(octets.decode("utf-16-be" if said["coding"] == "2" else "utf-8"))
    assert "".join(whole).strip() == text.strip()


def test_a_few_hundred_at_once(peers):
    wanted = {f"4477009{number:05}": f"Number {number}" for number in range(300)}
    for to, text in wanted.items():
        peers.kannel.send(NUMBER, to, text, "many")
    got = {}
    for _ in wanted:
        name, submitted = peers.smsc.submits.get(timeout=20 * SLOW)
        got[submitted.destination] = submitted.octets.decode()
        assert peers.smsc.receipt(name, submitted) == smpp_peers.OK
    assert got == wanted
    assert collections.Counter(receipts(peers, "many", 900)) == {ACCEPTED: 300, BUFFERED: 300, DELIVERED: 300}


def test_kannel_comes_back_after_a_crash_of_warp(world, peers):
    """A receipt that came meanwhile, and what the upstream says only afterwards, reach it."""
    peers.kannel.send(NUMBER, "447700900308", "Before the crash", "crash")
    name, submitted = peers.smsc.submits.get(timeout=5 * SLOW)
    assert receipts(peers, "crash", 2) == [BUFFERED, ACCEPTED]
    sent = "SELECT state FROM sms.messages WHERE recipient = '447700900308'"
    assert proc.wait_until(lambda: world.warp.postgres.sql(sent) == [["sent"]], 5 * SLOW, 0.02)
    world.process.kill()
    world.process.wait()
    world.run()
    assert peers.smsc.binds.get(timeout=10 * SLOW) == "upstream"
    peers.kannel.send(NUMBER, "447700900309", "After the crash", "again")
    after = peers.smsc.submits.get(timeout=10 * SLOW)
    assert after[1].octets == b"After the crash"
    assert receipts(peers, "again", 2) == [BUFFERED, ACCEPTED]
    for mark, part in (("crash", (name, submitted)), ("again", after)):
        assert peers.smsc.receipt(*part) == smpp_peers.OK
        assert receipts(peers, mark, 1) == [DELIVERED]


def test_a_few_thousand_to_drive_smpp(world, peers):
    """It gives no ids and no receipts: what it took is sent, once. What it delivers is for a number that nobody has."""
    deliveries, count = 200, 3000
    driven = kannel.DriveSmpp(world.folder, deliveries)
    book = world.folder / "customer.book"
    try:
        messaging.change(world, messaging.connector(world, "driven", peers.wire.to_peer(driven.port), "46", bind_type="tx+rx",
                                                    send_window=50))
        customer = subprocess.Popen(["/usr/bin/python3", str(harness.TOOLS / "load_esme.py"), str(world.warp.ports["smpp"]),
                                     "kannel", PASSWORD, NUMBER, "46", "2000", str(book), str(count)])
        try:
            assert proc.wait_until(lambda: len(driven.taken()) >= count, 20 * SLOW, 0.2), len(driven.taken())
        finally:
            customer.terminate()
            customer.wait()
        assert collections.Counter(driven.taken()) == collections.Counter(f"Text {number}" for number in range(count))
        sent = "SELECT count(*) FROM sms.messages WHERE recipient LIKE '46%' AND state = 'sent'"
        assert proc.wait_until(lambda: world.warp.postgres.sql(sent) == [[str(count)]], 10 * SLOW, 0.1)
        assert proc.wait_until(
            lambda: world.warp.daemon.metric("warp_sms_inbound_unknown_total") == deliveries, 10 * SLOW, 0.1)
        assert driven.process.poll() is None
    finally:
        driven.stop()


def test_what_crossed_the_wire_is_sound_to_tshark(peers):
    peers.kannel.send(NUMBER, "447700900307", "The last one", "last")
    peers.smsc.submits.get(timeout=5 * SLOW)
    assert peers.wire.faults() == []
    assert {4, 5, 0x80000004, 0x80000005} <= peers.wire.commands().keys()
