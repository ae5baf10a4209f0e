"""Recordings of calls: by the API and by policy, measured, decoded, through a kill, and never in a call's way."""

import hashlib
import http.server
import io
import json
import subprocess
import threading
import time
import wave

import pytest
from audio_codecs import measure
from harness import SLOW
from media_agent import profile
from media_scene import agents, both_hear, bye, metric, policies, talk
from warp_cli import proc

V1 = "/api/v1"


@pytest.fixture
def scene(own_world, tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "recordings").mkdir(mode=0o777)
    (tmp_path / "recordings").chmod(0o777)

    def make(**more):
        def change(settings):
            settings["recordings"] = {"folder": str(tmp_path / "recordings"), **more}
            settings.setdefault("calls", {}).update({"recovery_window": "15s"})
        world = own_world(change=change)
        world.recordings = tmp_path / "recordings"
        return world
    return make


def live_call(world):
    """The id of the only call that is up."""
    calls = proc.wait_until(lambda: world.make.api.get(f"{V1}/calls"), 5 * SLOW, 0.1)
    assert len(calls) == 1, calls
    return calls[0]["id"]


def finished(world, count=1):
    def those():
        rows = [row for row in world.make.api.get(f"{V1}/recordings") if row["ended_at"]]
        return rows if len(rows) == count else None
    rows = proc.wait_until(those, 10 * SLOW, 0.2)
    assert rows, world.make.api.get(f"{V1}/recordings")
    return rows


def audio_of(world, row):
    return world.make.api.request("GET", f"{V1}/recordings/{row['id']}/audio", raw=True)


def channels(data):
    """([samples of each channel], rate)"""
    with wave.open(io.BytesIO(data)) as file:
        count, rate, frames = file.getnchannels(), file.getframerate(), file.readframes(file.getnframes())
    return [b"".join(frames[at + 2 * place:at + 2 * place + 2] for at in range(0, len(frames), 2 * count))
            for place in range(count)], rate


def test_a_call_is_recorded_on_demand(scene):
    world = scene()
    policies(world)
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        call = live_call(world)
        world.make.api.post(f"{V1}/calls/{call}/recording", {"form": "wav_stereo"})
        time.sleep(3)
        world.make.api.request("DELETE", f"{V1}/calls/{call}/recording")
        both_hear(caller, callee)
        row, = finished(world)
        bye(caller)
    sides, rate = channels(audio_of(world, row))
    assert len(sides) == 2 and 2.5 <= len(sides[0]) / 2 / rate <= 4.0, (len(sides), len(sides[0]) / 2 / rate)
    assert measure(sides[0], 440, rate) > 0.9 and measure(sides[1], 600, rate) > 0.9
    assert row["call_id"] == call and row["form"] == "wav_stereo", row


@pytest.mark.parametrize("form,near,far", [("wav", "PCMU", "PCMU"), ("wav_stereo", "G722", "PCMA"), ("wav", "opus", "G729")])
def test_a_trunk_is_recorded_by_its_policy(scene, form, near, far):
    world = scene()
    policies(world, trunk={"record": form, "codecs": [near], "transcode": True}, carrier={"codecs": [far], "transcode": True})
    with agents(world, profile(near), profile(far)) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        time.sleep(1)
        bye(caller)
        row, = finished(world)
        facts = json.loads(world.one_record(caller.id)["facts"])
        assert facts["recording"] == row["id"]
    sides, rate = channels(audio_of(world, row))
    if form == "wav":
        assert len(sides) == 1
        assert measure(sides[0], 440, rate) > 0.3 and measure(sides[0], 600, rate) > 0.3
    else:
        assert measure(sides[0], 440, rate) > 0.8 and measure(sides[1], 600, rate) > 0.8


