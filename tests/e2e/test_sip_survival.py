"""Answered calls outlive a process that was killed."""

import signal
import time

import pytest
from call_agents import Agent, place_pairs
from harness import ANI, DNI, SLOW
from warp_cli import proc

CALLS = 50


def both_ways(pair):
    """RTP of one side reaches the other, in both directions; the ports that it came from."""
    caller, callee = pair
    seen = []
    for speaker, listener in ((caller, callee), (callee, caller)):
        listener.hush()
        speaker.speak()
        heard = listener.hear(3 * SLOW)
        assert heard, "nothing was heard"
        seen.append(heard[1])
    return tuple(seen)


@pytest.fixture
def scene(own_world):
    world = own_world(change=lambda settings: settings.setdefault("calls", {}).update(recovery_window="15s"))
    callers = Agent(world.customer_ip, world.customer_port, world.target)
    callees = Agent(world.carrier_ips["a"], world.carrier_ports["a"], world.target)
    yield world, callers, callees
    callers.close()
    callees.close()


def kill_and_restart(world):
    world.process.send_signal(signal.SIGKILL)
    world.process.wait()
    world.run()


def test_fifty_calls_with_media_go_on_after_kill_9(scene):
    world, callers, callees = scene
    pairs = place_pairs(callers, callees, ANI, DNI, CALLS)
    placed = time.monotonic()
    before = [both_ways(pair) for pair in pairs]
    kill_and_restart(world)
    assert world.warp.daemon.metric("warp_calls_active") == CALLS
    assert [both_ways(pair) for pair in pairs] == before

    for caller, callee in pairs[:5]:
        assert caller.reinvite().status == 200
        assert callee.reinvite().status == 200
    assert [both_ways(pair) for pair in pairs[:5]] == before[:5]
    assert pairs[6][0].request("INFO", "Signal=5\r\n", kind="application/dtmf-relay").status == 200

    least = time.monotonic() - placed
    for caller, callee in pairs[:CALLS // 2]:
        assert caller.request("BYE").status == 200
    for caller, callee in pairs[CALLS // 2:]:
        assert callee.request("BYE").status == 200
    lasted = time.monotonic() - placed
    assert proc.wait_until(lambda: len(callees.ended) == CALLS // 2 and len(callers.ended) == CALLS // 2, 5 * SLOW)
    assert proc.wait_until(lambda: world.warp.daemon.metric("warp_calls_active") == 0, 5 * SLOW)
    for caller, _ in pairs:
        assert proc.wait_until(lambda: world.records(caller.id), 10 * SLOW, 0.1), "no record"
        rows = world.records(caller.id)
        assert len(rows) == 1, rows
        assert (rows[0]["disposition"], rows[0]["reason"]) == ("ANSWERED", "NORMAL_CLEARING")
        assert (least - 0.1) * 1_000_000 < int(rows[0]["duration_us"]) < (lasted + 5) * 1_000_000


def test_a_second_kill_finds_the_same_calls(scene):
    world, callers, callees = scene
    pairs = place_pairs(callers, callees, ANI, DNI, 3)
    ports = [both_ways(pair) for pair in pairs]
    for _ in range(2):
        kill_and_restart(world)
        assert [both_ways(pair) for pair in pairs] == ports
        assert pairs[0][0].reinvite().status == 200
    for caller, callee in pairs:
        assert callee.request("BYE").status == 200
        assert world.record(caller, 10)["reason"] == "NORMAL_CLEARING"


def test_a_peer_that_hung_up_unheard_ends_its_call(scene):
    world, callers, callees = scene
    (caller, callee), = place_pairs(callers, callees, ANI, DNI, 1)
    both_ways((caller, callee))
    del callers.calls[caller.id]  # it answers 481 from now on
    kill_and_restart(world)
    assert proc.wait_until(lambda: callee in callees.ended, 8 * SLOW)
    assert world.record(caller, 10)["reason"] == "DAEMON_RESTARTED"
