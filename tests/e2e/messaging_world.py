"""What the tests of messaging with other people's programs share: provisioning by SQL, certificates, records, books."""

import base64
import contextlib
import hashlib
import pathlib
import tempfile
import time
import urllib.parse

import certificates
import harness
from warp_cli import ports, proc, smpp_peers

NUMBER, PASSWORD = "12025550100", "open sesame"
SECRET = "whsec_" + base64.b64encode(b"a secret of the customer").decode()
PRICE_NANOS, COST_NANOS = 7_500_000, 3_100_000  # a segment
SLOW = harness.SLOW
FINAL = {"delivered", "undelivered", "expired", "failed", "cancelled"}


def local_webhooks(settings):
    settings.setdefault("messaging", {}).update({"webhooks": {"allow_http": True, "allow_private": True}})


class Certificate:
    """Self-signed, for localhost and 127.0.0.1."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="warp-e2e-tls-")
        self.key, self.file = (pathlib.Path(self.folder.name) / name for name in ("key.pem", "certificate.pem"))
        certificates.self_signed(self.file, self.key, "localhost", "DNS:localhost,IP:127.0.0.1")


def tls_listener(settings, certificate):
    """A second listener, for TLS; its port."""
    port = ports.choose("127.0.0.1", 14500)
    settings["smpp"]["listeners"].append(
        {"bind": f"127.0.0.1:{port}", "certificate_file": str(certificate.file), "key_file": str(certificate.key)})
    return port


def _columns(columns):
    return "".join(f", {name}" for name in columns), "".join(f", {_literal(value)}" for value in columns.values())


def _literal(value):
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int) else f"'{value}'"


def live(world):
    """Waits until the directory in use is younger than what was changed just now."""
    changed_at = time.monotonic()
    world.warp.postgres.sql("NOTIFY warp_messaging")  # the change's own may have been heard before it is this late

    def younger():
        now = time.monotonic()
        age = world.warp.daemon.metric("warp_sms_directory_age_seconds")
        return age is not None and age < now - changed_at
    assert proc.wait_until(younger, 5 * SLOW, 0.05)


def change(world, statements):
    """Runs SQL and waits until it is live."""
    world.warp.postgres.sql(statements)
    live(world)


def account(world, prefix="", receipt_url="", **columns):
    """The customer's number, prices and settings, as SQL to run."""
    world.make.number(NUMBER, world.customer, world.trunk)
    names, values = _columns(columns)
    return f"""
        INSERT INTO billing.message_rates VALUES ('{world.plans["customer"]}', '{prefix}', {PRICE_NANOS}),
                                                 ('{world.plans["a"]}', '{prefix}', {COST_NANOS});
        INSERT INTO sms.customer_settings (customer_id, webhook_secret, needs_campaign, receipt_url{names})
            VALUES ('{world.customer}', '{SECRET}', false, '{receipt_url}'{values});"""


def esme(world, system_id="tenant", password=PASSWORD, **columns):
    names, values = _columns(columns)
    digest = hashlib.sha256(password.encode()).hexdigest()
    return (f"INSERT INTO sms.esmes (customer_id, system_id, password_hash{names}) "
            f"VALUES ('{world.customer}', '{system_id}', '{digest}'{values});")


def connector(world, name, port, prefix, **columns):
    """To 127.0.0.1:`port` as `name`; what begins with `prefix` goes there."""
    names, values = _columns({"host": "127.0.0.1", **columns})
    return f"""
        INSERT INTO sms.connectors (name, port, system_id, password, rate_plan_id{names})
            VALUES ('{name}', {port}, '{name}', 'secret', '{world.plans["a"]}'{values});
        INSERT INTO sms.routes (prefix, connector_id) SELECT '{prefix}', id FROM sms.connectors WHERE name = '{name}';"""


def inbound_by_smpp(world, number, system_id):
    """What comes in for the number goes to that account's binds."""
    return (f"INSERT INTO sms.number_settings (e164, customer_id, esme_id) SELECT '{number}', '{world.customer}', id "
            f"FROM sms.esmes WHERE system_id = '{system_id}';")


def bound(world, connectors):
    """Waits until so many binds to upstreams stand."""
    assert proc.wait_until(
        lambda: (world.warp.daemon.metric("warp_smpp_sessions", 'side="client",state="bound_trx"') or 0) >= connectors,
        10 * SLOW, 0.05)


@contextlib.contextmanager
def customer(port, system_id="tenant"):
    peer = smpp_peers.Esme(port)
    try:
        assert peer.bind(system_id, PASSWORD) == smpp_peers.OK
        yield peer
    finally:
        peer.close()


MDR = ("direction", "state", "reason", "segments", "network_error", "upstream_ids", "price_nanos")


def mdrs(world, message, names=MDR):
    rows = world.warp.postgres.sql(f"SELECT {', '.join(names)} FROM records.mdrs WHERE id = '{message}'")
    return [dict(zip(names, row)) for row in rows]


def mdr(world, message, seconds=5, names=MDR):
    """The one record of a message that came to its end."""
    assert proc.wait_until(lambda: mdrs(world, message), seconds * SLOW, 0.1), f"no record of {message}"
    rows = mdrs(world, message, names)
    assert len(rows) == 1, rows
    return rows[0]


def state(world, message):
    return world.warp.postgres.sql(f"SELECT state FROM sms.messages WHERE id = '{message}'")[0][0]


def send(world, to, body, **fields):
    """By REST; the message."""
    query = urllib.parse.urlencode({"customer_id": world.customer})
    return world.make.api.post(f"/api/v1/messaging/sms?{query}",
                               {"from": "+" + NUMBER, "to": "+" + to, "body": body, **fields})


def receipt_id(delivered):
    """The id in the text of a receipt."""
    return delivered.octets.decode("latin-1").partition("id:")[2].partition(" ")[0]
