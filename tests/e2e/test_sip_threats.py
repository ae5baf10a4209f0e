"""What hostile and unlucky peers say and do. Each gets what the RFC says or silence, a valid call right after it is served, and
in the end the daemon is as small as it was."""

import contextlib
import os
import pathlib
import re
import resource
import socket
import struct
import tempfile
import time

import pytest

import certificates
import sip_wire
from call_agents import Agent
from harness import ANI, DNI, PRESET, SLOW
from sip_wire import Datagrams, Stream, Text, sdp
from test_sip_registration import PREFIX, credentials
from warp_cli import ports, proc

OFFICE, STRANGER, PROWLER = "127.0.0.21", "127.0.0.31", "127.0.0.32"
CROWD_A_SOURCE = 100
FAR_DNI = "+447912345678"  # goes to carrier B, whose side the tests play themselves
MESSAGE_SECONDS = 2


def certificate():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="warp-e2e-tls-"))
    folder.chmod(0o755)
    chain, key = folder / "chain.pem", folder / "key.pem"
    certificates.self_signed(chain, key, "sip.example.net")
    for file in (chain, key):
        file.chmod(0o644)
    return chain, key


def prepare(settings):
    chain, key = certificate()
    sip = settings["sip"]
    sip["listeners"].append({"bind": sip["listeners"][0]["bind"], "transport": "TCP"})
    sip["listeners"].append({"bind": f"127.0.0.1:{ports.choose('127.0.0.1', 14500)}", "transport": "TLS", "tls_profile": "main"})
    sip["tls"] = {"profiles": [{"name": "main", "certificate_file": str(chain), "key_file": str(key)}]}
    sip["overload"] = {"enabled": False}  # a busy machine must not change an outcome
    sip["streams"] = {"message_timeout": f"{MESSAGE_SECONDS}s", "handshake_timeout": "2s"}
    sip["auth"] = {"realm": "warp", "algorithms": "MD5 SHA-256"}
    settings["stir"] = {"trust_file": str(chain)}  # so that Identity is looked at


WORLD = {"more_trunk_ips": [OFFICE], "change": prepare, "trunk_fields": {"auth_type": "EITHER"}}


class Footprint:
    """Of the daemon: descriptors and resident MiB."""

    def __init__(self, world):
        self.pid, range_ = world.process.pid, world.settings["media"]["ports"]
        self.media_ports = range(range_["from"], range_["to"] + 1)

    def descriptors(self):
        """But for media ports, which stay bound for the next call."""
        media = {fields[9] for fields in map(str.split, pathlib.Path("/proc/net/udp").read_text().splitlines()[1:])
                 if int(fields[1].rpartition(":")[2], 16) in self.media_ports}
        found = 0
        for link in pathlib.Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found += re.sub(r"^socket:\[(\d+)\]$", r"\1", os.readlink(link)) not in media
        return found

    def mebibytes(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text()).group(1)) / 1024


@pytest.fixture(scope="module")
def scene(world):
    """(customer's agent, carrier A's agent, footprint before anything happened)"""
    world.make.route(world.partition, world.providers["b"], "4479", 1)
    # Whoever is unknown is asked for a password when there are any.
    world.credential = world.make.api.post(f"{PREFIX}/trunks/{world.trunk}/credentials?customer_id={world.customer}",
                                           {"username": "office"})
    world.settle()
    customer, carrier = Agent(world.customer_ip, 0, world.target), Agent(world.carrier_ips["a"], world.carrier_ports["a"],
                                                                         world.target)
    world.scene = (customer, carrier)
    for _ in range(20):
        sound_call(world)
    found = Footprint(world)
    world.before = (found.descriptors(), found.mebibytes())
    try:
        yield customer, carrier, found
    finally:
        customer.close()
        carrier.close()


def sound_call(world):
    customer, carrier = world.scene
    call = customer.place(ANI, DNI)
    far = next(iter(carrier.calls.values()))
    assert far.media, "the offer did not reach the carrier"
    assert call.request("BYE").status == 200
    for agent in world.scene:
        for one in agent.calls.values():
            one.close()
        agent.calls.clear()


