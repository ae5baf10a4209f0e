"""Within a call: fax, session timers, glare, transfer by policy, requests that go through and those that do not."""

import threading

import pytest
from call_agents import Agent
from harness import ANI, DNI, SLOW
from warp_cli import proc


@pytest.fixture(scope="module")
def peers(world):
    callers = Agent(world.customer_ip, world.customer_port, world.target)
    callees = Agent(world.carrier_ips["a"], world.carrier_ports["a"], world.target)
    yield callers, callees
    callers.close()
    callees.close()


@pytest.fixture
def pair(peers):
    callers, callees = peers
    callees.refuse, callers.refuse = {}, {}
    known = set(callees.calls)
    caller = callers.place(ANI, DNI)
    callee = callees.calls[(set(callees.calls) - known).pop()]
    yield caller, callee
    if callee not in callees.ended and caller not in callers.ended:
        assert caller.request("BYE").status == 200


def test_a_fax_switches_over_and_back(world, pair):
    caller, callee = pair
    assert callee.reinvite("fax").status == 200
    for speaker, listener in ((caller, callee), (callee, caller)):
        listener.hush()
        speaker.send_raw(b"\x00\x01\x02 udptl")
        assert listener.hear(2 * SLOW)[0] == b"\x00\x01\x02 udptl"
    assert caller.reinvite("audio").status == 200
    callee.hush()
    caller.speak()
    assert callee.hear(2 * SLOW)
    assert caller.request("BYE").status == 200
    assert world.record(caller)["disposition"] == "ANSWERED"


def test_a_fax_that_is_refused_leaves_the_audio(peers, pair):
    callers, _ = peers
    caller, callee = pair
    callers.refuse = {"INVITE": 488}
    assert callee.reinvite("fax").status == 488
    callee.hush()
    caller.speak()
    assert callee.hear(2 * SLOW)


def test_hold_and_resume(pair):
    caller, callee = pair
    for _ in range(10):
        assert caller.reinvite(direction="sendonly").status == 200
        assert caller.reinvite().status == 200
    callee.hush()
    caller.speak()
    assert callee.hear(2 * SLOW)


def test_both_sides_reinvite_at_once(pair):
    caller, callee = pair
    seen = []
    sides = [threading.Thread(target=lambda side=side: seen.append(side.reinvite(tries=1).status)) for side in pair]
    for side in sides:
        side.start()
    for side in sides:
        side.join()
    assert sorted(seen) in ([200, 200], [200, 491], [491, 491])
    assert caller.reinvite().status == 200


def test_session_timers_are_agreed_with_who_asks(peers):
    callers, callees = peers
    callers.refuse, callees.refuse = {}, {}
    caller = callers.place(ANI, DNI, "Supported: timer\r\nSession-Expires: 120\r\n")
    assert caller.answer["Session-Expires"] == "120;refresher=uac"
    refused = caller.request("INVITE", caller.sdp(), "Supported: timer\r\nSession-Expires: 20\r\n")
    assert (refused.status, refused["Min-SE"]) == (422, "90")
    callers.send_request(caller, "ACK", caller.cseq)
    assert caller.request("BYE").status == 200


def test_what_is_not_allowed_is_refused(pair):
    caller, callee = pair
    assert caller.request("REFER", headers=f"Refer-To: <sip:{DNI}@127.0.0.1>\r\n").status == 403
    assert caller.request("SUBSCRIBE", headers="Event: dialog\r\n").status == 489
    assert caller.request("MESSAGE", "hi", kind="text/plain").status == 405
    assert caller.request("INFO", "x", kind="text/html").status == 415
    assert caller.request("INFO", "Signal=5\r\n", kind="application/dtmf-relay").status == 200
    assert caller.request("OPTIONS").status == 200
    right, caller.remote = caller.remote, caller.remote.partition(";tag=")[0] + ";tag=0123456789abcde"
    assert caller.request("BYE").status == 481
    caller.remote = right
    assert proc.wait_until(lambda: caller.request("OPTIONS").status == 200, 1)
    assert callee.request("OPTIONS").status == 200
