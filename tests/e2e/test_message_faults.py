"""What may fail under load, and what must hold then: what was accepted is delivered, failed for a stated reason, or queued;
nothing goes out twice; the customer hears of each end; and the service comes back by itself."""

import collections
import os
import random
import signal
import subprocess
import time

import messaging_world as messaging
import wire_tap
from harness import SLOW, TOOLS
from messaging_world import NUMBER, PASSWORD
from warp_cli import proc

CRASHES = int(os.environ.get("WARP_E2E_CRASHES") or (4 if SLOW == 1 else 2))
RATE = int(os.environ.get("WARP_E2E_MESSAGES_PER_SECOND") or (500 if SLOW == 1 else 50))
PAUSE = float(os.environ.get("WARP_E2E_PAUSE_SECONDS") or 4)
WINDOW = 50
AHEAD = 128   # made durable as sending before there is room on the wire
BREAKER = 10  # failures in a row until a connector rests


def quick_breaker(settings):
    settings.setdefault("messaging", {}).update({"breaker": {"rest": "1s"}})


class Load:
    """A customer and an upstream in processes of their own, and their books. `wire`: what is between them and WARP."""

    def __init__(self, world, rate=RATE, wire=None, **connector):
        self.world, self.rate, self.wire, self.connector = world, rate, wire, connector
        self.customer_book, self.upstream_book = world.folder / "customer.book", world.folder / "upstream.book"

    def __enter__(self):
        self.upstream = self._spawn("load_smsc.py", self.upstream_book)
        port, own_port = int(self.upstream.stdout.readline()), self.world.warp.ports["smpp"]
        if self.wire:
            port, own_port = self.wire.to_peer(port), self.wire.to_warp(own_port)
        messaging.change(self.world, messaging.account(self.world) + messaging.esme(self.world, send_window=WINDOW)
                         + messaging.connector(self.world, "upstream", port, "", send_window=WINDOW, **self.connector))
        messaging.bound(self.world, 1)
        self.customer = self._spawn("load_esme.py", own_port, "tenant", PASSWORD, NUMBER, "4477",
                                    self.rate, self.customer_book)
        return self

    def _spawn(self, tool, *arguments):
        return subprocess.Popen(["/usr/bin/python3", str(TOOLS / tool), *map(str, arguments)], stdout=subprocess.PIPE, text=True)

    def lines(self, book, kind):
        if not book.exists():
            return []
        whole = book.read_text()
        return [line.split(" ", 2)[1:] for line in whole[:whole.rfind("\n") + 1].splitlines() if line.startswith(kind + " ")]

    def accepted(self):
        """Texts by id."""
        return dict(self.lines(self.customer_book, "accepted"))

    def submitted(self):
        """How often each text went out."""
        return collections.Counter(text for _, text in self.lines(self.upstream_book, "submitted"))

    def told(self):
        return {identity for identity, _ in self.lines(self.customer_book, "told")}

    def finish(self):
        """No more submissions; waits for the ends of all, and answers the final states by id."""
        self.customer.send_signal(signal.SIGUSR1)

        def done():
            return self.queued() == 0 and self.accepted().keys() <= self.told()
        settled = proc.wait_until(done, 30 * SLOW, 0.2)
        self.customer.send_signal(signal.SIGTERM)
        print(self.customer.communicate(timeout=20)[0].strip())
        assert settled, f"{self.queued()} still queued, {len(self.accepted().keys() - self.told())} never told of"
        rows = self.world.warp.postgres.sql("SELECT id, state, reason FROM records.mdrs WHERE direction = 'outbound'")
        assert len({row[0] for row in rows}) == len(rows), "two records of one message"
        return {identity: (state, reason) for identity, state, reason in rows}

    def queued(self):
        return int(self.world.warp.postgres.sql("SELECT count(*) FROM sms.live")[0][0])

    def __exit__(self, *unused):
        for process in (self.customer, self.upstream):
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()
        if self.wire:
            self.wire.stop()


def books_agree(load, ends, most_ambiguous, most_doubled=0):
    """accepted = delivered + failed; what is delivered went out, and nothing did twice (under the policy `fail`)."""
    accepted, submitted = load.accepted(), load.submitted()
    states = collections.Counter(ends[identity] for identity in accepted if identity in ends)
    print(f"accepted {len(accepted)}: {dict(states)}; never acknowledged but carried: {len(ends.keys() - accepted.keys())}")
    assert accepted.keys() - ends.keys() == set(), "accepted and lost"
    assert set(states) <= {("delivered", "NORMAL_CLEARING"), ("failed", "UPSTREAM_SILENT")}
    doubled = {text: count for text, count in submitted.items() if count > 1}
    assert len(doubled) <= most_doubled, f"sent twice: {doubled}"
    assert [text for identity, text in accepted.items() if ends[identity][0] == "delivered" and not submitted[text]] == []
    assert states["failed", "UPSTREAM_SILENT"] <= most_ambiguous