@pytest.fixture(autouse=True)
def served(world, scene):
    """After whatever a test did."""
    yield
    sound_call(world)


@pytest.fixture
def office(world):
    with Datagrams(world, OFFICE) as wire:
        yield wire


@pytest.fixture
def stranger(world):
    with Datagrams(world, STRANGER) as wire:
        yield wire


@pytest.fixture
def far_end(world):
    """Carrier B, played by the test."""
    with Datagrams(world, world.carrier_ips["b"], world.carrier_ports["b"]) as wire:
        yield wire


def respond(wire, request, status, tag="far", body="", headers=""):
    vias = b"".join(b"Via: " + via + b"\r\n" for via in request.all("Via"))
    to = request["To"] if b";tag=" in request["To"] else request["To"] + b";tag=" + tag.encode()
    content = b"Content-Type: application/sdp\r\n" if body else b""
    wire.say(b"SIP/2.0 %d Said\r\n" % status + vias + b"From: " + request["From"] + b"\r\nTo: " + to + b"\r\nCall-ID: " +
             request["Call-ID"] + b"\r\nCSeq: " + request["CSeq"] + b"\r\nContact: <sip:" + wire.me.encode() + b">\r\n" +
             headers.encode() + content + b"Content-Length: %d\r\n\r\n" % len(body) + body.encode())


def expect(wire, method, seconds=5):
    """The next request of that method; copies of others are passed over."""
    end = time.monotonic() + seconds * SLOW
    while (left := end - time.monotonic()) > 0:
        text = wire.hear(left)
        if text and text.method == method.encode():
            return text
    raise AssertionError(f"no {method}")


def invite(wire, user=DNI, **named):
    return wire.request("INVITE", user, **{"body": sdp(wire.ip), **named})


def answered(wire, data, status=200, seconds=8):
    """The INVITE gets that answer; what it began is ended."""
    answer = wire.ask(data, seconds)
    assert answer.status == status, answer.first
    if answer.status == 200:
        assert wire.bye(answer, Text(data)).status == 200
    return answer


def options_with(wire, extra):
    """OPTIONS with further octets at the end of its head."""
    return wire.request("OPTIONS").replace(b"Content-Length: 0\r\n\r\n", extra + b"Content-Length: 0\r\n\r\n")


# -- header smuggling ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("extra", [
    pytest.param(b"Content-Length : 10\r\n", id="blank before the colon"),
    pytest.param(b"Content-Length\t: 10\r\n", id="tab before the colon"),
    pytest.param(b"l: 10\r\n", id="compact form"),
    pytest.param(b"cOnTeNt-LeNgTh: 10\r\n", id="other case"),
    pytest.param(b"Content-Length: 0\r\n", id="the same twice"),
    pytest.param(b"Content-Length:\r\n 10\r\n", id="folded value"),
    pytest.param(b"Content Length: 10\r\n", id="blank in the name"),
    pytest.param(b"Content-Length\x00: 10\r\n", id="NUL in the name"),
    pytest.param(b"X-Note: a\x00b\r\n", id="NUL in a value"),
    pytest.param(b"X-Note: a\nContent-Length: 10\r\n", id="bare LF"),
    pytest.param(b"X-Note: a\rContent-Length: 10\r\n", id="bare CR"),
    pytest.param(b": 10\r\n", id="no name"),
    pytest.param(b"From: <sip:evil@example.net>;tag=e\r\n", id="second From"),
    pytest.param(b"f : <sip:evil@example.net>;tag=e\r\n", id="second From in disguise"),
    pytest.param(b"To: <sip:evil@example.net>\r\n", id="second To"),
    pytest.param(b"i: other\r\n", id="second Call-ID"),
    pytest.param(b"CSeq: 2 OPTIONS\r\n", id="second CSeq"),
    pytest.param(b"Max-Forwards: 71\r\n", id="second Max-Forwards"),
    pytest.param(b"Content-Type: a/b\r\nc: application/sdp\r\n", id="two Content-Types"),
])
def test_smuggled_headers_are_refused(office, extra):
    assert office.ask(options_with(office, extra)).status == 400


