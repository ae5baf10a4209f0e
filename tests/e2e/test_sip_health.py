"""Endpoints by name, and what is done about endpoints that are dead."""

import json
import re
import socket
import threading
import time

import pytest

import dns_server
import harness
from harness import SLOW
from warp_cli import proc
from warp_cli.provision import PREFIX

NAME = "sip.carrier.test"


@pytest.fixture(scope="module")
def dns():
    server = dns_server.DnsServer()
    yield server
    server.close()


@pytest.fixture
def named(own_world, dns):
    """A world whose carrier A is reached by name alone."""
    def change(settings):
        settings["dns"] = {"servers": [dns.address], "timeout": "200ms", "tries": 1, "stale_wait": "100ms",
                           "call_wait": "1s", "hosts_file": "", "cache": {"least_ttl": "1s", "retry": "30s"}}

    dns.records, dns.ttl, dns.silent, dns.asked = {}, 300, False, []
    world = own_world(change=change)
    replace_endpoint(world, {"host": NAME})
    return world


def replace_endpoint(world, body):
    path = f"{PREFIX}/providers/{world.providers['a']}/endpoints"
    for endpoint in world.make.api.get(path):
        world.make.api.delete(f"{path}/{endpoint['id']}")
    made = world.make.api.post(path, body)
    world.settle()
    return made


def attempts(world, caller):
    return json.loads(world.record(caller)["attempts"])


def call(world, carrier="a"):
    with world.answering(carrier=carrier) as callee, world.caller() as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success()
    return attempts(world, caller)


def test_a_name_leads_to_its_services_in_order_and_old_answers_serve_without_dns(named, dns):
    world, dead = named, harness.free_udp_port(harness.CARRIER_A)
    service = f"_sip._udp.{NAME}"
    dns.ttl = 1
    dns.set(NAME, dns_server.naptr(1, "SIP+D2U", service))
    dns.set(service, dns_server.srv(1, 1, dead, "gw1.carrier.test"),
            dns_server.srv(2, 1, world.carrier_ports["a"], "gw2.carrier.test"))
    for gateway in ("gw1", "gw2"):
        dns.set(f"{gateway}.carrier.test", dns_server.a(harness.CARRIER_A))
    made = call(world)
    assert [attempt["address"] for attempt in made] == \
        [f"{harness.CARRIER_A}:{dead}", f"{harness.CARRIER_A}:{world.carrier_ports['a']}"]
    assert [attempt["sip_status"] for attempt in made] == [0, 200]

    dns.silent = True
    time.sleep(1.5)  # the TTL
    assert [attempt["sip_status"] for attempt in call(world)] == [0, 200]
    assert world.warp.daemon.metric("warp_dns_stale_served_total") > 0


def test_a_name_without_an_answer_holds_a_call_for_its_time_and_no_other_at_all(named, dns):
    world = named
    dns.silent = True
    made = call(world, carrier="b")
    assert [attempt["reason"] for attempt in made] == ["NAME_UNRESOLVED", "NORMAL_CLEARING"]
    # That is known now: the next does not wait.
    begun = time.monotonic()
    with world.answering(carrier="b"), world.caller(hold_ms=0) as caller:
        caller.expect_success(20 * SLOW)
    assert int(world.record(caller)["pdd_ms"]) < 500 * SLOW, time.monotonic() - begun


def test_the_api_takes_names_and_shows_them(named):
    api, path = named.make.api, f"{PREFIX}/providers/{named.providers['a']}/endpoints"
    shown = api.get(path)[0]
    assert (shown["host"], shown["port"], shown["transport"]) == (NAME, None, "ANY")
    changed = api.patch(f"{path}/{shown['id']}", {"port": 5080})
    assert (changed["host"], changed["port"], changed["transport"]) == (NAME, 5080, "UDP")


class Gateway:
    """Answers OPTIONS with 200 and INVITE with 486 while it is alive."""

    def __init__(self, ip, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, port))
        self.alive, self.seen = True, []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                request, peer = self.socket.recvfrom(65535)
            except OSError:
                return
            text = request.decode()
            method = text.split(" ", 1)[0]
            self.seen.append(method)
            if not self.alive or method not in ("OPTIONS", "INVITE"):
                continue
            kept = re.findall(r"^(?:Via|From|Call-ID|CSeq): .*\r\n", text, re.MULTILINE)
            to = re.search(r"^To: (.*)\r\n", text, re.MULTILINE)[1]
            status = "200 OK" if method == "OPTIONS" else "486 Busy Here"
            self.socket.sendto(f"SIP/2.0 {status}\r\n{''.join(kept)}To: {to};tag=gw\r\nContent-Length: 0\r\n\r\n"
                               .encode(), peer)

    def close(self):
        self.socket.close()


def health(world):
    return world.make.api.get(f"{PREFIX}/providers/{world.providers['a']}/health")[0]


def refused(world, status):
    with world.caller("uac_refused", replace={"__CODE__": status}) as caller:
        caller.expect_success(20 * SLOW)
    return attempts(world, caller)


def test_an_endpoint_that_dies_is_passed_over_and_comes_back(own_world):
    world = own_world()
    gateway = Gateway(harness.CARRIER_A, world.carrier_ports["a"])
    try:
        world.make.api.patch(f"{PREFIX}/providers/{world.providers['a']}",
                             {"sip_policy": {"health": {"probe": True, "probe_interval": 1, "probe_timeout": 300,
                                                        "down_after": 2, "up_after": 1}}})
        world.settle()
        assert proc.wait_until(lambda: health(world)["targets"] and health(world)["targets"][0]["last_probe_status"] == 200,
                               10 * SLOW, 0.1)
        assert [attempt["sip_status"] for attempt in refused(world, 486)] == [486]

        gateway.alive = False
        assert proc.wait_until(lambda: health(world)["state"] == "down", 10 * SLOW, 0.1)
        gateway.seen.clear()
        made = call(world, carrier="b")
        assert [attempt["reason"] for attempt in made] == ["TARGET_UNHEALTHY", "NORMAL_CLEARING"]
        assert "INVITE" not in gateway.seen
        assert world.warp.daemon.metric("warp_target_health", 'state="down"') == 1

        gateway.alive = True
        assert proc.wait_until(lambda: health(world)["state"] == "up", 10 * SLOW, 0.1)
        assert [attempt["sip_status"] for attempt in refused(world, 486)] == [486]
        changes = health(world)["targets"][0]["changes"]
        assert [change["to"] for change in changes] == ["up", "down"]
        assert "health.changed" in world.warp.daemon.log.read_text()
    finally:
        gateway.close()
