"""MMS and RCS end to end: the REST API, a provider of RCS, an SMSC that gets what falls back, and attachments."""

import contextlib
import json
import pathlib
import queue
import struct
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib

import pytest

import harness
import test_messaging
from warp_cli import proc, smpp_peers
from warp_cli.rest import ApiError

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import rcs_stand_in  # noqa: E402

NUMBER, HANDSET, OLD_PHONE = test_messaging.NUMBER, test_messaging.HANDSET, "447700900555"
SLOW = harness.SLOW
listening = test_messaging.listening


def open_to_the_world(settings):
    key = pathlib.Path(tempfile.mkstemp(prefix="warp-link-key-")[1])
    key.write_text("0123456789abcdef0123456789abcdef")
    key.chmod(0o644)
    settings["messaging"] = {
        "webhooks": {"allow_http": True, "allow_private": True}, "rcs": {"allow_http": True},
        "media": {"public_url": f"http://{settings['api']['bind']}", "link_key": {"file": str(key)}}}


WORLD = {"change": open_to_the_world}


@pytest.fixture(scope="module")
def peers(world):
    """The SMSC and the provider, provisioned."""
    with test_messaging.upstream() as smsc, contextlib.closing(_Closing(rcs_stand_in.Provider())) as provider:
        test_messaging.provision(world, smsc.port)
        assert smsc.binds.get(timeout=10 * SLOW) == "warp"
        test_messaging.change(world, f"""
            INSERT INTO sms.connectors (name, protocol, host, system_id, base_url, agent, password, response_timeout_ms)
                VALUES ('rcs', 'rcs', '', '{NUMBER}', '{provider.url}', 'brand@rbm.goog', '{provider.token}', 2000);
            INSERT INTO sms.routes (prefix, connector_id) SELECT '44', id FROM sms.connectors WHERE name = 'rcs';""")
        yield smsc, provider.peer


class _Closing:
    def __init__(self, peer):
        self.peer, self.close, self.url, self.token = peer, peer.stop, peer.url, peer.token


def send(world, kind, **fields):
    api = world.warp.api()
    body = {"from": "+" + NUMBER, "to": "+" + HANDSET, **fields}
    return api.post(f"/v1/messaging/{kind}?customer_id={world.customer}", body)


def shown(world, message):
    return world.warp.api().get(f"/v1/messaging/messages/{message}")


def ends(world, message, status):
    assert proc.wait_until(lambda: shown(world, message)["status"] == status, 10 * SLOW, 0.1), shown(world, message)
    return shown(world, message)


def webhook(world):
    connector = world.warp.postgres.sql("SELECT id FROM sms.connectors WHERE name = 'rcs'")[0][0]
    return f"{world.warp.api_url}/callbacks/rcs/{connector}"


