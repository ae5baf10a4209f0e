"""A month end to end: calls, a message and a number become an invoice; a payment makes it PAID; all books agree."""

import subprocess
import urllib.parse

import pytest

import messaging_world
from harness import PRESET, SLOW
from warp_cli import build, proc, smpp_peers

NUMBER, CALLS = messaging_world.NUMBER, 3


def settle_at_once(settings):
    messaging_world.local_webhooks(settings)
    settings["billing"] = {"close_hour": 0, "interval": "1s", "settle_time": "1s",
                           "brand": {"name": "Loopback Telecom <script>"}}


WORLD = {"change": settle_at_once}


@pytest.fixture(scope="module")
def smsc(world):
    smsc = smpp_peers.Smsc(port=0)
    messaging_world.change(world, messaging_world.account(world, "44") +
                           messaging_world.connector(world, "upstream", smsc.port, "44"))
    messaging_world.bound(world, 1)
    yield smsc
    smsc.stop()


def ask(world, path):
    return world.warp.api().get(path)


def invoices(world):
    return ask(world, "/v1/invoices?" + urllib.parse.urlencode({"customer_id": world.customer}))


def ban_of(world):
    return ask(world, f"/v1/customers/{world.customer}/bans")[0]["ban"]


def end_period(world, ban):
    """The period that runs ends now: as if its cycle had come round."""
    world.warp.postgres.sql(f"UPDATE billing.bans SET next_close = now() + interval '2 s' WHERE ban = '{ban}'")


def charged(world):
    rows = world.warp.postgres.sql(
        f"SELECT coalesce(sum(amount_nanos), 0) FROM billing.ledger WHERE kind <> 'payment' AND customer_id = '{world.customer}'")
    return -int(rows[0][0])


def audit(world):
    return world.warp.postgres.sql("SELECT rule, customer_id, expected_nanos, found_nanos FROM billing.check_all()")


def test_calls_message_and_number_become_an_invoice_that_is_paid(world, smsc):
    api, ban = world.warp.api(), ban_of(world)
    api.put(f"/v1/billing/numbers/{NUMBER}", {"monthly": "31"})
    api.post(f"/v1/bans/{ban}/charges", {"sku": "DID", "object": "set-up of a rack", "amount": "5", "prorate": False})
    spent = 0
    for _ in range(CALLS):
        with world.answering() as callee, world.caller() as caller:
            caller.expect_success(30 * SLOW)
            callee.expect_success(10 * SLOW)
        spent += int(world.record(caller)["charge_nanos"])
    message = messaging_world.send(world, "447700900123", "hello")["id"]
    name, submitted = smsc.submits.get(timeout=5 * SLOW)
    assert smsc.receipt(name, submitted) == smpp_peers.OK
    spent += int(messaging_world.mdr(world, message, 10, ("charged_nanos",))["charged_nanos"])
    assert spent > 0
    end_period(world, ban)
    assert proc.wait_until(lambda: invoices(world), 30 * SLOW, 0.2), "no invoice"

    invoice = invoices(world)[0]
    detail = ask(world, f"/v1/invoices/{invoice['id']}")
    usage = [line for line in detail["lines"] if line["kind"] == "usage"]
    assert {line["sku"] for line in usage} == {"VOICE-OUT", "MESSAGE-OUT"}
    assert sum(round(line["amount"] * 10**9) for line in usage) == spent
    assert {line["kind"] for line in detail["lines"]} >= {"usage", "recurring"}
    assert round(invoice["total"] * 10**9) == charged(world), "the ledger of the period is the invoice"
    assert invoice["status"] == "ISSUED"

    page = api.request("GET", f"/v1/invoices/{invoice['id']}/html", raw=True).decode()
    assert invoice["number"] in page and "<script" not in page and "&lt;script&gt;" in page

    due = invoice["balance_due"]
    api.post(f"/v1/customers/{world.customer}/payments", {"amount": str(due), "reference": "bank 1"})
    assert invoices(world)[0]["status"] == "PAID"
    assert invoices(world)[0]["balance_due"] == 0
    assert audit(world) == []


def test_warpctl_audits(world, smsc):
    command = [str(build.binary(PRESET, "warpctl")), "--url", world.warp.api_url, "--key-file", str(world.warp.key_file),
               "billing", "audit"]
    fine = subprocess.run(command, capture_output=True, text=True, timeout=30 * SLOW, check=False)
    assert fine.returncode == 0, fine.stderr
    world.warp.postgres.sql(f"UPDATE billing.balances SET held_nanos = held_nanos + 1 WHERE customer_id = '{world.customer}'")
    wrong = subprocess.run(command, capture_output=True, text=True, timeout=30 * SLOW, check=False)
    world.warp.postgres.sql(f"UPDATE billing.balances SET held_nanos = held_nanos - 1 WHERE customer_id = '{world.customer}'")
    assert wrong.returncode == 1, wrong.stdout
    assert "held" in wrong.stdout
