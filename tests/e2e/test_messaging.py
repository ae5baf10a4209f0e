"""Messages end to end: a customer binds and submits, an upstream takes them and reports, records stand with their price."""

import base64
import contextlib
import hashlib
import hmac
import json
import signal

import pytest

import hook_sink
import messaging_world
from messaging_world import COST_NANOS, NUMBER, PASSWORD, PRICE_NANOS, SECRET, SLOW, change
from warp_cli import ports, proc, smpp_peers

HANDSET = "447700900123"
RECEIPT = 0x04  # esm_class
SUBMIT_FAILED = 0x45
MESSAGE_STATE, RECEIPTED_ID = 0x0427, 0x001E    # TLVs

WORLD = {"change": messaging_world.local_webhooks}


def provision(world, smsc_port):
    """Prices, an SMPP account, a connector to the SMSC and a route to it, by SQL: every change is announced by the database."""
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    world.make.number(NUMBER, world.customer, world.trunk)
    world.warp.postgres.sql(f"""
        INSERT INTO billing.message_rates VALUES ('{world.plans["customer"]}', '44', {PRICE_NANOS}),
                                                 ('{world.plans["a"]}', '44', {COST_NANOS});
        INSERT INTO sms.customer_settings (customer_id, webhook_secret, needs_campaign)
            VALUES ('{world.customer}', '{SECRET}', false);
        INSERT INTO sms.esmes (customer_id, system_id, password_hash) VALUES ('{world.customer}', 'tenant', '{digest}');
        INSERT INTO sms.connectors (name, host, port, system_id, password, rate_plan_id)
            VALUES ('upstream', '127.0.0.1', {smsc_port}, 'warp', 'secret', '{world.plans["a"]}');
        INSERT INTO sms.routes (prefix, connector_id) SELECT '44', id FROM sms.connectors WHERE name = 'upstream';""")


@contextlib.contextmanager
def upstream(port=0):
    smsc = smpp_peers.Smsc(port=port)
    try:
        yield smsc
    finally:
        smsc.stop()


@pytest.fixture(scope="module")
def smsc(world):
    with upstream() as smsc:
        provision(world, smsc.port)
        assert smsc.binds.get(timeout=10 * SLOW) == "warp"
        yield smsc


@contextlib.contextmanager
def bound(world):
    esme = smpp_peers.Esme(world.warp.ports["smpp"])
    try:
        assert esme.bind("tenant", PASSWORD) == smpp_peers.OK
        yield esme
    finally:
        esme.close()


MDR = ("customer_id", "direction", "origin", "state", "reason", "sender", "recipient", "segments", "encoding",
       "upstream_ids", "price_nanos", "price_prefix", "price_per_segment_nanos", "cost_nanos", "margin_nanos")


def mdrs(world, message):
    return messaging_world.mdrs(world, message, MDR)


def mdr(world, message):
    return messaging_world.mdr(world, message, names=MDR)


def money(world):
    """Balance and hold of the customer in nanos, when ledger, holds and records agree."""
    assert world.warp.postgres.sql("SELECT * FROM billing.check_messages()") == []
    rows = world.warp.postgres.sql(f"SELECT balance_nanos, held_nanos FROM billing.balances WHERE customer_id = '{world.customer}'")
    return tuple(int(value) for value in rows[0])


def nothing_owed(world):
    return proc.wait_until(lambda: world.warp.postgres.sql("SELECT count(*) FROM sms.deliveries") == [["0"]], 5 * SLOW, 0.1)