@pytest.mark.parametrize("extra", [
    pytest.param(b"X-Note: a\r\n Content-Length: 10\r\n", id="a fold belongs to the line before"),
    pytest.param(b"X-Note: Content-Length: 10\r\n", id="a header in a value"),
    pytest.param(b"X-Note: a%0d%0aContent-Length: 10\r\n", id="escapes are no line ends"),
])
def test_what_only_looks_smuggled_is_a_value(office, extra):
    assert office.ask(options_with(office, extra)).status == 200


def test_no_disguise_gets_a_header_to_the_carrier(office, far_end):
    """Header names are compared parsed: what is not on the list does not go on, however it is written."""
    disguised = "P-Asserted-Identity\t: <sip:+19005550199@evil>\r\np-asserted-IDENTITY : <tel:+19005550199>\r\n" \
                "Diversion:\r\n <sip:+19005550199@evil>;reason=unconditional\r\nX-Evil: 19005550199\r\n" \
                "Remote-Party-ID : <sip:+19005550199@evil>;screen=yes\r\nHistory-Info: <sip:+19005550199@evil>;index=1\r\n" \
                "Route: <sip:19005550199.evil;lr>\r\nRecord-Route: <sip:19005550199.evil;lr>\r\nUser-Agent: 19005550199\r\n"
    data = invite(office, FAR_DNI, headers=disguised)
    office.say(data)
    asked = expect(far_end, "INVITE")
    respond(far_end, asked, 486)
    answer = office.answer()
    office.say(sip_wire.ack_of(Text(data), answer))
    assert answer.status == 486
    assert b"19005550199" not in asked.data and b"evil" not in asked.data
    assert office.ip.encode() not in asked.data


# -- numbers ---------------------------------------------------------------------------------------------------------

LENGTHS = ["-1", "-0", "2147483648", "4294967296", "4294967306", "18446744073709551626", "99999999999999999999999", "0x10",
           "+5", "1 0", "", "5,5"]


@pytest.mark.parametrize("length", LENGTHS)
def test_absurd_content_lengths_are_refused(world, office, length):
    assert office.ask(office.request("OPTIONS", length=length)).status == 400
    with Stream(world, OFFICE) as stream:
        stream.say(stream.request("OPTIONS", length=length))
        assert stream.answer().status == 400
        assert stream.closed()


def test_a_content_length_that_no_message_may_have_ends_the_connection(world, office):
    assert office.ask(office.request("OPTIONS", length="2147483647")).status == 400  # longer than the datagram
    with Stream(world, OFFICE) as stream:
        stream.say(stream.request("OPTIONS", length="2147483647"))
        assert stream.answer().status == 513
        assert stream.closed()


def test_two_content_lengths_end_the_connection(world):
    with Stream(world, OFFICE) as stream:
        stream.say(options_with(stream, b"Content-Length: 5\r\n") + b"12345" + stream.request("OPTIONS"))
        assert stream.answer().status == 400
        assert stream.closed()


@pytest.mark.parametrize("cseq, status", [("0", 200), ("2147483647", 200), ("2147483648", 400), ("4294967296", 400),
                                          ("18446744073709551617", 400), ("-1", 400), ("1e3", 400), ("", 400)])
def test_cseq_ends_below_two_to_the_31(office, cseq, status):
    assert office.ask(office.request("OPTIONS", cseq=cseq)).status == status


@pytest.mark.parametrize("forwards, status", [(0, 200), (255, 200), (256, 400), (-1, 400), ("7 0", 400)])
def test_max_forwards_of_options(office, forwards, status):
    assert office.ask(office.request("OPTIONS", forwards=forwards)).status == status


def test_an_invite_without_forwards_left_goes_no_further(office, far_end):
    assert answered(office, invite(office, FAR_DNI, forwards=0), 483)
    assert far_end.silent()


# -- size ------------------------------------------------------------------------------------------------------------