def read(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.headers.get_content_type(), answer.read()


def picture(width=8, height=8):
    """A PNG, by the book."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + bytes((x * y * 37 + c * 91) % 256 for x in range(width) for c in range(3)) for y in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) \
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def upload(world, octets, content_type="image/png"):
    return world.warp.api().request("POST", f"/v1/messaging/media?customer_id={world.customer}", octets, content_type)["data"]


def test_an_rcs_message_is_delivered_by_the_provider(world, peers):
    _, provider = peers
    sent = send(world, "rcs", body="Hello by RCS 🛰")
    assert (sent["kind"], sent["status"]) == ("rcs", "queued")
    taken = provider.taken.get(timeout=5 * SLOW)
    assert taken == ("+" + HANDSET, sent["id"], "brand@rbm.goog", provider.token, {"text": "Hello by RCS 🛰"})
    ends(world, sent["id"], "sent")
    assert provider.tell(webhook(world), {"senderPhoneNumber": "+" + HANDSET, "eventType": "READ", "eventId": "e1",
                                          "messageId": sent["id"]}) == 200
    done = ends(world, sent["id"], "delivered")
    assert done["kind"] == "rcs"
    assert world.warp.postgres.sql(f"SELECT kind, state FROM records.mdrs WHERE id = '{sent['id']}'") == [["rcs", "delivered"]]


def test_a_forged_event_changes_nothing(world, peers):
    _, provider = peers
    sent = send(world, "rcs", body="Still on its way")
    provider.taken.get(timeout=5 * SLOW)
    ends(world, sent["id"], "sent")
    event = {"eventType": "DELIVERED", "messageId": sent["id"]}
    assert provider.tell(webhook(world), event, token="guessed") == 403
    assert shown(world, sent["id"])["status"] == "sent"
    assert provider.tell(webhook(world), event) == 200
    ends(world, sent["id"], "delivered")


def test_who_has_no_rcs_gets_an_sms(world, peers):
    smsc, provider = peers
    provider.unreachable.add("+" + OLD_PHONE)
    sent = send(world, "rcs", to="+" + OLD_PHONE, body="A rich card", fallback_body="The same in plain words")
    name, submitted = smsc.submits.get(timeout=5 * SLOW)
    assert submitted.octets == b"The same in plain words"
    assert smsc.receipt(name, submitted) == smpp_peers.OK
    done = ends(world, sent["id"], "delivered")
    assert done["kind"] == "sms" and done["body"] == "The same in plain words"
    assert [attempt["reason"] for attempt in done["attempts"]] == ["RCS_UNREACHABLE", "NORMAL_CLEARING"]
    assert done["charged"] == done["price"]["amount"]

    failed = send(world, "rcs", to="+" + OLD_PHONE, body="Only rich", sms_fallback=False)
    assert ends(world, failed["id"], "failed")["error_code"] == "RCS_UNREACHABLE"
    assert smsc.submits.empty()


def test_a_provider_that_is_busy_is_asked_again(world, peers):
    _, provider = peers
    provider.statuses[:] = [429]
    sent = send(world, "rcs", body="When there is room")
    assert provider.taken.get(timeout=10 * SLOW).id == sent["id"]
    ends(world, sent["id"], "sent")


def test_an_attachment_goes_by_its_public_address(world, peers):
    _, provider = peers
    octets = picture()
    media = upload(world, octets)
    assert media["octets"] == len(octets)
    sent = send(world, "rcs", body="Look", subject="Holiday", media_ids=[media["id"]])
    card = provider.taken.get(timeout=5 * SLOW).content["richCard"]["standaloneCard"]["cardContent"]
    assert (card["title"], card["description"]) == ("Holiday", "Look")
    url = card["media"]["contentInfo"]["fileUrl"]
    assert read(url) == ("image/png", octets)
    with pytest.raises(urllib.error.HTTPError) as refused:
        read(url[:-4] + "AAAA")
    assert refused.value.code == 404
    assert shown(world, sent["id"])["media"][0]["id"] == media["id"]
    path = f"/v1/messaging/media/{media['id']}?customer_id={world.customer}"
    assert world.warp.api().request("GET", path, raw=True) == octets


def test_attachments_that_may_not_be_are_refused_at_once(world, peers):
    with pytest.raises(ApiError) as refused:
        upload(world, b"<svg/>", "image/svg+xml")
    assert refused.value.code == "MEDIA_REFUSED"
    with pytest.raises(ApiError) as refused:
        send(world, "mms", body="x", media_ids=["00000000-0000-7000-8000-000000000001"])
    assert refused.value.code == "MEDIA_REFUSED"
    with pytest.raises(ApiError) as refused:
        send(world, "mms", body="x", media_ids=[upload(world, picture())["id"]])
    assert refused.value.code == "NO_MESSAGE_ROUTE"  # no MM4 connector here


def test_what_a_person_answers_reaches_the_customer_once(world, peers, listening):
    _, provider = peers
    url = f"http://127.0.0.1:{listening.server_port}/inbound"
    test_messaging.change(world, f"INSERT INTO sms.number_settings (e164, customer_id, webhook_url) "
                                 f"VALUES ('{NUMBER}', '{world.customer}', '{url}')")
    event = {"senderPhoneNumber": "+" + HANDSET, "messageId": "u1", "text": "Yes, please"}
    for _ in range(2):  # the provider may say it twice
        assert provider.tell(webhook(world), event) == 200
    body = json.loads(listening.posts.get(timeout=5 * SLOW)[1])
    assert (body["type"], body["kind"], body["body"]) == ("message.received", "rcs", "Yes, please")
    assert (body["from"], body["to"]) == (HANDSET, NUMBER)
    time.sleep(0.5)
    with pytest.raises(queue.Empty):
        listening.posts.get_nowait()
