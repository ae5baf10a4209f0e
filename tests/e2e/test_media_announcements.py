"""What callers and held sides hear of ours: clips before a refusal, before a cut-off, while nobody has answered, on hold."""

import contextlib
import time
import wave

import pytest
from audio_codecs import tone
from harness import ANI, DNI, SLOW
from media_agent import profile
from media_scene import agents, both_hear, bye, newest, policies, talk
from prepaid import make_prepaid
from warp_cli import proc
from warp_cli.rest import ApiError

DECK = "prefix,per_minute,setup_fee,initial_increment,increment,minimum_seconds\n44,0.6000,0,1,1,0\n"
CLIPS = {"sorry": (700, 1.5), "credit": (850, 3.0), "music": (520, 2.0), "ring": (425, 1.0)}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    folder.chmod(0o755)
    for name, (hertz, seconds) in CLIPS.items():
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            file.writeframes(tone(hertz, 16000, seconds))
    for parent in list(folder.parents)[:3]:
        parent.chmod(parent.stat().st_mode | 0o055)
    return folder


@pytest.fixture
def scene(own_world, clips):
    def change(settings):
        settings["media"]["clips"] = str(clips)
        settings["charging"] = {"reserve": "60s", "renew_before": "5s"}
        settings.setdefault("calls", {}).update({"recovery_window": "15s"})

    world = own_world(change=change)
    world.make.api.post_csv(f"/api/v1/rate-plans/{world.plans['customer']}/rates", DECK)
    return world


def call_without_answer(callers, seconds=12):
    """Places a call and gives (the caller's end, the final answer); `callers.early` has what came before."""
    call = callers.call_class(callers, f"own-{time.time_ns()}@{callers.ip}")
    callers.calls[call.id] = call
    call.local = f"<sip:{ANI}@{callers.ip}>;tag=o{time.time_ns()}"
    call.remote, call.target = f"<sip:{DNI}@{callers.target}>", f"sip:{DNI}@{callers.target}"
    call.cseq += 1
    said = callers.early = []
    answer = callers.transact(call, "INVITE", call.cseq, call.sdp(), seconds=seconds, tell=said.append)
    return call, answer


def test_a_call_without_money_hears_why(scene):
    world = scene
    policies(world, trunk={"refusal_clip": "sorry"})
    make_prepaid(world, "0.005")
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, answer = call_without_answer(callers)
        assert answer.status >= 400 and "INSUFFICIENT_FUNDS" in answer["Reason"], answer.first
        assert [message.status for message in callers.early if message.body] == [183]
        assert caller.hears_tone(700) > 0.8
        assert 60 <= len(caller.heard) <= 80, len(caller.heard)  # 1.5 s
        assert not callees.calls
        row = world.one_record(caller.id)
        assert (row["reason"], int(row["charge_nanos"] or 0)) == ("INSUFFICIENT_FUNDS", 0)


def test_a_call_is_told_before_its_credit_ends(scene):
    world = scene
    policies(world, trunk={"cut_off_clip": "credit"})
    make_prepaid(world, "0.12")
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        placed = time.monotonic()
        caller, callee = talk(callers, callees)
        talking = time.monotonic()
        assert proc.wait_until(lambda: callers.ended and callees.ended, 20 * SLOW, 0.01), "it went on"
        ended = time.monotonic()
        assert ended - placed >= 11.7 and ended - talking <= 12.3 * SLOW, (ended - placed, ended - talking)
        before = [place for place, entry in enumerate(caller.heard) if talking + 2 < entry[0] < talking + 7]
        last = [place for place, entry in enumerate(caller.heard) if ended - 2.5 < entry[0] < ended - 0.3]
        assert caller.hears_tone(600, before[0], before[-1]) > 0.8
        assert caller.hears_tone(850, last[0], last[-1]) > 0.8
        # The other side hears the caller all the time.
        assert callee.hears_tone(440, callee.mark() - 80) > 0.8
        row = world.one_record(caller.id, 10)
        assert (row["reason"], row["cut_off"], int(row["covered_seconds"])) == ("CREDIT_EXHAUSTED", "t", 12)


def test_who_waits_for_an_answer_hears_our_ring_back(scene):
    world = scene
    policies(world, trunk={"ringback": "ring"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        callees.ring_seconds = 2.0
        caller, answer = call_without_answer(callers)
        assert answer.status == 200
        assert [message.status for message in callers.early if message.body][:1] == [183]
        assert caller.hears_tone(425) > 0.8
        assert 80 <= len(caller.heard) <= 120, len(caller.heard)
        caller.remote, caller.target = answer["To"], answer["Contact"].partition("<")[2].partition(">")[0]
        caller.take_sdp(answer.body)
        callers.send_request(caller, "ACK", caller.cseq)
        callee = newest(callees)
        caller.talk(440)
        callee.talk(600)
        both_hear(caller, callee)
        bye(caller)


@contextlib.contextmanager
def held_call(world):
    """The caller of a call that its callee holds within, and talks on afterwards."""
    policies(world, trunk={"hold_music": "music"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        callee.stop_talking()
        assert callee.reinvite(direction="sendonly").status == 200
        yield caller
        assert callee.reinvite(direction="sendrecv").status == 200
        callee.talk(600)
        time.sleep(0.3)
        both_hear(caller, callee)
        bye(caller)


def test_who_is_held_hears_music(scene):
    with held_call(scene) as caller:
        time.sleep(0.3)
        place = caller.mark()
        time.sleep(1.6)
        assert caller.hears_tone(520, place) > 0.8


def test_held_music_goes_on_after_kill_9(scene):
    world = scene
    with held_call(world) as caller:
        place = caller.mark()
        assert caller.hears(50, 5 * SLOW, place) and caller.hears_tone(520, place + 20) > 0.8
        world.process.kill()
        world.process.wait()
        world.run()
        place = caller.mark()
        assert caller.hears(80, 10 * SLOW, place), "silence"
        assert caller.hears_tone(520, place + 20) > 0.8


def test_a_clip_that_is_not_there_holds_nothing_up(scene):
    world = scene
    policies(world, trunk={"ringback": "tone:ringback-us"})
    with pytest.raises(ApiError) as refused:
        world.make.api.put(f"/api/v1/trunks/{world.trunk}", {"sip_policy": {"media": {"ringback": "nowhere"}}})
    assert refused.value.status in (400, 422), refused.value.status
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        bye(caller)
