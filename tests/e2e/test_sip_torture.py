"""The messages of RFC 4475 and RFC 5118 on real sockets, from a customer's address. What each RFC wants of a user agent server
is beside each: the status, what the answer must repeat, or silence; and the next valid request is served."""

import pathlib
import re
import socket

import pytest

import harness
import sip_wire
from sip_wire import Datagrams, Stream, Text

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "fuzz" / "corpus" / "sip_message"
TORTURER = "127.0.0.20"  # of its own: answers go to the port of Via, 5060 unless it says another
SILENCE = None
CHALLENGE = ["WWW-Authenticate"]  # whoever registers must have a password, whatever else is in the request


def with_tcp(settings):
    settings["sip"]["overload"] = {"enabled": False}  # a busy machine must not change an outcome
    settings["sip"]["listeners"].append({"bind": settings["sip"]["listeners"][0]["bind"], "transport": "TCP"})


WORLD = {"more_trunk_ips": [TORTURER], "change": with_tcp}
pytestmark = pytest.mark.usefixtures("world")


class Case:
    """`says`: the answer's status, SILENCE, or several where a section leaves the choice to settings. `with_`: headers that the
    answer must have. `tcp`: what differs on a stream. `via`: the topmost Via can be repeated as it is."""

    def __init__(self, name, section, says, with_=(), tcp=..., via=True, port=5060):
        self.name, self.section, self.says, self.headers, self.via, self.port = name, section, says, with_, via, port
        self.tcp = says if tcp is ... else tcp

    def __str__(self):
        return self.name

    def allowed(self, transport):
        says = self.says if transport == "udp" else self.tcp
        return says if isinstance(says, tuple) or says is SILENCE else (says,)


RFC4475 = [
    # 3.1.1: valid, and to be taken as such. Names that are no telephone numbers are no addresses here: 484.
    Case("wsinv", "3.1.1.1", 481),  # folds, blanks, compact names; it has a To tag, and no dialog
    Case("intmeth", "3.1.1.2", 405, ["Allow"]),  # an unknown method: an error that lists the methods
    Case("esc01", "3.1.1.3", 484),  # escapes are kept: the user is no sips URI
    Case("escnull", "3.1.1.4", 401, CHALLENGE),  # %00 ends nothing
    Case("esc02", "3.1.1.5", 405, ["Allow"]),  # RE%47IST%45R is not REGISTER
    Case("lwsdisp", "3.1.1.6", 200, ["Allow", "Accept", "Supported"]),  # no blank before the "<"
    Case("longreq", "3.1.1.7", 484),  # long values, ten Vias, one of them without branch
    Case("dblreq", "3.1.1.8", 401, CHALLENGE),  # a datagram is one request: what follows is ignored
    Case("semiuri", "3.1.1.9", 200),  # the ";" is of the user part
    Case("transports", "3.1.1.10", 200),  # transports of other Vias need not be known
    Case("mpart01", "3.1.1.11", 405, ["Allow"], port=5070),  # binary body; MESSAGE outside of calls is not served
    Case("unreason", "3.1.1.12", SILENCE),  # a good response, to nothing that was asked
    Case("noreason", "3.1.1.13", SILENCE),  # likewise
    # 3.1.2: invalid; 400 unless the section says otherwise.
    Case("badinv01", "3.1.2.1", 400, via=False),  # ";;,;,," in Via and Contact
    Case("clerr", "3.1.2.2", 400, tcp=SILENCE),  # on a stream the rest of the body may still come
    Case("ncl", "3.1.2.3", 400),  # on a stream the connection ends as well
    Case("scalar02", "3.1.2.4", 400),  # CSeq beyond 2^31, Max-Forwards beyond 255
    Case("scalarlg", "3.1.2.5", SILENCE),  # a response with them is discarded
    Case("quotbal", "3.1.2.6", 400, port=5050),  # the quote in To never ends
    Case("ltgtruri", "3.1.2.7", 400),  # may be repaired or refused: refused, as all of the next four
    Case("lwsruri", "3.1.2.8", 400),
    Case("lwsstart", "3.1.2.9", 400),
    Case("trws", "3.1.2.10", 400),
    Case("escruri", "3.1.2.11", 400),  # headers in a Request-URI
    Case("baddate", "3.1.2.12", 484),  # a Date that nobody reads may be ignored
    Case("regbadct", "3.1.2.13", 400),  # whose headers are they? so it is refused
    Case("badaspec", "3.1.2.14", 400),  # blanks within <>; may be repaired or refused
    Case("baddn", "3.1.2.15", 400),  # "," in an unquoted name; likewise
    Case("badvers", "3.1.2.16", 505),
    Case("mismatch01", "3.1.2.17", 400),  # CSeq of another method
    Case("mismatch02", "3.1.2.18", 400),  # the same with an unknown one: 400 or 501
    Case("bigcode", "3.1.2.19", SILENCE),  # to be discarded
    # 3.2: transaction layer.
    Case("badbranch", "3.2.1", 200),  # 400, or matched as RFC 2543 did: the latter
    # 3.3: application layer.
    Case("insuf", "3.3.1", 400),  # without From, To and Call-ID there is nothing of them to repeat
    Case("unkscm", "3.3.2", 416),  # and not what To says instead
    Case("novelsc", "3.3.3", 416),
    Case("unksm2", "3.3.4", 401, CHALLENGE),  # unknown schemes in To and From are read over
    Case("bext01", "3.3.5", 420, ["Unsupported"]),  # which are named below
    Case("invut", "3.3.6", 484),  # to a number: 415, below
    Case("regaut01", "3.3.7", 401, CHALLENGE),  # an unknown scheme is as good as none
    Case("multi01", "3.3.8", 400),  # From, To, Call-ID, CSeq, Max-Forwards twice
    Case("mcl01", "3.3.9", 400),  # two lengths
    Case("bcast", "3.3.10", SILENCE),  # to be discarded; more below
    Case("zeromf", "3.3.11", 200),  # it has arrived, it is not to be forwarded
    Case("cparam01", "3.3.12", 401, CHALLENGE),  # the parameter is of the header
    Case("cparam02", "3.3.13", 401, CHALLENGE),  # the parameter is of the URI
    Case("regescrt", "3.3.14", 401, CHALLENGE),  # headers in a Contact are legal
    Case("sdp01", "3.3.15", 484),  # to a number: 406, below
    # 3.4: backward compatibility.
    Case("inv2543", "3.4.1", 484, tcp=400),  # without branch, tag and Max-Forwards; a stream needs Content-Length
]

