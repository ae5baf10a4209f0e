"""SIPREC (RFC 7866, RFC 7865): calls that a recorder outside gets, and what happens to them when it fails: nothing."""

import contextlib
import time

import pytest
from harness import SLOW
from media_agent import profile
from media_scene import agents, both_hear, bye, metric, policies, talk
from recorder_peer import Recorder
from warp_cli import proc

V1 = "/api/v1"


@pytest.fixture
def scene(own_world, tmp_path):
    """make(recorders, …): a world whose recordings.siprec has them, by priority."""
    tmp_path.chmod(0o755)

    def make(*recorders, names=(), fallback="none", srtp=False, timeout="2s"):
        def change(settings):
            targets = [{"uri": one.uri, "priority": place, "recorder": names[place] if names else "", "srtp": srtp}
                       for place, one in enumerate(recorders)]
            settings["recordings"] = {"siprec": {"targets": targets, "fallback": fallback, "timeout": timeout}}
            if fallback != "none":
                (tmp_path / "recordings").mkdir(mode=0o777)
                (tmp_path / "recordings").chmod(0o777)
                settings["recordings"]["folder"] = str(tmp_path / "recordings")
            settings.setdefault("calls", {}).update({"recovery_window": "15s"})
        return own_world(change=change)
    return make


@pytest.fixture
def recorders():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Recorder()) for _ in range(2)]


def session_of(recorder, count=1):
    assert proc.wait_until(lambda: len(recorder.sessions) >= count and recorder.sessions[-1].acked.is_set(), 10 * SLOW, 0.05), \
        recorder.asked
    return recorder.sessions[-1]


def hears_both(session, hertz=(440, 600), share=0.8):
    """A second and more of each side's tone, from now on."""
    ears = [session.ears["1"], session.ears["2"]]
    marks = [ear.mark() for ear in ears]
    assert proc.wait_until(lambda: all(ear.mark() - mark >= 60 for ear, mark in zip(ears, marks)), 10 * SLOW, 0.05), \
        [ear.mark() - mark for ear, mark in zip(ears, marks)]
    heard = [ear.tone(tone, mark) for ear, tone, mark in zip(ears, hertz, marks)]
    assert min(heard) > share, heard


@pytest.mark.parametrize("near,far", [("PCMU", "PCMU"), ("G722", "PCMA")])
def test_both_sides_and_the_metadata_reach_the_recorder(scene, recorders, near, far):
    world = scene(recorders[0])
    policies(world, trunk={"record": "siprec", "codecs": [near], "transcode": True}, carrier={"codecs": [far], "transcode": True})
    with agents(world, profile(near), profile(far)) as (callers, callees):
        caller, callee = talk(callers, callees)
        session = session_of(recorders[0])
        both_hear(caller, callee)
        hears_both(session)
        for ear in session.ears.values():
            sequences = [entry[2] for entry in ear.heard]
            assert len({entry[4] for entry in ear.heard}) == 1, "one SSRC a side"
            assert all((b - a) & 0xFFFF == 1 for a, b in zip(sequences, sequences[1:]))
        assert proc.wait_until(lambda: all(ear.reports for ear in session.ears.values()), 8 * SLOW, 0.1)
        assert all(ear.reports[0][1] == 200 for ear in session.ears.values()), "sender reports"
        bye(caller)
        assert proc.wait_until(lambda: session.over, 5 * SLOW, 0.05)
    said = session.metadata[0]
    assert said.mode == "complete" and sorted(said.labels.values()) == ["1", "2"]
    assert len(said.participants) == 2 and all(aor.startswith("tel:+") for aor in said.participants.values())
    labels = {who: [said.labels[stream] for stream in sends] for who, sends in said.sends.items()}
    assert sorted(labels.values()) == [["1"], ["2"]]
    assert {who: [said.labels[stream] for stream in hears] for who, hears in said.hears.items()} == \
        {who: ["2" if sent == ["1"] else "1"] for who, sent in labels.items()}
    assert "NORMAL_CLEARING" in session.ended_with
    assert metric(world, "warp_calls_recorder_sessions_total") == 1


def test_an_encrypted_call_goes_encrypted_to_the_recorder(scene, recorders):
    world = scene(recorders[0], srtp=True)
    policies(world, trunk={"record": "siprec", "security": "required"})
    with agents(world, profile("PCMU", proto="RTP/SAVP", suites=("AES_CM_128_HMAC_SHA1_80",)), profile("PCMU")) as (
            callers, callees):
        caller, callee = talk(callers, callees)
        session = session_of(recorders[0])
        assert all(ear.proto == "RTP/SAVP" and ear.seal for ear in session.ears.values())
        hears_both(session)
        both_hear(caller, callee)
        bye(caller)


