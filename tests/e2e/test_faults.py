"""What may fail, and what must hold then: each answered call has exactly one record, and the next call works."""

import os
import random
import signal
import subprocess
import time

from harness import SLOW, TOOLS
from warp_cli import paths, proc

CRASHES = int(os.environ.get("WARP_E2E_CRASHES") or (8 if SLOW == 1 else 3))
RATE = int(os.environ.get("WARP_E2E_CRASH_CPS") or (200 if SLOW == 1 else 40))
CALLEE = paths.ROOT / "tests" / "bench" / "sipp" / "callee.xml"


class Bookkeeping:
    """A caller that writes down which calls were answered, and a SIPp that answers them."""

    def __init__(self, world, rate, seconds, hold=0.3):
        self.world, self.answered_file = world, world.folder / "answered"
        self.argv = ["/usr/bin/python3", TOOLS / "load_uac.py", world.customer_ip, world.target, rate, seconds,
                     self.answered_file, hold]

    def __enter__(self):
        folder = self.world._folder("load-callee")
        folder.mkdir(parents=True)
        ip, port = self.world.carrier_ips["a"], self.world.carrier_ports["a"]
        self.callee = proc.spawn(["sipp", "-sf", CALLEE, "-i", ip, "-p", port, "-key", "own_contact", f"{ip}:{port}",
                                  "-key", "audio_port", "6100", "-nostdin", "-recv_timeout", "5000", "-aa"],
                                 folder, folder / "screen.log", env={**os.environ, "TERM": "dumb"})
        time.sleep(0.2)
        self.caller = subprocess.Popen([str(word) for word in self.argv], stdout=subprocess.PIPE, text=True)
        return self

    def finish(self, now=True):
        if now:
            self.caller.send_signal(signal.SIGTERM)
        self.figures = dict(pair.split("=") for pair in self.caller.communicate(timeout=90)[0].split())
        return {name: int(value) for name, value in self.figures.items()}

    def answered(self):
        return set(self.answered_file.read_text().split())

    def __exit__(self, *unused):
        for process in (self.caller, self.callee):
            if process.poll() is None:
                process.kill()
                process.wait()


def books_agree(world, answered):
    """(lost, doubled) of the answered calls, once all records had the time to arrive."""
    query = "SELECT sip_call_id, count(*) FROM records.cdrs WHERE disposition = 'ANSWERED' GROUP BY 1"

    def counts():
        return {row[0]: int(row[1]) for row in world.warp.postgres.sql(query)}

    proc.wait_until(lambda: answered <= counts().keys(), 20 * SLOW, 0.2)
    seen = counts()
    return sorted(answered - seen.keys()), sorted(name for name, count in seen.items() if count > 1)


def one_good_call(world, among_strays=False):
    """`among_strays`: the callee also gets late messages of other calls, which it counts as failures of its own."""
    with world.answering(calls=None if among_strays else 1) as callee, world.caller() as caller:
        caller.expect_success(20 * SLOW)
        if not among_strays:
            callee.expect_success()
    assert world.record(caller)["disposition"] == "ANSWERED"


def test_kill_9_loses_and_doubles_no_record_of_an_answered_call(own_world):
    world = own_world(durable=True)
    dice = random.Random(20240817)
    with Bookkeeping(world, RATE, CRASHES * 6) as books:
        for _ in range(CRASHES):
            time.sleep(dice.uniform(0.2, 2.0))
            world.process.send_signal(signal.SIGKILL)
            world.process.wait()
            world.run()
        time.sleep(1)
        figures = books.finish()
        answered = books.answered()
    assert len(answered) > CRASHES * RATE / 10, figures
    lost, doubled = books_agree(world, answered)
    print(f"{CRASHES} kills at {RATE} calls/s: {figures}, {len(answered)} answered in the book, {len(lost)} lost, "
          f"{len(doubled)} doubled")
    assert (lost, doubled) == ([], []), f"{len(lost)} lost, {len(doubled)} doubled of {len(answered)}"
    one_good_call(world)


def test_sigterm_refuses_the_new_lets_the_old_end_and_exits_0(own_world):
    world = own_world()
    with world.answering() as callee, world.caller(hold_ms=3000) as talking:
        assert proc.wait_until(lambda: "ACK sip:" in talking.trace(), 10 * SLOW)
        world.process.send_signal(signal.SIGTERM)
        assert proc.wait_until(lambda: not world.warp.daemon.ready(), 3 * SLOW)
        with world.caller("uac_refused", replace={"__CODE__": 503}) as late:
            late.expect_success()
        talking.expect_success(20)
        callee.expect_success()
    assert world.process.wait(10 * SLOW) == 0
    assert world.record(talking)["reason"] == "NORMAL_CLEARING"


