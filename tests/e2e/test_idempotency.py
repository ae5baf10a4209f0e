"""A request with an Idempotency-Key is done once, whatever kills the daemon between the charge and the reply."""

import http.client
import json
import random
import signal
import subprocess
import threading
import time

from harness import SLOW
from warp_cli import proc
from warp_cli.postgres import BIN, DATABASE

CRASHES, CLIENTS = 5, 4


class Client:
    """Sends one payment until it has an answer; connections that break are what this is about."""

    def __init__(self, world):
        self.port, self.key = world.warp.ports["api"], world.warp.key_file.read_text().strip()
        self.path = f"/api/v1/customers/{world.customer}/payments"

    def once(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30 * SLOW)
        try:
            connection.request("POST", self.path, json.dumps({"amount": "0.01", "reference": f"r{number}"}),
                               {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json",
                                "Idempotency-Key": f"key {number}"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read()), answer.headers.get("Idempotency-Replayed") == "true"
        finally:
            connection.close()

    def until_answered(self, number):
        tries = 0
        end = time.monotonic() + 60 * SLOW
        while time.monotonic() < end:
            tries += 1
            try:
                status, body, replayed = self.once(number)
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)
                continue
            if status in (409, 429, 503):
                time.sleep(0.05)
                continue
            return status, body, replayed, tries
        raise AssertionError(f"payment {number} was never answered")


def entries(world):
    rows = world.warp.postgres.sql(f"SELECT reference, count(*) FROM billing.ledger WHERE customer_id = '{world.customer}' "
                                   "AND kind = 'payment' GROUP BY 1")
    return {reference: int(count) for reference, count in rows}


def crash(world):
    world.process.send_signal(signal.SIGKILL)
    world.process.wait()
    world.run()


def test_kills_between_charge_and_reply_charge_once(own_world):
    world = own_world(durable=True)
    client, dice, answers, failures = Client(world), random.Random(11), {}, []

    stop = threading.Event()

    def work(number):
        try:
            while not stop.is_set():
                answers[number] = client.until_answered(number)
                number += 1
        except AssertionError as error:
            failures.append(str(error))

    threads = [threading.Thread(target=work, args=(1_000_000 * place,)) for place in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for _ in range(CRASHES):
        time.sleep(dice.uniform(0.02, 0.3))
        crash(world)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures
    tried_again = sum(tries > 1 for *_, tries in answers.values())
    print(f"{len(answers)} payments, {tried_again} asked for more than once, {CRASHES} kills")
    assert tried_again >= CRASHES, "the kills met no payment"
    assert all(status == 201 for status, *_ in answers.values()), answers
    booked = entries(world)
    assert set(booked) == {f"r{number}" for number in answers}
    assert set(booked.values()) == {1}, {name: count for name, count in booked.items() if count != 1}
    # Whoever asks again later gets what was answered first.
    for number in sorted(answers)[:20] + sorted(answers)[-20:]:
        body = answers[number][1]
        status, again, replayed, _ = client.until_answered(number)
        assert (status, replayed, again["data"]) == (201, True, body["data"])
    assert entries(world) == booked


def test_a_kill_in_the_middle_of_the_charge_leaves_nothing_of_it(own_world):
    world = own_world(durable=True)
    client = Client(world)
    postgres = world.warp.postgres
    # Somebody holds the account, so that the payment stands still in its transaction.
    holder = subprocess.Popen([BIN / "psql", "-X", "-q", "-A", "-t", "-d", postgres.dsn("postgres", DATABASE)], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        holder.stdin.write(f"BEGIN; SELECT 1 FROM billing.balances WHERE customer_id = '{world.customer}' FOR UPDATE;\n")
        holder.stdin.flush()
        assert holder.stdout.readline().strip() == "1"
        outcome = []

        def ask():
            try:
                outcome.append(client.once(1))
            except (OSError, http.client.HTTPException) as error:
                outcome.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'warpd' AND wait_event_type = 'Lock'"
        assert proc.wait_until(lambda: postgres.sql(waits) != [["0"]], 10 * SLOW)
        world.process.send_signal(signal.SIGKILL)
        world.process.wait()
        asking.join()
        assert isinstance(outcome[0], Exception), outcome
    finally:
        holder.stdin.close()
        holder.wait()
    world.run()
    assert proc.wait_until(lambda: postgres.sql(waits) == [["0"]], 10 * SLOW)
    assert entries(world) == {}
    status, body, replayed, _ = client.until_answered(1)
    assert (status, replayed) == (201, False), body
    assert client.once(1)[2]
    assert entries(world) == {"r1": 1}
