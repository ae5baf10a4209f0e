"""Digest and registration: who may call and register, with SIPp and with a small user agent that speaks SHA-256 as well
(SIPp 3.6 knows MD5 alone), and calls that go to where a device registered."""

import hashlib
import re
import socket
import uuid

import pytest

import harness
from harness import SLOW
from warp_cli import ports, proc

pytestmark = pytest.mark.usefixtures("world")

PREFIX = "/api/v1"
NUMBER = "12025550199"


def _md5_first(settings):
    settings["sip"]["auth"] = {"realm": "warp", "algorithms": "MD5 SHA-256"}  # SIPp looks at the first alone


WORLD = {"change": _md5_first, "trunk_fields": {"auth_type": "EITHER"}}
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Agent:
    """A user agent of one UDP socket."""

    def __init__(self, world, ip="127.0.0.8"):
        self.world = world
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.socket.settimeout(3 * SLOW)
        self.address = "%s:%d" % self.socket.getsockname()
        host, port = world.target.rsplit(":", 1)
        self.peer = (host, int(port))
        self.call_id, self.cseq = uuid.uuid4().hex, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, text):
        self.socket.sendto(text.replace("\n", "\r\n").encode(), self.peer)

    def receive(self):
        return self.socket.recv(65535).decode()

    def register(self, user, extra="", contact=None, expires=120):
        self.cseq += 1
        self.send(f"REGISTER sip:warp SIP/2.0\nVia: SIP/2.0/UDP {self.address};branch=z9hG4bK{uuid.uuid4().hex};rport\n"
                  f"Max-Forwards: 70\nFrom: <sip:{user}@warp>;tag=a\nTo: <sip:{user}@warp>\nCall-ID: {self.call_id}\n"
                  f"CSeq: {self.cseq} REGISTER\nContact: {contact or f'<sip:{user}@{self.address}>'}\n"
                  f"Expires: {expires}\n{extra}Content-Length: 0\n\n")
        return self.receive()


def status(message):
    return int(message.split()[1])


def credentials(challenge, user, password, algorithm, method="REGISTER", uri="sip:warp", count=1, nonce=None):
    offered = re.findall(r'WWW-Authenticate: Digest realm="([^"]*)", nonce="([^"]*)".*?algorithm=(\S+?),', challenge)
    realm, fresh = next((realm, nonce) for realm, nonce, name in offered if name == algorithm)
    nonce = nonce or fresh
    digest = lambda *parts: HASHES[algorithm](":".join(parts).encode()).hexdigest()  # noqa: E731
    response = digest(digest(user, realm, password), nonce, f"{count:08x}", "c", "auth", digest(method, uri))
    return (f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
            f'response="{response}", algorithm={algorithm}, qop=auth, nc={count:08x}, cnonce="c"\n')


@pytest.fixture(scope="module")
def path(world):
    return f"{PREFIX}/trunks/{world.trunk}/credentials"


@pytest.fixture
def account(world, path):
    """A fresh credential, live."""
    made = world.make.api.post(f"{path}?customer_id={world.customer}", {"username": f"u{uuid.uuid4().hex[:10]}"})
    world.settle()
    return made


def listed(world, path, account):
    return world.make.api.get(f"{path}/{account['id']}/registrations?customer_id={world.customer}")


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_device_registers_is_listed_and_leaves(world, path, account, algorithm):
    user, password = account["username"], account["password"]
    with Agent(world) as agent:
        challenge = agent.register(user)
        assert status(challenge) == 401
        said = credentials(challenge, user, password, algorithm)
        answer = agent.register(user, said)
        assert status(answer) == 200 and "expires=120" in answer
        assert [one["received"] for one in listed(world, path, account)] == [agent.address]
        again = agent.register(user, said)  # the same count
        assert status(again) == 401 and "stale=true" in again
        gone = agent.register(user, credentials(again, user, password, algorithm), expires=0)
        assert status(gone) == 200
        assert listed(world, path, account) == []


