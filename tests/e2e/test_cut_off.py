"""A call that is not paid for any longer ends where its money does."""

import time

import pytest
from call_agents import Agent
from harness import ANI, DNI, SLOW
from prepaid import disagreements, make_prepaid, money, pay
from warp_cli import proc

# One second at a time, 0.01 each: what an account has is how long it lasts.
DECK = "prefix,per_minute,setup_fee,initial_increment,increment,minimum_seconds\n44,0.6000,0,1,1,0\n"
SECOND_NANOS = 10_000_000


@pytest.fixture
def scene(own_world):
    world = own_world(change=lambda settings: settings.update(
        {"charging": {"reserve": "60s", "renew_before": "5s"}, "calls": {"recovery_window": "15s"}}))
    world.make.api.post_csv(f"/api/v1/rate-plans/{world.plans['customer']}/rates", DECK)
    callers = Agent(world.customer_ip, world.customer_port, world.target)
    callees = Agent(world.carrier_ips["a"], world.carrier_ports["a"], world.target)
    yield world, callers, callees
    callers.close()
    callees.close()


def reasons(world):
    return world.warp.postgres.sql("SELECT reason FROM records.cdrs")


def test_a_call_is_cut_where_its_money_ends(scene):
    world, callers, callees = scene
    make_prepaid(world, "0.12")
    placed = time.monotonic()
    caller = callers.place(ANI, DNI)
    talking = time.monotonic()
    assert proc.wait_until(lambda: callers.ended and callees.ended, 20 * SLOW, 0.01), "it went on"
    ended = time.monotonic()
    # It was answered between the two moments.
    assert ended - placed >= 11.7 and ended - talking <= 12.3 * SLOW, (ended - placed, ended - talking)
    row = world.one_record(caller.id, 10)
    assert (row["reason"], row["cut_off"]) == ("CREDIT_EXHAUSTED", "t")
    assert int(row["covered_seconds"]) == 12
    assert int(row["charge_nanos"]) == 12 * SECOND_NANOS
    assert proc.wait_until(lambda: money(world) == (0, 0), 15 * SLOW, 0.2), money(world)
    assert disagreements(world) == []


def test_a_payment_while_it_lasts_saves_it(scene):
    world, callers, callees = scene
    make_prepaid(world, "0.12")
    caller = callers.place(ANI, DNI)
    time.sleep(8)
    pay(world, "1.00", "just in time")
    time.sleep(7)
    assert not callers.ended and not callees.ended
    assert caller.request("BYE").status == 200
    row = world.one_record(caller.id, 10)
    assert row["cut_off"] == "f"
    assert 14 <= int(row["price_billed_seconds"]) <= 17 * SLOW


def test_without_money_there_is_no_call(scene):
    world, callers, callees = scene
    make_prepaid(world, "0.005")
    with pytest.raises(Exception):
        callers.place(ANI, DNI)
    assert not callees.calls
    assert proc.wait_until(lambda: reasons(world), 10 * SLOW, 0.1), "no record"
    assert reasons(world) == [["INSUFFICIENT_FUNDS"]]


def test_a_call_that_survives_a_kill_is_cut_where_its_money_ends(scene):
    world, callers, callees = scene
    make_prepaid(world, "0.20")
    caller = callers.place(ANI, DNI)
    time.sleep(5)
    world.process.kill()
    world.process.wait()
    world.run()
    assert proc.wait_until(lambda: callers.ended and callees.ended, 30 * SLOW, 0.05), "it went on"
    row = world.one_record(caller.id, 10)
    assert (row["reason"], row["cut_off"]) == ("CREDIT_EXHAUSTED", "t")
    assert int(row["charge_nanos"]) == 20 * SECOND_NANOS
    # The lease of the killed process is closed once its record is there.
    assert proc.wait_until(lambda: money(world) == (0, 0), 30 * SLOW, 0.5), money(world)
    assert disagreements(world) == []
