"""What ./warp is made of: processes are known by more than a number, half-made things are made again, nothing is lost."""

import io
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import pytest

from warp_cli import daemon, demo, fuzz, instance, packages, paths, ports, proc, rtp, smpp_peers, state, suites, ui


@pytest.fixture
def folder():
    made = pathlib.Path(tempfile.mkdtemp(prefix="warp-cli-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def private(folder):
    """Postgres and Redis of their own; whatever a test leaves running is stopped."""
    made = instance.Instance(folder, folder.name, pathlib.Path("/bin/sleep"), durable=False)
    made.prepare()
    yield made
    made.stop()


def sleeper(folder):
    return proc.spawn(["/bin/sleep", "60"], folder, folder / "log")


def test_a_process_is_found_by_its_folder_and_program(folder):
    (folder / "other").mkdir()
    ours, strange = sleeper(folder), sleeper(folder / "other")
    try:
        assert proc.wait_until(lambda: proc.find(folder, "sleep"), 5) == [ours.pid]
        assert proc.find(folder, "python3") == []
    finally:
        for process in (ours, strange):
            process.kill()
            process.wait()


def test_stop_ends_a_process_that_ignores_the_polite_signal(folder):
    stubborn = proc.spawn([sys.executable, "-c", "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
                           "open('ready','w'); time.sleep(60)"], folder, folder / "log")
    assert proc.wait_until((folder / "ready").exists, 5)
    assert proc.stop(stubborn.pid, seconds=0.2)
    assert stubborn.wait() == -signal.SIGKILL


def test_cpu_time_of_a_process_is_seen(folder):
    busy = proc.spawn([sys.executable, "-c", "while True: pass"], folder, folder / "log")
    try:
        assert proc.wait_until(lambda: proc.cpu_seconds([busy.pid]) > 0.05, 10)
    finally:
        busy.kill()
        busy.wait()


def test_a_taken_port_is_avoided():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert not ports.is_free_both("127.0.0.1", port)
        assert ports.choose("127.0.0.1", port) != port


@pytest.mark.parametrize("ip", ["127.0.0.7", "::1"])
@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_bound_port_is_seen_without_being_taken(ip, kind):
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, kind) as program:
        program.bind((ip, 0))
        if kind == socket.SOCK_STREAM:
            program.listen()
        port = program.getsockname()[1]
        assert ports.is_bound(ip, port, kind)
    assert not ports.is_bound(ip, port, kind)


def test_postgres_and_redis_start_twice_without_harm_and_stop(private):
    assert private.postgres.start() is True
    assert private.postgres.start() is False
    private.postgres.create_database()
    private.postgres.create_database()
    assert private.postgres.sql("SELECT current_database()") == [["warp"]]
    assert private.redis.start() is True
    assert private.redis.start() is False
    assert private.stop()
    assert private.postgres.pids() == [] and private.redis.pids() == []


def test_a_cluster_whose_making_was_interrupted_is_made_again(private):
    half = private.postgres.folder
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    assert private.postgres.start() is True
    private.postgres.create_database()


def test_a_killed_postgres_comes_up_again_with_its_data(private):
    private.postgres.start()
    private.postgres.create_database()
    private.postgres.sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
    for pid in private.postgres.pids()[:1]:
        os.kill(pid, signal.SIGKILL)
    assert proc.wait_until(lambda: not private.postgres.answers(), 10)
    private.postgres.start()
    assert private.postgres.sql("SELECT n FROM kept") == [["42"]]


def test_sockets_move_when_the_path_is_too_long(folder):
    places = paths.ServicePlaces(folder / ("x" * 100), folder.name)
    assert len(str(places.sockets)) + paths.LONGEST_SOCKET_NAME <= paths.SUN_PATH
    assert places.notes


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that its service user cannot reach")
def test_data_moves_when_the_service_user_cannot_reach_it(folder):
    folder.chmod(0o700)
    places = paths.ServicePlaces(folder / "var", folder.name)
    assert places.data == pathlib.Path("/var/lib/warp-dev") / folder.name
    assert "cannot be reached" in places.notes[0]


def test_the_operators_key_is_made_once_and_for_its_owner_alone(private):
    first = private.key_file.read_text()
    private.prepare()
    assert private.key_file.read_text() == first
    assert private.key_file.stat().st_mode & 0o777 == 0o600


def test_a_file_is_written_whole(folder):
    state.write_atomically(folder / "a" / "state.json", "{}")
    assert (folder / "a" / "state.json").read_text() == "{}"
    assert [path.name for path in (folder / "a").iterdir()] == ["state.json"]


def test_yaml_of_nested_data():
    text = daemon.yaml({"sip": {"shards": 2, "listeners": [{"bind": "[::1]:5060", "advertise": "x"}]}, "on": True})
    assert text == 'sip:\n  shards: 2\n  listeners:\n    - bind: "[::1]:5060"\n      advertise: "x"\non: true'


def test_the_package_list_has_its_sections():
    assert {"cmake", "ninja-build"} <= set(packages.wanted(["build"]))
    assert "postgresql-15" in packages.wanted(["run"])
    assert set(packages.wanted(["build"])).isdisjoint(packages.wanted(["run"]))
    assert packages.missing(["bash", "no-such-package-of-any-kind"]) == ["no-such-package-of-any-kind"]


def test_what_an_installed_package_provides_is_not_missing():
    assert packages.missing(["awk"]) == []  # mawk's, on every Debian


def test_ulaw_of_known_samples():
    # G.711: silence, both full scales, and the smallest steps.
    assert [rtp.ulaw(sample) for sample in (0, 32767, -32768, 8, -8)] == [0xFF, 0x80, 0x00, 0xFE, 0x7E]


def test_audio_that_was_changed_is_not_taken_for_intact():
    talker, listener = rtp.Endpoint("127.0.0.1", 440, 1), rtp.Endpoint("127.0.0.1", 600, 2)
    try:
        talker.sent = 2
        for index, payload in ((0, talker.payload(0)), (1, b"\0" + talker.payload(1)[1:])):
            listener.received.append((0.0, index, talker.first_timestamp + index * rtp.SAMPLES, 1, 0, payload))
        assert rtp.heard(listener, talker) == (1, 1)
    finally:
        talker.stop()
        listener.stop()


def test_outcomes_add_up_and_a_failure_is_named():
    total = suites.Outcome(3)
    total += suites.Outcome.failure("unit: x")
    assert (total.passed, total.failed, total.failures) == (3, 1, ["unit: x"])


def test_the_last_line_sums_every_suite_and_ci_adds_the_sanitizers(monkeypatch, folder):
    monkeypatch.setattr(paths, "VAR", folder)
    monkeypatch.setattr(ui, "_out", io.StringIO())
    ran = []

    def suite(name, outcome):
        return name, (lambda stage: ran.append(name) or outcome, lambda: True)

    monkeypatch.setattr(suites, "SUITES", dict([suite("unit", suites.Outcome(3)), suite("asan", suites.Outcome(4))]))
    assert suites.run([]) == 0 and ran == ["unit"]
    assert suites.run(["unit", "asan"]) == 0 and ran == ["unit", "unit", "asan"]
    suites.SUITES["tsan"] = suite("tsan", suites.Outcome.failure("tsan: x"))[1]
    assert suites.run(["unit", "asan", "tsan"]) == 1
    assert ui._out.getvalue().splitlines()[-1] == "7 passed, 1 failed"


def test_a_card_has_straight_edges():
    lines = ui.card("title", [("label", "value"), None, ("a longer label", "v")]).splitlines()
    assert len({len(line) for line in lines}) == 1


def test_every_fuzz_dictionary_is_given_to_the_targets_of_its_format(folder):
    formats = [file.name.removesuffix("_fuzz.cpp") for file in fuzz.SOURCES.glob("*_fuzz.cpp")]
    given = {name: [word.removeprefix("-dict=") for word in fuzz.command(folder / f"fuzz_{name}", 1, folder)
                    if word.startswith("-dict=")] for name in formats}
    assert given["sip_uri"] == given["sip_message"] == [str(fuzz.SOURCES / "sip.dict")]
    assert given["deck_csv"] == []
    assert {file for files in given.values() for file in files} == {str(file) for file in fuzz.SOURCES.glob("*.dict")}


def test_peers_that_a_killed_demo_left_are_ended(folder, monkeypatch):
    monkeypatch.setattr(paths, "VAR", folder)
    (folder / "demo" / "carrier").mkdir(parents=True)
    shutil.copy("/bin/sleep", folder / "sipp")
    left = proc.spawn([folder / "sipp", "60"], folder / "demo" / "carrier", folder / "log")
    assert proc.wait_until(lambda: proc.find(folder / "demo" / "carrier", "sipp"), 5) == [left.pid]
    assert demo.stop_peers()
    assert left.wait() == -signal.SIGKILL
    assert not demo.stop_peers()


def test_help_names_every_command():
    done = subprocess.run([paths.ROOT / "warp", "help"], capture_output=True, text=True)
    assert done.returncode == 0
    for word in ("up", "down", "status", "demo", "logs", "build", "test", "bench", "lint", "fmt", "fuzz"):
        assert f"./warp {word}" in done.stdout


def test_the_smpp_peers_understand_each_other():
    upstream = smpp_peers.Smsc()
    esme = smpp_peers.Esme(upstream.port)
    try:
        assert esme.bind("demo", "secret") == smpp_peers.OK
        assert upstream.binds.get(timeout=5) == "demo"
        status, name = esme.submit("12025550177", "447700900123", b"", tlvs=[(smpp_peers.MESSAGE_PAYLOAD, b"hello")])
        taken, message = upstream.submits.get(timeout=5)
        assert (status, name) == (smpp_peers.OK, taken) and message.tlvs == {smpp_peers.MESSAGE_PAYLOAD: b"hello"}
        assert upstream.receipt(taken, message) == smpp_peers.OK
        receipt = esme.delivered.get(timeout=5)
        assert receipt.source == "447700900123" and f"id:{name} ".encode() in receipt.octets
    finally:
        esme.close()
        upstream.stop()


def test_a_failure_is_told_with_its_place_and_what_was_said(tmp_path, monkeypatch):
    monkeypatch.setattr(suites.paths, "VAR", tmp_path)
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_it.py").write_text("def test_good():\n    pass\n\n\ndef test_bad():\n    assert 1 + 1 == 3, 'by counting'\n")
    outcome = suites.run_pytest("e2e", folder, None)
    assert (outcome.passed, outcome.failed) == (1, 1)
    [told] = outcome.failures
    assert told.startswith("e2e: test_bad\n") and "test_it.py:6: " in told and "by counting" in told
