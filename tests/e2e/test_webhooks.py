"""Webhooks as a customer's own program gets them: each signed so that npm standardwebhooks takes it, tried again until it
was taken, and told once."""

import collections
import contextlib
import json
import queue
import threading
import types
import urllib.error
import urllib.request

import pytest

import handset
import harness
import messaging_world as messaging
import wire_tap
from messaging_world import NUMBER, SLOW
from warp_cli import node, proc, smpp_peers

OTHER_NUMBER, OTHER_SECRET = "12025550101", "whsec_" + "bnVtYmVyJ3Mgb3duIHNlY3JldA=="
WORLD = {"change": messaging.local_webhooks}


class Receiver:
    """`posts` holds what came, as tools/webhook_receiver.js tells it."""

    def __init__(self, secret):
        self.process = node.spawn(harness.TOOLS / "webhook_receiver.js", [secret])
        self.port = int(self.process.stdout.readline())
        self.posts, self.seen = queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.seen.append(json.loads(line))
            self.posts.put(self.seen[-1])

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def answer(self, *statuses):
        self.process.stdin.write("".join(f"{status}\n" for status in statuses))
        self.process.stdin.flush()

    def next(self, seconds=5):
        post = self.posts.get(timeout=seconds * SLOW)
        assert post["fault"] is None, post
        return post

    def stop(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.wait(5)


@pytest.fixture(scope="module")
def peers(world):
    smsc, receiver, other = smpp_peers.Smsc(), Receiver(messaging.SECRET), Receiver(OTHER_SECRET)
    wire = wire_tap.Wire(world.folder)
    world.make.number(OTHER_NUMBER, world.customer, world.trunk)
    messaging.change(world, messaging.account(world, receipt_url=receiver.url("receipts"))
                     + messaging.connector(world, "upstream", wire.to_peer(smsc.port), "44")
                     + f"""INSERT INTO sms.number_settings (e164, customer_id, webhook_url, fallback_url, webhook_secret) VALUES
                           ('{NUMBER}', '{world.customer}', '{receiver.url("inbound")}', '{receiver.url("fallback")}', ''),
                           ('{OTHER_NUMBER}', '{world.customer}', '{other.url("inbound")}', '', '{OTHER_SECRET}');""")
    assert smsc.binds.get(timeout=10 * SLOW) == "upstream"
    yield types.SimpleNamespace(smsc=smsc, wire=wire, receiver=receiver, other=other)
    for end in (receiver, other, smsc, wire):
        end.stop()


def say(peers, text, to=NUMBER):
    for part in handset.parts(text, "udh8", 1):
        assert peers.smsc.deliver(handset.pdu("447700900123", to, part)) == smpp_peers.OK


def test_receipts_of_a_message_by_rest(world, peers):
    sent = messaging.send(world, "447700900124", "Watch me", status_callback=peers.receiver.url("callback"))
    name, submitted = peers.smsc.submits.get(timeout=5 * SLOW)
    on_the_way = peers.receiver.next()
    assert peers.smsc.receipt(name, submitted) == smpp_peers.OK
    told = [on_the_way, peers.receiver.next()]
    assert [post["url"] for post in told] == ["/callback", "/callback"]
    assert [post["verified"]["status"] for post in told] == ["sent", "delivered"]
    assert {post["verified"]["id"] for post in told} == {sent["id"]} and told[0]["id"] != told[1]["id"]


def test_without_a_callback_the_account_is_told_of_the_end(world, peers):
    sent = messaging.send(world, "447700900125", "Tell the office")
    name, submitted = peers.smsc.submits.get(timeout=5 * SLOW)
    assert peers.smsc.receipt(name, submitted, "UNDELIV", "034") == smpp_peers.OK
    post = peers.receiver.next()
    assert (post["url"], post["verified"]["id"], post["verified"]["status"]) == ("/receipts", sent["id"], "undelivered")
    assert peers.receiver.posts.empty()


@pytest.mark.parametrize("text", ["Plain", "Quotes \" and \\ and\nlines", "Привет 👩‍👩‍👧‍👦 مرحبا"])
def test_what_comes_in_is_signed_whatever_is_in_it(peers, text):
    say(peers, text)
    post = peers.receiver.next()
    assert (post["url"], post["verified"]["body"]) == ("/inbound", text)
    assert post["headers"]["content-type"] == "application/json"


def test_a_number_with_a_secret_of_its_own(peers):
    say(peers, "By another key", OTHER_NUMBER)
    assert peers.other.next()["verified"]["body"] == "By another key"


def test_it_is_tried_again_and_at_the_other_place_until_it_is_taken(world, peers):
    """503, then nobody answers, then it is taken: the same id, a signature and a time of its own for each."""
    peers.receiver.answer(503, 0, 204)
    say(peers, "Again and again")
    posts = [peers.receiver.next(20) for _ in range(2)]
    assert [post["url"] for post in posts] == ["/inbound", "/fallback"]
    assert {post["body"] for post in posts} == {posts[0]["body"]} and len({post["id"] for post in posts}) == 1
    assert int(posts[1]["timestamp"]) >= int(posts[0]["timestamp"]) + 4
    assert posts[0]["headers"]["webhook-signature"] != posts[1]["headers"]["webhook-signature"]
    # The third try is ten seconds away: it outlives a restart of the daemon, and keeps its id.
    restart_when(world, 2)
    third = peers.receiver.next(10)
    assert (third["id"], third["body"], third["status"]) == (posts[0]["id"], posts[0]["body"], 204)
    assert proc.wait_until(lambda: world.warp.postgres.sql("SELECT count(*) FROM sms.deliveries") == [["0"]], 5 * SLOW, 0.05)


def restart_when(world, tries, change=""):
    """Kills the daemon once so many tries are written down; the next one is due when it is back."""
    assert proc.wait_until(lambda: world.warp.postgres.sql("SELECT tries FROM sms.deliveries") == [[str(tries)]], 5 * SLOW, 0.05)
    world.process.kill()
    world.process.wait()
    world.warp.postgres.sql(f"UPDATE sms.deliveries SET next_try = now(){change}")
    world.run()
    messaging.bound(world, 1)


def test_one_that_was_given_up_is_kept_and_replayed(world, peers):
    """After days without success; here the clock of the row is set back."""
    peers.receiver.answer(500, 500)
    say(peers, "Nobody listened")
    first = peers.receiver.next()
    restart_when(world, 1, ", created_at = now() - interval '100 hours'")
    peers.receiver.next(10)

    def dead():
        return world.make.api.get("/api/v1/messaging/deliveries", state="dead", customer_id=world.customer)
    assert proc.wait_until(dead, 5 * SLOW, 0.05)
    item, = dead()
    assert first["id"].endswith(item["id"]) and item["dead_at"]
    world.make.api.post(f"/api/v1/messaging/deliveries/{item['id']}/replay?customer_id={world.customer}")
    again = peers.receiver.next()
    assert (again["id"], again["body"], again["status"]) == (first["id"], first["body"], 204)
    assert proc.wait_until(lambda: world.warp.postgres.sql("SELECT count(*) FROM sms.deliveries") == [["0"]], 5 * SLOW, 0.05)


def post_again(receiver, post, **changed):
    """What a third person makes of a webhook that it saw: the status that it gets."""
    headers = {name: post["headers"][name] for name in ("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")}
    body = changed.pop("body", post["body"])
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    request = urllib.request.Request(receiver.url("inbound"), body.encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    told = receiver.posts.get(timeout=5 * SLOW)
    assert (told["fault"] is None) == (status < 300)
    return status


def test_a_replayed_or_altered_webhook_is_refused(peers):
    say(peers, "Transfer one coin")
    post = peers.receiver.next()
    assert post_again(peers.receiver, post, body=post["body"].replace("one", "ten")) == 401
    assert post_again(peers.receiver, post, webhook_id="msg_1") == 401
    assert post_again(peers.receiver, post, webhook_timestamp=str(int(post["timestamp"]) - 600)) == 401
    assert post_again(peers.receiver, post) == 204, "the same within five minutes is known by its id alone"
    assert post_again(peers.other, post) == 401, "another's secret"


def test_many_at_once_each_verified_and_told_once(peers):
    said = {f"Number {number}" for number in range(200)}
    for text in sorted(said):
        say(peers, text)
    posts = [peers.receiver.next(10) for _ in said]
    assert {post["verified"]["body"] for post in posts} == said
    assert [post for post in peers.receiver.seen if post["url"] in ("/inbound", "/fallback") and post["fault"] not in
            (None, "No matching signature found", "Message timestamp too old")] == []
    ids = collections.Counter(post["id"] for post in posts)
    assert len(ids) == len(said) and peers.receiver.posts.empty()


def test_what_crossed_the_wire_is_sound_to_tshark(peers):
    say(peers, "The last one")
    assert peers.receiver.next()["verified"]["body"] == "The last one"
    assert peers.wire.faults() == []
    assert 5 in peers.wire.commands().keys()
