"""A trunk made from nothing by the API carries a call within a second, each change of it is in force within a second, and those
who watch have heard of it by then. Calls that are seen, traced and ended; places that outlive the connection and the
daemon; a node that is drained."""

import time

import pytest

import harness
from harness import SLOW
from live_client import LiveClient, Refused, curl_stream
from test_sip_registration import Agent, credentials, status
from warp_cli import ports, proc
from warp_cli.provision import PREFIX

LATEST = 1.0  # seconds until a change is in force
OFFICE, GATEWAY = "127.0.0.22", "127.0.0.32"
NUMBER = "12125550177"


def change(settings):
    settings["sip"]["auth"] = {"realm": "warp", "algorithms": "MD5 SHA-256"}


WORLD = {"change": change}


def key_of(world):
    return world.warp.key_file.read_text().strip()


def watch(world, **named):
    return LiveClient(world.warp.ports["api"], key_of(world), **named)


class Fresh:
    """A customer, a carrier and a trunk that were not there, each by requests of the API alone."""

    def __init__(self, world):
        self.world, self.make, self.api = world, world.make, world.make.api
        retail = self.make.rate_plan("fresh retail", "CUSTOMER", harness.CUSTOMER_DECK)
        vendor = self.make.rate_plan("fresh vendor", "VENDOR", harness.DECK_A)
        partition = self.make.partition("fresh")
        self.carrier_port = ports.choose(GATEWAY, 12800)
        carrier = self.make.provider("fresh carrier", vendor, [(GATEWAY, self.carrier_port)], attempt_timeout_ms=1000 * SLOW)
        self.make.route(partition, carrier)
        self.customer = self.make.customer("fresh tenant", partition, retail)
        self.of = f"?customer_id={self.customer}"
        self.port = ports.choose(OFFICE, 12900)

    def path(self, rest=""):
        return f"{PREFIX}/trunks/{self.trunk}{rest}{self.of}"

    def build(self):
        """The trunk; the last request makes it complete."""
        self.trunk = self.api.post(f"{PREFIX}/trunks{self.of}", {"name": "fresh", "auth_type": "IP_ACL"})["id"]
        self.endpoint = self.api.post(self.path("/endpoints"), {"host": OFFICE, "port": self.port, "transport": "UDP"})["id"]
        self.make.number(NUMBER, self.customer, self.trunk)
        self.ip = self.api.post(self.path("/ips"), {"ip": OFFICE, "netmask": 32})["id"]

    # -- what proves it ------------------------------------------------------------------------------------------

    def call(self):
        world = self.world
        with world.answering(ip=GATEWAY, port=self.carrier_port) as callee, world.caller(ip=OFFICE, hold_ms=200) as caller:
            caller.expect_success(15 * SLOW)
            callee.expect_success(10 * SLOW)
        return world.record(caller)

    def refused(self, status):
        with self.world.caller("uac_refused", ip=OFFICE, replace={"__CODE__": status}) as caller:
            caller.expect_success(15 * SLOW)

    def inbound(self, port):
        world = self.world
        with world.answering(ip=OFFICE, port=port) as callee, \
                world.caller(ip=GATEWAY, dni=f"+{NUMBER}", hold_ms=200) as caller:
            caller.expect_success(15 * SLOW)
            callee.expect_success(10 * SLOW)


@pytest.fixture(scope="module")
def fresh(world):
    return Fresh(world)


def heard(client, trunk, began, kind="trunk.updated", **data):
    """The event of a change that was asked for at `began`, in time."""
    event = client.event(kind, LATEST * SLOW + 1, trunk_id=trunk, **data)
    assert time.monotonic() - began <= LATEST * SLOW, f"{kind} {data} was late"
    return event


@pytest.fixture
def changed(world, fresh):
    """Does one request, waits until the event of it is seen, and hands back at that moment."""
    with watch(world) as client:
        client.subscribe("trunks", customer_id=fresh.customer)

        def make(method, path, body=None, **data):
            began = time.monotonic()
            answer = fresh.api.request(method, path, body)
            heard(client, fresh.trunk, began, **data)
            return answer["data"] if answer else None

        yield make