def test_ten_thousand_vias_get_silence(world, office):
    vias = b"Via: SIP/2.0/UDP h\r\n" * 3000
    office.say(options_with(office, vias))
    office.say(options_with(office, b"v: " + b"SIP/2.0/UDP h," * 4000 + b"SIP/2.0/UDP h\r\n"))
    assert office.silent()
    with Stream(world, OFFICE) as stream:
        stream.say(options_with(stream, b"Via: SIP/2.0/TCP h\r\n" * 10_000))
        assert stream.closed()


def test_a_header_of_a_mebibyte_ends_the_connection(world):
    with Stream(world, OFFICE) as stream:
        stream.say(options_with(stream, b"X-Long: " + b"x" * (1 << 20) + b"\r\n"))
        assert stream.closed()


def test_a_uri_of_64_kib_ends_the_connection(world):
    with Stream(world, OFFICE) as stream:
        stream.say(stream.request("OPTIONS", uri="sip:" + "1" * 65536 + "@127.0.0.1"))
        assert stream.closed()


def test_a_uri_of_60_000_octets_in_a_datagram_is_no_number(office):
    data = office.request("INVITE", uri="sip:" + "1" * 60_000 + "@127.0.0.1", body=sdp(office.ip))
    assert answered(office, data, 484)


# -- bodies ------------------------------------------------------------------------------------------------------------

def nested(depth):
    text = "".join(f"--b{level}\r\nContent-Type: multipart/mixed;boundary=b{level + 1}\r\n\r\n" for level in range(depth))
    return text + f"--b{depth}\r\nContent-Type: text/plain\r\n\r\nx\r\n" + "".join(
        f"--b{level}--\r\n" for level in range(depth, -1, -1))


MULTIPARTS = {
    "no boundary": ("multipart/mixed", "--a\r\n\r\nx\r\n--a--\r\n"),
    "empty boundary": ('multipart/mixed;boundary=""', "--\r\n\r\nx\r\n----\r\n"),
    "no parts": ("multipart/mixed;boundary=a", "--a--\r\n"),
    "preamble alone": ("multipart/mixed;boundary=a", "nothing"),
    "empty part": ("multipart/mixed;boundary=a", "--a\r\n\r\n--a--\r\n"),
    "never ended": ("multipart/mixed;boundary=a", "--a\r\nContent-Type: text/plain\r\n\r\nx"),
    "a head without end": ("multipart/mixed;boundary=a", "--a\r\nContent-Type: application/sdp"),
    "nested 1,000 times": ("multipart/mixed;boundary=b0", nested(1000)),
}


@pytest.mark.parametrize("kind, body", MULTIPARTS.values(), ids=MULTIPARTS.keys())
def test_multiparts_without_a_description_are_refused(world, kind, body):
    with Stream(world, OFFICE) as stream:
        assert answered(stream, invite(stream, kind=kind, body=body), 415)["Accept"] == b"application/sdp"


def test_an_empty_multipart_is_no_body(world, office, far_end):
    """As an INVITE without description."""
    data = invite(office, FAR_DNI, body="", headers="Content-Type: multipart/mixed;boundary=a\r\n")
    office.say(data)
    asked = expect(far_end, "INVITE")
    assert asked.body == b""
    respond(far_end, asked, 486)
    office.say(sip_wire.ack_of(Text(data), office.answer()))


def test_a_description_within_a_multipart_is_found(office):
    body = "--a\r\nContent-Type: text/plain\r\n\r\nx\r\n" \
           f"--a\r\nContent-Type: application/sdp\r\n\r\n{sdp(office.ip)}\r\n--a--\r\n"
    answered(office, invite(office, kind="multipart/mixed;boundary=a", body=body))


