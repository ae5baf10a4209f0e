"""Events as a customer's own program gets them: signed, once an event whatever dies in between, and again until taken."""

import base64
import contextlib
import hashlib
import hmac
import json
import threading

from harness import SLOW
from hook_sink import listening
from warp_cli import proc

API = "/api/v1/webhooks"


def local_endpoints(settings):
    settings["webhooks"] = {"allow_http": True, "allow_private": True}


WORLD = {"change": local_endpoints}


@contextlib.contextmanager
def endpoint(world, server, *events):
    """The customer's, as the API made it."""
    made = world.make.api.post(f"{API}?customer_id={world.customer}", {"url": server.url, "events": list(events)})
    try:
        yield made
    finally:
        world.make.api.delete(f"{API}/{made['id']}?customer_id={world.customer}")


def verified(post, *secrets):
    """The event, when each secret made one of the signatures."""
    headers, body = post
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = [base64.b64encode(hmac.new(base64.b64decode(secret.removeprefix("whsec_")), text, hashlib.sha256).digest())
                for secret in secrets]
    assert headers["webhook-signature"].split() == ["v1," + digest.decode() for digest in expected]
    event = json.loads(body)
    assert event["id"] == headers["webhook-id"]
    return event


def delivery(world, made):
    rows = world.make.api.get(f"{API}/{made['id']}/deliveries", customer_id=world.customer)
    return rows[0] if rows else None


def ask_test(world, made, **body):
    return world.make.api.post(f"{API}/{made['id']}/test?customer_id={world.customer}", body)


def test_a_call_is_told_with_its_price(world):
    with listening() as server, endpoint(world, server, "call.*") as made:
        with world.answering() as callee, world.caller() as caller:
            caller.expect_success(20 * SLOW)
            callee.expect_success(10 * SLOW)
        record = world.record(caller)
        event = verified(server.posts.get(timeout=15 * SLOW), made["secret"])
        assert (event["type"], event["customer_id"]) == ("call.completed", world.customer)
        data = event["data"]
        assert (data["id"], data["call_id"], data["trunk_id"]) == (record["id"], record["call_id"], world.trunk)
        assert (data["direction"], data["disposition"], data["sip_status"]) == ("outbound", "ANSWERED", 200)
        assert round(data["cost"] * 1e9) == int(record["charge_nanos"] or record["price_nanos"])


def test_a_change_of_the_trunk_is_told_once_to_each_who_asked(world):
    with listening() as one, listening() as two, listening() as none, \
            endpoint(world, one, "trunk.updated") as first, endpoint(world, two, "*") as second, \
            endpoint(world, none, "number.*"):
        world.make.api.put(f"/api/v1/trunks/{world.trunk}?customer_id={world.customer}", {"description": "told"})
        told = [verified(server.posts.get(timeout=10 * SLOW), made["secret"])
                for server, made in ((one, first), (two, second))]
        assert told[0] == told[1] and told[0]["data"]["id"] == world.trunk
        assert one.posts.empty() and two.posts.empty() and none.posts.empty()


def test_while_a_secret_is_replaced_both_sign(world):
    with listening() as server, endpoint(world, server, "*") as made:
        rotated = world.make.api.post(f"{API}/{made['id']}/rotate?customer_id={world.customer}", {"overlap_seconds": 60})
        ask_test(world, made)
        verified(server.posts.get(timeout=10 * SLOW), rotated["secret"], made["secret"])


def test_what_was_refused_comes_again_with_the_same_id(world):
    with listening() as server, endpoint(world, server, "*") as made:
        server.statuses[:] = [503]
        ask_test(world, made, type="trunk.created")
        first = verified(server.posts.get(timeout=10 * SLOW), made["secret"])
        again = verified(server.posts.get(timeout=(6 + 10) * SLOW), made["secret"])  # five seconds, a fifth more at most
        assert first == again
        assert proc.wait_until(lambda: delivery(world, made)["state"] == "delivered", 5 * SLOW, 0.05)
        assert delivery(world, made)["attempts"] == 2


def test_killed_between_the_answer_and_the_mark(own_world):
    """The daemon dies while the receiver thinks; the next one tells the same event under the same id."""
    world = own_world(change=local_endpoints)
    with listening() as server, endpoint(world, server, "*") as made:
        asked = threading.Event()

        def kill():
            assert asked.wait(10 * SLOW)  # the API has answered, too
            world.process.kill()
            world.process.wait()
        server.before.append(kill)
        ask_test(world, made)
        asked.set()
        first = verified(server.posts.get(timeout=10 * SLOW), made["secret"])
        assert world.warp.postgres.sql("SELECT state, attempts FROM webhooks.deliveries") == [["waiting", "0"]]
        # It is held for the dead one for a minute still: here the clock of the row is set back.
        world.warp.postgres.sql("UPDATE webhooks.deliveries SET taken_until = now() - interval '1 s'")
        world.run()
        again = verified(server.posts.get(timeout=15 * SLOW), made["secret"])
        assert first == again
        assert proc.wait_until(lambda: delivery(world, made)["state"] == "delivered", 5 * SLOW, 0.05)
        assert server.posts.empty(), server.posts.get()


def test_changes_while_the_daemon_is_away_are_told_when_it_is_back(own_world):
    """What was committed is in the outbox: nothing is lost by a crash."""
    world = own_world(change=local_endpoints)
    with listening() as server, endpoint(world, server, "trunk.updated") as made:
        world.process.kill()
        world.process.wait()
        world.warp.postgres.sql(f"UPDATE trunks.configurations SET description = 'meanwhile' WHERE id = '{world.trunk}'")
        world.run()
        event = verified(server.posts.get(timeout=15 * SLOW), made["secret"])
        assert event["data"]["id"] == world.trunk


def test_it_is_counted(world):
    assert proc.wait_until(lambda: (world.warp.daemon.metric("warp_webhooks_delivered_total") or 0) >= 4, 5 * SLOW, 0.1)
    assert world.warp.daemon.metric("warp_webhooks_dead_total") == 0
