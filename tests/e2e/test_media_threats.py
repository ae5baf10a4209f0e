"""What strangers and broken peers send to media ports: spray, injection, torsos of packets, handshakes of others. The call that
runs hears none of it, nothing is learned from it, and what it took of the daemon comes back."""

import contextlib
import itertools
import os
import random
import socket
import struct
import subprocess

import certificates
import pytest
from harness import CARRIER_A, CUSTOMER, PRESET, SLOW, STRANGER
from media_agent import profile
from media_scene import PREFIX, agents, both_hear, bye, metric, policies, talk
from srtp_peer import Context
from warp_cli import proc

BEHIND_NAT = "127.0.0.12"
EVIL = b"\x2a" * 160  # what no tone of ours holds twenty milliseconds long
FIRST, LAST = 20000, 21999
DTLS_PROTO = "UDP/TLS/RTP/SAVP"
SDES = "AES_CM_128_HMAC_SHA1_80"


def prepare(settings):
    settings["media"].update({"ports": {"from": FIRST, "to": LAST}, "port_reuse_delay": "1s"})


WORLD = {"change": prepare}


def rtp(sequence, ssrc, payload=EVIL, stamp=0):
    return struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, stamp, ssrc) + payload


@contextlib.contextmanager
def socket_at(ip):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((ip, 0))
        made.setblocking(False)
        yield made


def received(sock):
    """Everything that came so far."""
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(sock.recv(4096))
    return found


def comes(sock, count):
    """So many more."""
    found = []
    return proc.wait_until(lambda: found.extend(received(sock)) or len(found) >= count, 5 * SLOW)


def refused(world, *reasons):
    return sum(metric(world, "warp_media_dropped_total", f'reason="{reason}"') for reason in reasons)


def evil(call, since=0):
    return [entry for entry in call.heard[since:] if entry[6] == EVIL]


def symmetric(world, on):
    world.make.api.put(f"{PREFIX}/trunks/{world.trunk}", {"symmetric_rtp": on})
    world.settle()


@pytest.fixture
def natted(world):
    """The customer's trunk learns addresses; the carrier stays fixed."""
    policies(world)
    symmetric(world, True)
    yield
    symmetric(world, False)


@pytest.fixture
def quiet(world):
    """The daemon says nothing of what a test sends, and is the same process afterwards."""
    pid, lines = world.process.pid, len(world.warp.daemon.log.read_text(errors="replace").splitlines())
    yield
    said = world.warp.daemon.log.read_text(errors="replace").splitlines()[lines:]
    assert len(said) < 30, said[:80]
    assert world.process.pid == pid and world.process.poll() is None


# -- spray -----------------------------------------------------------------------------------------------------------------


def spray(world, sock, rounds):
    """So many packets in sequence to every port of the range, each port's own stream: what a latching relay would learn from.
    Gives the number sent to each port when the daemon has seen them."""
    before = refused(world, "idle_port", "source", "malformed", "unlearned")
    for number in range(rounds):
        for port in range(FIRST, LAST + 1):
            sock.sendto(rtp(number, 0x5AD), (world.ip, port))
    assert proc.wait_until(lambda: refused(world, "idle_port", "source", "malformed", "unlearned") - before > 100 * rounds,
                           10 * SLOW, 0.1), "the ports are not read"
    return rounds


@pytest.mark.parametrize("learning", [False, True], ids=["fixed", "symmetric"])
def test_spray_over_the_range_is_neither_heard_nor_learned(world, quiet, learning):
    policies(world)
    symmetric(world, learning)
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees), socket_at(STRANGER) as stranger:
        caller, callee = talk(callers, callees)
        assert caller.hears(20) and callee.hears(20)
        before = refused(world, "source")
        rounds = spray(world, stranger, 6)
        # The two RTP ports of the call are among them.
        assert proc.wait_until(lambda: refused(world, "source") - before >= 2 * rounds, 5 * SLOW, 0.1)
        both_hear(caller, callee)
        assert not evil(caller) and not evil(callee)
        assert not received(stranger)
        bye(caller)
        row = world.one_record(caller.id)
        assert int(row["caller_packets_received"]) <= caller.sent and int(row["callee_packets_received"]) <= callee.sent
    symmetric(world, False)