DESCRIPTIONS = {
    "ptime 0": ("m=audio {port} RTP/AVP 0\r\na=ptime:0\r\n", 200),
    "ptime 99999999999": ("m=audio {port} RTP/AVP 0\r\na=ptime:99999999999\r\na=maxptime:-1\r\n", 200),
    "absurd fmtp": ("m=audio {port} RTP/AVP 0 97\r\na=rtpmap:97 iLBC/8000\r\na=fmtp:97 " + "mode=" * 2000 + "\r\n", 200),
    "fmtp of no payload": ("m=audio {port} RTP/AVP 0\r\na=fmtp:999999 x\r\na=fmtp\r\na=rtpmap:0 \r\n", 200),
    "port 0": ("m=audio 0 RTP/AVP 0\r\n", 488),
    "port 65536": ("m=audio 65536 RTP/AVP 0\r\n", 400),
    "port -1": ("m=audio -1 RTP/AVP 0\r\n", 400),
    "no m-line": ("", 400),
    "keys in SDP (RFC 4568)": ("m=audio {port} RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n", 488),
    "DTLS-SRTP (RFC 5763)": ("m=audio {port} UDP/TLS/RTP/SAVP 0\r\na=setup:actpass\r\na=fingerprint:sha-256 00\r\n", 488),
}


@pytest.mark.parametrize("lines, status", DESCRIPTIONS.values(), ids=DESCRIPTIONS.keys())
def test_odd_descriptions(world, lines, status):
    with Stream(world, OFFICE) as stream:
        answered(stream, invite(stream, body=sdp(stream.ip, lines=lines)), status)


def test_a_description_on_hold_the_old_way_is_taken(office):
    answered(office, invite(office, body=sdp("0.0.0.0")))


def test_a_thousand_m_lines_cost_no_more_than_their_answer(world):
    """The relay carries some of them; whatever the far end makes of it, the call ends and holds nothing."""
    with Stream(world, OFFICE) as stream:
        data = invite(stream, body=sdp(stream.ip, lines="m=audio {port} RTP/AVP 0\r\n" * 1000))
        answer = stream.ask(data)
        assert answer.status in (200, 400, 488, 503), answer.first
        if answer.status == 200:
            assert stream.bye(answer, Text(data)).status == 200


IDENTITIES = ["", ";", "...", "a.b.c", "a.b.c;info=", "a.b.c;info=<>", "a.b.c;info=<https://169.254.169.254/latest>;alg=ES256",
              "eyJ.e30.x;info=<https://127.0.0.1/x.pem>;ppt=shaken", "." * 20000, "e" * 20000, '"',
              "a.b.c;info=<file:///etc/passwd>",
              "a.b.c;info=<https://[::ffff:10.0.0.1]/>;ppt=\"shaken\";" + "x=y;" * 500]


@pytest.mark.parametrize("place", range(len(IDENTITIES)))
def test_malformed_identities_are_told_and_harm_nobody(world, place):
    """The trunk's policy is to tell: the call goes on as unverified."""
    with Stream(world, OFFICE) as stream:
        answered(stream, invite(stream, headers=f"Identity: {IDENTITIES[place]}\r\n"))


# -- connections --------------------------------------------------------------------------------------------------------

def test_one_byte_a_second_is_closed_and_delays_nobody(world, office):
    with Stream(world, OFFICE) as slow:
        began = time.monotonic()
        for octet in slow.request("OPTIONS"):
            slow.say(bytes([octet]))
            slow.hear(0.5)
            assert office.options().status == 200
            if slow.eof:
                break
        assert slow.eof and time.monotonic() - began < (MESSAGE_SECONDS + 3) * SLOW


