"""Digits from each way of sending them to each: RFC 4733, SIP INFO, tones in the audio."""

import array
import time

import pytest
from audio_codecs import share
from harness import SLOW
from media_agent import profile
from media_scene import agents, bye, policies, talk
from warp_cli import proc

WAYS = ["rfc4733", "info", "inband"]
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
LAYOUT = "123A456B789C*0#D"
DIGITS = "15*#9D"


def tones(pcm, rate):
    """The digits in audio, by their two tones: each once, however long."""
    samples, window, heard, before = array.array("h", pcm), rate // 25, "", None
    for start in range(0, len(samples) - window, window // 2):
        now = digit_of(samples[start:start + window], rate)
        if now and now != before:
            heard += now
        before = now
    return heard


def digit_of(part, rate):
    shares = [max((share(part, hertz, rate), place) for place, hertz in enumerate(group)) for group in (ROWS, COLUMNS)]
    if min(shares)[0] < 0.2 or shares[0][0] + shares[1][0] < 0.7:
        return None
    return LAYOUT[4 * shares[0][1] + shares[1][1]]


def press(call, way, digit, milliseconds):
    if way == "rfc4733":
        call.press(digit, milliseconds)
    elif way == "info":
        answer = call.request("INFO", f"Signal={digit}\r\nDuration={milliseconds}\r\n", kind="application/dtmf-relay")
        assert answer.status == 200, answer.first
    else:
        call.press_tones(digit, milliseconds)


def heard_infos(call):
    found = []
    while not call.requests.empty():
        message = call.requests.get()
        if message.method == "INFO":
            fields = dict(line.split("=", 1) for line in message.body.split() if "=" in line)
            found.append((fields["Signal"].strip(), int(fields.get("Duration", 0))))
    return found


def side(way):
    """Profile and policy of a side that speaks that way."""
    return profile("PCMU", events=101 if way == "rfc4733" else 0), {"dtmf": way, "codecs": ["PCMU"], "transcode": True}


@pytest.mark.parametrize("to", WAYS)
@pytest.mark.parametrize("source", WAYS)
@pytest.mark.parametrize("direction", ["to the callee", "to the caller"])
def test_digits_arrive_once_and_in_the_way_of_the_other_side(world, source, to, direction):
    sides = [side(source), side(to)]
    if direction == "to the caller":
        sides.reverse()
    policies(world, trunk=sides[0][1], carrier=sides[1][1])
    with agents(world, sides[0][0], sides[1][0]) as (callers, callees):
        ends = talk(callers, callees, hertz=(None, None))
        talker, listener = ends if direction == "to the callee" else reversed(ends)
        for call in ends:
            call.talk(0)  # silence keeps the streams going
        time.sleep(0.5)
        place = listener.mark()
        for digit in DIGITS:
            press(talker, source, digit, 160)
            time.sleep(0.3)
        time.sleep(0.8 * SLOW)
        if to == "rfc4733":
            assert proc.wait_until(lambda: len(listener.digits(place)) >= len(DIGITS), 3 * SLOW)
            digits = listener.digits(place)
            assert "".join(digit for digit, _ in digits) == DIGITS
            assert all(100 <= length <= 260 for _, length in digits), digits
            assert tones(*listener.pcm(place)) == "", "doubled in the audio"
        elif to == "info":
            digits = heard_infos(listener)
            assert "".join(digit for digit, _ in digits) == DIGITS, digits
            assert all(100 <= length <= 260 for _, length in digits), digits
            assert listener.digits(place) == []
        else:
            assert tones(*listener.pcm(place)) == DIGITS
            assert listener.digits(place) == []
        bye(ends[0])


def test_payload_types_of_the_two_sides_differ(world):
    policies(world)
    with agents(world, profile("PCMU", events=96), profile("PCMU", events=110)) as (callers, callees):
        caller, callee = talk(callers, callees)
        caller.press("7", 200)
        assert proc.wait_until(lambda: callee.digits(), 3 * SLOW)
        assert [digit for digit, _ in callee.digits()] == ["7"]
        bye(caller)


def test_digits_are_masked_in_the_log(world):
    policies(world, trunk={"dtmf": "info"}, carrier={"dtmf": "rfc4733"})
    with agents(world, profile("PCMU", events=0), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        for digit in "8642086420":
            press(caller, "info", digit, 100)
        assert proc.wait_until(lambda: len(callee.digits()) == 10, 5 * SLOW)
        bye(caller)
    log = world.warp.daemon.log.read_text(errors="replace")
    assert "Signal=8" not in log and "digit=8" not in log