def kill_under_load(world, load, dice, sign=signal.SIGKILL):
    before = len(load.accepted())
    assert proc.wait_until(lambda: len(load.accepted()) > before, 10 * SLOW, 0.02), "it does not come back"
    time.sleep(dice.uniform(0.2, 1.5))
    world.process.send_signal(sign)
    status = world.process.wait(20 * SLOW)
    world.run()
    return status


def test_kill_9_under_load_loses_nothing_and_sends_nothing_twice(own_world):
    # What a killed process wrote, the kernel has: only a long run pays for a disk that is waited for.
    world = own_world(durable=CRASHES > 10)
    dice = random.Random(20240817)
    with Load(world) as load:
        for _ in range(CRASHES):
            kill_under_load(world, load, dice)
        before = len(load.accepted())
        assert proc.wait_until(lambda: len(load.accepted()) > before + RATE / 2, 10 * SLOW, 0.02)
        ends = load.finish()
        print(f"{CRASHES} kills at {RATE} messages/s")
        assert len(load.accepted()) > CRASHES * RATE / 10
        books_agree(load, ends, CRASHES * (2 * WINDOW + AHEAD))


def test_kill_9_where_the_operator_wants_what_is_ambiguous_sent_again(own_world):
    """The lesser evil of an operator: everything arrives, and doubles are no more than what was on the wire."""
    world = own_world()
    dice = random.Random(20240818)
    with Load(world, ambiguity="resend") as load:
        for _ in range(2):
            kill_under_load(world, load, dice)
        ends = load.finish()
        books_agree(load, ends, 0, 2 * (2 * WINDOW + AHEAD))


def test_a_restart_under_load_leaves_nothing_to_doubt(own_world):
    world = own_world()
    dice = random.Random(20240819)
    with Load(world) as load:
        for _ in range(2):
            assert kill_under_load(world, load, dice, signal.SIGTERM) == 0
        ends = load.finish()
        books_agree(load, ends, 0)
        assert load.lines(load.customer_book, "unknown") == [], "it unbound with requests that it had not answered"


def test_postgres_restarted_under_load_loses_nothing_that_was_acknowledged(own_world):
    world = own_world()
    with Load(world, RATE * 3 / 5, wire_tap.Wire(world.folder)) as load:
        assert proc.wait_until(lambda: len(load.accepted()) > RATE / 2, 10 * SLOW, 0.02)
        postmaster = world.warp.postgres.pids()[0]
        os.kill(postmaster, signal.SIGQUIT)  # as pg_ctl's "immediate" does
        assert proc.wait_until(lambda: not proc.alive(postmaster), 10 * SLOW)
        time.sleep(0.5)
        world.warp.postgres.start()
        before = len(load.accepted())
        assert proc.wait_until(lambda: len(load.accepted()) > before + RATE / 4, 15 * SLOW, 0.02), "it does not come back"
        assert world.process.poll() is None
        ends = load.finish()
        books_agree(load, ends, 0)
        assert load.wire.faults() == []
    assert proc.wait_until(world.warp.daemon.ready, 10 * SLOW)


def test_an_upstream_that_hangs_and_comes_back(own_world):
    """What was on the wire is ambiguous and is not sent again; the rest waits, and goes out afterwards."""
    world = own_world(change=quick_breaker)
    with Load(world, RATE / 5, wire_tap.Wire(world.folder), response_timeout_ms=1000, enquire_interval_ms=1000) as load:
        assert proc.wait_until(lambda: len(load.submitted()) > RATE / 10, 10 * SLOW, 0.02)
        load.upstream.send_signal(signal.SIGSTOP)
        time.sleep(PAUSE * SLOW)
        during = len(load.accepted())
        load.upstream.send_signal(signal.SIGCONT)
        assert proc.wait_until(lambda: len(load.submitted()) > during, 20 * SLOW, 0.05), "it does not come back"
        ends = load.finish()
        # Until the breaker opens; and each one that it lets through to see.
        books_agree(load, ends, WINDOW + BREAKER + PAUSE * SLOW)
        assert ("failed", "UPSTREAM_SILENT") in ends.values()
        assert load.wire.faults() == []
