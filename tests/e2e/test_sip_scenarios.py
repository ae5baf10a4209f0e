"""SIPp plays both sides of every behaviour that carriers certify. Each scenario is checked at both peers, in its one record and
in the metrics. The scenarios are in scenarios_*.py; sipp_builder.py makes the XML."""

import contextlib
import json
import urllib.request

import pytest

import harness
import scenarios_callers
import scenarios_setup
import scenarios_within
from harness import SLOW
from scenarios import Scenario
from warp_cli import ports, proc
from warp_cli.provision import PREFIX
from warp_cli.sipp import Sipp

LEAST = 80
SCENARIOS = {name: scenario for module in (scenarios_setup, scenarios_within, scenarios_callers)
             for group in vars(module).values() if isinstance(group, dict)
             for name, scenario in group.items() if isinstance(scenario, Scenario)}
# Below cost to France: more than its price is what any carrier asks.
BELOW_COST = {"customer": "33,0.0010,0,1,1,0\n", "a": "33,0.5000,0,1,1,0\n", "b": "33,0.5000,0,1,1,0\n"}
DECKS = {"customer": harness.CUSTOMER_DECK, "a": harness.DECK_A, "b": harness.DECK_B}
USUAL = {"ring_timeout_seconds": 20, "max_duration_seconds": 3600, "capacity_channels_outbound": None,
         "capacity_cps_outbound": None, "allowed_number_classes": [], "enabled": True}
CLOSED = {"health": {"open_after": 0}}  # no circuit: carriers refuse many calls here


def test_there_are_as_many_scenarios_as_promised():
    assert len(SCENARIOS) >= LEAST
    print(f"{len(SCENARIOS)} scenarios:", *SCENARIOS, sep="\n  ")


@pytest.fixture(scope="module")
def stage(world):
    """Prices and a route of its own for calls to +1; what was provisioned last is remembered."""
    for name, line in BELOW_COST.items():
        world.make.api.post_csv(f"{PREFIX}/rate-plans/{world.plans[name]}/rates", DECKS[name] + line)
    world.make.route(world.partition, world.providers["b"], "1", 50)
    world.make.api.patch(f"{PREFIX}/providers/{world.providers['b']}", {"sip_policy": CLOSED})
    world.settle()
    world.provisioned = None
    return world


def provision(world, scenario):
    trunk = {**USUAL, **scenario.fields, "sip_policy": scenario.trunk}
    carrier = {"sip_policy": {**CLOSED, **scenario.carrier}}
    if world.provisioned == (trunk, carrier):
        return
    world.make.api.put(f"{PREFIX}/trunks/{world.trunk}?customer_id={world.customer}", trunk)
    world.make.api.patch(f"{PREFIX}/providers/{world.providers['a']}", carrier)
    world.settle()
    world.provisioned = (trunk, carrier)


def metrics(world):
    with urllib.request.urlopen(f"http://{world.warp.daemon.metrics_address}/metrics", timeout=5) as answer:
        lines = [line.rpartition(" ") for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return lambda name, label="": sum(float(value) for key, _, value in lines
                                      if key.partition("{")[0] == name and label in key)


def peer(world, side, ip, port, scenario, remote=None):
    folder = world._folder(side.name)
    folder.mkdir(parents=True)
    file = folder / "scenario.xml"
    keys = {"ani": scenario.ani, "dni": scenario.dni, "audio_port": 6000 if remote else 6100,
            "second_port": world.carrier_ports["b"]}
    file.write_text(side.xml().replace("[second_port]", str(world.carrier_ports["b"])))
    return Sipp(folder, file, ip, port, remote, 1, keys)


def callees(world, scenario):
    for side, carrier in ((scenario.callee, "a"), (scenario.second, "b")):
        if side is not None:
            yield peer(world, side, world.carrier_ips[carrier], world.carrier_ports[carrier], scenario)


def play(world, scenario):
    """Both sides to their end; the caller."""
    source = {"customer": world.customer_ip, "carrier": world.carrier_ips["a"], "stranger": harness.STRANGER}[scenario.source]
    with contextlib.ExitStack() as stack:
        far = [stack.enter_context(callee) for callee in callees(world, scenario)]
        for callee in far:
            assert proc.wait_until(callee.listening, 5 * SLOW, 0.02), callee.trouble()
        caller = stack.enter_context(peer(world, scenario.caller, source,
                                          ports.choose(source, next(harness._caller_ports)), scenario, world.target))
        caller.expect_success(15 * SLOW)
        for callee in far:
            callee.expect_success(10 * SLOW)
    return caller


def check_record(world, scenario, caller):
    if scenario.record is None:
        assert world.records(harness.call_id(caller)) == []
        return
    rows = world.records(harness.call_id(caller)) or [world.record(caller)]
    row = rows[0]
    assert {name: row[name] for name in scenario.record} == scenario.record
    if scenario.attempts is not None:
        assert [attempt["sip_status"] for attempt in json.loads(row["attempts"])] == scenario.attempts


def check_metrics(world, scenario, before):
    assert proc.wait_until(lambda: metrics(world)("warp_calls_active") == 0, 5 * SLOW, 0.05), "a call is left"
    after = metrics(world)
    for grown in scenario.grows:
        named = (grown,) if isinstance(grown, str) else grown
        assert after(*named) > before(*named), named
    if scenario.record is None:
        return
    assert after("warp_calls_attempts_total") > before("warp_calls_attempts_total")
    answered = scenario.record.get("disposition") == "ANSWERED"
    kind = "warp_calls_ended_total" if answered else "warp_calls_refused_total"
    label = f'reason="{scenario.record["reason"]}"' if "reason" in scenario.record else ""
    assert after(kind, label) == before(kind, label) + scenario.calls
    assert after("warp_calls_answers_total") - before("warp_calls_answers_total") == scenario.calls * answered
    assert after("warp_limits_drift_total") == 0


@pytest.mark.parametrize("name", SCENARIOS, ids=lambda name: name.replace(" ", "_"))
def test_scenario(stage, name):
    scenario = SCENARIOS[name]
    provision(stage, scenario)
    before = metrics(stage)
    caller = play(stage, scenario)
    check_record(stage, scenario, caller)
    check_metrics(stage, scenario, before)
