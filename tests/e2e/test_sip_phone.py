"""A telephone that others wrote: baresip registers over TLS with digest, is called through its binding and calls, with tones
that are measured at both ends."""

import json
import math
import shutil
import socket
import ssl

import pytest

import harness
from baresip import RATE, Baresip
from harness import SLOW
from test_sip_transports import Authority, authority, listen  # noqa: F401
from warp_cli import ports, proc, rtp
from warp_cli.provision import PREFIX

pytestmark = pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is not installed")

NUMBER = "12025550199"
PHONE = "127.0.0.1"  # its RTP is sent from there, whatever it says in its SDP
PHONE_HERTZ, CARRIER_HERTZ = 1000, 600  # CARRIER_HERTZ: what harness.World.audio gives carrier A
PITCHES = (400, 440, 500, 600, 700, 800, 900, 1000, 1200, 1600, 2000)
SECONDS = 2


def linear(octet):
    """One octet of G.711 µ-law as a sample."""
    octet = ~octet & 0xFF
    magnitude = ((octet & 0x0F) << 3) + 132 << (octet >> 4 & 7)
    return 132 - magnitude if octet & 0x80 else magnitude - 132


def power(samples, hertz):
    """Goertzel: how much of the samples' energy is at this frequency, 1 for a pure tone."""
    turn = 2 * math.cos(2 * math.pi * hertz / RATE)
    last = before = 0.0
    for sample in samples:
        last, before = sample + turn * last - before, last
    energy = sum(sample * sample for sample in samples) or 1
    return (last * last + before * before - turn * last * before) * 2 / (len(samples) * energy)


def pitch(samples):
    """The frequency of a second out of the middle, which must be a tone."""
    assert len(samples) >= RATE, f"only {len(samples)} samples came"
    start = (len(samples) - RATE) // 2
    middle = samples[start:start + RATE]
    loudest = max(PITCHES, key=lambda hertz: power(middle, hertz))
    assert power(middle, loudest) > 0.9, {hertz: round(power(middle, hertz), 3) for hertz in PITCHES}
    return loudest


def test_the_measure_tells_tones_apart():
    for hertz in (600, 1000):
        assert pitch([linear(octet) for octet in rtp.tone(hertz)]) == hertz


@pytest.fixture
def telephone_world(own_world, authority):  # noqa: F811
    """A WARP with TLS, and a trunk whose number is where its credential registered."""
    at = ports.choose("127.0.0.1", 14400)
    chain, key = authority.certificate("warp", "DNS:localhost,IP:127.0.0.1")

    def change(settings):
        listen(settings, "TLS", at, tls_profile="main")
        settings["sip"]["tls"] = {"profiles": [{"name": "main", "certificate_file": str(chain), "key_file": str(key)}]}
        settings["sip"]["auth"] = {"realm": "warp", "algorithms": "MD5"}  # baresip 1.0 gives up at one it does not know

    world = own_world(change=change)
    world.at = at
    world.phones = world.make.trunk(world.customer, "phones", [], [], auth_type="DIGEST")
    world.credentials = f"{PREFIX}/trunks/{world.phones}/credentials"
    world.account = world.make.api.post(f"{world.credentials}?customer_id={world.customer}", {"username": NUMBER})
    world.make.number(NUMBER, world.customer, world.phones)
    world.settle()
    return world


def telephone(world, authority_file, more="", modules=()):
    account = (f'<sip:{NUMBER}@127.0.0.1:{world.at};transport=tls>;auth_user={NUMBER};'
               f'auth_pass={world.account["password"]};regint=120;audio_codecs=PCMU/8000/1{more}')
    return Baresip(world.folder / "telephone", PHONE, ports.choose(PHONE, 14500), account, authority_file, PHONE_HERTZ, modules)


def bindings(world):
    return world.make.api.get(f"{world.credentials}/{world.account['id']}/registrations?customer_id={world.customer}")


def records(world):
    """The rows of all calls, the oldest first."""
    names = ("sip_call_id", "direction", "disposition", "reason", "release_side", "caller_codec", "callee_codec",
             "caller_packets_received", "callee_packets_received", "duration_us", "trunk_id", "provider_id", "ani_e164",
             "dni_e164", "facts", "id")
    rows = world.warp.postgres.sql(f"SELECT {', '.join(names)} FROM records.cdrs ORDER BY setup_at")
    return [dict(zip(names, row)) for row in rows]