def test_a_submitted_message_reaches_the_upstream_and_its_receipt_the_customer(world, smsc):
    with bound(world) as esme:
        status, message = esme.submit(NUMBER, HANDSET, b"Hello, world")
        assert status == smpp_peers.OK and message
        name, submitted = smsc.submits.get(timeout=5 * SLOW)
        assert (submitted.source, submitted.destination) == (NUMBER, HANDSET)
        assert submitted.octets == b"Hello, world" and submitted.registered_delivery & 1
        assert smsc.receipt(name, submitted) == smpp_peers.OK

        receipt = esme.delivered.get(timeout=5 * SLOW)
        assert receipt.esm_class & 0x3C == RECEIPT
        assert (receipt.source, receipt.destination) == (HANDSET, NUMBER)
        assert f"id:{message} ".encode() in receipt.octets and b"stat:DELIVRD" in receipt.octets
        assert receipt.tlvs[MESSAGE_STATE] == b"\x02"
        assert receipt.tlvs[RECEIPTED_ID].rstrip(b"\0").decode() == message
    record = mdr(world, message)
    assert record == {
        "customer_id": world.customer, "direction": "outbound", "origin": "smpp", "state": "delivered",
        "reason": record["reason"], "sender": NUMBER, "recipient": HANDSET, "segments": "1", "encoding": record["encoding"],
        "upstream_ids": name, "price_nanos": str(PRICE_NANOS), "price_prefix": "44",
        "price_per_segment_nanos": str(PRICE_NANOS), "cost_nanos": str(COST_NANOS),
        "margin_nanos": str(PRICE_NANOS - COST_NANOS)}
    assert nothing_owed(world)


def test_what_the_handset_never_got_is_undelivered_and_priced_all_the_same(world, smsc):
    with bound(world) as esme:
        _, message = esme.submit(NUMBER, HANDSET, b"Nobody there")
        name, submitted = smsc.submits.get(timeout=5 * SLOW)
        assert smsc.receipt(name, submitted, "UNDELIV", "034") == smpp_peers.OK
        assert b"stat:UNDELIV" in esme.delivered.get(timeout=5 * SLOW).octets
    record = mdr(world, message)
    assert (record["state"], record["price_nanos"]) == ("undelivered", str(PRICE_NANOS))


def test_a_prepaid_account_is_refused_what_it_cannot_pay(world, smsc):
    before, _ = money(world)
    account = "UPDATE customers.accounts SET billing_mode = '{}', credit_limit_nanos = {} WHERE id = '" + world.customer + "'"
    world.warp.postgres.sql(account.format("PREPAID", PRICE_NANOS - before))  # enough for one
    try:
        with bound(world) as esme:
            status, message = esme.submit(NUMBER, HANDSET, b"The last one")
            assert status == smpp_peers.OK
            assert money(world) == (before, PRICE_NANOS)
            assert esme.submit(NUMBER, HANDSET, b"One too many")[0] == SUBMIT_FAILED
            name, submitted = smsc.submits.get(timeout=5 * SLOW)
            assert smsc.receipt(name, submitted) == smpp_peers.OK
            assert esme.delivered.get(timeout=5 * SLOW)
        assert mdr(world, message)["state"] == "delivered"
        assert money(world) == (before - PRICE_NANOS, 0)
        assert smsc.submits.empty()
    finally:
        world.warp.postgres.sql(account.format("POSTPAID", 0))


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(world, smsc):
    for system_id, password in (("tenant", "guessed"), ("nobody", PASSWORD)):
        esme = smpp_peers.Esme(world.warp.ports["smpp"])
        assert esme.bind(system_id, password) == smpp_peers.INVALID_PASSWORD
        esme.close()


def test_a_sender_that_is_not_the_customers_is_refused(world, smsc):
    with bound(world) as esme:
        status, _ = esme.submit("12025550199", HANDSET, b"Who am I")
        assert status not in (smpp_peers.OK, 0x08)
    assert smsc.submits.empty()


def opted_out(world):
    return world.warp.postgres.sql("SELECT recipient FROM sms.opt_outs WHERE source = 'keyword'")


def test_stop_is_obeyed_at_once_and_kept_until_start(world, smsc):
    other = "447700900999"
    with bound(world) as esme:
        assert smsc.deliver(smpp_peers.message_body(other, NUMBER, b"STOP")) == smpp_peers.OK
        assert esme.submit(NUMBER, other, b"One more thing")[0] != smpp_peers.OK
        assert proc.wait_until(lambda: opted_out(world) == [[other]], 5 * SLOW, 0.05)
        assert smsc.deliver(smpp_peers.message_body(other, NUMBER, b"Start.")) == smpp_peers.OK
        assert proc.wait_until(lambda: opted_out(world) == [], 5 * SLOW, 0.05)
        assert esme.submit(NUMBER, other, b"Welcome back")[0] == smpp_peers.OK
        name, submitted = smsc.submits.get(timeout=5 * SLOW)
        assert submitted.octets == b"Welcome back"
        assert smsc.receipt(name, submitted) == smpp_peers.OK
        assert b"stat:DELIVRD" in esme.delivered.get(timeout=5 * SLOW).octets


