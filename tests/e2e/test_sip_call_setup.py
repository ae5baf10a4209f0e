"""Call set-up with real peers: 100rel on either leg, delayed offers, UPDATE while it rings, forks, redirects."""

import json

import pytest

import harness

pytestmark = pytest.mark.usefixtures("world")
WORLD = {"provider_fields": {"sip_policy": {"provisional": {"redirect": "follow"}}}}


def answered(world, caller_scenario, callee_scenario, **named):
    """A call that both peers see through to its end; the caller, the callee and the record."""
    with world.answering(callee_scenario, **named) as callee, world.caller(caller_scenario) as caller:
        caller.expect_success(15 * harness.SLOW)
        callee.expect_success(10 * harness.SLOW)
    record = world.record(caller)
    assert (record["disposition"], record["reason"]) == ("ANSWERED", "NORMAL_CLEARING")
    return caller, callee, record


def received(peer):
    """The messages that came to a peer, each as text."""
    return [part.split("message sent")[0] for part in peer.trace().split("message received")[1:]]


@pytest.mark.parametrize("callee", ["uas_answer_183", "uas_100rel"])
def test_a_caller_that_requires_100rel_whatever_the_far_end_does(world, callee):
    caller, _, _ = answered(world, "uac_100rel", callee)
    assert any("RSeq: " in message for message in received(caller))


def test_a_far_end_with_100rel_and_a_caller_without(world):
    caller, callee, _ = answered(world, "uac_answered", "uas_100rel")
    assert not any("RSeq" in message or "100rel" in message for message in received(caller)
                   if "183 Session" in message)
    assert sum("PRACK sip:" in message for message in received(callee)) == 1


def test_a_delayed_offer_is_made_in_the_200_and_answered_in_the_ack(world):
    answered(world, "uac_delayed_offer", "uas_delayed_offer")


def test_a_delayed_offer_is_made_in_a_183_and_answered_in_the_prack(world):
    _, _, record = answered(world, "uac_delayed_offer_100rel", "uas_delayed_offer_100rel")
    assert record["caller_codec"] == "PCMU/8000"


def test_update_while_it_rings_reaches_the_other_side(world):
    answered(world, "uac_early_update", "uas_early_update")


def test_of_two_forks_that_answer_the_second_is_ended(world):
    answered(world, "uac_answered", "uas_forks")


def test_a_redirect_is_followed(world):
    place = f"{world.carrier_ips['b']}:{harness.free_udp_port(world.carrier_ips['b'])}"
    with world.answering("uas_redirect", replace={"__TARGET__": place}) as moved, \
            world.answering(carrier="b", port=int(place.rsplit(":", 1)[1])) as callee, world.caller() as caller:
        caller.expect_success(15 * harness.SLOW)
        moved.expect_success()
        callee.expect_success()
    record = world.record(caller)
    attempts = json.loads(record["attempts"])
    assert [attempt["sip_status"] for attempt in attempts] == [302, 200]
    assert attempts[1]["address"] == place
    # The price is that of the carrier that said where to go.
    assert record["provider_id"] == world.providers["a"]
