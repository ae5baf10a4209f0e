"""Calls that go as calls go: every one is checked at both peers, in its media and in its one record."""

import json

import pytest

import harness
from harness import SLOW, price_nanos
from warp_cli import proc, rtp

pytestmark = pytest.mark.usefixtures("world")
WORLD = {"trunk_fields": {"ring_timeout_seconds": 2 * SLOW, "media_timeout_seconds": 3}}


def talk(world, seconds=2.0, caller_scenario="uac_answered", callee_scenario="uas_answer", **named):
    """A call with audio both ways; the caller, and the two RTP endpoints after the end."""
    with world.audio() as (customer, carrier):
        with world.answering(callee_scenario, audio_port=carrier.port) as callee, \
                world.caller(caller_scenario, audio_port=customer.port, hold_ms=int(seconds * 1000), **named) as caller:
            answered = caller.media_address()
            carrier.start(callee.media_address())
            customer.start(answered)
            caller.expect_success(seconds * 3 + 20)
            callee.expect_success(10)
    return caller, customer, carrier


def refused(world, status, **named):
    """A call that must end with `status`; its record."""
    with world.caller("uac_refused", replace={"__CODE__": status}, **named) as caller:
        caller.expect_success(15 * SLOW)
    return world.record(caller), caller


def attempts(record):
    return json.loads(record["attempts"])


def test_an_answered_call_is_billed_to_the_nano_and_its_audio_is_intact(world):
    caller, customer, carrier = talk(world)
    record = world.record(caller)

    assert record["disposition"] == "ANSWERED"
    assert record["reason"] == "NORMAL_CLEARING"
    assert record["release_side"] == "caller"
    assert record["direction"] == "outbound"
    assert (record["ani_e164"], record["dni_e164"]) == (harness.ANI[1:], harness.DNI[1:])
    duration = int(record["duration_us"])
    assert 1_900_000 <= duration <= 2_600_000 * SLOW
    price, billed = price_nanos("0.0300", "0.0010", 30, 6, 0, duration)
    assert (int(record["price_nanos"]), int(record["price_billed_seconds"])) == (price, billed)
    cost, billed = price_nanos("0.0110", "0", 1, 1, 0, duration)
    assert (int(record["cost_nanos"]), int(record["cost_billed_seconds"])) == (cost, billed)
    assert int(record["margin_nanos"]) == price - cost
    assert record["price_prefix"] == record["cost_prefix"] == "44"
    assert 0 <= int(record["pdd_ms"]) < 500 * SLOW

    for listener, talker in ((customer, carrier), (carrier, customer)):
        good, bad = rtp.heard(listener, talker)
        assert bad == 0 and rtp.missing(listener, talker) == 0
        assert good >= 75  # of the 100 that two seconds have: streams begin after the answer is known


def test_both_legs_media_is_in_the_record(world):
    caller, customer, carrier = talk(world)
    record = world.record(caller)
    for side, end, other in (("caller", customer, carrier), ("callee", carrier, customer)):
        assert record[f"{side}_codec"] == "PCMU/8000"
        received = int(record[f"{side}_packets_received"])
        assert end.sent - 40 <= received <= end.sent  # what is sent after the BYE finds no session
        assert int(record[f"{side}_octets_received"]) >= received * 160
        sent = int(record[f"{side}_packets_sent"])
        assert sent <= len(end.received) <= sent + 1  # one may be on its way while the BYE closes the books
        assert int(record[f"{side}_packets_lost"]) == 0
        assert int(record[f"{side}_jitter_us"]) < 20_000 * SLOW
        assert end.rtcp_received, "the other side's RTCP did not come through"


def test_the_caller_sees_nothing_of_the_carrier(world):
    with world.answering() as callee, world.caller() as caller:
        caller.expect_success()
        callee.expect_success()
    seen = caller.trace().split("message received")
    assert not any(harness.CARRIER_A in message.split("message sent")[0] for message in seen[1:])
    assert harness.CUSTOMER not in "".join(part.split("message sent")[0] for part in
                                           callee.trace().split("message received")[1:])


def test_the_callee_hangs_up(world):
    with world.answering("uas_hangs_up", delay_ms=500) as callee, world.caller("uac_bye_by_callee") as caller:
        caller.expect_success(20)
        callee.expect_success()
    record = world.record(caller)
    assert (record["disposition"], record["release_side"]) == ("ANSWERED", "callee")


def test_busy_ends_the_call_and_no_other_carrier_is_tried(world):
    with world.answering("uas_refuse", replace={"__CODE__": 486}) as callee:
        record, _ = refused(world, 486)
        callee.expect_success()
    assert (record["disposition"], record["reason"], record["sip_status"]) == ("BUSY", "CALLEE_BUSY", "486")
    assert [attempt["sip_status"] for attempt in attempts(record)] == [486]
    assert record["price_nanos"] in ("", "0")


def test_no_answer_is_cancelled_after_the_ring_timeout(world):
    with world.answering("uas_ring_until_cancelled") as callee:
        record, _ = refused(world, 480)
        callee.expect_success()
    assert (record["disposition"], record["reason"]) == ("NO ANSWER", "NO_ANSWER")
    assert record["duration_us"] == "0"


def test_the_caller_gives_up_while_it_rings(world):
    with world.answering("uas_ring_until_cancelled") as callee, world.caller("uac_cancel", hold_ms=300) as caller:
        caller.expect_success()
        callee.expect_success()
    record = world.record(caller)
    assert (record["disposition"], record["reason"], record["sip_status"]) == ("CANCELLED", "CALLER_CANCELLED", "487")


