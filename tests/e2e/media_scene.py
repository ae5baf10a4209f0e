"""A world whose customer and carrier A are agents with audio, and what the tests of media set and read."""

import contextlib
import time

from call_agents import Agent
from harness import ANI, DNI, SLOW
from media_agent import MediaAgent
from warp_cli import proc

PREFIX = "/api/v1"


def policies(world, trunk=None, carrier=None):
    """The media policies of the customer's trunk and of carrier A, live when this returns."""
    api = world.make.api
    api.put(f"{PREFIX}/trunks/{world.trunk}", {"sip_policy": {"media": trunk or {}}})
    api.put(f"{PREFIX}/providers/{world.providers['a']}", {"sip_policy": {"media": carrier or {}}})
    world.settle()


@contextlib.contextmanager
def agents(world, caller, callee):
    """(the customer's agent, the carrier's); a profile of audio each, None: one without."""
    ends = []
    for ip, port, described in ((world.customer_ip, world.customer_port, caller),
                                (world.carrier_ips["a"], world.carrier_ports["a"], callee)):
        ends.append(MediaAgent(ip, port, world.target, described) if described else Agent(ip, port, world.target))
    try:
        yield ends
    finally:
        for end in ends:
            end.close()


def talk(callers, callees, hertz=(440, 600), headers=""):
    """A call, up and with a tone each way: (the caller's end, the callee's)."""
    caller = callers.place(ANI, DNI, headers)
    callee = newest(callees)
    assert proc.wait_until(lambda: callee.media is not None, 5 * SLOW)
    for call, tone in ((caller, hertz[0]), (callee, hertz[1])):
        if tone:
            call.talk(tone)
    return caller, callee


def newest(agent):
    assert proc.wait_until(lambda: agent.calls, 5 * SLOW), "no call came"
    return list(agent.calls.values())[-1]


def both_hear(caller, callee, hertz=(440, 600), share=0.8):
    """A second of the other's tone at each end, from now on."""
    places = caller.mark(), callee.mark()
    time.sleep(1.6 * SLOW)
    heard = callee.hears_tone(hertz[0], places[1]), caller.hears_tone(hertz[1], places[0])
    assert heard[0] > share and heard[1] > share, (heard, callee.mark() - places[1], caller.mark() - places[0])


def bye(caller):
    assert caller.request("BYE").status == 200


def metric(world, name, label=""):
    return world.warp.daemon.metric(name, label) or 0