def test_spray_of_loose_packets_before_the_peer_speaks_is_not_learned(world, natted, quiet):
    """No two of them in sequence and of one SSRC: the peer that speaks later is the one that is learned."""
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees), socket_at(STRANGER) as stranger:
        caller, callee = talk(callers, callees, hertz=(None, None))
        before = refused(world, "unlearned")
        for number in range(200):
            stranger.sendto(rtp(2 * number, 0x5AD + number % 3), caller.media)
        assert proc.wait_until(lambda: refused(world, "unlearned") - before >= 100, 5 * SLOW, 0.1)
        caller.talk(440)
        callee.talk(600)
        both_hear(caller, callee)
        assert not evil(callee) and not received(stranger)
        bye(caller)


# -- injection -------------------------------------------------------------------------------------------------------------


def inject(sock, call, count=50, right_ssrc=True):
    """Packets that follow those of the call's own end, from elsewhere."""
    ssrc = call.ssrc if right_ssrc else call.ssrc ^ 0x55555555
    for number in range(count):
        sock.sendto(rtp(call.out_sequence + 1 + number, ssrc, EVIL, call.stamp), call.media)


@pytest.mark.parametrize("right_ssrc", [True, False], ids=["right_ssrc", "wrong_ssrc"])
def test_another_ip_is_not_believed_on_a_fixed_trunk(world, quiet, right_ssrc):
    policies(world)
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees), socket_at(STRANGER) as stranger:
        caller, callee = talk(callers, callees)
        assert callee.hears(10)
        before = refused(world, "source")
        inject(stranger, caller, right_ssrc=right_ssrc)
        inject(stranger, callee, right_ssrc=right_ssrc)
        assert proc.wait_until(lambda: refused(world, "source") - before >= 100, 5 * SLOW, 0.1)
        both_hear(caller, callee)
        assert not evil(callee) and not evil(caller) and not received(stranger)
        bye(caller)


@pytest.mark.parametrize("right_ssrc", [True, False], ids=["right_ssrc", "wrong_ssrc"])
def test_another_port_of_a_fixed_peer_is_believed_and_draws_nothing(world, quiet, right_ssrc):
    """Gateways send from other ports than they receive on. What goes to the peer goes on to where it said."""
    policies(world)
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees), socket_at(CUSTOMER) as beside:
        caller, callee = talk(callers, callees)
        assert callee.hears(10)
        inject(beside, caller, 20, right_ssrc)
        assert proc.wait_until(lambda: len(evil(callee)) == 20, 5 * SLOW)
        both_hear(caller, callee)
        assert not received(beside)
        bye(caller)


def test_only_the_learned_address_is_believed(world, natted, quiet):
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees), socket_at(STRANGER) as stranger, \
            socket_at(CUSTOMER) as beside:
        caller, callee = talk(callers, callees)
        assert callee.hears(10)
        for sock, right_ssrc in itertools.product((stranger, beside), (True, False)):
            before = refused(world, "source")
            inject(sock, caller, right_ssrc=right_ssrc)
            assert proc.wait_until(lambda: refused(world, "source") - before >= 50, 5 * SLOW, 0.1), (sock, right_ssrc)
        both_hear(caller, callee)
        assert not evil(callee) and not received(stranger) and not received(beside)
        bye(caller)


def test_a_peer_behind_a_nat_is_learned_and_keeps_its_place(world, natted):
    """Its packets come from where nobody said. Two seconds later not even the signalled address takes that from it."""
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees), socket_at(BEHIND_NAT) as nat:
        caller, callee = talk(callers, callees, hertz=(None, 600))
        for number in range(10):
            nat.sendto(rtp(number, 0xA7), caller.media)
        assert proc.wait_until(lambda: len(evil(callee)) == 9, 5 * SLOW), "all but the first, which was withheld"
        assert comes(nat, 5), "audio does not follow"
        place = caller.mark()
        assert not caller.hears(5, 2.5, place), "audio goes to the signalled address as well"
        before = refused(world, "source")
        for number in range(50):
            caller.rtp.sendto(rtp(number, 0xB8, b"\x3b" * 160), caller.media)
        assert proc.wait_until(lambda: refused(world, "source") - before >= 50, 5 * SLOW, 0.1)
        received(nat)
        assert comes(nat, 5)
        assert not [entry for entry in callee.heard if entry[4] == 0xB8]
        bye(caller)