def test_wrong_and_unknown_are_told_the_same(world, account):
    answers = []
    for user, password in ((account["username"], "guess"), ("nobody", "guess")):
        with Agent(world) as agent:
            answer = agent.register(user, credentials(agent.register(user), user, password, "SHA-256"))
            assert status(answer) == 403
            answers.append(re.sub(user, "", "\n".join(line for line in answer.splitlines()
                                                       if not line.startswith(("Via", "To", "From", "Call-ID")))))
    assert answers[0] == answers[1]


def test_nobody_registers_as_somebody_else(world, account):
    with Agent(world) as agent:
        said = credentials(agent.register("other"), account["username"], account["password"], "MD5")
        answer = agent.register("other", said)
    assert status(answer) == 403 and "RECIPIENT_NOT_ALLOWED" in answer


def test_a_device_behind_nat_comes_back_soon(world, path, account):
    user = account["username"]
    with Agent(world) as agent:
        contact = f"<sip:{user}@10.9.8.7:5060>"
        said = credentials(agent.register(user, contact=contact), user, account["password"], "MD5")
        answer = agent.register(user, said, contact=contact, expires=3600)
        assert status(answer) == 200 and "expires=60" in answer


def test_a_credential_that_is_switched_off_takes_its_bindings_along(world, path, account):
    user = account["username"]
    with Agent(world) as agent:
        said = credentials(agent.register(user), user, account["password"], "MD5")
        assert status(agent.register(user, said)) == 200
        one = f"{path}/{account['id']}?customer_id={world.customer}"
        assert world.make.api.patch(one, {"enabled": False})["enabled"] is False
        assert proc.wait_until(lambda: listed(world, path, account) == [], 5 * SLOW, 0.1)
        answer = agent.register(user, credentials(agent.register(user), user, account["password"], "MD5"))
        assert status(answer) == 403


def test_sipp_registers(world, path, account):
    with world.caller("uac_register", ip="127.0.0.8", arguments=("-auth_uri", "warp"),
                      replace={"__USER__": account["username"], "__PASSWORD__": account["password"],
                               "__EXPIRES__": 300}) as peer:
        peer.expect_success(10 * SLOW)
    assert len(listed(world, path, account)) == 1


def test_a_call_from_anywhere_is_taken_with_credentials(world, account):
    ip = "127.0.0.8"  # no address of the trunk's
    with world.answering() as callee:
        with world.caller("uac_authenticated", ip=ip, arguments=("-auth_uri", f"{harness.DNI}@{world.target}"),
                          replace={"__USER__": account["username"], "__PASSWORD__": account["password"]}) as caller:
            caller.expect_success(15 * SLOW)
        callee.expect_success(10)
    record = world.record(caller)
    assert (record["disposition"], record["trunk_id"]) == ("ANSWERED", world.trunk)
    assert f'"credential": "{account["username"]}"' in record["facts"]


def test_a_call_rings_where_the_device_registered(world, path, account):
    trunk = world.make.trunk(world.customer, "phones", [], [], auth_type="DIGEST")
    made = world.make.api.post(f"{PREFIX}/trunks/{trunk}/credentials?customer_id={world.customer}",
                               {"username": f"p{uuid.uuid4().hex[:10]}"})
    world.make.number(NUMBER, world.customer, trunk)
    world.settle()
    user, ip = made["username"], "127.0.0.8"
    port = ports.choose(ip, 12900)
    with world.caller("uac_refused", ip=harness.CARRIER_A, dni=NUMBER, replace={"__CODE__": 480}) as nobody:
        nobody.expect_success(10 * SLOW)
    assert world.record(nobody)["reason"] == "NOT_REGISTERED"
    with world.caller("uac_register", ip=ip, port=port, arguments=("-auth_uri", "warp"),
                      replace={"__USER__": user, "__PASSWORD__": made["password"], "__EXPIRES__": 300}) as device:
        device.expect_success(10 * SLOW)
    with world.answering(ip=ip, port=port) as phone:
        with world.caller(ip=harness.CARRIER_A, dni=NUMBER) as caller:
            caller.expect_success(15 * SLOW)
        phone.expect_success(10)
    record = world.record(caller)
    assert (record["direction"], record["disposition"]) == ("inbound", "ANSWERED")
    assert f"INVITE sip:{user}@{ip}:{port}" in phone.trace()
