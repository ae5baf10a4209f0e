"""MMS by MM4, end to end: warpd, a Postfix as the carrier's mail server with an MMSC behind it, swaks as another peer."""

import base64
import contextlib
import json
import smtplib
import socket
import subprocess
import threading

import pytest

import harness
import hook_sink
import mm4_peers
from messaging_world import live, state
from mm4_peers import OURS, THEIRS, plmn
from warp_cli import proc

NUMBER, HANDSET = "12025550100", "447700900123"
PRICE_NANOS = 20_000_000
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
SLOW = harness.SLOW
MM4_PORT = mm4_peers.free_port()


def open_mm4(settings):
    settings["messaging"] = {
        "webhooks": {"allow_http": True, "allow_private": True},
        "mm4": {"enabled": True, "domain": OURS, "listeners": [{"bind": f"127.0.0.1:{MM4_PORT}"}]}}


WORLD = {"change": open_mm4}


def create_connector(world, name, port, prefix, **fields):
    connector = world.make.api.post("/v1/messaging/connectors", {
        "name": name, "protocol": "mm4", "host": "127.0.0.1", "port": port, "local_domain": OURS, "remote_domain": THEIRS,
        "allowed": ["127.0.0.1/32"], "response_timeout_ms": 10_000 * SLOW, **fields})["id"]
    world.make.api.post("/v1/messaging/routes", {"prefix": prefix, "connector_id": connector})
    live(world)
    return connector


def up(world, count):
    return proc.wait_until(lambda: world.warp.daemon.metric("warp_mm4_connectors_up") == count, 15 * SLOW, 0.05)


@pytest.fixture(scope="module")
def carrier(world):
    """The MMSC behind its Postfix, and the connector to it with verified STARTTLS."""
    mmsc = mm4_peers.Mmsc()
    postfix = mm4_peers.Postfix(world.folder / "postfix", MM4_PORT, mmsc.port)
    mmsc.relay_port = postfix.port
    try:
        world.make.number(NUMBER, world.customer, world.trunk)
        world.warp.postgres.sql(f"""
            INSERT INTO billing.message_rates VALUES ('{world.plans["customer"]}', '44', {PRICE_NANOS});
            INSERT INTO sms.customer_settings (customer_id, needs_campaign) VALUES ('{world.customer}', false);""")
        create_connector(world, "carrier", postfix.port, "44", tls=True, tls_ca_file=str(postfix.certificate))
        assert up(world, 1)
        yield mmsc
    finally:
        postfix.stop()
        mmsc.stop()


@pytest.fixture
def awkward(world, carrier):
    """An MMSC without a Postfix in between that takes a prefix of its own; it answers straight to us."""
    mmsc = mm4_peers.Mmsc(MM4_PORT)
    connector = create_connector(world, f"awkward {mmsc.port}", mmsc.port, "4478", response_timeout_ms=1000 * SLOW,
                                 local_domain=f"a{mmsc.port}.{OURS}")
    assert up(world, 2)
    yield mmsc
    world.make.api.patch(f"/v1/messaging/connectors/{connector}", {"enabled": False})
    assert up(world, 1)
    mmsc.stop()


def send(world, to=HANDSET, **fields):
    return world.make.api.post(f"/v1/messaging/mms?customer_id={world.customer}",
                               {"from": f"+{NUMBER}", "to": f"+{to}", **fields})["id"]


def ended(world, message, seconds=10):
    """State and reason of the message's one record."""
    def rows():
        return world.warp.postgres.sql(f"SELECT state, reason FROM records.mdrs WHERE id = '{message}'")
    assert proc.wait_until(rows, seconds * SLOW, 0.1), f"no record of {message}"
    assert len(rows()) == 1
    return rows()[0][0]


def upload(world, octets, content_type):
    return world.make.api.request("POST", f"/v1/messaging/media?customer_id={world.customer}", octets,
                                  content_type)["data"]["id"]


def test_an_mms_goes_through_the_carriers_mail_server_and_its_report_comes_back(world, carrier):
    picture = upload(world, GIF, "image/gif")
    message = send(world, subject="Grüße 🎉", body="Привет, народ 🎉", media_ids=[picture])
    request = carrier.next("MM4_forward.REQ", 10 * SLOW)
    assert request.sender == plmn(NUMBER, OURS) and request.recipients == [plmn(HANDSET, THEIRS)]
    assert request["Subject"] == "Grüße 🎉"
    assert request["X-Mms-3GPP-MMS-Version"] and request["X-Mms-Ack-Request"] == "Yes"
    parts = request.parts()
    assert parts["text/plain"].strip() == "Привет, народ 🎉"
    assert parts["image/gif"] == GIF
    assert "<smil>" in (parts["application/smil"] if isinstance(parts["application/smil"], str)
                        else parts["application/smil"].decode())
    assert proc.wait_until(lambda: state(world, message) == "sent", 10 * SLOW, 0.1)
    carrier.report(request, "Retrieved")
    response = carrier.next("MM4_delivery_report.RES", 10 * SLOW)
    assert response.status == "Ok" and response.id == request.id
    assert ended(world, message) == "delivered"


def test_the_response_decides_and_not_smtp(world, awkward):
    awkward.answer = lambda mail: None
    message = send(world, "447800900123", body="Anybody?")
    request = awkward.next("MM4_forward.REQ", 10 * SLOW)
    assert state(world, message) != "sent"
    assert ended(world, message) == "failed", "the peer said nothing in time"
    awkward.respond(request, "Ok")  # too late
    assert proc.wait_until(lambda: world.warp.daemon.metric("warp_mm4_unmatched_total") == 1, 5 * SLOW, 0.05)
    assert ended(world, message) == "failed"
    awkward.answer = lambda mail: "Error-content-not-accepted"
    assert ended(world, send(world, "447800900123", body="Not to their taste")) == "failed"
    awkward.smtp_answers = ["554 5.6.0 no"]
    assert ended(world, send(world, "447800900123", body="Nor to their server's")) == "failed"


