"""Who may change an account's webhooks is written to when one of its endpoints is disabled for its failures."""

import email.parser
import email.policy
import queue
import secrets

import aiosmtpd.controller
import pytest

import mm4_peers
from harness import SLOW
from hook_sink import listening
from test_webhook_events import API, ask_test, endpoint

ADMIN, READER = "00000000-0000-7000-8000-000000000005", "00000000-0000-7000-8000-000000000007"
PORT = mm4_peers.free_port()


def local_mail(settings):
    settings["webhooks"] = {"allow_http": True, "allow_private": True}
    settings.setdefault("identity", {})["mail"] = {"host": "127.0.0.1", "port": PORT, "tls": "none", "from": "warp@example.net"}


WORLD = {"change": local_mail}


class MailServer:
    """`mails` are (recipient, message)."""

    def __init__(self):
        self.mails = queue.Queue()
        self.controller = aiosmtpd.controller.Controller(self, hostname="127.0.0.1", port=PORT)
        self.controller.start()

    async def handle_DATA(self, _server, _session, envelope):
        message = email.parser.BytesParser(policy=email.policy.default).parsebytes(envelope.content)
        self.mails.put((envelope.rcpt_tos, message))
        return "250 taken"

    def next(self):
        return self.mails.get(timeout=30 * SLOW)


@pytest.fixture(scope="module")
def mail_server():
    server = MailServer()
    yield server
    server.controller.stop()


def add_user(world, role, customer, enabled=True):
    address = f"u-{secrets.token_hex(4)}@example.com"
    whose = f"'{customer}'" if customer else "NULL"
    world.warp.postgres.sql(f"INSERT INTO identity.users (customer_id, email, role_id, password_hash, enabled) VALUES "
                            f"({whose}, '{address}', '{role}', '$argon2id$none', {enabled})")
    return address


def test_the_people_of_the_account_are_written_to_once(world, mail_server):
    admin, other = add_user(world, ADMIN, world.customer), add_user(world, ADMIN, world.customer)
    add_user(world, READER, world.customer)
    add_user(world, ADMIN, world.customer, enabled=False)
    with listening() as server, endpoint(world, server, "trunk.*") as made:
        server.statuses[:] = [410]
        ask_test(world, made)
        mails = [mail_server.next(), mail_server.next()]
        assert sorted(to for recipients, _ in mails for to in recipients) == sorted([admin, other])
        assert f"127.0.0.1:{server.server_port}" in mails[0][1]["Subject"]
        text = mails[0][1].get_content()
        assert made["id"] in text and "410" in text and "/events" not in text, "its path may be secret"
        # It is well again, and fails again: another mail, and none in between.
        world.make.api.patch(f"{API}/{made['id']}?customer_id={world.customer}", {"enabled": True})
        server.statuses[:] = [410]
        ask_test(world, made)
        again = [mail_server.next(), mail_server.next()]
        assert sorted(to for recipients, _ in again for to in recipients) == sorted([admin, other])
        assert mail_server.mails.empty()
