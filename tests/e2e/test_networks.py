"""The same call over IPv6, over both shards, and with media bypassed."""

import harness
from warp_cli import proc, rtp


def test_ipv6_end_to_end(own_world):
    world = own_world(ip="::1", customer_ip="::1", carrier_ips=("::1", "::1"))
    with world.audio() as (customer, carrier):
        with world.answering(audio_port=carrier.port) as callee, \
                world.caller(audio_port=customer.port, hold_ms=1000) as caller:
            carrier.start(callee.media_address())
            customer.start(caller.media_address())
            caller.expect_success()
            callee.expect_success()
    assert world.record(caller)["disposition"] == "ANSWERED"
    good, bad = rtp.heard(carrier, customer)
    assert bad == 0 and good >= 25


def test_forty_calls_at_once_over_two_shards_leave_forty_records(own_world):
    world = own_world(change=lambda settings: settings["sip"].update(shards=2))
    with world.answering(calls=40) as callee, \
            world.caller(calls=40, hold_ms=1500, arguments=["-r", "40", "-l", "40"]) as caller:
        caller.expect_success(30)
        callee.expect_success()
    counted = "SELECT count(*), count(DISTINCT sip_call_id) FROM records.cdrs WHERE disposition = 'ANSWERED'"
    proc.wait_until(lambda: world.warp.postgres.sql(counted) == [["40", "40"]], 5 * harness.SLOW, 0.1)
    assert world.warp.postgres.sql(counted) == [["40", "40"]]


def test_bypassed_media_carries_the_sdp_through(own_world):
    world = own_world(trunk_fields={"media_mode": "BYPASS"}, provider_fields={"media_mode": "BYPASS"})
    with world.answering(audio_port=6100) as callee, world.caller(audio_port=6000) as caller:
        assert callee.media_address() == (harness.CUSTOMER, 6000)
        assert caller.media_address() == (harness.CARRIER_A, 6100)
        caller.expect_success()
        callee.expect_success()
    record = world.record(caller)
    assert (record["disposition"], record["caller_codec"]) == ("ANSWERED", "")
