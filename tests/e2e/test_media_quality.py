"""What the API, the record and the metrics say of a call's media, beside what its ends have sent: loss, order, duplicates,
jitter, round trips, scores, one-way audio and silence."""

import random
import signal
import socket
import struct
import threading
import time

import audio_codecs
import pytest
import rtcp_words
from harness import SLOW
from live_client import LiveClient
from media_agent import profile
from media_scene import PREFIX, agents, bye, metric, policies, talk
from warp_cli import proc

STRETCH = 1.0  # seconds; as configured below
ONE_WAY, SILENT = 2.0, 3.0


def change(settings):
    settings["media"]["quality"] = {"stretch": f"{STRETCH:g}s", "one_way_after": f"{ONE_WAY:g}s", "silent_after": f"{SILENT:g}s"}
    settings.setdefault("calls", {}).update(recovery_window="15s")


WORLD = {"change": change}
SPACING, UNITS = 0.01, 80  # packets of 10 ms, so that a test is short


class Stream:
    """RTP of our own making from one end of a call. `place`: what becomes of packet n, a list of (delay, how often)."""

    def __init__(self, call, seed):
        self.call, self.ssrc, self.next = call, 0x10000000 + seed, 1000 * seed
        self.left = []  # (time, timestamp) of what left

    def send(self, count, fate=lambda n: ("send", 0.0), payload=None):
        """Each packet at its time; "lose", "twice" and "behind" (after the one that follows) change what the other end sees."""
        begin, held = time.monotonic(), None
        sound = audio_codecs.Pcmu().encode(audio_codecs.tone(600, 8000, 0.01)) if payload is None else payload
        for n in range(count):
            what, late = fate(n)
            self.next += 1
            data = struct.pack("!BBHII", 0x80, 0, self.next & 0xFFFF, self.next * UNITS & 0xFFFFFFFF, self.ssrc) + sound
            time.sleep(max(0.0, begin + n * SPACING + late - time.monotonic()))
            if what == "behind":
                held = data, self.next
            elif what != "lose":
                self._go(data, self.next)
                if what == "twice":
                    self._go(data, None)
                if held:
                    self._go(*held)
                    held = None

    def _go(self, data, number):
        self.call.rtp.sendto(data, self.call.media)
        if number is not None:
            self.left.append((time.monotonic(), number * UNITS))

    def jitter(self):
        """RFC 3550 A.8 of what left here: (last, mean, largest) in microseconds."""
        figures, jitter = [], 0.0
        for (before, first), (after, second) in zip(self.left, self.left[1:]):
            jitter += (abs((after - before) - (second - first) / 8000) - jitter) / 16
            figures.append(jitter)
        return [1e6 * figure for figure in (figures[-1], sum(figures) / len(figures), max(figures))]


def together(*works):
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def live(world, wanted=lambda call: True, seconds=5):
    """The one call in progress, once it is as wanted."""
    found = []

    def there():
        calls = world.make.api.get(f"{PREFIX}/calls", customer_id=world.customer)
        found[:] = calls
        return len(calls) == 1 and wanted(calls[0])
    assert proc.wait_until(there, seconds * SLOW, 0.1), found
    one = world.make.api.get(f"{PREFIX}/calls/{found[0]['id']}", customer_id=world.customer)
    assert one["id"] == found[0]["id"] and one["caller_media"].keys() == found[0]["caller_media"].keys()
    return one


def recorded(world, call_id):
    """The record of a call that is over, by the API."""
    found = []

    def there():
        rows = world.make.api.get(f"{PREFIX}/cdr/details", customer_id=world.customer)
        found[:] = [row for row in rows if row["call_id"] == call_id]
        return bool(found)
    assert proc.wait_until(there, 10 * SLOW, 0.1), "no record"
    return world.make.api.get(f"{PREFIX}/cdr/{found[0]['id']}", customer_id=world.customer)


@pytest.fixture
def plain(world):
    policies(world)
    with agents(world, profile("PCMU", events=0), profile("PCMU", events=0)) as ends:
        yield world, *talk(*ends, hertz=(None, None))


