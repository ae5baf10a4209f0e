"""STIR/SHAKEN at the border: what others signed is verified, what we sign others can verify."""

import itertools
import json
import pathlib
import re
import subprocess
import tempfile
import time

import pytest

import harness
import stir_peer
from harness import SLOW
from warp_cli import daemon

pytestmark = pytest.mark.usefixtures("world")

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="warp-stir-"))
AUTHORITY, STRANGER, WEB = stir_peer.Authority(), stir_peer.Authority("stranger"), stir_peer.Authority("web")
SIGNER, OURS = AUTHORITY.signer(), AUTHORITY.signer("SHAKEN ours")
SERVER = stir_peer.CertificateServer(WEB, FOLDER)
SERVER.pages.update({"/good": stir_peer.pem(SIGNER.certificate)})
OUR_URL = "https://certificates.example.org/ours.pem"
CALLER, NUMBER, OTHER_NUMBER = "+14155550111", "+12025550177", "+12025550178"
PAGES = itertools.count()


def settings(config):
    for file, octets in (("trust.pem", stir_peer.pem(AUTHORITY.certificate)), ("web-ca.pem", stir_peer.pem(WEB.certificate)),
                         ("key.pem", stir_peer.pem(OURS.key)), ("chain.pem", stir_peer.pem(OURS.certificate))):
        (FOLDER / file).write_bytes(octets)
    FOLDER.chmod(0o755)
    config["stir"] = {
        "trust_file": str(FOLDER / "trust.pem"),
        "signing": {"key_file": str(FOLDER / "key.pem"), "certificate_file": str(FOLDER / "chain.pem"), "x5u": OUR_URL},
        "fetch": {"allow_private": True, "any_port": True, "ca_file": str(FOLDER / "web-ca.pem"), "timeout": "1s"}}


WORLD = {"change": settings}


@pytest.fixture(scope="module", autouse=True)
def number(world):
    world.make.number(NUMBER[1:], world.customer, world.trunk)
    yield
    SERVER.stop()


def policy(world, of, **authenticity):
    kind, item = ("trunks", world.trunk) if of == "trunk" else ("providers", world.providers["a"])
    query = f"?customer_id={world.customer}" if of == "trunk" else ""
    send = world.make.api.put if of == "trunk" else world.make.api.patch
    send(f"/api/v1/{kind}/{item}{query}", {"sip_policy": {"authenticity": authenticity}})
    world.settle()


def with_identity(identity):
    return {"Content-Type: application/sdp": f"Identity: {identity}\n      Content-Type: application/sdp"}


def call_in(world, identity, scenario="uac_answered", replace=None, ani=CALLER):
    """A call of carrier A to the customer's number; the caller, and what the customer saw."""
    with world.answering(ip=world.customer_ip, port=world.customer_port) as customer:
        with world.caller(scenario, dni=NUMBER, ani=ani, ip=world.carrier_ips["a"], port=world.carrier_ports["a"],
                          replace={**with_identity(identity), **(replace or {})}) as caller:
            caller.expect_success(15 * SLOW)
        if scenario == "uac_answered":
            customer.expect_success(10)
    return caller, customer.trace()


def refused(world, identity, status, **named):
    caller, seen = call_in(world, identity, "uac_refused", {"__CODE__": status}, **named)
    assert "INVITE" not in seen
    return world.record(caller)


def good(**changes):
    given = {"url": SERVER.url("/good"), "orig": CALLER[1:], "dest": NUMBER[1:], **changes}
    signer = given.pop("signer", SIGNER)
    return signer.identity(**given)


def page_of(certificate):
    path = f"/page-{next(PAGES)}"
    SERVER.pages[path] = stir_peer.pem(certificate)
    return SERVER.url(path)


def test_a_good_identity_is_told_to_the_customer_and_kept(world):
    policy(world, "provider", verify="tell")
    policy(world, "trunk", indicate=True)
    caller, seen = call_in(world, good(attest="B"))
    assert re.search(r"^From: .*;verstat=TN-Validation-Passed@", seen, re.MULTILINE), seen[:1500]
    assert re.search(r"^P-Attestation-Indicator: B", seen, re.MULTILINE)
    facts = json.loads(world.record(caller)["facts"])
    assert facts["verstat"] == "TN-Validation-Passed" and facts["attestation_in"] == "B"
    assert facts["certificate"] == "CN=SHAKEN 1234"
    asked = len(SERVER.asked)
    call_in(world, good())
    assert len(SERVER.asked) == asked, "a certificate that is known was fetched again"