RFC5118 = [
    Case("ipv6-good", "4.1", 401, CHALLENGE),
    Case("ipv6-bad", "4.2", 400),  # an address without brackets
    Case("port-ambiguous", "4.3", 401, CHALLENGE),  # ":5070" within the brackets is no port
    Case("port-unambiguous", "4.4", 401, CHALLENGE),
    Case("via-received-delim", "4.5", 401, CHALLENGE),  # brackets or not, both are taken
    Case("via-received-no-delim", "4.5", 200),
    Case("ipv6-in-sdp", "4.6", 484),
    Case("mult-ip-in-header", "4.7", 481, port=6050),  # a BYE of no dialog
    Case("mult-ip-in-sdp", "4.8", 484),
    Case("ipv4-mapped", "4.9", 484, port=19823),
    Case("three-colons", "4.10", 200),  # what the grammar of RFC 3261 made of "::", to be survived
    Case("two-colons", "4.10", 200),
]

ALL = [pytest.param(f"4475-{case}", case, id=f"rfc4475-{case.section}-{case}") for case in RFC4475] + \
      [pytest.param(f"5118-{case}", case, id=f"rfc5118-{case.section}-{case}") for case in RFC5118]


def test_no_message_of_the_two_documents_is_missing():
    there = {file.name for file in CORPUS.iterdir() if file.name.startswith(("4475-", "5118-"))}
    assert there == {f"4475-{case}" for case in RFC4475} | {f"5118-{case}" for case in RFC5118}
    assert len(RFC4475) == 49 and len(RFC5118) == 12
    assert {case.section for case in RFC5118} == {f"4.{section}" for section in range(1, 11)}


def fresh(name):
    """The message with a Call-ID and branches of its own: the documents use the same for several, and what was said by UDP
    is said again by TCP. A branch that is the point of its message stays."""
    data, mark = (CORPUS / name).read_bytes(), b"%d" % sip_wire.number()
    data = re.sub(rb"(?im)^((?:call-id|i)[ \t]*:[ \t]*)", rb"\g<1>n" + mark, data)
    return data if name == "4475-badbranch" else data.replace(b"z9hG4bK", b"z9hG4bKn" + mark)


def bare(via):
    """Without blanks, and without what the server adds."""
    return re.sub(rb";(received|rport)(=[^;,]*)?", b"", re.sub(rb"\s", b"", via))


def check_repeats(request, answer, whole_via):
    for name in ("From", "Call-ID", "CSeq"):
        assert answer[name] == request[name], name
    if "To" in request:
        given, said = request["To"], answer["To"]
        tagged = re.search(rb";\s*tag\s*=", given)
        assert said == given if tagged else said.startswith(given + b";tag="), (given, said)
    vias, asked = answer.all("Via"), request.all("Via")
    assert len(vias) == len(asked) and vias[1:] == asked[1:]
    if whole_via:
        assert bare(vias[0]) == bare(asked[0])