def rtcp_socket(call):
    """Where the daemon sends RTCP of a side that has not said where: one above its RTP."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((call.agent.ip, call.rtp.getsockname()[1] + 1))
    made.settimeout(5 * SLOW)
    return made


def to_rtcp(call):
    return call.media[0], call.media[1] + 1


def mos(loss, delay_ms, ie=0.0, bpl=4.3):
    """ITU-T G.107 with its defaults."""
    r = 93.2 - 0.024 * delay_ms - max(0.0, delay_ms - 177.3) * 0.11 - ie - (95 - ie) * 100 * loss / (100 * loss + bpl)
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def expected_mos(media, expected, missing=0):
    """Of what came of that leg. A machine that stalls makes packets late: they count as lost, as the figures beside say."""
    delay = 20 + min(60, media["jitter_us"] / 500) + (media["rtt_us"] or 0) / 2000
    return mos((missing + media["late"]) / expected, delay)


def test_loss_on_one_way_and_order_on_the_other(plain):
    """5 % of what the caller sends is lost; of what the callee sends one in 25 comes twice and one in 40 behind the next."""
    world, caller, callee = plain
    before = {name: metric(world, f"warp_calls_media_{name}_count") for name in ("loss_ratio", "mos", "jitter_seconds")}
    a, b = Stream(caller, 1), Stream(callee, 2)
    count = 400
    together(lambda: a.send(count, lambda n: ("lose" if n % 20 == 10 else "send", 0.0)),
             lambda: b.send(count, lambda n: ("twice" if n % 25 == 12 else "behind" if n % 40 == 33 else "send", 0.0)))
    lost, twice, behind = count // 20, count // 25, count // 40
    call = live(world, lambda seen: seen["callee_media"]["packets_received"] == count + twice
                and seen["caller_media"]["packets_received"] == count - lost)
    bye(caller)
    record = recorded(world, call["id"])
    for seen in (call, record):
        of_a, of_b = seen["caller_media"], seen["callee_media"]
        assert (of_a["packets_lost"], of_a["duplicates"], of_a["out_of_order"]) == (lost, 0, 0), of_a
        # A.3: the place of a lost packet is what a duplicate takes; nothing was lost here.
        assert (of_b["packets_lost"], of_b["duplicates"], of_b["out_of_order"]) == (0, twice, behind), of_b
        assert of_a["packets_sent"] == count + twice and of_b["packets_sent"] == count - lost
        assert abs(float(of_a["mos"]) - expected_mos(of_a, count - 1, lost)) < 0.02, of_a
        assert abs(float(of_b["mos"]) - expected_mos(of_b, count - 1)) < 0.02, of_b
        assert of_b["heard_mos"] == of_a["mos"], "the callee hears the caller"
        assert of_a["heard_mos"] == of_b["mos"]
        assert float(of_a["mos_min"]) <= float(of_a["mos_mean"]) < 4, of_a
    row = world.one_record(caller.id)
    assert row["caller_packets_lost"] in (lost, str(lost)) and '"out_of_order"' in str(row["callee_quality"]).replace("'", '"')
    for name, was in before.items():
        assert metric(world, f"warp_calls_media_{name}_count") == was + 2, name
    assert metric(world, "warp_calls_media_loss_ratio_sum", 'party="customer"') > 0.04


def test_jitter_is_that_of_rfc_3550(plain):
    world, caller, callee = plain
    a, b = Stream(caller, 3), Stream(callee, 4)
    together(lambda: a.send(300, lambda n: ("send", 0.008 if n % 2 else 0.0)), lambda: b.send(300))
    call = live(world, lambda seen: seen["caller_media"]["packets_received"] == 300)
    bye(caller)
    record = recorded(world, call["id"])
    for stream, media in ((a, record["caller_media"]), (b, record["callee_media"])):
        last, mean, largest = stream.jitter()
        # The daemon's clock is read once a millisecond, and the machine has other work.
        assert abs(media["jitter_us"] - last) < 2_500, (media, last)
        assert abs(media["jitter_mean_us"] - mean) < 2_500, (media, mean)
        assert media["jitter_max_us"] >= media["jitter_mean_us"] and abs(media["jitter_max_us"] - largest) < 8_000
    assert record["caller_media"]["jitter_mean_us"] > 4_000


def test_round_trips_and_what_the_far_ends_report(plain):
    """Each end answers the other's sender report after holding it; XR of the callee says what it makes of what it gets."""
    world, caller, callee = plain
    sockets = {caller: rtcp_socket(caller), callee: rtcp_socket(callee)}
    try:
        streams = {caller: Stream(caller, 5), callee: Stream(callee, 6)}
        together(*(lambda stream=stream: stream.send(120) for stream in streams.values()))
        live(world, lambda seen: seen["caller_media"]["packets_received"] == 120)
        elapsed = {}
        for asker, answerer in ((caller, callee), (callee, caller)):
            ntp = random.getrandbits(64) | 1 << 40
            asked = time.monotonic()
            sockets[asker].sendto(rtcp_words.sender_report(streams[asker].ssrc, ntp, 120), to_rtcp(asker))
            data, _ = sockets[answerer].recvfrom(2048)
            assert rtcp_words.sender_reports(data) == [(streams[asker].ssrc, ntp)]
            time.sleep(0.2)
            report = rtcp_words.block(streams[asker].ssrc, 26, 12, jitter=160, last_sr=rtcp_words.middle(ntp), delay=0.1)
            sockets[answerer].sendto(rtcp_words.receiver_report(streams[answerer].ssrc, report), to_rtcp(answerer))
            sockets[asker].recvfrom(2048)
            elapsed[answerer] = time.monotonic() - asked
        extended = rtcp_words.voip_metrics(streams[callee].ssrc, streams[caller].ssrc, loss=25, discard=13, mos_lq=38, mos_cq=37,
                                           r=80, end_system=70, buffer=40, concealment=3)
        sockets[callee].sendto(rtcp_words.receiver_report(streams[callee].ssrc) + extended, to_rtcp(callee))
        call = live(world, lambda seen: seen["callee_media"]["xr_mos_lq"] is not None)
    finally:
        for one in sockets.values():
            one.close()
    bye(caller)
    record = recorded(world, call["id"])
    for seen in (call, record):
        for side, name in ((caller, "caller_media"), (callee, "callee_media")):
            media = seen[name]
            # The answer came after 0.2 s, of which it says to have been held for 0.1.
            assert 0.1e6 <= media["rtt_us"] <= (elapsed[side] - 0.1) * 1e6 + 1000, (media, elapsed[side])
            assert media["rtt_mean_us"] == media["rtt_max_us"] == media["rtt_us"]
            assert (media["remote_loss_percent"], media["remote_lost"], media["remote_jitter_us"]) == (10, 12, 20_000)
        told = seen["callee_media"]
        assert (told["xr_loss_percent"], told["xr_discard_percent"]) == ("9.76", "5.07")
        assert (told["xr_mos_lq"], told["xr_mos_cq"], told["xr_r_factor"]) == ("3.80", "3.70", 80)
        assert (told["xr_end_system_ms"], told["xr_buffer_ms"], told["xr_burst_ms"]) == (70, 40, 100)
        assert seen["caller_media"]["xr_mos_lq"] is None
        # It conceals loss, as it says: 10 % of all, 5 % of the rest thrown away by its buffer.
        lost = max(12, seen["caller_media"]["late"]) / 119
        heard = mos(1 - (1 - lost) * (1 - 0.0507), (told["rtt_us"] + seen["caller_media"]["rtt_us"]) / 2000 + 70, bpl=25.1)
        assert abs(float(told["heard_mos"]) - heard) < 0.05, (told, heard)
        whole = seen["caller_media"]
        assert abs(float(whole["mos"]) - expected_mos(whole, 119)) < 0.02, "what came here was whole"


