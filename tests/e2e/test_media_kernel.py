"""The kernel path of the relay in the real daemon, on loopback: what it forwards, what it leaves to the daemon, and that no
packet is lost on the way into it, out of it, and while there is no daemon at all."""

import collections
import contextlib
import os
import pathlib
import socket
import struct
import subprocess
import tempfile
import time

import pytest
from harness import SLOW
from media_agent import MediaCall, profile
from media_scene import agents, both_hear, bye, metric, policies, talk
from test_media_recording import finished, live_call
from warp_cli import proc

V1 = "/api/v1"
CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21, "CAP_BPF": 39}
NTP_EPOCH = 2208988800
RUNNING = 'state="running"'
PLACE = {}  # of the pins, once there is one


def prepare(settings):
    recordings = pathlib.Path(settings["records"]["journal_dir"]).parent / "recordings"
    recordings.mkdir()
    recordings.chmod(0o777)
    settings["media"]["kernel"] = {"mode": "required", **PLACE}
    settings["recordings"] = {"folder": str(recordings)}
    settings.setdefault("calls", {}).update({"recovery_window": "15s"})


WORLD = {"change": prepare}


def missing_rights():
    with open("/proc/self/status") as file:
        held = next(int(line.split()[1], 16) for line in file if line.startswith("CapEff"))
    return [name for name, bit in CAPABILITIES.items() if not held >> bit & 1]


@pytest.fixture(scope="module")
def bpf_folder():
    """A bpf file system of this file's own, so that nobody's pins are near."""
    if missing := missing_rights():
        pytest.skip(f"the kernel path needs {', '.join(missing)}")
    folder = tempfile.mkdtemp(prefix="warp-e2e-bpf-")
    mounted = subprocess.run(["mount", "-t", "bpf", "bpf", folder], capture_output=True, text=True)
    if mounted.returncode:
        os.rmdir(folder)
        pytest.skip(f"no bpf file system may be mounted here: {mounted.stderr.strip()}")
    PLACE["pins"] = f"{folder}/warp"
    yield folder
    subprocess.run(["umount", folder], check=True)
    os.rmdir(folder)


@pytest.fixture
def kernel_world(bpf_folder, world):
    assert metric(world, "warp_media_kernel_state", RUNNING) == 1
    policies(world)
    return world


class NotedCall(MediaCall):
    """Keeps what it has sent, octet for octet."""

    def __init__(self, agent, call_id):
        self.kept = collections.OrderedDict()  # sequence: datagram
        super().__init__(agent, call_id)

    def _send(self, data):
        self.kept[struct.unpack_from("!H", data, 2)[0]] = data
        super()._send(data)

    def whole(self):
        """Of what was heard: {sequence: datagram without its marker and type}."""
        return {entry[2]: struct.pack("!HII", *entry[2:5]) + entry[6] for entry in self.heard}


@contextlib.contextmanager
def noted(world, **more):
    with agents(world, profile("PCMU", **more.get("near", {})), profile("PCMU", **more.get("far", {}))) as ends:
        for end in ends:
            end.call_class = NotedCall
        yield ends


def flows(world):
    return metric(world, "warp_media_kernel_flows")


def forwarded_by_the_kernel(world, count=2, seconds=5):
    assert proc.wait_until(lambda: flows(world) == count, seconds * SLOW, 0.05), \
        f"{flows(world)} flows; refused: {metric(world, 'warp_media_kernel_refused_total')}"


def silence(*calls):
    for call in calls:
        call.stop_talking()


def all_came(talker, listener):
    """Each packet, once, unchanged."""
    said = {sequence: data[2:] for sequence, data in talker.kept.items()}
    assert len(said) > 50
    proc.wait_until(lambda: len(listener.heard) >= len(said), 2 * SLOW)
    heard = listener.whole()
    lost = sorted(set(said) - set(heard))
    assert not lost, f"{len(lost)} of {len(said)} lost, from {lost[0]} to {lost[-1]}; first {next(iter(said))}"
    assert len(listener.heard) == len(heard) == len(said), "some came twice"
    assert heard == said, "changed on the way"


def kernel_takes(world, call, seconds=1.0):
    """In so long: (packets by the kernel, packets by the sockets)."""
    names = "warp_media_kernel_packets_total", "warp_media_packets_received_total"
    before = [metric(world, name) for name in names]
    sent = call.sent
    assert proc.wait_until(lambda: call.sent - sent >= 50 * seconds, 10 * SLOW)
    return [metric(world, name) - was for name, was in zip(names, before)]