@pytest.fixture
def listening():
    with hook_sink.listening() as server:
        yield server


def signed(headers, body):
    what = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, what, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(wanted, headers["webhook-signature"])


def test_an_inbound_message_is_posted_to_the_customer_signed_and_again_until_it_is_taken(world, smsc, listening):
    url = f"http://127.0.0.1:{listening.server_port}/inbound"
    change(world, f"INSERT INTO sms.number_settings (e164, customer_id, webhook_url) "
                  f"VALUES ('{NUMBER}', '{world.customer}', '{url}')")
    listening.statuses[:] = [503]
    assert smsc.deliver(smpp_peers.message_body(HANDSET, NUMBER, b"Reply from a handset")) == smpp_peers.OK
    first = listening.posts.get(timeout=5 * SLOW)
    second = listening.posts.get(timeout=20 * SLOW)
    for headers, body in (first, second):
        assert signed(headers, body)
        assert "Reply from a handset" in json.dumps(json.loads(body))
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert nothing_owed(world)
    assert world.warp.daemon.metric("warp_sms_webhooks_total", 'result="taken"') == 1
    assert world.warp.daemon.metric("warp_sms_webhooks_total", 'result="refused"') == 1


def upstream_binds(world, number):
    def as_many():
        return world.warp.daemon.metric("warp_smpp_sessions", 'side="client",state="bound_trx"') == number
    return proc.wait_until(as_many, 5 * SLOW, 0.05)


def test_what_was_accepted_outlives_a_kill_and_goes_out_once(own_world):
    world = own_world()
    port = ports.choose("127.0.0.1", 14600)  # none of the ephemeral ones, which others may take while the upstream is away
    with upstream(port) as first:
        provision(world, port)
        first.binds.get(timeout=10 * SLOW)
        # The SMSC knows of the bind before WARP has its answer: a gauge of 0 would say nothing yet.
        assert upstream_binds(world, 1)
    assert upstream_binds(world, 0)
    with bound(world) as esme:
        status, message = esme.submit(NUMBER, HANDSET, b"Kept")  # the upstream is away: it waits
        assert status == smpp_peers.OK
        world.process.send_signal(signal.SIGKILL)
        world.process.wait()
    assert money(world) == (0, PRICE_NANOS), "what is held is what has not ended"
    with upstream(port) as second:
        world.run()
        name, submitted = second.submits.get(timeout=15 * SLOW)
        assert submitted.octets == b"Kept"
        assert second.receipt(name, submitted) == smpp_peers.OK
        assert mdr(world, message)["state"] == "delivered"
        assert money(world) == (-PRICE_NANOS, 0)
        assert second.submits.empty()
        with bound(world) as esme:
            assert f"id:{message} ".encode() in esme.delivered.get(timeout=5 * SLOW).octets


def test_webhooks_do_not_reach_our_own_network_unless_they_may(own_world, listening):
    world = own_world()
    with upstream() as smsc:
        provision(world, smsc.port)
        smsc.binds.get(timeout=10 * SLOW)
        change(world, f"INSERT INTO sms.number_settings (e164, customer_id, webhook_url) VALUES "
                      f"('{NUMBER}', '{world.customer}', 'https://127.0.0.1:{listening.server_port}/')")
        assert smsc.deliver(smpp_peers.message_body(HANDSET, NUMBER, b"Into the house")) == smpp_peers.OK
        assert proc.wait_until(
            lambda: world.warp.daemon.metric("warp_sms_webhooks_total", 'result="address_forbidden"'), 5 * SLOW, 0.05)
    assert listening.posts.empty()