def test_one_way_audio_is_told_and_ends_when_it_ends(plain):
    world, caller, callee = plain
    before = metric(world, "warp_calls_media_one_way_total", 'party="provider"')
    stop, a, b = threading.Event(), Stream(caller, 7), Stream(callee, 8)

    def on_and_on():
        while not stop.is_set():
            a.send(10)
    talking = threading.Thread(target=on_and_on, daemon=True)
    talking.start()
    try:
        call = live(world, lambda seen: seen["callee_media"]["one_way"], ONE_WAY + 8)
        assert call["callee_media"]["one_way_ms"] >= 1000 * ONE_WAY and not call["caller_media"]["one_way"]
        assert metric(world, "warp_calls_media_one_way_total", 'party="provider"') == before + 1
        b.send(150)
    finally:
        stop.set()
        talking.join()
    assert proc.wait_until(lambda: 'calls.heard_again' in world.warp.daemon.log.read_text(), 5 * SLOW)
    bye(caller)
    record = recorded(world, call["id"])
    assert record["facts"]["one_way"] == "callee" and "silent" not in record["facts"]
    assert record["callee_media"]["one_way"] and record["callee_media"]["one_way_ms"] >= 1000 * ONE_WAY
    log = [line for line in world.warp.daemon.log.read_text().splitlines() if call["id"] in line]
    assert sum("calls.one_way" in line for line in log) == 1 and sum("calls.heard_again" in line for line in log) == 1


