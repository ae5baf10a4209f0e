"""Two daemons spend one prepaid account: short calls on both until it is empty, one of them killed half-way. The account
never goes below zero, each call is paid for once, and the books agree."""

import collections
import time

import pytest
from harness import ANI, DNI, SCENARIOS, SLOW
from prepaid import disagreements, ledger_sum, make_prepaid, money, open_leases, pay
from two_daemons import BalanceWatch, TwoDaemons
from warp_cli import ports, proc
from warp_cli.sipp import Sipp

RATE = max(250 // SLOW, 20)  # calls a second, on each daemon
SECONDS = 60  # that the money lasts, about
# CUSTOMER_DECK's 44: 30 s at 0.03 a minute, and 0.001 to begin with.
CALL_NANOS = 16_000_000


def change(settings):
    settings["calls"] = {"recovery_window": "20s"}
    settings["sip"]["protection"] = {"enabled": False}
    settings["charging"] = {"give_back_interval": "2s"}


@pytest.fixture
def pair(request):
    world = TwoDaemons(change=change, trunk_fields={"media_mode": "BYPASS"}, provider_fields={"media_mode": "BYPASS"})
    world.start()
    yield world
    status = world.stop()
    assert status == 0, world.folder


CROWD_PORTS = {"one": 14000, "two": 14500}


def crowd(world, name, target, calls):
    """A SIPp that calls `target` many times, without its trace of messages."""
    peer = Sipp(world.folder / "peers" / name, SCENARIOS / "uac_short.xml", world.customer_ip,
                ports.choose(world.customer_ip, CROWD_PORTS[name]), target, calls,
                {"ani": ANI, "dni": DNI, "audio_port": 6000},
                arguments=["-r", RATE, "-l", 20 * RATE, "-d", 800, "-recv_timeout", 60000, "-trace_logs", "-log_file",
                           world.folder / f"{name}.log"])
    peer.argv.remove("-trace_msg")
    return peer


def noted(world, name, word):
    """Call-IDs that a crowd noted under a word."""
    file = world.folder / f"{name}.log"
    lines = file.read_text(errors="replace").split() if file.exists() else []
    return [lines[i + 1] for i, token in enumerate(lines[:-1]) if token == word]


def test_an_account_is_spent_to_its_end_and_never_below(pair):
    world = pair
    amount = 2 * RATE * SECONDS * CALL_NANOS
    make_prepaid(world, f"{amount / 1e9:.9f}")
    callee = world.callee("uas_short", delay_ms=20, calls=None)
    callee.argv.remove("-trace_msg")
    calls = RATE * int(SECONDS * 1.5)
    began = time.monotonic()
    with callee, BalanceWatch(world.warp.postgres, world.customer) as watch:
        assert proc.wait_until(callee.listening, 5), callee.trouble()
        with crowd(world, "one", world.target, calls) as one, crowd(world, "two", world.second_target, calls) as two:
            time.sleep(SECONDS / 2)
            world.kill_second()
            time.sleep(5)
            world.run_second()
            for peer in (one, two):
                peer.wait(SECONDS * 3 * SLOW)
        took = time.monotonic() - began
        # The last records, and what the killed process held, come home.
        assert proc.wait_until(lambda: money(world)[1] <= 2_000_000_000, 60 * SLOW, 0.5), money(world)
        time.sleep(2)

    answered = noted(world, "one", "answered") + noted(world, "two", "answered")
    refused = noted(world, "one", "refused") + noted(world, "two", "refused")
    for at, node, lease, nanos in watch.leases:  # where the money lay
        print(f"{at:6.1f} {node:10} {lease} {nanos / 1e9:8.3f}")
    print(f"{len(answered)} answered, {len(refused)} refused, {len(answered) / took:.0f} calls a second over {took:.0f} s")
    assert len(answered) > RATE * SECONDS / 2, "it did not spend"
    assert refused, "the money never ended"

    assert not watch.troubles, watch.troubles[:3]
    assert len(watch.samples) > SECONDS
    assert min(balance for balance, _ in watch.samples) >= 0
    assert min(balance - held for balance, held in watch.samples) >= 0

    def recorded():
        return collections.Counter(row[0] for row in world.warp.postgres.sql(
            "SELECT sip_call_id FROM records.cdrs WHERE disposition = 'ANSWERED'"))
    assert proc.wait_until(lambda: set(answered) <= set(recorded()), 30 * SLOW, 0.5), "a call has no record"
    records = recorded()
    assert max(records.values()) == 1, "a call has two records"
    # Those whose 200 the killed daemon wrote down and did not send, at the most.
    assert len(set(records) - set(answered)) <= RATE

    balance, _ = money(world)
    assert balance == ledger_sum(world)
    charged = int(world.warp.postgres.sql(
        f"SELECT coalesce(sum(charge_nanos), 0) FROM records.cdrs WHERE customer_id = '{world.customer}'")[0][0])
    assert balance == amount - charged
    assert balance < amount // 20, "most of it was spent"
    assert not world.warp.postgres.sql("SELECT details FROM billing.alarms WHERE kind = 'unreserved'")
    assert disagreements(world) == []

    world.second.stop(20 * SLOW)
    world.second_process.wait()
    world.warp.daemon.stop(20 * SLOW)
    world.process.wait()
    left = [row for row in world.warp.postgres.sql(
        "SELECT node, granted_nanos, settled_nanos FROM billing.leases WHERE closed_at IS NULL")]
    assert open_leases(world) == 0, left
    assert money(world)[1] == 0
    assert disagreements(world) == []


def test_idle_money_of_one_daemon_serves_the_other(pair):
    """Both want the last of it: a call is refused only when there is none left, or for a moment."""
    world = pair
    make_prepaid(world, "0.048")  # three first steps, or one reserve of 60 s and one first step
    refusals = 0
    with world.callee("uas_short", delay_ms=20, calls=None):
        for turn in range(2):
            target = (world.target, world.second_target)[turn % 2]
            with Sipp(world.folder / "peers" / f"turn{turn}", SCENARIOS / "uac_short.xml", world.customer_ip,
                      ports.choose(world.customer_ip, 14500), target, 1, {"ani": ANI, "dni": DNI, "audio_port": 6000},
                      arguments=["-d", 300, "-trace_logs", "-log_file", world.folder / f"turn{turn}.log"]) as peer:
                peer.wait(20 * SLOW)
            refusals += len(noted(world, f"turn{turn}", "refused"))
            time.sleep(1)
    assert refusals == 0
    pay(world, "1.00", "second payment")
    assert disagreements(world) == []