def test_a_plain_call_is_forwarded_by_the_kernel(kernel_world):
    world = kernel_world
    with noted(world) as (callers, callees):
        caller, callee = talk(callers, callees)
        forwarded_by_the_kernel(world)
        kernel, sockets = kernel_takes(world, caller)
        assert kernel >= 80 and sockets <= 2, (kernel, sockets)
        both_hear(caller, callee)
        silence(caller, callee)
        all_came(caller, callee)
        all_came(callee, caller)
        bye(caller)
        row = world.one_record(caller.id)
    counts = {name: int(row[name]) for name in row if "_packets_" in name}
    up, down = len(caller.kept), len(callee.kept)
    assert counts == {"caller_packets_received": up, "caller_packets_sent": down, "caller_packets_lost": 0,
                      "callee_packets_received": down, "callee_packets_sent": up, "callee_packets_lost": 0}
    assert int(row["caller_octets_received"]) == sum(map(len, caller.kept.values()))
    assert proc.wait_until(lambda: flows(world) == 0, 5 * SLOW, 0.05)


def test_digits_pass_by_the_daemon(kernel_world):
    world = kernel_world
    with noted(world) as (callers, callees):
        caller, callee = talk(callers, callees)
        forwarded_by_the_kernel(world)
        before = metric(world, "warp_media_kernel_passed_total", 'reason="event"')
        for digit in "4#":
            caller.press(digit)
        assert proc.wait_until(lambda: [digit for digit, _ in callee.digits()] == ["4", "#"], 5 * SLOW), callee.digits()
        assert metric(world, "warp_media_kernel_passed_total", 'reason="event"') - before >= 20
        forwarded_by_the_kernel(world)
        both_hear(caller, callee)
        bye(caller)


