"""Capture: what SIPp sent and got is what the capture server has, both legs under one name; a server that is away hurts
nobody. The messages are taken out of HEP here and read by tshark."""

import json
import pathlib
import tempfile

import pytest

import harness
import hep_sink
import test_decoder
from harness import SLOW
from warp_cli import proc

pytestmark = pytest.mark.usefixtures("world")

KEY = pathlib.Path(tempfile.mkdtemp(prefix="warp-capture-")) / "key"
UDP, TCP = hep_sink.Sink(stream=False), hep_sink.Sink(stream=True)


def settings(config):
    KEY.write_text("open sesame\n")
    KEY.parent.chmod(0o755)
    config["capture"] = {"targets": f"udp://127.0.0.1:{UDP.port} tcp://127.0.0.1:{TCP.port} tcp://127.0.0.1:1",
                         "capture_id": 4711, "auth_key": {"file": str(KEY)}}


WORLD = {"change": settings}


@pytest.fixture(scope="module", autouse=True)
def sinks():
    yield
    UDP.stop()
    TCP.stop()


def call(world):
    with world.audio() as (customer, carrier):
        with world.answering(audio_port=carrier.port) as callee, \
                world.caller(audio_port=customer.port, hold_ms=700) as caller:
            carrier.start(callee.media_address())
            customer.start(caller.media_address())
            caller.expect_success(15 * SLOW)
            callee.expect_success(10)
    return caller, callee


def sip_of(sink, name, least):
    proc.wait_until(lambda: len([p for p in sink.of(name) if p["type"] == 1]) >= least, 5 * SLOW, 0.05)
    return [packet for packet in sink.of(name) if packet["type"] == 1]


def test_both_legs_are_there_as_they_were(world, tmp_path):
    caller, callee = call(world)
    name = harness.call_id(caller)
    ours = test_decoder.received(caller) + test_decoder.received(callee)
    packets = sip_of(UDP, name, 2 * len(ours) - 1)
    payloads = [packet["payload"] for packet in packets]
    for message in ours:
        assert message in payloads, message[:200]
    # What they sent, told by its first line and Call-ID: INVITE, ACK and BYE, 180 and 200 and 200.
    assert sum(payload.startswith(b"INVITE") for payload in payloads) == 2
    assert {packet["capture_id"] for packet in packets} == {4711}
    assert {packet["auth_key"] for packet in packets} == {b"open sesame"}
    ends = {(packet["source"], packet["source_port"]) for packet in packets}
    assert (world.customer_ip, caller.port) in ends
    assert (world.carrier_ips["a"], world.carrier_ports["a"]) in ends
    assert all(packet["protocol"] == 17 for packet in packets)

    file = tmp_path / "captured.pcap"
    test_decoder.pcap(file, [(5060, 5060, payload) for payload in payloads])
    assert len(test_decoder.tshark(file, "-Y", "sip")) == len(payloads)
    assert test_decoder.tshark(file, "-Y", "_ws.malformed") == []

    by_tcp = sip_of(TCP, name, len(packets))
    assert sorted(packet["payload"] for packet in by_tcp) == sorted(payloads)


def test_media_is_reported_at_the_end(world):
    caller, _ = call(world)
    name = harness.call_id(caller)
    assert proc.wait_until(lambda: len([p for p in UDP.of(name) if p["type"] == 5]) == 2, 5 * SLOW, 0.05)
    for packet in UDP.of(name):
        if packet["type"] == 5:
            report = json.loads(packet["payload"])
            assert report["type"] == 200 and report["sender_information"]["packets"] > 10
            assert report["report_blocks"][0]["packets_lost"] == 0


def test_a_broken_connection_is_made_again(world):
    TCP.drop()
    assert proc.wait_until(lambda: TCP.connections, 10 * SLOW, 0.05)
    caller, _ = call(world)
    assert sip_of(TCP, harness.call_id(caller), 10)


def test_a_trunk_may_be_left_out(world):
    path = f"/api/v1/trunks/{world.trunk}?customer_id={world.customer}"
    world.make.api.put(path, {"sip_policy": {"capture": {"enabled": False}}})
    world.settle()
    caller, _ = call(world)
    name = harness.call_id(caller)
    packets = sip_of(UDP, name, 6)
    ends = {packet["source"] for packet in packets} | {packet["destination"] for packet in packets}
    assert world.carrier_ips["a"] in ends and world.customer_ip not in ends
    world.make.api.put(path, {"sip_policy": {}})
