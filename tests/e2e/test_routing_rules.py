"""Rules of routing on calls: blocked, forced, outside its schedule; a number's destinations; calls between customers."""

import json

import pytest

import harness
from harness import SLOW
from warp_cli import ports
from warp_cli.provision import PREFIX

pytestmark = pytest.mark.usefixtures("world")
WORLD = {"trunk_fields": {"ring_timeout_seconds": 2 * SLOW}}
DID = "12025550190"
DESK = "127.0.0.31"  # a second trunk of the tenant
NEIGHBOUR = "127.0.0.32"  # another tenant


def decision(record):
    return json.loads(record["decision"])


def refused(world, status, **named):
    with world.caller("uac_refused", replace={"__CODE__": status}, **named) as caller:
        caller.expect_success(20 * SLOW)
    return world.record(caller)


def answered(world, carrier="a", **named):
    """A call that the carrier answers; its record."""
    with world.answering(carrier=carrier) as callee, world.caller(**named) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    return world.record(caller)


@pytest.fixture
def rules(world):
    """Makes routes that are gone after the test."""
    made = []

    def rule(**fields):
        wanted = {"partition_id": world.partition, "prefix": harness.DNI[1:4], **fields}
        made.append(world.make.api.post(f"{PREFIX}/routes", wanted)["id"])
        world.settle()
        return made[-1]

    yield rule
    for route in made:
        world.make.api.delete(f"{PREFIX}/routes/{route}")
    world.settle()


# -- routes ----------------------------------------------------------------------------------------------------------

def test_a_blocked_prefix_is_refused_and_the_record_says_by_what(world, rules):
    route = rules(action="BLOCK")
    record = refused(world, 603)
    assert record["reason"] == "DESTINATION_BLOCKED"
    assert route in decision(record)["rule"]


def test_a_blocked_provider_is_left_out(world, rules):
    rules(action="BLOCK", provider_id=world.providers["a"])
    record = answered(world, carrier="b")
    assert record["provider_id"] == world.providers["b"]
    assert decision(record)["rejected"][0]["provider_id"] == world.providers["a"]


def test_a_forced_route_is_the_only_one(world, rules):
    rules(action="FORCE", provider_id=world.providers["b"])
    record = answered(world, carrier="b")
    assert record["provider_id"] == world.providers["b"]
    assert decision(record)["rule"] == "forced"


def test_outside_its_schedule_a_route_is_not_there(world, rules):
    # A minute a week.
    never = world.make.api.post(f"{PREFIX}/rate-schedules", {
        "name": "never", "zone": "UTC", "windows": [{"weekdays": [1], "from": "03:00", "to": "03:01"}]})["id"]
    for route in world.routes.values():
        world.make.api.put(f"{PREFIX}/routes/{route}", {"schedule_id": never})
    world.settle()
    try:
        assert refused(world, 480)["reason"] == "SCHEDULE_CLOSED"
        rules(provider_id=world.providers["b"])
        assert answered(world, carrier="b")["provider_id"] == world.providers["b"]
    finally:
        for route in world.routes.values():
            world.make.api.put(f"{PREFIX}/routes/{route}", {"schedule_id": 0})
        world.settle()


def test_a_listed_number_is_not_called(world):
    made = world.make.api.post(f"{PREFIX}/number-lists", {"name": "premium"})["id"]
    path = f"{PREFIX}/number-lists/{made}"
    world.make.api.post(f"{path}/entries", {"add": [harness.DNI[1:]]})
    world.make.api.post(f"{path}/uses", {"owner_id": world.customer, "subject": "called"})
    world.settle()
    try:
        assert refused(world, 603)["reason"] == "DESTINATION_BLOCKED"
    finally:
        world.make.api.delete(path)
        world.settle()


# -- destinations of a number ----------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def desk(world):
    """The tenant's number on its usual trunk, and a second trunk that may take over."""
    port = ports.choose(DESK, 15300)
    trunk = world.make.trunk(world.customer, "desk", [DESK], [(DESK, port)])
    world.make.number(DID, world.customer, world.trunk)
    world.settle()
    return trunk, port


def divert(world, *destinations):
    world.make.api.put(f"{PREFIX}/numbers/+{DID}/destinations?customer_id={world.customer}",
                       {"destinations": list(destinations)})
    world.settle()


def from_carrier(world, scenario="uac_answered", **named):
    return world.caller(scenario, dni=f"+{DID}", ip=world.carrier_ips["a"], **named)


@pytest.mark.parametrize("scenario, code, cause", [("uas_refuse", 486, "busy"), ("uas_refuse", 503, "unreachable"),
                                                   ("uas_ring_until_cancelled", None, "no_answer")])
def test_the_next_destination_takes_the_call(world, desk, scenario, code, cause):
    trunk, port = desk
    divert(world, {"kind": "trunk", "target": trunk, "on": [cause]})
    replace = {"__CODE__": code} if code else None
    with world.answering(scenario, ip=world.customer_ip, port=world.customer_port, replace=replace) as first, \
            world.answering(ip=DESK, port=port) as second, from_carrier(world) as caller:
        caller.expect_success(20 * SLOW)
        first.expect_success(10 * SLOW)
        second.expect_success(10 * SLOW)
    record = world.record(caller)
    assert (record["disposition"], record["direction"]) == ("ANSWERED", "inbound")
    assert len(json.loads(record["attempts"])) == 2


def test_the_dead_are_left_for_a_number_at_the_owners_price(world, desk):
    divert(world, {"kind": "number", "target": harness.DNI, "on": ["unreachable"]})
    with world.answering("uas_refuse", ip=world.customer_ip, port=world.customer_port, replace={"__CODE__": 503}), \
            world.answering(carrier="b") as callee, from_carrier(world) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    record = world.record(caller)
    assert record["customer_id"] == world.customer
    assert record["dni_e164"] == harness.DNI[1:]
    assert record["provider_id"] == world.providers["b"]
    assert int(record["price_nanos"]) > 0
    assert decision(record)["rule"] == "forwarded"
    assert json.loads(record["facts"])["diverted_from"] == DID


def test_without_a_fitting_destination_the_caller_hears_it(world, desk):
    trunk, _ = desk
    divert(world, {"kind": "trunk", "target": trunk, "on": ["no_answer"]})
    with world.answering("uas_refuse", ip=world.customer_ip, port=world.customer_port, replace={"__CODE__": 486}), \
            from_carrier(world, "uac_refused", replace={"__CODE__": 486}) as caller:
        caller.expect_success(20 * SLOW)
    assert world.record(caller)["reason"] == "CALLEE_BUSY"


# -- between customers -----------------------------------------------------------------------------------------------

def test_a_call_between_customers_is_the_callers(world, desk):
    divert(world)
    other = world.make.customer("neighbour", world.partition, world.plans["customer"])
    trunk = world.make.trunk(other, "neighbour", [NEIGHBOUR], [])
    world.settle()
    with world.answering(ip=world.customer_ip, port=world.customer_port) as callee, \
            world.caller(dni=f"+{DID}", ip=NEIGHBOUR) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    record = world.record(caller)
    assert (record["customer_id"], record["trunk_id"], record["direction"]) == (other, trunk, "outbound")
    assert record["provider_id"] == ""
    assert record["price_nanos"] in ("", "0")
    assert decision(record)["rule"] == f"on-net {world.customer}"
