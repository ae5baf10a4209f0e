"""Calls for help: they pass what stops others, and carry where the caller is."""

import re
import xml.etree.ElementTree

import pytest

from harness import SLOW
from warp_cli.provision import PREFIX

pytestmark = pytest.mark.usefixtures("world")
OWN = "12025550199"


def partition(settings):
    settings["emergency"] = {"numbers": "911 112 933", "partition": "main"}


WORLD = {"change": partition}


def call(world, **named):
    with world.answering() as callee, world.caller(**named) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    return world.record(caller), callee.trace().replace("\r", "")


@pytest.mark.parametrize("number", ["911", "112", "933"])
def test_an_emergency_number_needs_no_price_and_no_prefix(world, number):
    record, trace = call(world, dni=number)
    assert f"INVITE sip:{number}@" in trace
    assert '"emergency": true' in record["facts"] or '"emergency":true' in record["facts"]
    assert record["price_nanos"] in ("", "0")


def test_limits_and_caller_id_do_not_stop_it(world):
    api = world.make.api
    trunk = f"{PREFIX}/trunks/{world.trunk}"
    api.put(trunk, {"capacity_channels_outbound": 0, "capacity_cps_outbound": 0,
                    "sip_policy": {"identity": {"caller_id_policy": "own"}}})
    world.settle()
    try:
        assert call(world, dni="911")[0]["disposition"] == "ANSWERED"
    finally:
        api.put(trunk, {"capacity_channels_outbound": None, "capacity_cps_outbound": None, "sip_policy": {}})
        world.settle()


def test_the_registered_location_is_beside_the_offer(world):
    world.make.number(OWN, world.customer, world.trunk)
    world.make.api.put(f"{PREFIX}/numbers/+{OWN}/e911",
                       {"civic": {"country": "US", "A1": "NY", "A3": "Utica", "RD": "Oak & Elm <West>", "HNO": "7"},
                        "callback_name": "Desk"})
    world.settle()
    record, trace = call(world, dni="911", ani="+" + OWN)
    assert record["disposition"] == "ANSWERED"
    cid = re.search(r"Geolocation: <cid:([^>]+)>", trace).group(1)
    assert "Geolocation-Routing: yes" in trace and f"Content-ID: <{cid}>" in trace
    text = re.search(r"<\?xml.*?</presence>", trace, re.DOTALL).group(0)
    name = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"
    civic = xml.etree.ElementTree.fromstring(text.encode()).find(f".//{name}civicAddress")
    assert {item.tag.removeprefix(name): item.text for item in civic} == {
        "country": "US", "A1": "NY", "A3": "Utica", "RD": "Oak & Elm <West>", "HNO": "7"}


def test_the_next_carrier_is_tried_whatever_the_first_says(world):
    with world.answering("uas_refuse", replace={"__CODE__": 404}) as first, \
            world.answering(carrier="b") as second, world.caller(dni="911") as caller:
        caller.expect_success(20 * SLOW)
        first.expect_success()
        second.expect_success()
    assert world.record(caller)["provider_id"] == world.providers["b"]


def test_without_a_provider_it_is_refused_politely(own_world):
    world = own_world()
    with world.caller("uac_refused", dni="911", replace={"__CODE__": 503}) as caller:
        caller.expect_success(15 * SLOW)
    assert world.record(caller)["reason"] == "EMERGENCY_NOT_CONFIGURED"
    assert "Retry-After" in caller.trace()