def test_a_report_may_be_faster_than_the_response(world, awkward):
    def report_first(mail):
        awkward.report(mail, "Retrieved")
        return "Ok"
    awkward.answer = lambda mail: threading.Thread(target=report_first, args=(mail,)).start()
    assert ended(world, send(world, "447800900123", body="Quick")) == "delivered"


@pytest.fixture
def webhook(world, carrier):
    with hook_sink.listening() as server:
        world.warp.postgres.sql(f"INSERT INTO sms.number_settings (e164, customer_id, webhook_url) VALUES ('{NUMBER}', "
                                f"'{world.customer}', '{server.url}/') ON CONFLICT (e164) "
                                f"DO UPDATE SET webhook_url = excluded.webhook_url")
        live(world)
        yield server


def swaks(*arguments, mail=None, to=plmn(NUMBER, OURS)):
    given = ["--data", "-"] if mail else []
    # Quoted, which says the same (RFC 5321, 4.1.2): what begins with "+" would be an option.
    local, _, domain = to.partition("@")
    return subprocess.run(["swaks", "--server", f"127.0.0.1:{MM4_PORT}", "--from", f"mmsc@{THEIRS}", "--to", f'"{local}"@{domain}',
                           *given, *arguments], input=mail, capture_output=True, encoding="utf-8", timeout=30)


FORWARD = ("From: {source}\nTo: {to}\nSubject: From a handset\nX-Mms-3GPP-MMS-Version: 5.3.0\n"
           "X-Mms-Message-Type: MM4_forward.REQ\nX-Mms-Transaction-ID: {transaction}\nX-Mms-Message-ID: <{message}>\n"
           "X-Mms-Ack-Request: Yes\nX-Mms-Originator-System: mmsc@{domain}\nMIME-Version: 1.0\n"
           "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; charset=utf-8\n"
           "Content-Transfer-Encoding: 8bit\n\nLook 🎉\n--x\nContent-Type: image/gif; name=a.gif\n"
           "Content-Transfer-Encoding: base64\n\n{picture}\n--x--\n")


def forward(transaction, message, to=NUMBER):
    return FORWARD.format(source=plmn(HANDSET, THEIRS), to=plmn(to, OURS), transaction=transaction, message=message,
                          domain=THEIRS, picture=base64.b64encode(GIF).decode())


def test_an_inbound_mms_reaches_the_customer_once_and_is_answered_each_time(world, carrier, webhook):
    for _ in range(2):
        handed = swaks(mail=forward("their-1", "one@their"))
        assert handed.returncode == 0, handed.stdout + handed.stderr
        response = carrier.next("MM4_forward.RES", 10 * SLOW)
        assert (response.transaction, response.status) == ("their-1", "Ok")
        assert response.recipients == [f"mmsc@{THEIRS}"]
    posted = json.dumps(json.loads(webhook.posts.get(timeout=10 * SLOW)[1]), ensure_ascii=False)
    assert "Look 🎉" in posted and "image/gif" in posted
    swaks(mail=forward("their-2", "one@their"))  # the same message, as another transaction
    assert carrier.next("MM4_forward.RES", 10 * SLOW).transaction == "their-2"
    assert webhook.posts.empty()


def test_a_number_that_nobody_has_is_answered_so(world, carrier, webhook):
    assert swaks(mail=forward("their-3", "three@their", "12025550199"), to=plmn("12025550199", OURS)).returncode == 0
    response = carrier.next("MM4_forward.RES", 10 * SLOW)
    assert response.status == "Error-sending-address-unresolved"
    assert webhook.posts.empty()


def test_strangers_and_relays_are_refused(world, carrier):
    elsewhere = swaks(mail=forward("x", "x@x"), to="somebody@example.com")
    assert elsewhere.returncode != 0 and "550" in elsewhere.stdout
    stranger = swaks("--local-interface", "127.0.0.9", mail=forward("x", "x@x"))
    assert stranger.returncode != 0 and "554" in stranger.stdout
    assert world.warp.daemon.metric("warp_smtp_connections_refused_total", 'cause="address"') == 1


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n"])
def test_a_second_mail_cannot_be_smuggled(world, carrier, end):
    taken = world.warp.daemon.metric("warp_smtp_mails_received_total", 'answer="accepted"') or 0
    with contextlib.closing(socket.create_connection(("127.0.0.1", MM4_PORT), timeout=10)) as wire:
        wire.sendall(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<" + plmn(NUMBER, OURS).encode() + b">\r\nDATA\r\n")
        wire.sendall(b"Subject: one" + end + b"MAIL FROM:<evil@b>\r\nRCPT TO:<" + plmn(NUMBER, OURS).encode() +
                     b">\r\nDATA\r\nSubject: two\r\n.\r\n")
        said = b""
        while chunk := wire.recv(4096):
            said += chunk
    assert said.splitlines()[-1].startswith(b"554")
    assert (world.warp.daemon.metric("warp_smtp_mails_received_total", 'answer="accepted"') or 0) == taken
    with smtplib.SMTP("127.0.0.1", MM4_PORT, timeout=10) as good:
        assert good.ehlo()[0] == 250, "the next one is served"