def test_a_crowd_of_idle_connections_costs_descriptors_and_nothing_else(world, office, scene):
    """60,000 of them, or what this machine lets a process have."""
    _, _, footprint = scene
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(60_000, hard - 2_000) // CROWD_A_SOURCE * CROWD_A_SOURCE
    before, size = footprint.descriptors(), footprint.mebibytes()
    crowd = []
    try:
        for source in range(count // CROWD_A_SOURCE):
            ip = f"127.66.{source // 250}.{source % 250 + 1}"
            crowd += [socket.create_connection(office.target, 5, (ip, 0)) for _ in range(CROWD_A_SOURCE)]
        assert proc.wait_until(lambda: footprint.descriptors() >= before + count, 10 * SLOW)
        assert (footprint.mebibytes() - size) * 1024 / count < 20 * SLOW, "KiB a connection"
        began = time.monotonic()
        assert office.options().status == 200
        sound_call(world)
        assert time.monotonic() - began < 2 * SLOW
    finally:
        for one in crowd:
            one.close()
    assert proc.wait_until(lambda: footprint.descriptors() <= before + 5, 10 * SLOW)


def reset(stream):
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()


def test_a_reset_within_an_invite_leaves_nothing(world, far_end):
    with Stream(world, OFFICE) as stream:
        data = invite(stream, FAR_DNI)
        stream.say(data[:len(data) // 2])
        reset(stream)
    assert far_end.silent(0.3)


def test_a_reset_after_an_invite_leaves_one_record(world, far_end):
    with Stream(world, OFFICE) as stream:
        data = invite(stream, FAR_DNI)
        stream.say(data)
        asked = expect(far_end, "INVITE")
        respond(far_end, asked, 180)
        reset(stream)
    respond(far_end, asked, 486)
    expect(far_end, "ACK")
    wanted = Text(data)["Call-ID"].decode()
    assert proc.wait_until(lambda: world.records(wanted), 5 * SLOW, 0.1)
    assert [row["disposition"] for row in world.records(wanted)] == ["BUSY"]


HALVES = [b"\x16\x03\x01\x02\x00\x01\x00", b"\x16", b"OPTIONS sip:a SIP/2.0\r\n\r\n", b"\x16\x03\x01\xff\xff\x01"]


def test_half_a_tls_handshake_is_closed(world, scene):
    _, _, footprint = scene
    port = int(world.settings["sip"]["listeners"][2]["bind"].rpartition(":")[2])
    before = footprint.descriptors()
    halves = [socket.create_connection((world.ip, port), 5, (OFFICE, 0)) for _ in range(20)]
    for place, one in enumerate(halves):
        one.sendall(HALVES[place % len(HALVES)])
    assert proc.wait_until(lambda: footprint.descriptors() <= before + 2, 8 * SLOW)
    for one in halves:
        one.close()


# -- who asks ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("method, status", [
    *((method, 405) for method in ("MESSAGE", "SUBSCRIBE", "REFER", "PUBLISH", "UNHEARDOF")),
    *((method, 481) for method in ("NOTIFY", "INFO", "UPDATE", "PRACK", "BYE")), ("REGISTER", 401), ("INVITE", 401)])
def test_a_stranger_is_refused_whatever_it_asks(world, stranger, far_end, method, status):
    data = stranger.request(method, FAR_DNI, headers=f"Refer-To: <sip:{DNI}@127.0.0.1>\r\nEvent: presence\r\n")
    assert stranger.ask(data).status == status
    assert far_end.silent(0.1)


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "REFER", "PUBLISH", "UNHEARDOF"])
def test_a_customer_is_refused_what_is_not_served(office, far_end, method):
    answer = office.ask(office.request(method, FAR_DNI, headers=f"Refer-To: <sip:{DNI}@127.0.0.1>\r\nEvent: presence\r\n"))
    assert answer.status == 405
    assert {b"INVITE", b"OPTIONS"} <= {item.strip() for item in answer["Allow"].split(b",")}
    assert far_end.silent(0.1)


def test_a_nonce_is_good_once_for_each_count(world, stranger):
    """What was heard on the way is of no use to another; nor another request with the same count."""
    made = world.credential
    uri = f"sip:{DNI}@{world.target}"
    challenge = stranger.ask(invite(stranger)).data.decode()
    said = credentials(challenge, made["username"], made["password"], "MD5", "INVITE", uri).replace("\n", "\r\n")
    answered(stranger, invite(stranger, headers=said))
    again = stranger.ask(invite(stranger, headers=said))
    assert again.status == 401 and b"stale=true" in again.data
    with Datagrams(world, PROWLER) as prowler:
        stolen = credentials(challenge, made["username"], made["password"], "MD5", "INVITE", uri, count=2).replace("\n", "\r\n")
        assert prowler.ask(invite(prowler, headers=stolen)).status == 401


