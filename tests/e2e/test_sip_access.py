"""Who is who at one address, by port and by transport; listeners with names, peers and media addresses of their own."""

import contextlib
import json
import subprocess
import urllib.request

import pytest

import harness
from harness import SLOW
from warp_cli import daemon, ports, proc, rtp
from warp_cli.provision import PREFIX
from warp_cli.rest import ApiError

MEDIA_OUTSIDE = "127.0.0.6"
SHARED = "127.0.0.21"  # the address that trunks share; no row of another test is in the way
NAME = "outside.example.net"
AT = {}


def change(settings):
    """Beside the usual listener the same over TCP, one with a name and a media address of its own, and one for carrier B."""
    inside = settings["sip"]["listeners"][0]["bind"]
    AT.update(outside=ports.choose("127.0.0.1", 14700), carrier_b=ports.choose("127.0.0.1", 14800))
    settings["sip"]["listeners"] += [
        {"bind": inside, "transport": "TCP"},
        {"bind": f"127.0.0.1:{AT['outside']}", "advertise": NAME, "media": "outside"},
        {"bind": f"127.0.0.1:{AT['carrier_b']}", "peers": [harness.CARRIER_B], "media": "outside"}]
    settings["media"]["interfaces"].append({"bind": MEDIA_OUTSIDE, "name": "outside"})


WORLD = {"change": change}


@pytest.fixture(scope="module")
def trunks(world):
    """Names of trunks that share an address, with their ids; a row is given to each."""
    rows = {"plain": {}, "by port": {"port": ports.choose(SHARED, 15100)}, "by transport": {"transport": "TCP"},
            "by both": {"port": ports.choose(SHARED, 15200), "transport": "UDP"}}
    made = {name: world.make.trunk(world.customer, name, [], []) for name in rows}
    for name, row in rows.items():
        add(world, made[name], **row)
    world.settle()
    return made, rows


def add(world, trunk, ip=SHARED, **row):
    return world.make.api.post(f"{PREFIX}/trunks/{trunk}/ips?customer_id={world.customer}", {"ip": ip, **row})


def trunk_of_call(world, **named):
    with world.answering() as callee, world.caller(ip=SHARED, **named) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    return world.record(caller)["trunk_id"]


# -- sources ---------------------------------------------------------------------------------------------------------


def test_trunks_at_one_address_are_told_apart_by_port(world, trunks):
    made, rows = trunks
    assert trunk_of_call(world) == made["plain"]
    assert trunk_of_call(world, port=rows["by port"]["port"]) == made["by port"]
    assert trunk_of_call(world, port=rows["by both"]["port"]) == made["by both"]


def test_trunks_at_one_address_are_told_apart_by_transport(world, trunks):
    made, _ = trunks
    assert trunk_of_call(world, arguments=["-t", "t1"]) == made["by transport"]
    assert trunk_of_call(world) == made["plain"]


def test_a_row_for_another_port_lets_nobody_in(world):
    port = ports.choose(harness.STRANGER, 15300)
    trunk = world.make.trunk(world.customer, "narrow", [], [])
    add(world, trunk, harness.STRANGER, port=port)
    world.settle()
    with world.caller("uac_refused", ip=harness.STRANGER, replace={"__CODE__": 403}) as caller:
        caller.expect_success(15 * SLOW)
    with world.answering() as callee, world.caller(ip=harness.STRANGER, port=port) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    assert world.record(caller)["trunk_id"] == trunk


def test_the_same_row_twice_is_refused(world, trunks):
    made, rows = trunks
    for name, row in rows.items():
        with pytest.raises(ApiError) as refused:
            add(world, world.trunk, **row)
        assert (refused.value.status, refused.value.code) == (400, "VALIDATION_ERROR"), name
    for wrong in ({"port": 0}, {"port": 65536}, {"transport": "SCTP"}):
        with pytest.raises(ApiError) as refused:
            add(world, world.trunk, **wrong)
        assert refused.value.status == 400
    shown = world.make.api.get(f"{PREFIX}/trunks/{made['by both']}/ips?customer_id={world.customer}")
    assert [(row["port"], row["transport"]) for row in shown] == [(rows["by both"]["port"], "UDP")]


# -- listeners -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def caller_by(world, listener, **named):
    """A caller that comes to another listener."""
    usual = world.warp.ports["sip"]
    world.warp.ports["sip"] = AT[listener]
    try:
        peer = world.caller(**named)
    finally:
        world.warp.ports["sip"] = usual
    with peer:
        yield peer


def pairs_in_use(world):
    with urllib.request.urlopen(f"http://{world.warp.daemon.metrics_address}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines
               if line.startswith("warp_media_port_pairs{") and 'state="in_use"' in line)


def talk(world, caller_peer, callee, customer, carrier):
    """Audio both ways; where each side was told to send."""
    to_caller, to_callee = caller_peer.media_address(), callee.media_address()
    carrier.start(to_callee)
    customer.start(to_caller)
    caller_peer.expect_success(30 * SLOW)
    callee.expect_success(10 * SLOW)
    for listener, talker in ((customer, carrier), (carrier, customer)):
        good, bad = rtp.heard(listener, talker)
        assert good > 20 and bad == 0
    assert customer.sources == {to_caller} and carrier.sources == {to_callee}
    return to_caller[0], to_callee[0]


def test_a_listener_has_its_own_media_address_on_its_leg_alone(world):
    with world.audio() as (customer, carrier), world.answering(audio_port=carrier.port) as callee, \
            caller_by(world, "outside", audio_port=customer.port, hold_ms=2000) as caller:
        assert talk(world, caller, callee, customer, carrier) == (MEDIA_OUTSIDE, "127.0.0.1")
    assert f"{NAME}:{AT['outside']}" in caller.trace(), "its Contact has the name"
    assert NAME not in callee.trace() and MEDIA_OUTSIDE not in callee.trace()
    assert world.record(caller)["disposition"] == "ANSWERED"
    assert proc.wait_until(lambda: pairs_in_use(world) == 0, 5 * SLOW)


def test_the_usual_listener_has_the_first_media_address_on_both_legs(world):
    with world.audio() as (customer, carrier), world.answering(audio_port=carrier.port) as callee, \
            world.caller(audio_port=customer.port, hold_ms=2000) as caller:
        assert talk(world, caller, callee, customer, carrier) == ("127.0.0.1", "127.0.0.1")


def test_calls_go_out_by_the_listener_that_names_the_peer(world):
    with world.answering(carrier="b") as callee, world.caller() as caller:
        answered = caller.media_address(20 * SLOW)
        offered = callee.media_address(10 * SLOW)
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    assert (answered[0], offered[0]) == ("127.0.0.1", MEDIA_OUTSIDE)
    assert f"127.0.0.1:{AT['carrier_b']};branch=" in callee.trace()
    assert world.record(caller)["provider_id"] == world.providers["b"]


def test_check_config_refuses_addresses_that_are_not_this_machines(world):
    config = json.loads(json.dumps(world.settings))
    config["media"]["interfaces"].append({"bind": "192.0.2.77", "name": "elsewhere"})
    file = world.folder / "elsewhere.yaml"
    file.write_text(daemon.yaml(config))
    done = subprocess.run([world.warp.daemon.binary, "check-config", "--config", file], capture_output=True, text=True)
    assert done.returncode == 1 and "192.0.2.77, which cannot be bound" in done.stderr