def check_answer(case, transport, data, answer):
    allowed = case.allowed(transport)
    if allowed is SILENCE:
        assert answer is None, answer.first
        return
    assert answer is not None, "no answer"
    assert answer.status in allowed, answer.first
    check_repeats(Text(data), answer, case.via)
    for name in case.headers:
        assert answer[name], name


def final(wire, case, transport, data):
    wire.say(data)
    if case.allowed(transport) is SILENCE:
        return wire.hear(0.2)
    number = Text(data)["CSeq"]
    answer = wire.answer(lambda text: text["CSeq"] == number)  # not that of the second request in one message
    if data.lstrip().startswith(b"INVITE"):
        wire.say(sip_wire.ack_of(Text(data), answer))
    return answer


@pytest.mark.parametrize("name, case", ALL)
def test_over_udp(world, name, case):
    data = fresh(name)
    with Datagrams(world, TORTURER, case.port) as wire:
        check_answer(case, "udp", data, final(wire, case, "udp", data))
        assert wire.hear(0.02) is None, "it was answered twice"
        assert wire.options().status == 200


@pytest.mark.parametrize("name, case", ALL)
def test_over_tcp(world, name, case):
    data = fresh(name)
    with Stream(world, TORTURER) as wire:
        check_answer(case, "tcp", data, final(wire, case, "tcp", data))
    with Stream(world, TORTURER) as wire:
        assert wire.options().status == 200


def test_a_stream_carries_both_requests_of_dblreq(world):
    """§3.1.1.8 is about datagrams; on a stream the second request stands for itself."""
    with Stream(world, TORTURER) as wire:
        wire.say(fresh("4475-dblreq"))
        answers = [wire.answer(), wire.answer()]
    assert {answer["CSeq"].split()[1] for answer in answers} == {b"REGISTER", b"INVITE"}


def dialled(name, *changes):
    """The message, to a telephone number."""
    data = fresh(name)
    for old, new in ((rb"^(INVITE sips?:)[^@]*@", rb"\g<1>%s@" % harness.DNI.encode()), *changes):
        data, made = re.subn(old, new, data, count=1, flags=re.M)
        assert made, old
    return data


@pytest.mark.parametrize("name, changes", [
    ("4475-wsinv", [(rb" ;   tag    = 1918181833n", b"")]), ("4475-esc01", []), ("4475-longreq", []),
])
def test_valid_invites_to_a_number_become_calls(world, name, changes):
    data = dialled(name, *changes)
    with world.answering() as callee, Datagrams(world, TORTURER, 5060) as wire:
        answer = wire.ask(data, 10)
        assert answer.status == 200, answer.first
        check_repeats(Text(data), answer, True)
        assert answer.body.startswith(b"v=0")
        assert wire.bye(answer, Text(data), int(Text(data)["CSeq"].split()[0]) + 1).status == 200
        callee.expect_success(10)


@pytest.mark.parametrize("name, status, header, section", [
    ("4475-invut", 415, "Accept", "3.3.6"), ("4475-sdp01", 406, "Accept", "3.3.15"),
])
def test_bodies_that_cannot_be_are_refused_to_a_number(world, name, status, header, section):
    with Datagrams(world, TORTURER, 5060) as wire:
        answer = wire.ask(dialled(name))
    assert answer.status == status, section
    assert answer[header] == b"application/sdp"


def test_unknown_extensions_are_named(world):
    """RFC 4475 §3.3.5."""
    with Datagrams(world, TORTURER, 5060) as wire:
        answer = wire.ask(fresh("4475-bext01"))
    named = {tag.strip() for tag in answer["Unsupported"].split(b",")}
    assert named == {b"nothingSupportsThis", b"nothingSupportsThisEither", b"noProxiesSupportThis",
                     b"norDoAnyProxiesSupportThis"}


def test_a_2xx_with_a_broadcast_via_is_not_acknowledged(world):
    """RFC 4475 §3.3.10: nothing is sent anywhere, least of all to the Via or the Contact."""
    sent = world.warp.daemon.metric("warp_sip_transport_datagrams_total", 'direction="out"')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((harness.STRANGER, 0))
        stranger.sendto(fresh("4475-bcast"), (world.ip, world.warp.ports["sip"]))
    with Datagrams(world, TORTURER, 5060) as wire:
        wire.say(fresh("4475-bcast"))
        assert wire.silent()
        assert wire.options().status == 200
    assert world.warp.daemon.metric("warp_sip_transport_datagrams_total", 'direction="out"') == sent + 1


def test_a_call_goes_through_after_all_of_it(world):
    with world.answering() as callee, world.caller() as caller:
        caller.expect_success()
        callee.expect_success()
    assert world.record(caller)["disposition"] == "ANSWERED"
    assert world.warp.daemon.metric("warp_sip_transaction_impossible_total") in (0, None)