def test_rtcp_reaches_the_daemon(kernel_world):
    """A sender report of the caller, and the callee's answer to it: the round trip is in the record."""
    world = kernel_world
    with contextlib.ExitStack() as stack:
        near, far = (stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
        near.bind((world.customer_ip, 0))
        far.bind((world.carrier_ips["a"], 0))
        far.settimeout(5 * SLOW)
        callers, callees = stack.enter_context(noted(world, near={"lines": f"a=rtcp:{near.getsockname()[1]}\r\n"},
                                                     far={"lines": f"a=rtcp:{far.getsockname()[1]}\r\n"}))
        caller, callee = talk(callers, callees)
        forwarded_by_the_kernel(world)
        kernel_takes(world, caller, 0.4)
        stamp = time.time() + NTP_EPOCH
        near.sendto(struct.pack("!BBHIIIIII", 0x80, 200, 6, caller.ssrc, int(stamp), int(stamp % 1 * 2 ** 32),
                                caller.stamp & 0xFFFFFFFF, caller.sent, caller.sent * 160),
                    (caller.media[0], caller.media[1] + 1))
        report, _ = far.recvfrom(2048)
        _, kind, _, ssrc, whole, part = struct.unpack_from("!BBHIII", report)
        assert (kind, ssrc) == (200, caller.ssrc)
        answer = struct.pack("!BBHIIIIIII", 0x81, 201, 7, callee.ssrc, caller.ssrc, 0, caller.out_sequence, 0,
                             (whole << 16 | part >> 16) & 0xFFFFFFFF, 0)
        far.sendto(answer, (callee.media[0], callee.media[1] + 1))
        near.settimeout(5 * SLOW)
        assert near.recvfrom(2048)[0] == answer
        assert flows(world) == 2
        bye(caller)
        row = world.one_record(caller.id)
    assert row["callee_rtt_us"] and 0 < int(row["callee_rtt_us"]) < 5_000_000 * SLOW, row["callee_rtt_us"]


def test_a_recording_takes_the_flows_back_and_gives_them_again(kernel_world):
    world = kernel_world
    with noted(world) as (callers, callees):
        caller, callee = talk(callers, callees)
        forwarded_by_the_kernel(world)
        call = live_call(world)
        world.make.api.post(f"{V1}/calls/{call}/recording", {"form": "wav_stereo"})
        forwarded_by_the_kernel(world, 0)
        kernel, sockets = kernel_takes(world, caller)
        assert kernel == 0 and sockets >= 80, (kernel, sockets)
        world.make.api.request("DELETE", f"{V1}/calls/{call}/recording")
        forwarded_by_the_kernel(world, seconds=15)  # the daemon keeps what was treated for five more
        kernel, sockets = kernel_takes(world, caller)
        assert kernel >= 80 and sockets <= 2, (kernel, sockets)
        row, = finished(world)
        silence(caller, callee)
        all_came(caller, callee)
        all_came(callee, caller)
        bye(caller)
        record = world.one_record(caller.id)
    assert row["call_id"] == call
    assert int(record["caller_packets_received"]) == len(caller.kept)
    assert int(record["callee_packets_received"]) == len(callee.kept)


def test_audio_goes_on_while_there_is_no_daemon(kernel_world):
    world = kernel_world
    with noted(world) as (callers, callees):
        caller, callee = talk(callers, callees)
        forwarded_by_the_kernel(world)
        world.process.kill()
        world.process.wait()
        places, sent = (caller.mark(), callee.mark()), caller.sent
        assert caller.hears(100, 10 * SLOW, places[0]) and callee.hears(100, 10 * SLOW, places[1]), "silence without the daemon"
        assert caller.sent - sent >= 90
        world.run()
        assert proc.wait_until(lambda: metric(world, "warp_calls_survived_total") == 1, 10 * SLOW, 0.1)
        forwarded_by_the_kernel(world)
        kernel, sockets = kernel_takes(world, caller)
        assert kernel >= 80 and sockets <= 2, (kernel, sockets)
        # None of them went through a socket of the new process: it took over what was there.
        assert metric(world, "warp_media_packets_received_total") <= 5
        silence(caller, callee)
        all_came(caller, callee)
        all_came(callee, caller)
        bye(caller)
        world.one_record(caller.id)
    assert proc.wait_until(lambda: flows(world) == 0, 5 * SLOW, 0.05)


def test_a_peer_moves_and_its_flows_with_it(kernel_world):
    world = kernel_world
    with noted(world) as (callers, callees):
        caller, callee = talk(callers, callees)
        forwarded_by_the_kernel(world)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as new, caller.rtp as old:
            new.bind((world.customer_ip, 0))
            new.settimeout(0.1)
            caller.rtp = new
            assert caller.reinvite().status == 200
            forwarded_by_the_kernel(world)
            assert proc.wait_until(lambda: kernel_takes(world, caller, 0.4)[1] <= 2, 10 * SLOW), "the sockets still have it"
            both_hear(caller, callee)
            old.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while old.recv(4096):
                    pass
            place = caller.mark()
            assert caller.hears(25, 5 * SLOW, place)
            with pytest.raises(BlockingIOError):
                old.recv(4096)
            silence(caller, callee)
            all_came(caller, callee)
            bye(caller)
            assert int(world.one_record(caller.id)["caller_packets_received"]) == len(caller.kept)
            caller.stop.set()
            for thread in caller.threads:
                thread.join()


def filters():
    return subprocess.run(["tc", "filter", "show", "dev", "lo", "ingress"], check=True, capture_output=True, text=True).stdout


def test_nothing_is_left_after_a_stop(kernel_world):
    world = kernel_world
    pins = PLACE["pins"]
    assert "warp_relay" in filters() and os.listdir(pins)
    with noted(world) as (callers, callees):
        caller, callee = talk(callers, callees)
        forwarded_by_the_kernel(world)
        bye(caller)
        world.one_record(caller.id)
    assert world.warp.daemon.stop(20 * SLOW)
    assert world.process.wait() == 0
    assert "warp_relay" not in filters()
    assert not os.path.exists(pins) or not os.listdir(pins)
    world.run()


def test_switched_off_after_a_kill_the_start_clears_what_was_left(kernel_world):
    world = kernel_world
    pins = PLACE["pins"]
    world.process.kill()
    world.process.wait()
    assert "warp_relay" in filters() and os.listdir(pins)
    world.settings["media"]["kernel"]["mode"] = "off"
    world.warp.daemon.write_config(world.settings)
    world.run()
    assert metric(world, "warp_media_kernel_state", 'state="off"') == 1
    assert "warp_relay" not in filters()
    assert not os.path.exists(pins) or not os.listdir(pins)