# -- loops --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("spiral", [False, True], ids=["loop", "spiral"])
def test_our_own_invite_that_comes_back_is_refused(office, far_end, spiral):
    """With another number, too: nobody's call goes through this daemon twice by way of a carrier."""
    data = invite(office, FAR_DNI)
    office.say(data)
    asked = expect(far_end, "INVITE")
    back = asked.data.replace(b"\r\nVia: ", b"\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKback%d\r\nVia: " %
                              (far_end.me.encode(), sip_wire.number()), 1)
    if spiral:
        back = back.replace(FAR_DNI.lstrip("+").encode(), DNI.lstrip("+").encode())
    far_end.say(back)
    looped = far_end.answer()
    assert looped.status == 482, looped.first
    far_end.say(sip_wire.ack_of(Text(back), looped))
    respond(far_end, asked, 486)
    answer = office.answer()
    office.say(sip_wire.ack_of(Text(data), answer))
    assert answer.status == 486


def test_the_same_request_by_another_way_is_merged(office):
    """RFC 3261 §8.2.2.2."""
    data = invite(office, "nobody")
    first = office.ask(data)  # refused, which its transaction remembers
    again = office.ask(re.sub(rb"branch=[^;]*", b"branch=z9hG4bKmerged%d" % sip_wire.number(), data))
    assert first.status == 484 and again.status == 482


# -- races and strays --------------------------------------------------------------------------------------------------

def cancel_of(data):
    head = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    kept = [line for line in head[1:] if line.split(b":")[0] in (b"Via", b"From", b"To", b"Call-ID", b"Max-Forwards")]
    number = Text(data)["CSeq"].split()[0]
    return b"\r\n".join([head[0].replace(b"INVITE", b"CANCEL", 1), *kept, b"CSeq: " + number + b" CANCEL",
                         b"Content-Length: 0", b"", b""])


def test_a_cancel_that_crosses_the_answer_costs_nobody(world, office, far_end):
    data = invite(office, FAR_DNI)
    office.say(data)
    asked = expect(far_end, "INVITE")
    respond(far_end, asked, 180)
    assert proc.wait_until(lambda: (heard := office.hear(0.5)) is not None and heard.status == 180, 5)
    office.say(cancel_of(data))
    cancel = expect(far_end, "CANCEL")
    respond(far_end, asked, 200, body=sdp(far_end.ip))
    respond(far_end, cancel, 200)
    expect(far_end, "ACK")
    respond(far_end, expect(far_end, "BYE"), 200)
    final = office.answer(lambda text: text["CSeq"].endswith(b"INVITE"))
    office.say(sip_wire.ack_of(Text(data), final))
    assert final.status == 487
    wanted = Text(data)["Call-ID"].decode()
    assert proc.wait_until(lambda: world.records(wanted), 5 * SLOW, 0.1)
    row, = world.records(wanted)
    assert (row["disposition"], row["price_nanos"] or "0") == ("CANCELLED", "0")


def test_a_strangers_cancel_cancels_nothing(world, office, far_end, stranger):
    data = invite(office, FAR_DNI)
    office.say(data)
    asked = expect(far_end, "INVITE")
    stranger.say(cancel_of(data))
    assert stranger.answer().status == 481
    assert far_end.silent()
    respond(far_end, asked, 486)
    final = office.answer(lambda text: text["CSeq"].endswith(b"INVITE"))
    office.say(sip_wire.ack_of(Text(data), final))
    assert final.status == 486


def test_answers_to_transactions_that_end_change_nothing(world, office, far_end):
    data = invite(office, FAR_DNI)
    office.say(data)
    asked = expect(far_end, "INVITE")
    respond(far_end, asked, 486)
    expect(far_end, "ACK")
    office.say(sip_wire.ack_of(Text(data), office.answer()))
    for status, tag in ((100, "far"), (180, "other"), (486, "far"), (603, "third"), (486, "far")):
        respond(far_end, asked, status, tag)
    for _ in range(3):
        expect(far_end, "ACK")  # each copy of a final answer gets its ACK again
    respond(far_end, asked, 200, "late", sdp(far_end.ip))
    late = [far_end.hear(1), far_end.hear(0.5)]
    assert {text.method for text in late if text} <= {b"ACK", b"BYE"}
    for text in late:
        if text and text.method == b"BYE":
            respond(far_end, text, 200)
    assert office.silent(0.2)
    wanted = Text(data)["Call-ID"].decode()
    assert proc.wait_until(lambda: world.records(wanted), 5 * SLOW, 0.1)
    assert [row["disposition"] for row in world.records(wanted)] == ["BUSY"]