def test_nobody_is_missed_on_hold(plain):
    world, caller, callee = plain
    a = Stream(caller, 9)
    together(lambda: a.send(50), lambda: Stream(callee, 10).send(50))
    assert caller.reinvite(direction="sendonly").status == 200
    a.send(int((ONE_WAY + 1.5) / SPACING))
    call = live(world)
    assert not call["callee_media"]["one_way"] and not call["caller_media"]["one_way"]
    bye(caller)
    assert "one_way" not in recorded(world, call["id"])["facts"]


def test_silence_is_told_from_sound(plain):
    """The callee sends nothing but digital silence; the caller a tone."""
    world, caller, callee = plain
    before = metric(world, "warp_calls_media_silent_total")
    count = int((SILENT + 3) / SPACING)
    together(lambda: Stream(caller, 11).send(count), lambda: Stream(callee, 12).send(count, payload=b"\xff" * 80))
    call = live(world, lambda seen: seen["callee_media"]["silent"])
    assert not call["caller_media"]["silent"] and not call["callee_media"]["one_way"]
    assert metric(world, "warp_calls_media_silent_total") == before + 1
    bye(caller)
    record = recorded(world, call["id"])
    assert record["facts"]["silent"] == "callee" and record["callee_media"]["silent_ms"] >= 1000 * SILENT
    assert record["caller_media"]["silent_ms"] is None


def test_who_watches_is_told_every_few_seconds(plain):
    world, caller, callee = plain
    with LiveClient(world.warp.ports["api"], world.warp.key_file.read_text().strip()) as client:
        client.subscribe("calls")
        together(lambda: Stream(caller, 13).send(700), lambda: Stream(callee, 14).send(700))
        event = client.event("call.quality", 15 * SLOW)
        assert 1 <= float(event["data"]["caller_media"]["heard_mos"]) <= 4.5, event
        assert event["data"]["callee_media"]["packets_received"] > 100
    bye(caller)


def test_figures_begin_anew_after_kill_9(own_world):
    """What a killed process had counted is gone with it: the record has what was seen since, in the same terms."""
    world = own_world(**WORLD)
    with agents(world, profile("PCMU", events=0), profile("PCMU", events=0)) as ends:
        caller, callee = talk(*ends, hertz=(None, None))
        a, b = Stream(caller, 15), Stream(callee, 16)
        together(lambda: a.send(100), lambda: b.send(100))
        live(world, lambda seen: seen["caller_media"]["packets_received"] == 100)
        world.process.send_signal(signal.SIGKILL)
        world.process.wait()
        world.run()
        together(lambda: a.send(200, lambda n: ("lose" if n % 20 == 10 else "send", 0.008 * (n % 2))), lambda: b.send(200))
        call = live(world, lambda seen: seen["callee_media"]["packets_received"] == 200)
        bye(caller)
        record = recorded(world, call["id"])
        of_a = record["caller_media"]
        assert (of_a["packets_received"], of_a["packets_lost"]) == (190, 10), of_a
        assert of_a["jitter_mean_us"] > 3_000 and abs(float(of_a["mos"]) - expected_mos(of_a, 199, 10)) < 0.02, of_a
        of_b = record["callee_media"]
        assert abs(float(of_b["mos"]) - expected_mos(of_b, 199)) < 0.02, of_b
