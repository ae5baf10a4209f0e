"""npm smpp as a customer's ESME: what a program that we did not write sees of WARP, plain and by TLS."""

import contextlib
import queue
import signal
import struct
import types

import pytest

import messaging_world as messaging
import npm_smpp
import wire_tap
from messaging_world import NUMBER, PASSWORD, SLOW
from npm_smpp import octets
from warp_cli import proc, smpp_peers

HANDSET = "447700900123"
TLS = messaging.Certificate()
PORTS = {}
UDHI, RECEIPT = 0x40, 0x04
OK, INVALID_PASSWORD, THROTTLED, QUERY_FAILED, CANCEL_FAILED = 0, 0x0E, 0x58, 0x67, 0x11
CONCATENATED, CONCATENATED_WIDE = 0x00, 0x08  # information elements
REFERENCE, TOTAL, PART = 0x020C, 0x020E, 0x020F  # TLVs


def with_tls(settings):
    PORTS["tls"] = messaging.tls_listener(settings, TLS)


WORLD = {"change": with_tls}


def provision(world, smsc_port):
    messaging.change(world, messaging.account(world) + messaging.esme(world) + messaging.esme(world, "slow", mps=5)
                     + messaging.connector(world, "upstream", smsc_port, "44") + messaging.inbound_by_smpp(world, NUMBER, "tenant"))


@pytest.fixture(scope="module")
def peers(world):
    smsc, bridge, wire = smpp_peers.Smsc(), npm_smpp.Bridge(), wire_tap.Wire(world.folder)
    provision(world, wire.to_peer(smsc.port))
    assert smsc.binds.get(timeout=10 * SLOW) == "upstream"
    yield types.SimpleNamespace(smsc=smsc, bridge=bridge, wire=wire, port=wire.to_warp(world.warp.ports["smpp"]))
    bridge.stop()
    smsc.stop()
    wire.stop()


@contextlib.contextmanager
def bound(peers, system_id="tenant", how="bind_transceiver", tls=False):
    session = (peers.bridge.connect(PORTS["tls"], tls=True, ca=TLS.file) if tls else peers.bridge.connect(peers.port))
    reply = session.send(how, system_id=system_id, password=PASSWORD, interface_version=0x34)
    assert reply["command_status"] == OK and reply["command"] == how + "_resp", reply
    yield session
    assert session.send("unbind")["command"] == "unbind_resp"
    session.close()
    assert session.closed.wait(npm_smpp.PATIENCE)
    assert not peers.bridge.errors


def message(text="Hello", to=HANDSET, **fields):
    return {"source_addr": NUMBER, "source_addr_ton": 1, "source_addr_npi": 1, "destination_addr": to,
            "dest_addr_ton": 1, "dest_addr_npi": 1, "registered_delivery": 1, "data_coding": 0, "short_message": text, **fields}


def submit(session, **fields):
    """The id that WARP gave it."""
    reply = session.send("submit_sm", **message(**fields))
    assert reply["command_status"] == OK, reply
    return reply["message_id"]


def taken(peers):
    return peers.smsc.submits.get(timeout=5 * SLOW)


def receipt_of(session, wanted, state="DELIVRD"):
    pdu = session.requests.get(timeout=5 * SLOW)
    assert pdu["command"] == "deliver_sm" and pdu["esm_class"] & 0x3C == RECEIPT
    assert pdu["receipted_message_id"].rstrip("\0") == wanted
    assert pdu["short_message"]["message"].startswith(f"id:{wanted} ") and f"stat:{state}" in pdu["short_message"]["message"]
    return pdu


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_it_binds_submits_and_gets_its_receipt(peers, tls):
    with bound(peers, tls=tls) as session:
        identity = submit(session, text="Hello from node")
        name, submitted = taken(peers)
        assert submitted.octets == b"Hello from node"
        assert peers.smsc.receipt(name, submitted) == OK
        pdu = receipt_of(session, identity)
        assert (pdu["source_addr"], pdu["destination_addr"], pdu["message_state"]) == (HANDSET, NUMBER, 2)