def test_answers_to_nothing_are_dropped(office, stranger):
    for wire in (office, stranger):
        for status in (100, 180, 200, 302, 401, 503, 699):
            wire.say(b"SIP/2.0 %d X\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnone\r\nFrom: <sip:a@b>;tag=1\r\n"
                     b"To: <sip:c@d>;tag=2\r\nCall-ID: none\r\nCSeq: 1 INVITE\r\nContact: <sip:%s>\r\nContent-Length: 0\r\n\r\n"
                     % (status, wire.me.encode()))
        assert wire.silent()


@pytest.mark.parametrize("what", ["From tag", "To tag", "Call-ID", "no To tag"])
@pytest.mark.parametrize("method", ["BYE", "INVITE", "UPDATE", "INFO", "REFER", "OPTIONS"])
def test_requests_with_wrong_tags_leave_the_call_alone(office, what, method):
    data = invite(office)
    answer = office.ask(data)
    assert answer.status == 200
    right = sip_wire.within(method, Text(data), answer, 2)
    wrong = {"From tag": (rb"(From: [^\r]*tag=)[^;\r]*", rb"\g<1>wrong"), "To tag": (rb"(To: [^\r]*tag=)[^;\r]*", rb"\g<1>wrong"),
             "Call-ID": (rb"Call-ID: [^\r]*", b"Call-ID: wrong%d" % sip_wire.number()),
             "no To tag": (rb"(To: [^\r]*);tag=[^;\r]*", rb"\1")}[what]
    forged, made = re.subn(*wrong, right, count=1)
    assert made
    expected = {"OPTIONS": 200, "REFER": 405, "INVITE": 484}.get(method, 481) if what == "no To tag" else 481
    said = office.ask(forged)
    assert said.status == expected or what == "no To tag" and method == "INVITE" and 400 <= said.status < 500, said.first
    assert office.ask(sip_wire.within("OPTIONS", Text(data), answer, 3)).status == 200, "the call is gone"
    assert office.bye(answer, Text(data), 4).status == 200


def test_a_strangers_bye_ends_no_call(world, office, stranger):
    """Who knows neither tag, only the Call-ID."""
    data = invite(office)
    answer = office.ask(data)
    call_id = answer["Call-ID"].decode()
    for to_tag in ("", "guess", "s0123456789abcdef"):
        assert stranger.ask(stranger.request("BYE", call_id=call_id, to_tag=to_tag)).status == 481
    assert office.ask(sip_wire.within("OPTIONS", Text(data), answer, 2)).status == 200
    assert office.bye(answer, Text(data), 3).status == 200


# -- in the end --------------------------------------------------------------------------------------------------------

def test_nothing_of_all_this_is_left(world, scene):
    _, _, footprint = scene
    descriptors, mebibytes = world.before
    metric = world.warp.daemon.metric
    assert proc.wait_until(lambda: not metric("warp_calls_active"), 40 * SLOW, 0.5), "calls are left"
    assert proc.wait_until(lambda: not metric("warp_sip_transaction_live"), 40 * SLOW, 0.5), "transactions are left"
    assert proc.wait_until(lambda: footprint.descriptors() <= descriptors + 4, 10 * SLOW, 0.2), footprint.descriptors()
    if PRESET == "release":  # a sanitizer keeps what is freed
        assert footprint.mebibytes() < mebibytes + 48, (mebibytes, footprint.mebibytes())
    print(f"descriptors {descriptors} -> {footprint.descriptors()}, MiB {mebibytes:.1f} -> {footprint.mebibytes():.1f}")
    assert not metric("warp_sip_transaction_impossible_total")
    assert not metric("warp_limits_drift_total")