def test_an_encrypted_call_is_recorded_in_the_clear_and_kept_encrypted(scene, tmp_path):
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o644)
    world = scene(key_file=str(key))
    policies(world, trunk={"record": "wav_stereo", "security": "required"})
    with agents(world, profile("PCMU", proto="RTP/SAVP", suites=("AES_CM_128_HMAC_SHA1_80",)), profile("PCMU")) as (
            callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        bye(caller)
        row, = finished(world)
    kept, = [path for path in world.recordings.rglob("*") if path.is_file()]
    assert b"RIFF" not in kept.read_bytes()[:64] and row["encrypted"]
    sides, rate = channels(audio_of(world, row))
    assert measure(sides[0], 440, rate) > 0.9 and measure(sides[1], 600, rate) > 0.9


def test_packets_are_kept_as_tshark_reads_them(scene, tmp_path):
    world = scene()
    policies(world, trunk={"record": "pcap"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        bye(caller)
        row, = finished(world)
        ports = {caller.rtp.getsockname()[1], callee.rtp.getsockname()[1]}
    file = tmp_path / "call.pcap"
    file.write_bytes(audio_of(world, row))
    said = subprocess.run(["tshark", "-r", file, "-o", "rtp.heuristic_rtp:TRUE", "-d", "udp.port==1-65535,rtp", "-T", "fields",
                           "-e", "udp.srcport", "-e", "rtp.ssrc", "-e", "rtp.p_type"], capture_output=True, text=True)
    lines = [line.split("\t") for line in said.stdout.splitlines()]
    assert len(lines) > 100, said.stderr
    assert {int(line[0]) for line in lines} == ports
    assert {line[2] for line in lines} == {"0"}


def test_what_a_killed_process_recorded_can_be_played(scene):
    world = scene()
    policies(world, trunk={"record": "wav_stereo"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        time.sleep(4)
        world.process.kill()
        world.process.wait()
        world.run()
        row = finished(world)[0]
        both_hear(caller, callee)
        bye(caller)
    sides, rate = channels(audio_of(world, row))
    assert len(sides[0]) / 2 / rate >= 2.0
    assert measure(sides[0], 440, rate) > 0.9 and measure(sides[1], 600, rate) > 0.9
    assert row["cause"] == "process_killed", row


def test_a_quota_ends_recordings_and_no_call(scene):
    world = scene(quota=100_000)
    policies(world, trunk={"record": "wav_stereo"})
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        assert proc.wait_until(lambda: metric(world, "warp_recording_finished_total", 'cause="quota"') == 1, 15 * SLOW, 0.2)
        both_hear(caller, callee)
        bye(caller)
        second, other = talk(callers, callees)
        both_hear(second, other)
        bye(second)
    assert len(finished(world)) == 1


class _Store(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):  # the name that http.server asks for
        body = self.rfile.read(int(self.headers["content-length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 201
        self.server.puts.append((self.path, dict(self.headers), body, status))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def store():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Store)
    server.puts, server.statuses, server.url = [], [], f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def recorded_call(world):
    """A call of some seconds, recorded by hand; the id that the API gave the recording."""
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        begun = world.make.api.post(f"{V1}/calls/{live_call(world)}/recording", {"form": "wav"})
        both_hear(caller, callee)
        bye(caller)
    return begun["recording_id"]


def test_a_file_is_uploaded_again_after_a_failure_and_then_goes(scene, store):
    store.statuses = [503]
    world = scene(upload={"url": store.url + "/kept/{id}/{name}", "allow_http": True, "delete_after": True})
    recording = recorded_call(world)
    row, = finished(world)
    assert row["id"] == recording
    assert proc.wait_until(lambda: len(store.puts) == 1, 20 * SLOW, 0.1), "nothing came"
    assert metric(world, "warp_recording_uploads_total", 'outcome="failed"') == 1
    assert any(path.is_file() for path in world.recordings.rglob("*.wav")), "what was not taken is kept"
    # 30 seconds later, and not before.
    assert proc.wait_until(lambda: len(store.puts) == 2, 60 * SLOW, 0.2), "it did not come again"
    (path, headers, body, status), = store.puts[1:]
    assert status == 201 and path.startswith(f"/kept/{recording}/"), path
    assert hashlib.sha256(body).hexdigest() == row["sha256"] and store.puts[0][2] == body
    assert headers["Content-Type"] == "application/octet-stream"
    assert proc.wait_until(lambda: finished(world)[0]["uploaded_at"], 10 * SLOW, 0.2)
    assert proc.wait_until(lambda: not any(path.is_file() for path in world.recordings.rglob("*.wav")), 20 * SLOW, 0.2)


def test_a_program_takes_a_file(scene, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    kept.chmod(0o777)
    program = tmp_path / "keep.sh"
    program.write_text(f'#!/bin/sh\ncp "$1" "{kept}/$2"\n')
    program.chmod(0o755)
    world = scene(upload={"command": str(program)})
    recording = recorded_call(world)
    row, = finished(world)
    assert proc.wait_until(lambda: finished(world)[0]["uploaded_at"], 20 * SLOW, 0.2)
    assert hashlib.sha256((kept / recording).read_bytes()).hexdigest() == row["sha256"]
