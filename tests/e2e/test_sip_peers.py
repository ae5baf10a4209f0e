"""Peers that others wrote: Kamailio as a carrier's edge, sipsak as an operator's probe, SIPVicious as the one who must find
nothing."""

import shutil
import subprocess

import pytest

import harness
from harness import SLOW
from kamailio_peer import Kamailio
from test_sip_transports import authority, wired  # noqa: F401
from warp_cli import ports
from warp_cli.provision import PREFIX

FAR, SCANNER = "127.0.0.7", "127.0.0.51"
PROBE = GUESSER = "127.0.0.1"  # sipsak and svwar have no say in it


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


# -- Kamailio ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def behind_kamailio(wired, authority):  # noqa: F811
    """A WARP whose carrier A is a Kamailio, and the port of the far end behind that."""
    world = wired()
    far = ports.choose(FAR, 15000)
    certificate = authority.certificate("edge", f"IP:{harness.CARRIER_A}")
    with Kamailio(world.folder / "kamailio", harness.CARRIER_A, world.carrier_ports["a"], f"{FAR}:{far}", certificate,
                  authority.file) as edge:
        yield world, edge, far


def speak(world, transport, port):
    path = f"{PREFIX}/providers/{world.providers['a']}/endpoints"
    for endpoint in world.make.api.get(path):
        world.make.api.delete(f"{path}/{endpoint['id']}")
    world.make.api.post(path, {"host": harness.CARRIER_A, "port": port, "transport": transport})
    world.settle()


def through(world, far, caller_scenario, callee_scenario, **named):
    with world.answering(callee_scenario, ip=FAR, port=far, **named) as callee, world.caller(caller_scenario) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    record = world.record(caller)
    assert (record["disposition"], record["reason"], record["provider_id"]) == \
        ("ANSWERED", "NORMAL_CLEARING", world.providers["a"])
    return record, callee.trace()


@needs("kamailio")
def test_calls_through_kamailio_over_udp_tcp_and_tls(behind_kamailio):
    world, edge, far = behind_kamailio
    for transport, port in (("UDP", edge.plain), ("TCP", edge.plain), ("TLS", edge.tls)):
        speak(world, transport, port)
        record, trace = through(world, far, "uac_answered", "uas_answer")
        assert record["release_side"] == "caller"
        assert f"Via: SIP/2.0/{transport}" in trace and "Record-Route: <sip:" in trace, transport
        record, _ = through(world, far, "uac_bye_by_callee", "uas_hangs_up", delay_ms=300)
        assert record["release_side"] == "callee"
        through(world, far, "uac_hold", "uas_held")
    assert world.warp.daemon.metric("warp_sip_transaction_timeouts_total") in (None, 0)


@needs("kamailio")
def test_a_call_through_kamailio_is_cancelled_and_refused(behind_kamailio):
    world, edge, far = behind_kamailio
    speak(world, "TLS", edge.tls)
    with world.answering("uas_ring_until_cancelled", ip=FAR, port=far) as callee, world.caller("uac_cancel") as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    assert world.record(caller)["reason"] == "CALLER_CANCELLED"
    with world.answering("uas_refuse", ip=FAR, port=far, replace={"__CODE__": 486}) as callee, \
            world.caller("uac_refused", replace={"__CODE__": 486}) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    assert world.record(caller)["disposition"] == "BUSY"


# -- sipsak and SIPVicious ---------------------------------------------------------------------------------------------


def run(*argv, seconds=30):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=seconds * SLOW)
    return done.returncode, done.stdout + done.stderr


@needs("sipsak")
def test_sipsak_is_answered(own_world):
    world = own_world(more_trunk_ips=[PROBE])
    status, said = run("sipsak", "-vv", "-s", f"sip:probe@{world.target}")
    assert status == 0 and "200 OK" in said, said
    assert world.make.api.get(f"{PREFIX}/security/bans") == []


@needs("svmap")
def test_sipvicious_finds_nothing_and_is_banned(own_world):
    world = own_world()
    port = world.warp.ports["sip"]
    _, said = run("svmap", "-b", SCANNER, "-P", harness.free_udp_port(SCANNER), "-p", port, world.ip)
    assert "found nothing" in said, said
    _, said = run("svwar", "-p", port, "-e", "100-120", "-m", "INVITE", "--force", world.ip)
    assert "reqauth" not in said and "noauth" not in said, said
    bans = {ban["source"]: ban for ban in world.make.api.get(f"{PREFIX}/security/bans")}
    assert {f"{SCANNER}/32", f"{GUESSER}/32"} <= bans.keys(), bans
    _, said = run("svmap", "-b", SCANNER, "-P", harness.free_udp_port(SCANNER), "-p", port, world.ip)
    assert "found nothing" in said, said
    assert world.warp.daemon.metric("warp_protection_dropped_total", 'why="banned"') > 0
    with world.answering() as callee, world.caller() as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