def test_a_wrong_password_is_refused_and_the_session_ends(peers):
    session = peers.bridge.connect(peers.port)
    assert session.send("submit_sm", **message())["command_status"] == 4  # ESME_RINVBNDSTS
    session.close()
    session = peers.bridge.connect(peers.port)
    assert session.send("bind_transceiver", system_id="tenant", password="guessed")["command_status"] == INVALID_PASSWORD
    session.close()


def test_a_transmitters_receipts_go_to_the_receiver(peers):
    with bound(peers, how="bind_receiver") as receiver, bound(peers, how="bind_transmitter") as transmitter:
        identity = submit(transmitter)
        assert peers.smsc.receipt(*taken(peers)) == OK
        receipt_of(receiver, identity)
        assert transmitter.requests.empty()
        refused = receiver.send("submit_sm", **message())
        assert refused["command_status"] == 4


def test_what_it_missed_waits_for_its_next_bind(world, peers):
    with bound(peers) as session:
        identity = submit(session, text="And then it left")
        name, submitted = taken(peers)
    assert peers.smsc.receipt(name, submitted) == OK
    assert peers.smsc.deliver(smpp_peers.message_body(HANDSET, NUMBER, b"Are you there")) == OK
    assert messaging.mdr(world, identity)["state"] == "delivered"
    with bound(peers, how="bind_transmitter") as session:
        assert session.send("enquire_link")["command"] == "enquire_link_resp"
        assert session.requests.empty()
    with bound(peers) as session:
        receipt_of(session, identity)
        inbound = session.requests.get(timeout=5 * SLOW)
        assert (inbound["source_addr"], inbound["esm_class"], inbound["short_message"]["message"]) == \
            (HANDSET, 0, "Are you there")
    with bound(peers) as session:
        assert session.send("enquire_link")["command"] == "enquire_link_resp"
        assert session.requests.empty()


def test_what_it_could_not_take_comes_again(peers):
    """ESME_RX_T_APPN is temporary, and a session that ends without an answer says nothing."""
    session = peers.bridge.connect(peers.port)
    requests = queue.Queue()
    session.on_request = lambda _, pdu: requests.put(pdu)
    assert session.send("bind_transceiver", system_id="tenant", password=PASSWORD)["command_status"] == OK
    owed = set()
    for answer in (lambda pdu: session.respond(pdu, command_status=0x64), lambda _: session.close()):
        owed.add(submit(session, text="Not so fast"))
        assert peers.smsc.receipt(*taken(peers)) == OK
        answer(requests.get(timeout=5 * SLOW))
    with bound(peers) as session:
        told = [session.requests.get(timeout=10 * SLOW)["receipted_message_id"].rstrip("\0") for _ in owed]
        assert set(told) == owed and len(told) == len(owed)


LONG = "".join(f"{number:03} The quick brown fox jumps over the lazy dog; " for number in range(8))
PARTS = [LONG[at:at + 150] for at in range(0, len(LONG), 150)]


def element(tag, reference, total, number):
    body = (reference.to_bytes(2, "big") if tag == CONCATENATED_WIDE else bytes([reference & 0xFF])) + bytes([total, number])
    return bytes([len(body) + 2, tag, len(body)]) + body


def of_parts(peers, session, fields_of):
    """Submits LONG in parts; checks that they come out whole; one receipt each, for each was submitted for itself."""
    identities = [submit(session, **fields_of(number, part)) for number, part in enumerate(PARTS, 1)]
    seen = {}
    for _ in PARTS:
        name, submitted = taken(peers)
        assert submitted.esm_class & UDHI
        header, text = submitted.octets[:submitted.octets[0] + 1], submitted.octets[submitted.octets[0] + 1:]
        total, number = header[-2:]
        assert total == len(PARTS) and number not in seen
        seen[number] = (name, submitted, header[:-1], text)
    assert len({header for *_, header, _ in seen.values()}) == 1, "one reference for all"
    assert b"".join(seen[number][3] for number in sorted(seen)).decode() == LONG
    for number in sorted(seen):
        assert peers.smsc.receipt(*seen[number][:2]) == OK
        receipt_of(session, identities[number - 1])
    return header


