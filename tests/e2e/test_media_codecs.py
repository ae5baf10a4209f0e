"""Transcoding between the two sides of a call, measured by codecs that are not the daemon's."""

import json
import time

import pytest
from audio_codecs import level
from harness import ANI, DNI
from media_agent import MediaAgent, profile
from media_scene import PREFIX, agents, both_hear, bye, policies, talk

NAMES = ["PCMU", "PCMA", "G722", "G729", "opus", "AMR", "L16"]


@pytest.mark.parametrize("far", NAMES)
@pytest.mark.parametrize("near", ["PCMU", "opus", "G729"])
def test_each_side_hears_the_other_in_its_own_codec(world, near, far):
    policies(world, carrier={"codecs": [far], "transcode": True}, trunk={"codecs": [near], "transcode": True})
    with agents(world, profile(near), profile(far)) as (callers, callees):
        caller, callee = talk(callers, callees)
        assert caller.theirs.names()[0].split("/")[0].lower() == near.lower()
        assert callee.theirs.names()[0].split("/")[0].lower() == far.lower()
        both_hear(caller, callee)
        bye(caller)
        row = world.one_record(caller.id)
    assert row["caller_codec"].split("/")[0].lower() == near.lower(), row["caller_codec"]
    assert row["callee_codec"].split("/")[0].lower() == far.lower(), row["callee_codec"]


def test_a_common_codec_is_passed_through(world):
    policies(world, carrier={"codecs": ["PCMA", "PCMU"], "transcode": True})
    with agents(world, profile("PCMU", "PCMA"), profile("PCMA", "PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        assert caller.theirs.names()[0] == callee.theirs.names()[0]
        both_hear(caller, callee)
        ssrc = {entry[4] for entry in callee.heard}
        assert ssrc == {caller.ssrc}, "the packets were made anew"
        bye(caller)


def test_a_codec_that_is_not_allowed_is_not_offered(world):
    policies(world, carrier={"codecs": ["PCMA"]})
    with agents(world, profile("PCMU", "PCMA", "G729"), profile("PCMA")) as (callers, callees):
        caller, callee = talk(callers, callees)
        assert [name for name in callee.theirs.names() if not name.startswith("telephone")] == ["PCMA/8000"]
        both_hear(caller, callee)
        bye(caller)


def test_a_carrier_without_a_common_codec_is_passed_over(world):
    policies(world, carrier={"codecs": ["G729"]})
    with agents(world, profile("PCMU"), profile("G729")) as (callers, callees):
        second = MediaAgent(world.carrier_ips["b"], world.carrier_ports["b"], world.target, profile("PCMU"))
        try:
            caller, callee = talk(callers, second)
            both_hear(caller, callee)
            bye(caller)
            assert not callees.calls, "the first carrier was called"
            row = world.one_record(caller.id)
            said = [(attempt["provider_id"], attempt["reason"]) for attempt in json.loads(row["attempts"])]
            assert said == [(world.providers["a"], "MEDIA_UNSUPPORTED"), (world.providers["b"], "NORMAL_CLEARING")], said
        finally:
            second.close()


def test_no_carrier_with_a_common_codec_is_a_refusal(world):
    api = world.make.api
    policies(world, carrier={"codecs": ["G729"]})
    api.put(f"{PREFIX}/providers/{world.providers['b']}", {"sip_policy": {"media": {"codecs": ["AMR"]}}})
    world.settle()
    try:
        with agents(world, profile("PCMU"), None) as (callers, _):
            with pytest.raises(AssertionError, match="488"):
                callers.place(ANI, DNI)
            row = world.one_record(next(iter(callers.calls)))
            assert (row["reason"], row["sip_status"]) == ("MEDIA_UNSUPPORTED", "488"), row
            assert [attempt["reason"] for attempt in json.loads(row["attempts"])] == ["MEDIA_UNSUPPORTED"] * 2
    finally:
        api.put(f"{PREFIX}/providers/{world.providers['b']}", {"sip_policy": {"media": {}}})
        world.settle()


def test_the_codec_changes_within_the_call(world):
    policies(world, carrier={"codecs": ["PCMA"], "transcode": True})
    with agents(world, profile("PCMU"), profile("PCMA")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        caller.profile = profile("G722")
        answer = caller.reinvite()
        assert answer.status == 200
        caller.stop_talking()
        caller.talk(440)
        both_hear(caller, callee)
        bye(caller)


def test_packet_lengths_differ(world):
    policies(world, trunk={"transcode": True, "codecs": ["PCMU"], "ptime": 20},
             carrier={"transcode": True, "codecs": ["PCMA"], "ptime": 40})
    with agents(world, profile("PCMU"), profile("PCMA", ptime=40)) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        lengths = {len(entry[6]) for entry in callee.heard[10:] if entry[1] == 8}
        assert lengths == {320}, lengths
        assert {len(entry[6]) for entry in caller.heard[10:] if entry[1] == 0} == {160}
        bye(caller)


def test_lost_packets_are_bridged(world):
    policies(world, carrier={"codecs": ["PCMA"], "transcode": True})
    with agents(world, profile("PCMU"), profile("PCMA")) as (callers, callees):
        caller, callee = talk(callers, callees, hertz=(None, 600))
        caller.lose_every = 10
        caller.talk(440)
        time.sleep(2.5)
        samples, rate = callee.pcm(20)
        blocks = [level(samples[start:start + 320]) for start in range(0, len(samples) - 320, 320)]
        silent = sum(block < 500 for block in blocks)
        assert silent <= len(blocks) // 50, (silent, len(blocks))
        gaps = [b[2] - a[2] & 0xFFFF for a, b in zip(callee.heard[20:], callee.heard[21:])]
        assert set(gaps) == {1}, "the listener sees the loss"
        bye(caller)


def test_what_comes_late_and_shuffled_is_played_in_order(world):
    policies(world, carrier={"codecs": ["PCMA"], "transcode": True})
    with agents(world, profile("PCMU"), profile("PCMA")) as (callers, callees):
        caller, callee = talk(callers, callees, hertz=(None, 600))
        caller.jitter = 0.05
        caller.talk(440)
        time.sleep(3)
        assert callee.hears_tone(440, 50) > 0.8
        bye(caller)
