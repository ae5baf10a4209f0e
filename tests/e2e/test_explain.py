"""What the route test says before a call is what the record says after it."""

import json
import os
import subprocess
import urllib.parse

import pytest

import harness
from harness import SLOW
from warp_cli import build
from warp_cli.provision import PREFIX
from warp_cli.rest import ApiError

pytestmark = pytest.mark.usefixtures("world")
NUMBER = "+447900000001"


def explain(world, **query):
    query = {"trunk_id": world.trunk, "from": harness.ANI, "to": harness.DNI, **query}
    return world.make.api.get(f"{PREFIX}/routing/explain?{urllib.parse.urlencode(query)}")


def call(world, dni):
    with world.answering() as callee, world.caller(dni=dni) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    return world.record(caller)


@pytest.fixture
def margin(world):
    """More than carrier B leaves of a call to NUMBER."""
    path = f"{PREFIX}/partitions/{world.partition}"
    world.make.api.put(path, {"minimum_margin": "0.045"})
    world.settle()
    yield
    world.make.api.put(path, {"minimum_margin": "0"})
    world.settle()


def test_the_explanation_before_is_the_note_after(world, margin):
    told = explain(world, to=NUMBER)
    record = call(world, NUMBER)
    assert told["reason"] == "NORMAL_CLEARING"
    assert told["candidates"][0]["provider_id"] == record["provider_id"] == world.providers["a"]
    assert told["candidates"][0]["cost"]["prefix"] == record["cost_prefix"]
    assert told["price"]["prefix"] == record["price_prefix"]
    note = json.loads(record["decision"])
    assert [line["provider_id"] for line in told["rejections"]] == [line["provider_id"] for line in note["rejected"]] \
        == [world.providers["b"]]
    assert told["rejections"][0]["reason"] == "MARGIN_TOO_LOW"
    assert note["considered"] == len(told["candidates"]) + len(told["rejections"])
    assert (told["rule"] or "") == note.get("rule", "")


def test_the_arithmetic_is_that_of_the_price(world):
    told = explain(world, duration_seconds=61)
    # 30 + 6n covers 61 s with 66.
    price, billed = harness.price_nanos("0.0300", "0.0010", 30, 6, 0, 61_000_000)
    assert told["charge"]["billed_seconds"] == billed == 66
    assert round(float(told["charge"]["amount"]) * 1_000_000_000) == price
    assert "66 s" in told["charge"]["arithmetic"]
    assert any("hold" in line for line in told["trace"])


def test_who_calls_is_needed(world):
    with pytest.raises(ApiError, match="MISSING_PARAM"):
        world.make.api.get(f"{PREFIX}/routing/explain?trunk_id={world.trunk}&to=%2B442079460000")


def test_the_terminal_says_the_same(world):
    told = explain(world)
    program = build.binary(harness.PRESET, "warpctl")
    key = world.make.api.key
    done = subprocess.run([program, "--url", world.make.api.base, "route", "test", harness.ANI, harness.DNI, "--trunk",
                           world.trunk], env={**os.environ, "WARP_KEY": key}, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(told["trace"])
    assert [line for line in lines if line.startswith("price")] == [line for line in told["trace"] if line.startswith("price")]
