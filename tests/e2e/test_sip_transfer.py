"""Attended transfer and INVITE with Replaces, by a PBX whose calls are spread over two shards."""

import json
from urllib.parse import quote

import pytest
from call_agents import Agent
from harness import ANI, DNI, SLOW
from warp_cli import proc
from warp_cli.provision import PREFIX

WORLD = {"change": lambda settings: settings["sip"].update(shards=2)}
ROUNDS = 6  # of which some find both calls on one shard, and some do not


@pytest.fixture(scope="module")
def peers(world):
    world.make.api.put(f"{PREFIX}/trunks/{world.trunk}", {"sip_policy": {"session": {"transfer": "execute"}}})
    world.settle()
    callers = Agent(world.customer_ip, world.customer_port, world.target)
    callees = Agent(world.carrier_ips["a"], world.carrier_ports["a"], world.target)
    yield callers, callees
    callers.close()
    callees.close()


def place(peers, headers=""):
    callers, callees = peers
    known = set(callees.calls)
    caller = callers.place(ANI, DNI, headers)
    # Its shard has the ACK when it answers what came after it: until then the call is not one to be transferred.
    assert caller.request("OPTIONS").status == 200
    return caller, callees.calls[(set(callees.calls) - known).pop()]


def replaces(call):
    return f"{call.id};to-tag={call.remote.partition(';tag=')[2]};from-tag={call.local.partition(';tag=')[2]}"


def refer(call, named):
    return refer_by_name(call, replaces(named))


def refer_by_name(call, name):
    return call.request("REFER", headers=f"Refer-To: <sip:{DNI}@127.0.0.1?Replaces={quote(name, safe='')}>\r\n")


def heard_both_ways(one, two):
    for speaker, listener in ((one, two), (two, one)):
        def reaches(speaker=speaker, listener=listener):
            listener.hush()
            speaker.speak()
            return listener.hear(0.5 * SLOW)
        assert proc.wait_until(reaches, 3 * SLOW)


def progress(call):
    """What NOTIFYs have said so far; one that was sent again counts once."""
    said = [message.body.split()[1] for message in list(call.requests.queue) if message.method == "NOTIFY"]
    return list(dict.fromkeys(said))


def test_the_two_that_stay_talk_to_each_other(world, peers):
    callers, callees = peers
    for _ in range(ROUNDS):
        (first, one), (second, two) = place(peers), place(peers)
        assert refer(first, second).status == 202
        assert proc.wait_until(lambda: first in callers.ended and second in callers.ended, 5 * SLOW)
        assert progress(first) == ["100", "200"]
        heard_both_ways(one, two)
        assert one.request("BYE").status == 200
        assert proc.wait_until(lambda: two in callees.ended, 5 * SLOW)
        left, joined = world.record(first), world.record(second)
        facts = [json.loads(row["facts"]) for row in (left, joined)]
        assert left["disposition"] == joined["disposition"] == "ANSWERED"
        assert {fact["transferred_to"] for fact in facts} == {DNI.lstrip("+")}
        assert len({fact["joined_with"] for fact in facts}) == 2


def test_who_refuses_leaves_both_calls(world, peers):
    _, callees = peers
    for turn in range(ROUNDS):
        (first, one), (second, two) = place(peers), place(peers)
        refuser = (one, two)[turn % 2]
        callees.refuse = {"INVITE": lambda message, refuser=refuser: 488 if message["Call-ID"] == refuser.id else 200}
        assert refer(first, second).status == 202
        assert proc.wait_until(lambda: progress(first) == ["100", "488"], 5 * SLOW)
        heard_both_ways(first, one)
        heard_both_ways(second, two)
        callees.refuse = {}
        assert first.request("BYE").status == second.request("BYE").status == 200
        assert world.record(first)["disposition"] == world.record(second)["disposition"] == "ANSWERED"


def test_another_phone_takes_a_call_over(world, peers):
    callers, _ = peers
    for _ in range(ROUNDS):
        caller, callee = place(peers)
        desk = callers.place(ANI, DNI, f"Require: replaces\r\nReplaces: {replaces(caller)}\r\n")
        assert proc.wait_until(lambda: caller in callers.ended, 5 * SLOW)
        heard_both_ways(desk, callee)
        assert desk.request("BYE").status == 200
        assert world.record(caller)["disposition"] == "ANSWERED"
        assert not world.records(desk.id)


def test_names_of_nothing_are_refused(peers):
    callers, _ = peers
    caller, _ = place(peers)
    known = caller.remote
    caller.remote = known.partition(";tag=")[0] + ";tag=0123456789abcde"
    wrong = replaces(caller)
    caller.remote = known
    assert refer_by_name(caller, wrong).status == 403
    with pytest.raises(AssertionError, match="481"):
        callers.place(ANI, DNI, f"Replaces: {wrong}\r\n")
    assert caller.request("BYE").status == 200
