"""SRTP by SDES between peers that are not the daemon's code, in the clear on the other side or not, with every suite."""

import struct
import time

import pytest
from harness import ANI, DNI, SLOW
from media_agent import profile
from media_scene import agents, both_hear, bye, metric, newest, policies, talk
from srtp_peer import SUITES, Context
from warp_cli import proc

SAVP = "RTP/SAVP"
FIRST = "AES_CM_128_HMAC_SHA1_80"


def sealed(*suites, proto=SAVP):
    return profile("PCMU", proto=proto, suites=suites or (FIRST,))


@pytest.mark.parametrize("suite", list(SUITES))
def test_the_customer_is_encrypted_and_the_carrier_is_not(world, suite):
    policies(world, trunk={"security": "required"})
    with agents(world, sealed(suite), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        assert callee.theirs.proto == "RTP/AVP" and not callee.theirs.crypto, callee.theirs.text
        assert caller.theirs.crypto[0].split()[1] == suite
        both_hear(caller, callee)
        assert caller.bad == 0
        bye(caller)


@pytest.mark.parametrize("suite", ["AES_CM_128_HMAC_SHA1_32", "AEAD_AES_256_GCM"])
def test_the_carrier_is_encrypted_and_the_customer_is_not(world, suite):
    policies(world, carrier={"security": "required", "suites": [suite]})
    with agents(world, profile("PCMU"), sealed(suite)) as (callers, callees):
        caller, callee = talk(callers, callees)
        assert callee.theirs.proto == SAVP and [line.split()[1] for line in callee.theirs.crypto] == [suite]
        both_hear(caller, callee)
        assert callee.bad == 0
        bye(caller)


def test_both_are_encrypted_with_keys_of_their_own(world):
    policies(world, trunk={"security": "required"}, carrier={"security": "required"})
    with agents(world, sealed("AES_256_CM_HMAC_SHA1_80"), sealed(FIRST)) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        assert caller.seal["AES_256_CM_HMAC_SHA1_80"].inline[7:] not in callee.theirs.text
        bye(caller)


def test_optional_is_offered_in_the_profile_of_plain_rtp(world):
    policies(world, carrier={"security": "optional"})
    with agents(world, profile("PCMU"), sealed(FIRST)) as (callers, callees):
        caller, callee = talk(callers, callees)
        assert callee.theirs.proto == "RTP/AVP" and callee.theirs.crypto
        both_hear(caller, callee)
        bye(caller)
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        bye(caller)


def test_what_must_be_encrypted_and_is_not_is_refused(world):
    policies(world, trunk={"security": "required"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        with pytest.raises(AssertionError, match="488"):
            callers.place(ANI, DNI)
        assert not callees.calls
        caller = list(callers.calls.values())[-1]
        assert world.one_record(caller.id)["reason"] == "MEDIA_NOT_ENCRYPTED"


def test_bad_tags_change_nothing(world):
    """A hundred packets with wrong tags, from the right address and from another: neither heard nor learned from."""
    policies(world, trunk={"security": "required"})
    world.make.api.put(f"/api/v1/trunks/{world.trunk}", {"symmetric_rtp": True})
    world.settle()
    with agents(world, sealed(FIRST), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        wrong = Context(FIRST)
        place = callee.mark()
        for number in range(100):
            packet = struct.pack("!BBHII", 0x80, 0, 30000 + number, 0, 0xBAD) + b"\x11" * 160
            caller.rtp.sendto(wrong.protect(packet), caller.media)
        time.sleep(0.5)
        assert not [entry for entry in callee.heard[place:] if entry[6] == b"\x11" * 160]
        both_hear(caller, callee)
        assert metric(world, "warp_media_srtp_failures_total") >= 100
        bye(caller)
    world.make.api.put(f"/api/v1/trunks/{world.trunk}", {"symmetric_rtp": False})


def test_the_sequence_wraps(world):
    policies(world, trunk={"security": "required"})
    with agents(world, sealed(FIRST), profile("PCMU")) as (callers, callees):
        caller = callers.place(ANI, DNI)
        callee = newest(callees)
        caller.out_sequence = 65500
        caller.talk(440)
        callee.talk(600)
        both_hear(caller, callee)
        assert caller.send_context.rollover == 1
        both_hear(caller, callee)
        bye(caller)


def test_keys_survive_a_kill(own_world):
    world = own_world(change=lambda settings: settings.setdefault("calls", {}).update({"recovery_window": "15s"}))
    policies(world, trunk={"security": "required"})
    with agents(world, sealed(FIRST), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        world.process.kill()
        world.process.wait()
        world.run()
        assert proc.wait_until(lambda: metric(world, "warp_calls_survived_total") == 1, 10 * SLOW, 0.1)
        both_hear(caller, callee)
        assert caller.bad == 0
        bye(caller)
        assert len(world.records(caller.id)) <= 1