def test_a_carrier_with_503_is_left_for_the_next(world):
    with world.answering("uas_refuse", replace={"__CODE__": 503}) as first, \
            world.answering(carrier="b") as second, world.caller() as caller:
        caller.expect_success()
        first.expect_success()
        second.expect_success()
    record = world.record(caller)
    assert record["disposition"] == "ANSWERED"
    assert record["provider_id"] == world.providers["b"]
    assert [attempt["sip_status"] for attempt in attempts(record)] == [503, 200]
    assert int(record["cost_nanos"]) == price_nanos("0.0150", "0", 1, 1, 0, int(record["duration_us"]))[0]


def test_a_silent_carrier_is_left_for_the_next(own_world):
    """A WARP of its own: the INVITE that nobody hears is sent again for half a minute, and a later callee on that port
    would take it for its call."""
    world = own_world()
    with world.answering(carrier="b") as second, world.caller() as caller:
        caller.expect_success(30)
        second.expect_success()
    assert world.record(caller)["provider_id"] == world.providers["b"]


def test_all_carriers_down_is_said_with_its_code(world):
    with world.answering("uas_refuse", replace={"__CODE__": 503}), \
            world.answering("uas_refuse", carrier="b", replace={"__CODE__": 500}):
        record, caller = refused(world, 503)
    assert record["reason"] == "ALL_ROUTES_FAILED"
    assert [attempt["sip_status"] for attempt in attempts(record)] == [503, 500]
    assert 'WARP;cause=4005' in caller.trace().replace(" ", "")


def test_an_unknown_source_is_refused_counted_and_nobodys_call(world):
    before = world.warp.daemon.metric("warp_calls_unknown_sources_total") or 0
    with world.caller("uac_refused", replace={"__CODE__": 403}, ip=harness.STRANGER) as caller:
        caller.expect_success(15 * SLOW)
    assert "WARP;cause=2001" in caller.trace().replace(" ", "")
    assert world.warp.daemon.metric("warp_calls_unknown_sources_total") == before + 1
    assert harness.STRANGER in world.warp.daemon.log.read_text()
    assert world.records(harness.call_id(caller)) == []


def test_a_destination_without_a_rate_is_refused_with_its_code(world):
    with world.caller("uac_refused", dni="+8613800138000",
                      replace={"__CODE__": 403}) as caller:
        caller.expect_success()
    record = world.record(caller)
    assert (record["reason"], record["price_nanos"]) == ("DESTINATION_UNRATED", "")
    assert attempts(record) == []


def test_a_call_to_a_tenants_number_reaches_its_trunk(world):
    number = "12125550177"
    world.make.number(number, world.customer, world.trunk)
    world.settle()
    with world.answering(ip=world.customer_ip, port=world.customer_port) as tenant, \
            world.caller(ip=harness.CARRIER_A, dni="+" + number) as caller:
        caller.expect_success()
        tenant.expect_success()
    record = world.record(caller)
    assert (record["direction"], record["disposition"]) == ("inbound", "ANSWERED")
    assert (record["customer_id"], record["trunk_id"]) == (world.customer, world.trunk)


def test_hold_and_resume_pass_and_the_silence_ends_nothing(world):
    """Hold for longer than the media timeout."""
    with world.audio() as (customer, carrier):
        with world.answering("uas_held", audio_port=carrier.port) as callee, \
                world.caller("uac_hold", audio_port=customer.port, hold_ms=4000) as caller:
            carrier.start(callee.media_address())
            customer.start(caller.media_address())
            proc.wait_until(lambda: "a=sendonly" in caller.trace(), 10)
            customer.muted.set()
            carrier.muted.set()
            proc.wait_until(lambda: caller.trace().count("INVITE sip:") >= 3, 10)
            customer.muted.clear()
            carrier.muted.clear()
            caller.expect_success(30)
            callee.expect_success()
    record = world.record(caller)
    assert (record["disposition"], record["reason"]) == ("ANSWERED", "NORMAL_CLEARING")
    assert rtp.heard(customer, carrier)[1] == rtp.heard(carrier, customer)[1] == 0


def test_the_callee_may_hold_and_resume_too(world):
    with world.answering("uas_holds", delay_ms=300) as callee, world.caller("uac_held") as caller:
        caller.expect_success(20)
        callee.expect_success()
    record = world.record(caller)
    assert (record["disposition"], record["reason"], record["release_side"]) == \
        ("ANSWERED", "NORMAL_CLEARING", "callee")


def test_media_silence_ends_the_call_on_both_sides(world):
    with world.answering() as callee, world.caller("uac_bye_by_callee") as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success()
    record = world.record(caller)
    assert (record["disposition"], record["reason"], record["release_side"]) == \
        ("ANSWERED", "MEDIA_TIMEOUT", "platform")
    assert 2_500_000 <= int(record["duration_us"]) <= 6_000_000 * SLOW


def test_a_change_through_the_api_is_live_within_a_second(world):
    with world.answering() as callee, world.caller() as caller:
        caller.expect_success()
        callee.expect_success()
    world.make.set_enabled("routes", world.routes["a"], False)
    try:
        live = proc.wait_until(lambda: _goes_to(world, "b"), 1.0 * SLOW, 0)
        assert live, "a second later calls still go to the disabled route"
    finally:
        world.make.set_enabled("routes", world.routes["a"], True)
        world.settle()


def _goes_to(world, carrier):
    with world.answering(calls=None), world.answering(carrier="b", calls=None), world.caller(hold_ms=1) as caller:
        caller.expect_success()
    return world.record(caller)["provider_id"] == world.providers[carrier]
