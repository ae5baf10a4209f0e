"""A call has one record and one charge, whatever dies between its answer and the ledger."""

import random
import signal
import time

from call_agents import Agent
from harness import ANI, DNI, SLOW
from test_faults import Bookkeeping, books_agree
from warp_cli import proc

RATE = 20 if SLOW == 1 else 8


def sql(world, query):
    return world.warp.postgres.sql(query)


def books_hold(world, answered=None):
    """Records, ledger, balance and the sums of days say the same; each answered call was charged what it costs."""
    assert proc.wait_until(lambda: world.warp.daemon.metric("warp_records_backlog") == 0, 30 * SLOW), "records are left"
    assert sql(world, "SELECT * FROM billing.check_all()") == []
    assert sql(world, "SELECT id FROM records.cdrs WHERE charge_nanos IS DISTINCT FROM nullif(price_nanos, 0)"
                      " AND answered_at IS NOT NULL") == []
    (charged, calls), = sql(world, "SELECT coalesce(sum(charge_nanos), 0), count(charge_nanos) FROM records.cdrs"
                                   " WHERE charge_nanos <> 0")
    (taken, items), = sql(world, "SELECT coalesce(-sum(amount_nanos), 0), coalesce(sum(items), 0) FROM billing.ledger"
                                 " WHERE source = 'calls'")
    assert (int(charged), int(calls)) == (int(taken), int(items))
    (summed, counted), = sql(world, "SELECT sum(charge_nanos), sum(answered) FROM records.daily_usage_summary")
    assert int(summed) == int(charged)
    if answered is not None:
        assert int(counted) == answered
    assert int(charged) > 0


def test_a_kill_between_200_and_bye_charges_once(own_world):
    world = own_world(durable=True)
    callers = Agent(world.customer_ip, world.customer_port, world.target)
    callees = Agent(world.carrier_ips["a"], world.carrier_ports["a"], world.target)
    try:
        talking = callers.place(ANI, DNI)
        world.process.send_signal(signal.SIGKILL)
        world.process.wait()
        world.run()
        time.sleep(2)
        assert talking.request("BYE").status == 200
    finally:
        callers.close()
        callees.close()
    record = world.one_record(talking.id, 20)
    assert record["disposition"] == "ANSWERED"
    assert int(record["charge_nanos"]) == int(record["price_nanos"]) > 0
    books_hold(world, 1)
    (entries,), = sql(world, f"SELECT count(*) FROM billing.ledger WHERE id = {record['ledger_entry']} AND items = 1")
    assert int(entries) == 1


def test_kills_and_restarts_of_postgres_while_records_are_shipped(own_world):
    world = own_world(durable=True)
    dice = random.Random(20270101)
    with Bookkeeping(world, RATE, 60) as books:
        for round_ in range(4):
            time.sleep(dice.uniform(0.5, 2.0))
            if round_ % 2:
                world.process.send_signal(signal.SIGKILL)
                world.process.wait()
                world.run()
            else:
                world.warp.postgres.stop()
                time.sleep(dice.uniform(0.2, 1.0))
                world.warp.postgres.start()
        time.sleep(2)
        books.finish()
        answered = books.answered()
    assert answered
    # A call whose BYE was confirmed and whose record was not on disk yet goes on after a kill, until its far ends do not
    # answer (RFC 3261's 32 s).
    assert proc.wait_until(lambda: world.warp.daemon.metric("warp_calls_active") == 0, 60 * SLOW, 0.5), "calls are left"
    assert books_agree(world, answered) == ([], [])
    books_hold(world)