def test_the_signalled_address_wins_a_race_with_a_stranger(world, natted):
    """Who was quicker than the peer loses its place as soon as the peer speaks from where it said."""
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees), socket_at(STRANGER) as stranger:
        caller, callee = talk(callers, callees, hertz=(None, 600))
        for number in range(3):
            stranger.sendto(rtp(number, 0xA7), caller.media)
        caller.talk(440)
        both_hear(caller, callee)
        received(stranger)
        place = caller.mark()
        assert caller.hears(25, 5 * SLOW, place) and not received(stranger)
        bye(caller)


# -- torsos ----------------------------------------------------------------------------------------------------------------


def hello():
    """A DTLS 1.2 ClientHello without a cookie (RFC 6347 §4.2.1), as one record."""
    extensions = bytes.fromhex("000a000400020017" "000b00020100" "000d000400020403" "000e00050002000100")
    body = b"\xfe\xfd" + os.urandom(32) + b"\0\0" + b"\0\x02\xc0\x2b" + b"\x01\0" + \
        struct.pack("!H", len(extensions)) + extensions
    size = len(body).to_bytes(3, "big")
    message = b"\x01" + size + b"\0\0" + b"\0\0\0" + size + body
    return b"\x16\xfe\xff" + bytes(8) + struct.pack("!H", len(message)) + message


def whole_ones():
    """Valid beginnings of each kind that a media port can get."""
    binding = struct.pack("!HHI", 0x0001, 24, 0x2112A442) + os.urandom(12) + struct.pack("!HH", 6, 9) + b"ours:them" + \
        bytes(3) + struct.pack("!HHI", 0x24, 4, 1)
    return {"rtp": rtp(1, 0x7777),
            "rtp_extended": b"\x9f" + rtp(1, 0x7777)[1:12] + b"\0" * 60 + b"\xbe\xde\0\x04" + b"\x10\xff" * 8,
            "rtcp": struct.pack("!BBHIIIIIIIBBHIIII", 0x81, 200, 12, 0x7777, 1, 2, 3, 4, 5, 0x8888, 0, 0, 0, 1, 0, 0, 0),
            "rtcp_bye": struct.pack("!BBHI", 0x81, 203, 1, 0x7777), "stun": binding, "dtls": hello(),
            "dtls_alert": b"\x15\xfe\xfd" + bytes(8) + b"\0\x02\x02\x28",
            "dtls_finished": b"\x14\xfe\xfd" + bytes(8) + b"\0\x01\x01"}


def torsos(seed=7):
    """Every length from 0 to 40 of each, the whole, and random octets behind each first octet that means something."""
    chance = random.Random(seed)
    for whole in whole_ones().values():
        yield from (whole[:size] for size in range(41))
        yield whole
        for _ in range(20):
            broken = bytearray(whole)
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            yield bytes(broken)
    for first in (0, 1, 19, 20, 22, 63, 64, 127, 128, 144, 159, 191, 192, 255):
        for size in (0, 1, 7, 11, 12, 13, 19, 20, 60, 300, 1400):
            yield bytes([first]) + chance.randbytes(size)


def places(*calls):
    """The daemon's RTP and RTCP port of each call's end."""
    return [(ip, port + more) for ip, port in (call.media for call in calls) for more in (0, 1)]


def strew(world, sources, targets):
    """All torsos from each source to each place, no faster than the daemon reads them."""
    before, sent = metric(world, "warp_media_packets_received_total"), 0
    for number, data in enumerate(torsos()):
        for sock, target in itertools.product(sources, targets):
            sock.sendto(data, target)
            sent += 1
        if number % 20 == 0:
            assert proc.wait_until(lambda: metric(world, "warp_media_packets_received_total") - before >= sent * 0.9,
                                   10 * SLOW), "the daemon reads no more"