def test_bad_ones_are_told_or_refused(world):
    policy(world, "provider", verify="tell")
    caller, seen = call_in(world, good(orig=OTHER_NUMBER[1:]))
    assert ";verstat=TN-Validation-Failed@" in seen
    assert json.loads(world.record(caller)["facts"])["verstat"] == "TN-Validation-Failed"

    policy(world, "provider", verify="reject", require=True)
    assert refused(world, good(orig=OTHER_NUMBER[1:]), 438)["reason"] == "IDENTITY_INVALID"
    assert refused(world, good(dest=OTHER_NUMBER[1:]), 438)["reason"] == "IDENTITY_INVALID"
    assert refused(world, good(iat=time.time() - 90), 403)["reason"] == "IDENTITY_STALE"
    expired = AUTHORITY.signer(days=-1, begun_days_ago=3)
    assert refused(world, good(signer=expired, url=page_of(expired.certificate)), 437)["reason"] == \
        "IDENTITY_CERTIFICATE_BAD"
    unknown = STRANGER.signer()
    assert refused(world, good(signer=unknown, url=page_of(unknown.certificate)), 437)["reason"] == \
        "IDENTITY_CERTIFICATE_BAD"
    assert refused(world, "rubbish", 438)["reason"] == "IDENTITY_INVALID"
    # None at all.
    with world.caller("uac_refused", dni=NUMBER, ani=CALLER, ip=world.carrier_ips["a"], port=world.carrier_ports["a"],
                      replace={"__CODE__": 428}) as caller:
        caller.expect_success(10 * SLOW)


def test_a_replay_is_refused(world):
    policy(world, "provider", verify="reject")
    identity = good()
    call_in(world, identity)
    assert refused(world, identity, 438)["reason"] == "IDENTITY_INVALID"


def test_certificates_are_not_fetched_from_everywhere(world):
    policy(world, "provider", verify="reject")
    for url in (SERVER.url("/nothing"), SERVER.url("/away"), SERVER.url("/endless"),
                SERVER.url("/good").replace("https", "http"), "https://localhost:1/closed"):
        began = time.monotonic()
        assert refused(world, good(url=url), 436)["reason"] == "IDENTITY_INFO_BAD", url
        assert time.monotonic() - began < 5 * SLOW, url


def test_private_addresses_are_not_asked_unless_allowed(own_world):
    def closed(config):
        settings(config)
        config["stir"]["fetch"]["allow_private"] = False

    world = own_world(change=closed)
    world.make.number(NUMBER[1:], world.customer, world.trunk)
    policy(world, "provider", verify="reject")
    asked = len(SERVER.asked)
    for url in (SERVER.url("/good"), "https://169.254.169.254/latest/meta-data/iam", "https://2130706433/x"):
        assert refused(world, good(url=url), 436)["reason"] == "IDENTITY_INFO_BAD", url
    assert len(SERVER.asked) == asked


def identities_in(trace):
    return re.findall(r"^Identity: (.*)$", trace, re.MULTILINE)


def test_what_we_sign_others_verify(world):
    policy(world, "provider", sign=True)
    policy(world, "trunk", highest="A")
    for ani, attest in ((NUMBER, "A"), (CALLER, "B")):
        with world.answering() as carrier, world.caller(ani=ani) as caller:
            caller.expect_success(15 * SLOW)
            carrier.expect_success(10)
        [identity] = identities_in(carrier.trace())
        header, claims, parameters = stir_peer.check(identity.strip(), OURS.certificate)
        assert header == {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": OUR_URL}
        assert (claims["attest"], claims["orig"], claims["dest"]) == \
            (attest, {"tn": ani[1:]}, {"tn": [harness.DNI[1:]]})
        assert claims["origid"] == world.trunk and abs(claims["iat"] - time.time()) < 30 * SLOW
        assert parameters["info"] == f"<{OUR_URL}>" and parameters["ppt"] == "shaken"
        assert json.loads(world.record(caller)["facts"])["attestation_out"] == attest


def test_an_identity_that_fits_goes_on_unchanged(world):
    policy(world, "provider", verify="tell")
    policy(world, "trunk", sign=True)
    identity = good()
    _, seen = call_in(world, identity)
    assert [found.strip() for found in identities_in(seen)] == [identity]


def test_check_config_compares_key_and_certificate(world):
    other = FOLDER / "other.pem"
    other.write_bytes(stir_peer.pem(SIGNER.certificate))
    config = json.loads(json.dumps(world.settings))
    config["stir"]["signing"]["certificate_file"] = str(other)
    file = FOLDER / "wrong.yaml"
    file.write_text(daemon.yaml(config))
    done = subprocess.run([world.warp.daemon.binary, "check-config", "--config", file], capture_output=True, text=True)
    assert done.returncode != 0 and "is not the certificate of the key" in done.stdout + done.stderr
