"""What a call's media cost in the long run: thousands of holds within one call, and the hole that a killed process leaves."""

import os
import time

import pytest
from harness import PRESET, SLOW
from media_agent import profile
from media_scene import agents, both_hear, bye, metric, policies, talk

CYCLES = int(os.environ.get("WARP_HOLD_CYCLES", "10000"))
WARM_UP = 200
RATE = 50  # packets a second of a talking end


class Costs:
    """Of the daemon, as it stands."""

    def __init__(self, world):
        status = dict(line.split(":", 1) for line in open(f"/proc/{world.process.pid}/status"))
        self.kilobytes = int(status["VmRSS"].split()[0])
        self.files = len(os.listdir(f"/proc/{world.process.pid}/fd"))
        self.log_lines = world.warp.daemon.log.read_text(errors="replace").count("\n")
        self.sessions = metric(world, "warp_media_sessions")


def hold_and_resume(caller, count):
    for _ in range(count):
        for direction in ("sendonly", "sendrecv"):
            answer = caller.reinvite(direction=direction, tries=10)
            assert answer.status == 200, answer.first


@pytest.fixture
def scene(own_world):
    return own_world(change=lambda settings: settings.setdefault("calls", {}).update(recovery_window="15s"))


def test_ten_thousand_holds_of_one_call_leave_nothing_behind(scene):
    world = scene
    policies(world, carrier={"hold_music": "tone:ringback-us"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees, hertz=(None, None))
        hold_and_resume(caller, WARM_UP)
        before, began = Costs(world), time.monotonic()
        hold_and_resume(caller, CYCLES)
        took, after = time.monotonic() - began, Costs(world)
        print(f"{CYCLES} cycles in {took:.1f} s; resident {before.kilobytes} -> {after.kilobytes} KiB")
        if PRESET == "release":  # a sanitizer keeps what is freed
            assert after.kilobytes - before.kilobytes < 16 * 1024, (before.kilobytes, after.kilobytes)
        assert after.files <= before.files + 4, (before.files, after.files)
        assert after.log_lines - before.log_lines < 50, "a hold is worth no line of the log"
        assert after.sessions == before.sessions
        caller.talk(440)
        callee.talk(600)
        both_hear(caller, callee)
        bye(caller)
        assert int(world.one_record(caller.id)["duration_us"]) > 0


def longest_hole(heard):
    """Packets that are missing in a row, of one source."""
    return max((b[2] - a[2] - 1 & 0xFFFF for a, b in zip(heard, heard[1:]) if a[4] == b[4]), default=0)


def test_the_hole_that_a_killed_process_leaves_in_the_audio(scene):
    world = scene
    policies(world)
    holes, away = [], []
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        for _ in range(3):
            places = caller.mark(), callee.mark()
            killed = time.monotonic()
            world.process.kill()
            world.process.wait()
            world.run()
            away.append(time.monotonic() - killed)
            both_hear(caller, callee)
            holes.append(max(longest_hole(caller.heard[places[0] - 1:]), longest_hole(callee.heard[places[1] - 1:])))
        bye(caller)
    lost = sorted(holes)[1]
    print(f"packets lost in a row over a kill: {holes}, median {lost / RATE:.2f} s")
    assert 0 < lost <= RATE * SLOW, holes
