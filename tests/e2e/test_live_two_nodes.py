"""Two nodes, one view: what happens on one is heard on the other, its calls are seen and ended from there, and a node that
does not answer is named. A place in a topic is good on both."""

import os
import signal

import pytest

from harness import ANI, DNI, SCENARIOS, SLOW
from live_client import LiveClient
from two_daemons import TwoDaemons
from warp_cli import ports
from warp_cli.provision import PREFIX
from warp_cli.sipp import Sipp


@pytest.fixture(scope="module")
def pair():
    world = TwoDaemons()
    world.start()
    yield world
    status = world.stop()
    assert status == 0, world.folder


def watch(pair, second=False):
    port = pair.second_ports["api"] if second else pair.warp.ports["api"]
    return LiveClient(port, pair.warp.key_file.read_text().strip())


def test_calls_of_the_other_node_are_heard_seen_and_ended(pair):
    api = pair.make.api
    with watch(pair) as client:
        token = client.subscribe("calls", customer_id=pair.customer)["token"]
        caller = Sipp(pair.folder / "peers" / "at-second", SCENARIOS / "uac_bye_by_callee.xml", pair.customer_ip,
                      ports.choose(pair.customer_ip, 14200), pair.second_target, 1,
                      {"ani": ANI, "dni": DNI, "audio_port": 6000}, None, ["-d", 20000])
        with pair.answering() as callee, caller:
            seen = client.event("call.answered", 10 * SLOW)["data"]
            assert seen["node"] == "second"
            of = f"?customer_id={pair.customer}"
            assert [call["id"] for call in api.get(f"{PREFIX}/calls{of}")] == [seen["id"]]
            assert api.post(f"{PREFIX}/calls/{seen['id']}/trace{of}")["tracing"] is True
            assert api.post(f"{PREFIX}/calls/{seen['id']}/hangup{of}")["ended"] is True
            caller.expect_success(10 * SLOW)
            callee.expect_success(10 * SLOW)
            client.event("call.ended", 10 * SLOW)
    trace = api.get(f"{PREFIX}/calls/{seen['id']}/trace{of}")
    assert any(message["text"].startswith("BYE ") for message in trace["messages"])
    with watch(pair, second=True) as client:
        client.subscribe("calls", resume=token, customer_id=pair.customer)
        client.event("call.answered", 5 * SLOW, id=seen["id"])
        client.event("call.ended", 5 * SLOW, id=seen["id"])


def test_a_node_that_does_not_answer_is_named(pair):
    api = pair.make.api
    assert {row["name"] for row in api.get(f"{PREFIX}/nodes") if row["phase"] == "ready"} == {"warpd", "second"}
    os.kill(pair.second_process.pid, signal.SIGSTOP)
    try:
        assert api.request("GET", f"{PREFIX}/calls")["meta"]["missing"] == ["second"]
    finally:
        os.kill(pair.second_process.pid, signal.SIGCONT)
    assert "missing" not in api.request("GET", f"{PREFIX}/calls")["meta"]


def test_another_node_is_drained_from_here(pair):
    api = pair.make.api
    with watch(pair) as client:
        client.subscribe("nodes")
        api.post(f"{PREFIX}/nodes/second/drain")
        client.event("node.updated", 5 * SLOW, name="second", phase="draining")
        assert not pair.second.ready()
        api.post(f"{PREFIX}/nodes/second/undrain")
        client.event("node.updated", 5 * SLOW, name="second", phase="ready")
        assert pair.second.ready()