@contextlib.contextmanager
def valid_call_afterwards(world):
    yield
    policies(world)
    with agents(world, profile("PCMU"), profile("PCMU")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        bye(caller)


class EachSsrc:
    """SRTP as a peer reads it to whom many streams come with one key: each has a rollover of its own."""

    def __init__(self, first):
        self.first, self.contexts = first, {}

    def unprotect(self, packet):
        ssrc = packet[8:12]
        if ssrc not in self.contexts:
            self.contexts[ssrc] = Context(self.first.suite, self.first.material)
        return self.contexts[ssrc].unprotect(packet)


@pytest.mark.parametrize("kind", ["plain", "recoded", "sdes"])
def test_torsos_at_a_call(world, quiet, kind):
    with valid_call_afterwards(world):
        near = profile("PCMU", proto="RTP/SAVP", suites=(SDES,)) if kind == "sdes" else profile("PCMU")
        policies(world, trunk={"security": "required"} if kind == "sdes" else None,
                 carrier={"codecs": ["PCMA"], "transcode": True} if kind == "recoded" else None)
        with agents(world, near, profile("PCMA" if kind == "recoded" else "PCMU")) as (callers, callees), \
                socket_at(STRANGER) as stranger, socket_at(CUSTOMER) as beside, socket_at(CARRIER_A) as beyond:
            caller, callee = talk(callers, callees)
            both_hear(caller, callee)
            if kind == "sdes":
                caller.receive_context = EachSsrc(caller.receive_context)
            strew(world, (stranger, beside, beyond), places(caller, callee))
            both_hear(caller, callee)
            assert not received(stranger) and not received(beside) and not received(beyond)
            bye(caller)
            assert world.one_record(caller.id)["reason"] == "NORMAL_CLEARING"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dtls")
    return identity(folder, "peer")


def identity(folder, name):
    """(certificate, key, fingerprint as a=fingerprint has it)"""
    chain, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificates.self_signed(chain, key, name)
    said = subprocess.run(["openssl", "x509", "-in", chain, "-noout", "-fingerprint", "-sha256"], check=True,
                          capture_output=True, text=True).stdout
    return chain, key, "sha-256 " + said.strip().partition("=")[2]


def described(certificate, ice=False):
    """An end that promises a handshake which it begins itself."""
    lines = f"a=setup:active\r\na=fingerprint:{certificate[2]}\r\na=rtcp-mux\r\n"
    if ice:
        lines += "a=ice-ufrag:ours\r\na=ice-pwd:0123456789012345678901\r\n" \
                 f"a=candidate:1 1 UDP 2130706431 {CARRIER_A} 9 typ host\r\n"
    return profile("PCMU", proto=DTLS_PROTO, lines=lines)


@pytest.mark.parametrize("ice", [False, True], ids=["dtls", "dtls_ice"])
def test_torsos_at_a_call_whose_handshake_never_ends(world, quiet, certificate, ice):
    with valid_call_afterwards(world):
        policies(world, carrier={"security": "required", "keys": "dtls", "ice": ice})
        with agents(world, profile("PCMU"), described(certificate, ice)) as (callers, callees), \
                socket_at(STRANGER) as stranger, socket_at(CUSTOMER) as beside, socket_at(CARRIER_A) as beyond:
            caller, callee = talk(callers, callees, hertz=(440, None))
            assert callee.theirs.proto.startswith(DTLS_PROTO) and "a=fingerprint:" in callee.theirs.text, callee.theirs.text
            assert ("a=ice-lite" in callee.theirs.text) == ice
            strew(world, (stranger, beside, beyond), places(caller, callee))
            assert caller.reinvite().status == 200, "the call is gone"
            assert not received(stranger)
            assert not callee.heard, "audio in the clear"
            bye(caller)


# -- handshakes ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def handshake(ip, to, chain, key):
    """OpenSSL's own client from a free port of `ip`; gives what it writes."""
    with socket_at(ip) as probe:
        own = probe.getsockname()[1]
    client = subprocess.Popen(["openssl", "s_client", "-dtls1_2", "-bind", f"{ip}:{own}", "-connect", f"{to[0]}:{to[1]}",
                               "-cert", chain, "-key", key, "-use_srtp", "SRTP_AES128_CM_SHA1_80"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield client
    finally:
        client.kill()
        client.wait()
        client.stdout.close()
        client.stdin.close()


def shaken(world):
    return metric(world, "warp_media_dtls_handshakes_total", 'result="done"')


def test_hellos_of_a_stranger_do_not_keep_the_peer_from_its_handshake(world, quiet, certificate, tmp_path):
    """It was first and repeats itself: a thousand raw hellos, and a whole client. The peer's handshake is the one that ends."""
    policies(world, carrier={"security": "required", "keys": "dtls"})
    other = identity(tmp_path, "stranger")
    with valid_call_afterwards(world), agents(world, profile("PCMU"), described(certificate)) as (callers, callees), \
            socket_at(STRANGER) as stranger:
        caller, callee = talk(callers, callees, hertz=(440, None))
        done, before = shaken(world), refused(world, "source")
        with handshake(STRANGER, callee.media, *other[:2]):
            for count in range(1, 1001):
                stranger.sendto(hello(), callee.media)
                if count % 100 == 0:
                    assert proc.wait_until(lambda: refused(world, "source") - before >= count * 0.9, 5 * SLOW)
            with handshake(CARRIER_A, callee.media, *certificate[:2]):
                assert proc.wait_until(lambda: shaken(world) - done == 1, 10 * SLOW, 0.1), "the peer's handshake did not end"
                # In the clear from the right place, after keys: not passed on.
                place = caller.mark()
                inject(callee.rtp, callee)
                assert not caller.hears(1, 1, place)
        assert not received(stranger), "a stranger is answered"
        bye(caller)


@pytest.fixture
def natted_carrier(world):
    world.make.api.put(f"{PREFIX}/providers/{world.providers['a']}", {"symmetric_rtp": True})
    world.settle()
    yield
    world.make.api.put(f"{PREFIX}/providers/{world.providers['a']}", {"symmetric_rtp": False})
    world.settle()


def test_the_handshake_of_a_stranger_does_not_end_the_call(world, natted_carrier, certificate, tmp_path):
    """Where the peer's address is to be learned anybody may shake hands. Whose certificate is another is nobody."""
    policies(world, carrier={"security": "required", "keys": "dtls"})
    other = identity(tmp_path, "stranger")
    with agents(world, profile("PCMU"), described(certificate)) as (callers, callees):
        caller, callee = talk(callers, callees, hertz=(440, None))
        done = shaken(world)
        with handshake(STRANGER, callee.media, *other[:2]) as stranger:
            assert stranger.wait(10 * SLOW), "the stranger's handshake succeeded"
        assert shaken(world) == done
        with handshake(CARRIER_A, callee.media, *certificate[:2]):
            assert proc.wait_until(lambda: shaken(world) - done == 1, 10 * SLOW, 0.1), "the peer's handshake did not end"
        bye(caller)


# -- hold and resume -------------------------------------------------------------------------------------------------------


def test_two_hundred_holds_give_everything_back(world):
    def pairs(state):
        return metric(world, "warp_media_port_pairs", f'state="{state}"')

    def cycle():
        assert caller.reinvite(direction="sendonly").status == 200
        assert caller.reinvite(direction="sendrecv").status == 200

    assert proc.wait_until(lambda: pairs("in_use") + pairs("resting") == 0, 10 * SLOW, 0.1), "of the tests before"
    policies(world, carrier={"codecs": ["PCMA"], "transcode": True})
    with agents(world, profile("PCMU"), profile("PCMA")) as (callers, callees):
        caller, callee = talk(callers, callees)
        both_hear(caller, callee)
        held = pairs("in_use")
        assert held == 2
        for _ in range(40):
            cycle()
        before = proc.resident_bytes(world.process.pid)
        for _ in range(160):
            cycle()
        grown = proc.resident_bytes(world.process.pid) - before
        assert pairs("in_use") == held and pairs("resting") == 0
        assert metric(world, "warp_media_sessions") == 1
        both_hear(caller, callee)
        if PRESET == "release":  # a sanitizer keeps what is freed
            assert grown < 4 << 20, f"{grown >> 10} KiB more for 160 cycles"
        bye(caller)
        world.one_record(caller.id)
        assert proc.wait_until(lambda: pairs("in_use") + pairs("resting") == 0, 10 * SLOW, 0.1)
    assert metric(world, "warp_media_sessions") == 0