def test_a_trunk_from_nothing_carries_a_call_within_a_second(world, fresh):
    with watch(world) as client:
        assert client.subscribe("trunks", customer_id=fresh.customer)["data"] == []
        fresh.build()
        began = time.monotonic()
        heard(client, fresh.trunk, began, "trunk.created")
        heard(client, fresh.trunk, began, changed="ips")
        record = fresh.call()
    assert record["disposition"] == "ANSWERED"
    assert record["trunk_id"] == fresh.trunk
    fresh.inbound(fresh.port)


def test_an_address_that_is_taken_away_is_unknown_at_once(fresh, changed):
    changed("DELETE", fresh.path(f"/ips/{fresh.ip}"), changed="ips")
    fresh.refused(403)
    fresh.ip = changed("POST", fresh.path("/ips"), {"ip": OFFICE, "netmask": 32}, changed="ips")["id"]
    fresh.call()


def test_calls_go_to_where_the_endpoint_is_now(fresh, changed):
    fresh.port = ports.choose(OFFICE, 13900)
    changed("PATCH", fresh.path(f"/endpoints/{fresh.endpoint}"), {"port": fresh.port}, changed="endpoints")
    fresh.inbound(fresh.port)


def test_a_limit_holds_at_once(fresh, changed):
    changed("PATCH", fresh.path(), {"capacity_channels_outbound": 0})
    fresh.refused(503)
    changed("PATCH", fresh.path(), {"capacity_channels_outbound": None})
    fresh.call()


def test_many_changes_are_told_of_together_and_not_one_after_the_other(world, fresh):
    with watch(world) as client:
        client.subscribe("trunks", customer_id=fresh.customer)
        for channels in (*range(1, 60), None):
            fresh.api.request("PATCH", fresh.path(), {"capacity_channels_outbound": channels})
        began = time.monotonic()
        for _ in range(60):
            client.event("trunk.updated", 2 * LATEST * SLOW + 1, trunk_id=fresh.trunk)
        assert time.monotonic() - began <= 2 * LATEST * SLOW


def test_what_may_be_called_changes_at_once(fresh, changed):
    changed("PATCH", fresh.path(), {"allowed_number_classes": ["domestic"]})
    fresh.refused(403)
    changed("PATCH", fresh.path(), {"allowed_number_classes": []})
    fresh.call()


def test_a_credential_is_good_at_once_and_a_disabled_one_is_not(world, fresh, changed):
    changed("PATCH", fresh.path(), {"auth_type": "EITHER"})
    made = changed("POST", fresh.path("/credentials"), {"username": "fresh-device"}, changed="credentials")
    user, password = made["username"], made["password"]

    def registers():
        with Agent(world) as agent:
            return status(agent.register(user, credentials(agent.register(user), user, password, "MD5")))

    assert registers() == 200
    changed("PATCH", fresh.path(f"/credentials/{made['id']}"), {"enabled": False}, changed="credentials")
    assert registers() != 200


def test_a_disabled_trunk_is_closed_and_opened_at_once(fresh, changed):
    changed("PATCH", fresh.path(), {"enabled": False})
    fresh.refused(403)
    changed("PATCH", fresh.path(), {"enabled": True})
    fresh.call()


def test_a_call_is_seen_traced_and_ended(world):
    api, of = world.make.api, f"?customer_id={world.customer}"
    with watch(world) as client:
        client.subscribe("calls", customer_id=world.customer)
        with world.answering() as callee, world.caller("uac_bye_by_callee", hold_ms=20000) as caller:
            seen = client.event("call.answered", 10 * SLOW)["data"]
            assert (seen["customer_id"], seen["trunk_id"], seen["state"]) == (world.customer, world.trunk, "up")
            path = f"{PREFIX}/calls/{seen['id']}"
            assert [call["id"] for call in api.get(f"{PREFIX}/calls{of}")] == [seen["id"]]
            assert api.post(f"{path}/trace{of}")["tracing"] is True
            assert api.get(path + of)["tracing"] is True
            assert api.post(f"{path}/hangup{of}")["ended"] is True
            caller.expect_success(10 * SLOW)
            callee.expect_success(10 * SLOW)
            assert client.event("call.ended", 10 * SLOW)["data"]["id"] == seen["id"]
    byes = [message for message in api.get(f"{path}/trace{of}")["messages"] if message["text"].startswith("BYE ")]
    assert {message["sent"] for message in byes} == {True} and len(byes) >= 2, "one to each side"
    ladder = api.request("GET", f"{path}/trace{of}&format=ladder", raw=True).decode()
    assert "<-  BYE sip:" in ladder and "->  SIP/2.0 200" in ladder
    trail = world.warp.postgres.sql(f"SELECT event FROM audit.events WHERE object_type = 'call' AND object_id = '{seen['id']}' "
                                    "ORDER BY id")
    assert [row[0] for row in trail] == ["trace", "hangup"]


