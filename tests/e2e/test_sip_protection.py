"""Strangers, scanners, floods and limits at the real daemon: the offender gets silence or a code, the next good call passes."""

import contextlib
import re
import socket
import time

import pytest

import harness
from harness import SLOW
from warp_cli import proc
from warp_cli.provision import PREFIX
from warp_cli.rest import ApiError

SECOND_OFFICE, SCANNER, FLOODER, GUESSER, NOBODY = "127.0.0.6", "127.0.0.40", "127.0.0.41", "127.0.0.42", "127.0.0.43"


def shorten(settings):
    settings["sip"]["overload"] = {"enabled": True}
    settings["sip"]["protection"] = {"ban_score": 20, "ban_time": "3s", "longest_ban": "1m", "requests_per_second": 10}


WORLD = {"change": shorten}
pytestmark = pytest.mark.usefixtures("world")


class Stranger:
    """A UDP socket that says what it likes."""

    def __init__(self, world, ip):
        self.world, self.ip, self.number = world, ip, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.socket.connect((world.ip, world.warp.ports["sip"]))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def send(self, method="INVITE", agent="Phone"):
        self.number += 1
        me = f"{self.ip}:{self.socket.getsockname()[1]}"
        self.socket.send((f"{method} sip:100@{self.world.target} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bK{self.number};rport\r\n"
                          f"Max-Forwards: 70\r\nFrom: <sip:100@{me}>;tag={self.number}\r\nTo: <sip:100@{self.world.target}>\r\n"
                          f"Call-ID: {self.number}@{me}\r\nCSeq: 1 {method}\r\nContact: <sip:100@{me}>\r\nUser-Agent: {agent}\r\n"
                          "Content-Length: 0\r\n\r\n").encode())

    def heard(self, seconds=0.3 * SLOW):
        """Status lines that came within the time."""
        lines, end = [], time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                lines.append(self.socket.recv(65536).split(b"\r\n", 1)[0].decode())
        return lines


def bans(world):
    return {ban["source"]: ban for ban in world.make.api.get(f"{PREFIX}/security/bans")}


def call_passes(world):
    with world.answering() as callee, world.caller() as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10)


def test_a_scanner_gets_silence_and_a_ban(world):
    with Stranger(world, SCANNER) as scanner:
        scanner.send("OPTIONS", "friendly-scanner")
        assert scanner.heard() == []
        assert bans(world)[f"{SCANNER}/32"]["reason"] == "scanner"
        scanner.send("OPTIONS", "honest phone")
        assert scanner.heard() == []
    call_passes(world)


def test_a_flood_from_one_source_is_banned_while_calls_pass_and_the_ban_decays(world):
    with Stranger(world, FLOODER) as flooder:
        flooder.send()
        assert flooder.heard() == ["SIP/2.0 403 Forbidden"]
        for _ in range(500):
            flooder.send()
        assert proc.wait_until(lambda: f"{FLOODER}/32" in bans(world), 5 * SLOW)
        flooder.heard()
        flooder.send("OPTIONS")
        assert flooder.heard() == []
        call_passes(world)
        assert proc.wait_until(lambda: f"{FLOODER}/32" not in bans(world), 10 * SLOW)
        flooder.send()
        assert flooder.heard() == ["SIP/2.0 403 Forbidden"]
    metric, said = world.warp.daemon.metric, world.warp.daemon.log.read_text()
    for why, reason in (("banned", "SOURCE_BANNED"), ("rate", "SOURCE_RATE_EXCEEDED")):
        assert metric("warp_protection_dropped_total", f'why="{why}"') > 0
        assert metric("warp_protection_dropped_total", f'reason="{reason}"') > 0
    assert metric("warp_calls_refused_total", 'reason="SOURCE_RATE_EXCEEDED"') > 0
    assert re.search(r"protection\.rate_exceeded .*reason=SOURCE_RATE_EXCEEDED", said)
    assert re.search(rf"protection\.banned source={FLOODER}/32 .*reason=SOURCE_BANNED", said)


def test_operators_ban_and_lift_but_not_whom_they_serve(world):
    api = world.make.api
    api.post(f"{PREFIX}/security/bans", {"address": NOBODY, "seconds": 600, "reason": "toll fraud"})
    with Stranger(world, NOBODY) as nobody:
        nobody.send()
        assert nobody.heard() == []
        api.delete(f"{PREFIX}/security/bans/{NOBODY}")
        nobody.send()
        assert nobody.heard() == ["SIP/2.0 403 Forbidden"]
    for friend in (world.customer_ip, world.carrier_ips["a"]):
        with pytest.raises(ApiError) as refused:
            api.post(f"{PREFIX}/security/bans", {"address": friend})
        assert refused.value.code == "CONFLICT"


def test_a_customer_is_never_banned_whatever_comes_from_its_address(world):
    with Stranger(world, world.customer_ip) as forger:
        for _ in range(100):
            forger.socket.send(b"INVITE sip:1 SIP/2.0\r\nrubbish\r\n\r\n")
            forger.send("REGISTER")
        assert f"{world.customer_ip}/32" not in bans(world)
    call_passes(world)


@contextlib.contextmanager
def changed(world, path, **fields):
    """The object with other values, until the end of the block."""
    api = world.make.api
    before = {name: api.get(path)[name] for name in fields}
    api.patch(path, fields)
    world.settle()
    try:
        yield
    finally:
        api.patch(path, before)
        world.settle()


def refused(world, **named):
    with world.caller("uac_refused", replace={"__CODE__": 503}, **named) as caller:
        caller.expect_success(15 * SLOW)
    assert "Retry-After: 5" in caller.trace()
    return world.record(caller)


def test_a_capacity_of_zero_closes_the_direction(world):
    of = f"?customer_id={world.customer}"
    with changed(world, f"{PREFIX}/trunks/{world.trunk}{of}", capacity_channels_outbound=0):
        assert refused(world)["reason"] == "DIRECTION_DISABLED"
    call_passes(world)


def test_an_accounts_ceiling_holds_over_its_trunks(world):
    world.make.trunk(world.customer, "second office", [SECOND_OFFICE], [(SECOND_OFFICE, harness.free_udp_port(SECOND_OFFICE))])
    with changed(world, f"{PREFIX}/customers/{world.customer}", allowed_number_classes=["international"],
                 capacity={"international": {"outbound": {"channels": 1}}}):
        with world.answering(calls=2), world.caller(hold_ms=4000 * SLOW) as first:
            first.media_address()
            assert refused(world, ip=SECOND_OFFICE)["reason"] == "ACCOUNT_CHANNELS_EXCEEDED"
            first.expect_success(20 * SLOW)
    assert world.warp.daemon.metric("warp_limits_drift_total") == 0