def test_the_drain_deadline_ends_the_calls_that_are_left(own_world):
    world = own_world(change=lambda settings: settings["lifecycle"].update(drain_timeout="1s"))
    with world.answering(), world.caller("uac_bye_by_callee") as talking:
        assert proc.wait_until(lambda: "ACK sip:" in talking.trace(), 10 * SLOW)
        world.process.send_signal(signal.SIGTERM)
        talking.expect_success(20 * SLOW)
    assert world.process.wait(10 * SLOW) == 0
    record = world.record(talking)
    assert (record["disposition"], record["reason"]) == ("ANSWERED", "DAEMON_STOPPING")


def test_sighup_takes_live_keys_and_refuses_a_faulty_file_whole(own_world):
    world = own_world()

    def log():
        return world.warp.daemon.log.read_text()

    def reload(**level_and_more):
        world.settings["log"].update(level_and_more)
        world.warp.daemon.write_config(world.settings)
        world.process.send_signal(signal.SIGHUP)

    one_good_call(world)
    assert "calls.attempt " not in log()
    reload(level="debug")
    assert proc.wait_until(lambda: "app.reloaded" in log(), 5 * SLOW)
    one_good_call(world)
    assert proc.wait_until(lambda: "calls.attempt " in log(), 5 * SLOW)

    world.settings["sip"]["shards"] = "many"
    reload(level="error")
    assert proc.wait_until(lambda: "app.reload_refused" in log(), 5 * SLOW)
    assert "sip.shards" in log().partition("app.reload_refused")[2]
    attempts = log().count("calls.attempt ")
    one_good_call(world)
    assert proc.wait_until(lambda: log().count("calls.attempt ") > attempts, 5 * SLOW), "the refused file was half taken"


def test_calls_go_on_without_postgres_and_their_records_follow(own_world):
    world = own_world()
    with world.answering() as callee, world.caller(hold_ms=4000) as talking:
        assert proc.wait_until(lambda: "ACK sip:" in talking.trace(), 10 * SLOW)
        world.warp.postgres.stop()
        with world.answering(carrier="b", calls=1), world.caller(hold_ms=300) as during:
            pass_through = during.wait(15 * SLOW)
        talking.expect_success(20)
        callee.expect_success()
    assert pass_through == 0, "a new call failed while Postgres was away: " + during.trouble()
    world.warp.postgres.start()
    for caller in (talking, during):
        assert world.record(caller, 20)["disposition"] == "ANSWERED"
    assert proc.wait_until(world.warp.daemon.ready, 20 * SLOW)
    one_good_call(world)


def test_calls_go_on_without_redis(own_world):
    world = own_world()
    world.warp.redis.stop()
    one_good_call(world)
    world.warp.redis.start()
    assert proc.wait_until(world.warp.daemon.ready, 20 * SLOW)


def test_a_suspended_daemon_goes_on_where_it_was(own_world):
    world = own_world()
    with Bookkeeping(world, 20, 30) as books:
        time.sleep(1)
        world.process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        world.process.send_signal(signal.SIGCONT)
        time.sleep(2)
        books.finish()
        answered = books.answered()
    assert answered
    assert books_agree(world, answered) == ([], [])


def test_a_million_hostile_datagrams_and_then_a_good_call(own_world):
    """From an address that is a trunk's: the mutants get past the door. What the kernel drops does not count."""
    # Mutants that are calls find nobody at the carriers: that is not the carriers' fault here.
    world = own_world(more_trunk_ips=["127.0.0.1"], provider_fields={"sip_policy": {"health": {"open_after": 0}}})
    wanted = int(os.environ.get("WARP_E2E_MUTANTS", "1000000" if SLOW == 1 else "50000"))
    read, seed = 0, 0
    while read < wanted and seed < 40:
        seed += 1
        done = subprocess.run(["/usr/bin/python3", TOOLS / "sip_hammer.py", world.target, "--seed", str(seed),
                               "--count", str(min(wanted, 200000)), "--rate", "30000"],
                              capture_output=True, text=True, timeout=400)
        assert done.returncode == 0, done.stdout + done.stderr
        assert world.process.poll() is None
        read = world.warp.daemon.metric("warp_sip_transport_datagrams_total", 'direction="in"')
    assert read >= wanted
    assert proc.wait_until(lambda: world.warp.daemon.metric("warp_calls_active") == 0, 90), "mutants left calls behind"
    assert proc.wait_until(world.warp.daemon.ready, 20 * SLOW)
    one_good_call(world, among_strays=True)
