"""The guides, command by command, against the daemon."""

import os

import pytest

import guides
import harness
import messaging_world
from warp_cli import build, paths, proc

TO, SENDER, STOCK = "+442079460777", "12025550144", "12025550147"
GUIDES = sorted(path.name for path in (paths.ROOT / "docs" / "guides").glob("*-*.md"))


@pytest.fixture(scope="module")
def prepared(world):
    """Stock to buy from, a sender, an upstream that is away, and a call that nobody answered."""
    build.build(harness.PRESET, ["warpctl"])
    api = world.make.api
    api.post("/api/v1/numbers", {"tn": f"+{STOCK}"})
    world.make.number(SENDER, world.customer, world.trunk)
    world.settle()
    api.put(f"/api/v1/customers/{world.customer}/messaging",
            {"rate_plan_id": world.plans["customer"], "needs_campaign": False})
    world.make.message_rates(world.plans["customer"], {"44": 0.0075})
    connector = world.make.connector("upstream", "127.0.0.5", 2, system_id="warp", password="guide")
    world.make.message_route(connector)
    messaging_world.live(world)
    with world.caller("uac_answered", dni=TO):
        assert proc.wait_until(lambda: api.get("/api/v1/cdr/details", customer_id=world.customer, dni=TO), 30 * harness.SLOW,
                               0.2), "no record of a call that nobody answered"
    return world


@pytest.mark.parametrize("name", GUIDES)
def test_guide(prepared, name, tmp_path):
    world = prepared
    commands = guides.steps((paths.ROOT / "docs" / "guides" / name).read_text())
    assert commands
    environment = {**os.environ, "PATH": f"{build.binary(harness.PRESET).parent}:{os.environ['PATH']}", "HOME": str(tmp_path),
                   "WARP_URL": world.warp.api_url, "WARP_KEY": world.warp.key_file.read_text().strip(),
                   "CUSTOMER": world.customer, "TRUNK": world.trunk, "FROM": harness.ANI, "TO": TO, "SENDER": f"+{SENDER}"}
    outputs, errors = guides.run(commands, tmp_path, environment)
    for (command, expected), (output, status) in zip(commands, outputs):
        assert status == 0, f"{command}\n{output}\n{errors}"
        for line in expected:
            assert guides.fits(line, output), f"{command}\nhas no line {line!r}:\n{output}"
    assert len(outputs) == len(commands), errors