def test_hold_and_resume_are_told(scene, recorders):
    world = scene(recorders[0])
    policies(world, trunk={"record": "siprec"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        session = session_of(recorders[0])
        begun = session.metadata[0]
        assert caller.reinvite(direction="inactive").status == 200
        assert proc.wait_until(lambda: len(session.metadata) == 2, 5 * SLOW, 0.05)
        held = session.metadata[1]
        assert held.mode == "partial" and not any(held.sends.values()) and not any(held.hears.values())
        assert [session.ears[label].direction for label in "12"] == ["inactive", "inactive"]
        assert caller.reinvite(direction="sendrecv").status == 200
        assert proc.wait_until(lambda: len(session.metadata) == 3, 5 * SLOW, 0.05)
        assert session.metadata[2].sends == begun.sends
        hears_both(session)
        both_hear(caller, callee)
        bye(caller)


def test_digits_are_heard_or_masked(scene, recorders):
    world = scene(recorders[0])
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        for mode, expected in (("sent", True), ("masked", False)):
            policies(world, trunk={"record": "siprec", "record_digits": mode})
            caller, callee = talk(callers, callees)
            session = session_of(recorders[0], 1 if expected else 2)
            caller.press("5")
            assert proc.wait_until(lambda end=callee: end.digits(), 5 * SLOW, 0.05), "the other side hears it"
            hears_both(session)
            assert bool(session.ears["1"].events()) == expected
            sequences = [entry[2] for entry in session.ears["1"].heard]
            gaps = [(b - a) & 0xFFFF for a, b in zip(sequences, sequences[1:]) if (b - a) & 0xFFFF != 1]
            assert not gaps, gaps
            bye(caller)


@pytest.mark.parametrize("fault", ["deaf", "refuses", "no_streams"])
def test_the_next_recorder_is_tried_and_the_call_is_unharmed(scene, recorders, fault):
    world = scene(*recorders)
    setattr(recorders[0], fault, 503 if fault == "refuses" else True)
    policies(world, trunk={"record": "siprec"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        session = session_of(recorders[1])
        hears_both(session)
        both_hear(caller, callee)
        bye(caller)
        assert proc.wait_until(lambda: session.over, 5 * SLOW, 0.05)
    reason = {"deaf": "FAR_END_TIMEOUT", "refuses": "FAR_END_REJECTED", "no_streams": "MEDIA_UNSUPPORTED"}[fault]
    assert metric(world, "warp_calls_recorder_failures_total", f'reason="{reason}"') == 1


def test_a_recorder_that_hangs_up_is_followed_by_the_next_and_then_by_a_file(scene, recorders):
    world = scene(*recorders, fallback="wav_stereo")
    policies(world, trunk={"record": "siprec"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        recorders[0].hang_up(session_of(recorders[0]))
        session = session_of(recorders[1])
        hears_both(session)
        recorders[1].hang_up(session)
        rows = proc.wait_until(lambda: world.make.api.get(f"{V1}/recordings"), 10 * SLOW, 0.2)
        assert rows and rows[0]["form"] == "wav_stereo", rows
        both_hear(caller, callee)
        bye(caller)
    assert metric(world, "warp_calls_recorders_exhausted_total", 'instead="file"') == 1


def test_on_demand_by_name(scene, recorders):
    world = scene(*recorders, names=("legal", "quality"))
    policies(world)
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        call = proc.wait_until(lambda: world.make.api.get(f"{V1}/calls"), 5 * SLOW, 0.1)[0]["id"]
        world.make.api.post(f"{V1}/calls/{call}/recording", {"form": "siprec", "recorder": "quality"})
        session = session_of(recorders[1])
        hears_both(session)
        assert not recorders[0].asked
        world.make.api.request("DELETE", f"{V1}/calls/{call}/recording")
        assert proc.wait_until(lambda: session.over, 5 * SLOW, 0.05)
        marks = [ear.mark() for ear in session.ears.values()]
        both_hear(caller, callee)
        assert [ear.mark() for ear in session.ears.values()] == marks, "nothing after the end"
        bye(caller)


def test_after_a_kill_the_old_session_ends_and_another_begins(scene, recorders):
    world = scene(recorders[0])
    policies(world, trunk={"record": "siprec"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        first = session_of(recorders[0])
        time.sleep(2)
        world.process.kill()
        world.process.wait()
        world.run()
        second = session_of(recorders[0], 2)
        assert proc.wait_until(lambda: first.over, 5 * SLOW, 0.05)
        assert "DAEMON_RESTARTED" in first.ended_with
        both_hear(caller, callee)
        hears_both(second)
        bye(caller)
        assert proc.wait_until(lambda: second.over, 5 * SLOW, 0.05)