@pytest.mark.parametrize("tag", [CONCATENATED, CONCATENATED_WIDE], ids=["udh8", "udh16"])
def test_long_text_that_it_cut_by_user_data_headers(peers, tag):
    with bound(peers) as session:
        of_parts(peers, session, lambda number, part: {
            "esm_class": UDHI, "text": octets(element(tag, 0x5A, len(PARTS), number) + part.encode())})


def test_long_text_that_it_cut_by_sar_tlvs(peers):
    with bound(peers) as session:
        of_parts(peers, session, lambda number, part: {
            "text": part, "sar_msg_ref_num": 7, "sar_total_segments": len(PARTS), "sar_segment_seqnum": number})


def test_long_text_in_a_payload_is_one_message_with_one_receipt(world, peers):
    with bound(peers) as session:
        identity = submit(session, text="", message_payload=octets(LONG.encode()))
        parts = [taken(peers) for _ in range(3)]
        assert b"".join(part.octets[part.octets[0] + 1:] for _, part in parts).decode() == LONG
        for part in parts:
            assert session.requests.empty()
            assert peers.smsc.receipt(*part) == OK
        receipt_of(session, identity)
        record = messaging.mdr(world, identity)
        assert (record["state"], record["segments"]) == ("delivered", "3")
    assert session.requests.empty()


def test_submit_multi_says_which_destinations_it_refused(world, peers):
    good = ["447700900201", "447700900202"]
    with bound(peers) as session:
        fields = message("To many", dest_address=[{"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": to}
                                                  for to in (*good, "12")])
        del fields["destination_addr"], fields["dest_addr_ton"], fields["dest_addr_npi"]
        reply = session.send("submit_multi", **fields)
        assert reply["command"] == "submit_multi_resp" and reply["command_status"] == OK and reply["message_id"]
        assert [refused["destination_addr"] for refused in reply["unsuccess_sme"]] == ["12"]
        assert reply["unsuccess_sme"][0]["error_status_code"] == 0x0B  # ESME_RINVDSTADR
        parts = [taken(peers) for _ in good]
        assert {submitted.destination for _, submitted in parts} == set(good)
        for part in parts:
            assert peers.smsc.receipt(*part) == OK
        receipts = [session.requests.get(timeout=5 * SLOW) for _ in good]
        assert {pdu["source_addr"] for pdu in receipts} == set(good)
        assert reply["message_id"] in {pdu["receipted_message_id"].rstrip("\0") for pdu in receipts}


def test_query_and_cancel(world, peers):
    with bound(peers) as session:
        identity = submit(session, schedule_delivery_time="000000010000000R")  # in an hour
        asked = session.send("query_sm", message_id=identity, source_addr=NUMBER)
        assert (asked["command_status"], asked["message_id"]) == (OK, identity)
        assert asked["message_state"] in (0, 1, 6)  # scheduled, enroute, accepted
        cancelled = session.send("cancel_sm", message_id=identity, source_addr=NUMBER, destination_addr=HANDSET)
        assert cancelled["command_status"] == OK
        receipt_of(session, identity, "DELETED")
        assert messaging.mdr(world, identity)["state"] == "cancelled"
        again = session.send("cancel_sm", message_id=identity, source_addr=NUMBER, destination_addr=HANDSET)
        assert again["command_status"] == CANCEL_FAILED
        unknown = session.send("query_sm", message_id="no-such-id", source_addr=NUMBER)
        assert unknown["command_status"] == QUERY_FAILED
    assert peers.smsc.submits.empty()


def test_over_its_rate_it_is_throttled_and_still_alive(peers):
    with bound(peers, "slow") as session:
        answers = [session.start("submit_sm", **message(f"Burst {number}")) for number in range(20)]
        assert session.send("enquire_link")["command"] == "enquire_link_resp"
        statuses = [answer.get(timeout=npm_smpp.PATIENCE)["reply"]["command_status"] for answer in answers]
        accepted = statuses.count(OK)
        assert set(statuses) == {OK, THROTTLED} and 5 <= accepted <= 10, statuses

        def once_more():
            reply = session.send("submit_sm", **message("After a rest"))
            return reply["command_status"] == OK
        assert proc.wait_until(once_more, 5 * SLOW, 0.2)
        for _ in range(accepted + 1):
            assert peers.smsc.receipt(*taken(peers)) == OK
            session.requests.get(timeout=5 * SLOW)