def the_record(world, place):
    assert proc.wait_until(lambda: len(records(world)) > place, 5 * SLOW, 0.1), "no record"
    row = records(world)[place]
    assert (row["disposition"], row["reason"]) == ("ANSWERED", "NORMAL_CLEARING"), row
    assert row["caller_codec"] == row["callee_codec"] == "PCMU/8000"
    for side in ("caller", "callee"):
        assert int(row[f"{side}_packets_received"]) >= 40 * SECONDS, row
    assert int(row["duration_us"]) >= SECONDS * 900_000
    facts = json.loads(row["facts"] or "{}")
    assert world.make.api.get(f"{PREFIX}/cdr/{row['id']}")["facts"] == facts
    return row, facts


def received(end):
    """The samples that came to an RTP endpoint, in the order of their sequence numbers."""
    packets = sorted(end.received, key=lambda packet: packet[1])
    return [linear(octet) for packet in packets for octet in packet[5]]


def test_it_registers_over_tls_is_called_and_calls(telephone_world, authority):  # noqa: F811
    world = telephone_world
    with telephone(world, authority.file) as phone:
        phone.expect("REGISTER_OK")
        (binding,) = bindings(world)
        assert binding["contact"].startswith(f"sip:{NUMBER}") and binding["contact"].endswith(";transport=tls"), binding

        with world.audio() as (_, carrier):
            with world.caller(ip=harness.CARRIER_A, dni=NUMBER, audio_port=carrier.port, hold_ms=SECONDS * 1000) as caller:
                phone.expect("CALL_INCOMING")
                phone.do("accept")
                phone.expect("CALL_ESTABLISHED")
                carrier.start(caller.media_address())
                caller.expect_success(20 * SLOW)
            phone.expect("CALL_CLOSED")
            assert pitch(received(carrier)) == PHONE_HERTZ
        row, facts = the_record(world, 0)
        assert (row["direction"], row["release_side"], row["dni_e164"]) == ("inbound", "caller", NUMBER)
        assert row["sip_call_id"] == harness.call_id(caller)
        assert (row["trunk_id"], row["provider_id"]) == (world.phones, world.providers["a"])
        assert (facts["transport_in"], facts["transport_out"]) == ("UDP", "TLS")

        with world.audio() as (_, carrier):
            with world.answering("uas_answer", audio_port=carrier.port) as callee:
                phone.do("dial", f"sip:{harness.DNI}@127.0.0.1:{world.at};transport=tls")
                carrier.start(callee.media_address())
                phone.expect("CALL_ESTABLISHED")
                assert proc.wait_until(lambda: len(carrier.received) > 50 * SECONDS, 10 * SLOW), phone.said()
                phone.do("hangup")
                callee.expect_success(20 * SLOW)
            phone.expect("CALL_CLOSED")
            assert pitch(received(carrier)) == PHONE_HERTZ
        row, facts = the_record(world, 1)
        assert (row["direction"], row["release_side"]) == ("outbound", "caller")
        assert (row["ani_e164"], row["dni_e164"]) == (NUMBER, harness.DNI[1:])
        assert (row["trunk_id"], row["provider_id"]) == (world.phones, world.providers["a"])
        assert (facts["transport_in"], facts["transport_out"], facts["credential"]) == ("TLS", "UDP", NUMBER)

    heard = phone.heard()
    assert [pitch(samples) for samples in heard] == [CARRIER_HERTZ, CARRIER_HERTZ]
    metric = world.warp.daemon.metric
    assert metric("warp_calls_active") == 0
    for direction in ("inbound", "outbound"):
        assert metric("warp_calls_answers_total", f'direction="{direction}"') == 1
    assert metric("warp_calls_ended_total", 'reason="NORMAL_CLEARING"') == 2
    assert metric("warp_sip_auth_challenges_total") >= 2
    # It said good-bye to the registrar as it went.
    assert proc.wait_until(lambda: metric("warp_registrar_bindings") == 0, 5 * SLOW), bindings(world)
    assert bindings(world) == []


def test_the_certificate_is_of_the_authority_and_of_no_other(telephone_world, authority, tmp_path):  # noqa: F811
    """baresip 1.0 loads an authority and believes others all the same: what it was shown is checked here."""

    def shake_hands(authority_file):
        context = ssl.create_default_context(cafile=authority_file)
        with socket.create_connection(("127.0.0.1", telephone_world.at), 5 * SLOW) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
                return secured.version()

    assert shake_hands(authority.file) in ("TLSv1.2", "TLSv1.3")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(Authority(tmp_path, "other").file)