def test_one_goes_on_after_a_reconnect_and_after_a_restart(world, fresh):
    with watch(world) as client:
        token = client.subscribe("events", customer_id=fresh.customer)["token"]
    fresh.api.patch(fresh.path(), {"name": "fresh one"})
    with watch(world) as client:
        client.subscribe("events", resume=token, customer_id=fresh.customer)
        first = client.event("trunk.updated", 5 * SLOW, object_id=fresh.trunk)
        fresh.api.patch(fresh.path(), {"name": "fresh two"})
        second = client.event("trunk.updated", 5 * SLOW, object_id=fresh.trunk)
    world.warp.daemon.stop(20 * SLOW)
    world.process.wait()
    world.run()
    with watch(world) as client:
        client.subscribe("events", resume=first["token"], customer_id=fresh.customer)
        again = client.event("trunk.updated", 5 * SLOW, object_id=fresh.trunk)
        assert (again["token"], again["data"]) == (second["token"], second["data"])
        client.say(op="subscribe", topic="events", resume="1-1")
        assert client.hear("error")["code"] == "RESUME_TOO_OLD"


def test_tickets_and_strangers(world):
    ticket = world.make.api.post(f"{PREFIX}/live/tickets")["ticket"]
    port = world.warp.ports["api"]
    with LiveClient(port, path=f"/v1/live?ticket={ticket}") as client:
        assert client.hear("hello")["heartbeat_s"] == 15
        assert client.subscribe("nodes")["data"][0]["name"] == "warpd"
    for path in (f"/v1/live?ticket={ticket}", "/v1/live"):
        with pytest.raises(Refused) as refused:
            LiveClient(port, path=path)
        assert refused.value.status == 401


def test_the_same_comes_by_curl(world, fresh):
    url = f"{world.warp.api_url}{PREFIX}/live/events"
    names = [name for name, _, _ in curl_stream(f"{url}?topics=trunks,counters{fresh.of.replace('?', '&')}", key_of(world), 3)]
    assert names[0] == "hello"
    assert names.count("snapshot") == 2
    assert "counters.updated" in names
    snapshot = next(event for event in curl_stream(f"{url}?topics=trunks{fresh.of.replace('?', '&')}", key_of(world), 2)
                    if event[0] == "snapshot")
    fresh.api.patch(fresh.path(), {"name": "fresh three"})
    assert proc.wait_until(lambda: any(
        name == "trunk.updated" for name, _, _ in curl_stream(
            f"{url}?topics=trunks&resume={snapshot[1]}{fresh.of.replace('?', '&')}", key_of(world), 1)), 10 * SLOW, 0.1)


def test_a_drained_node_takes_no_calls_until_it_is_let_go(world):
    api = world.make.api
    node = next(row for row in api.get(f"{PREFIX}/nodes") if row["here"])
    path = f"{PREFIX}/nodes/{node['name']}"
    with watch(world) as client:
        client.subscribe("nodes")
        assert api.post(f"{path}/drain")["draining"] is True
        client.event("node.updated", 5 * SLOW, name=node["name"], phase="draining")
        assert proc.wait_until(lambda: '"phase":"draining"' in world.warp.daemon.get_health("/ready")[1], 5 * SLOW)
        with world.caller("uac_refused", replace={"__CODE__": 503}) as caller:
            caller.expect_success(15 * SLOW)
        assert api.post(f"{path}/undrain")["draining"] is False
        client.event("node.updated", 5 * SLOW, name=node["name"], phase="ready")
    assert proc.wait_until(world.warp.daemon.ready, 5 * SLOW)
    with world.answering() as callee, world.caller() as caller:
        caller.expect_success(15 * SLOW)
        callee.expect_success(10 * SLOW)