def test_a_command_that_nobody_knows_gets_a_generic_nack_and_the_session_lives(peers):
    with bound(peers) as session:
        session.raw(bytes.fromhex("00000010000000770000000000000abc"))
        pdu = session.requests.get(timeout=5 * SLOW)
        assert (pdu["command"], pdu["command_status"], pdu["sequence_number"]) == ("generic_nack", 3, 0xABC)
        assert session.send("enquire_link")["command"] == "enquire_link_resp"


def test_many_at_once_each_have_an_id_and_one_receipt(peers):
    """More than its window in flight: what is over it is told so, and comes again."""
    with bound(peers) as session:
        waiting, identities, texts = {f"Number {number}" for number in range(300)}, {}, []
        while waiting:
            batch = sorted(waiting)[:40]
            answers = {text: session.start("submit_sm", **message(text)) for text in batch}
            for text, answer in answers.items():
                reply = answer.get(timeout=npm_smpp.PATIENCE)["reply"]
                if reply["command_status"] == OK:
                    identities[reply["message_id"]] = text
                    waiting.discard(text)
        assert len(identities) == 300
        for _ in range(300):
            name, submitted = taken(peers)
            texts.append(submitted.octets.decode())
            assert peers.smsc.receipt(name, submitted) == OK
        assert sorted(texts) == sorted(identities.values())
        told = [session.requests.get(timeout=5 * SLOW)["receipted_message_id"].rstrip("\0") for _ in range(300)]
        assert sorted(told) == sorted(identities)


def test_what_crossed_the_wire_is_sound_to_tshark(peers):
    with bound(peers) as session:
        submit(session, text="The last one")
        assert peers.smsc.receipt(*taken(peers)) == OK
        session.requests.get(timeout=5 * SLOW)
    assert peers.wire.faults("ip.src == 127.0.0.1") == []
    seen = peers.wire.commands(by_warp=True)
    assert {0x00000004, 0x00000005, 0x80000004, 0x80000009, 0x80000021} <= seen.keys(), seen


def test_tshark_sees_what_is_wrong(tmp_path):
    """The check above can fail: a destination without its end, and a user data header longer than its message."""
    wire = wire_tap.Wire(tmp_path)
    good = smpp_peers.message_body(NUMBER, HANDSET, b"Hello")
    bad = smpp_peers.message_body(NUMBER, HANDSET, b"\x05\x00\x03\x01\x02", esm_class=UDHI)
    for body in (good, good[:20], bad):
        conversation = wire.capture.conversation(server_is_warp=False)
        conversation.add(True, struct.pack(">IIII", 16 + len(body), 4, 0, 1) + body)
    faulty = wire.faults("ip.src == 127.0.0.1")
    wire.stop()
    assert [line.split("\t")[0] for line in faulty] == ["2", "3"]


def test_a_daemon_that_stops_unbinds_its_customers(own_world):
    world = own_world()
    smsc, bridge = smpp_peers.Smsc(), npm_smpp.Bridge()
    try:
        provision(world, smsc.port)
        assert smsc.binds.get(timeout=10 * SLOW) == "upstream"
        session = bridge.connect(world.warp.ports["smpp"])
        assert session.send("bind_transceiver", system_id="tenant", password=PASSWORD)["command_status"] == OK
        answered = session.start("submit_sm", **message("Before the end"))
        answer = answered.get(timeout=npm_smpp.PATIENCE)["reply"]
        assert answer["command_status"] == OK
        world.process.send_signal(signal.SIGTERM)
        assert session.unbound.wait(10 * SLOW) and session.closed.wait(10 * SLOW)
        assert world.process.wait(20 * SLOW) == 0
    finally:
        bridge.stop()
        smsc.stop()
