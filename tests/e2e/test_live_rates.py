"""Prices change while calls come: each call is priced by one version of the deck, one that was in force when it began."""

import datetime
import threading
import time

import pytest

from harness import SLOW
from warp_cli import proc

pytestmark = pytest.mark.usefixtures("world")

RATE = 20  # calls a second
CALLS = 240
LATEST = 1.0  # seconds until a published price is in force
PREFIX = "/api/v1"


def deck(step):
    """All terms of a deck tell which one it is: a mixture would show."""
    return ("prefix,per_minute,setup_fee,initial_increment,increment,minimum_seconds\n"
            f"44,{0.5 + step / 1000:.3f},{step / 1000:.3f},{step + 1},{step + 1},{step}\n")


def terms(step):
    return 500_000_000 + step * 1_000_000, step * 1_000_000, step + 1, step + 1, step


class Publisher(threading.Thread):
    """Publishes one deck after another, and remembers when each may have come into force."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.api = world.make.api  # whose changes settle() waits for
        self.plan = world.plans["customer"]
        self.enough = threading.Event()
        self.versions = {}  # version: (step, asked, answered)
        self.trouble = None

    def publish(self, step):
        asked = time.time()
        answer = self.api.post_csv(f"{PREFIX}/rate-plans/{self.plan}/rates", deck(step))
        self.versions[answer["rate_plan"]["version"]] = (step, asked, time.time())

    def run(self):
        try:
            step = 1
            while not self.enough.wait(0.4):
                self.publish(step)
                step += 1
        except Exception as trouble:  # told by the test, not by a thread that nobody hears
            self.trouble = trouble


def rows_of(world, plan):
    return world.warp.postgres.sql(
        "SELECT price_plan_version, price_per_minute_nanos, price_setup_fee_nanos, price_initial_increment, "
        "price_increment, price_minimum_seconds, extract(epoch FROM setup_at) FROM records.cdrs "
        f"WHERE price_plan_id = '{plan}' AND direction = 'outbound' ORDER BY setup_at")


def test_each_call_has_the_price_of_one_version_that_was_in_force(world):
    publisher = Publisher(world)
    publisher.publish(0)
    world.settle()
    began = time.time()
    with world.answering(calls=CALLS) as callee, \
            world.caller(calls=CALLS, hold_ms=200, arguments=["-r", RATE, "-l", CALLS]) as caller:
        publisher.start()
        caller.expect_success(CALLS / RATE * 3 * SLOW + 30)
        callee.expect_success(20)
    publisher.enough.set()
    publisher.join(30)
    assert publisher.trouble is None

    plan = publisher.plan
    assert proc.wait_until(lambda: len(rows_of(world, plan)) >= CALLS, 10 * SLOW, 0.2)
    rows = [row for row in rows_of(world, plan) if float(row[6]) >= began - 1]
    assert len(rows) == CALLS
    order = sorted(publisher.versions)
    seen = set()
    for row in rows:
        version, setup = int(row[0]), float(row[6])
        step, asked, _ = publisher.versions[version]
        seen.add(version)
        assert tuple(int(value) for value in row[1:6]) == terms(step), f"version {version} is mixed: {row}"
        assert setup >= asked, f"version {version} priced a call before it was published"
        later = [known for known in order if known > version]
        if later:
            answered = publisher.versions[later[0]][2]
            assert setup <= answered + LATEST * SLOW, \
                f"version {version} priced a call {setup - answered:.3f} s after {later[0]} was published"
    assert len(seen) >= 5, f"{len(publisher.versions)} versions were published, calls saw {sorted(seen)}"


def test_a_scheduled_import_begins_on_its_second(world):
    """One deck has the old lines until the moment and the new ones from it on: nothing has to happen then."""
    api, plan = world.make.api, world.plans["customer"]
    api.post_csv(f"{PREFIX}/rate-plans/{plan}/rates", deck(1))
    made = api.post_csv(f"{PREFIX}/rate-plans/{plan}/imports?source=e2e", deck(2))
    path = f"{PREFIX}/deck-imports/{made['id']}"
    assert proc.wait_until(lambda: api.get(path)["state"] == "ready", 10 * SLOW, 0.1), api.get(path)
    diff = api.get(path)["diff"]
    assert (diff["up"], diff["new"], diff["closed"]) == (1, 0, 0)
    moment = time.time() + 4 * SLOW
    stamp = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    done = api.post(f"{path}/publish", {"effective_at": stamp, "confirm_margins": True})
    assert done["state"] == "scheduled"
    world.settle()

    calls = int(8 * SLOW * RATE)
    with world.answering(calls=calls) as callee, \
            world.caller(calls=calls, hold_ms=100, arguments=["-r", RATE, "-l", calls]) as caller:
        caller.expect_success(calls / RATE * 3 + 30)
        callee.expect_success(20)
    version = api.get(f"{PREFIX}/rate-plans/{plan}")["version"]

    def mine():
        return [row for row in rows_of(world, plan) if int(row[0]) == version]

    assert proc.wait_until(lambda: len(mine()) >= calls, 10 * SLOW, 0.2)
    sides = {False: set(), True: set()}
    for row in mine():
        sides[float(row[6]) >= moment].add(tuple(int(value) for value in row[1:6]))
    assert sides == {False: {terms(1)}, True: {terms(2)}}
    assert api.get(path)["state"] == "published"
