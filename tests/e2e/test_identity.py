"""People and identity providers at the API of a running daemon: tokens of the documented shapes, keys that rotate under load, a
provider that goes away, sessions that survive a restart."""

import base64
import hashlib
import hmac
import json
import pathlib
import secrets
import shutil
import struct
import sys
import threading
import time

import pytest

import harness
from warp_cli import proc
from warp_cli.rest import Api, ApiError

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from oidc_stand_in import StandIn  # noqa: E402

SLOW = harness.SLOW
API = "/api/v1"
PASSWORD = "violet harbour tram"
UNKNOWN_KID = 30  # seconds between two fetches for the sake of a key that is not known
DEVELOPER = "00000000-0000-7000-8000-000000000006"


@pytest.fixture(scope="module")
def provider():
    stand_in = StandIn()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="module")
def warp(provider, tmp_path_factory):
    key = tmp_path_factory.mktemp("identity") / "secret.key"
    key.write_text(secrets.token_hex(32))

    def change(settings):
        settings["identity"] = {"secret_key": {"file": str(key)}, "oidc": {"providers": provider.providers()}}

    world = harness.World(change=change)
    yield world.start()
    assert world.stop() == 0, f"kept: {world.folder}"
    shutil.rmtree(world.folder, ignore_errors=True)


def code_of(warp, token, method="GET", path="/trunks", body=None):
    """"ok", or the code of the refusal."""
    try:
        Api(warp.warp.api_url, token).request(method, API + path, body)
        return "ok"
    except ApiError as error:
        return error.code


def without_a_key(warp, path, body):
    """A request to an open endpoint: its data."""
    return Api(warp.warp.api_url, "none").request("POST", API + path, body)


def test_auth0(warp, provider):
    token = provider.auth0(warp.customer, ["Viewer"])
    assert code_of(warp, token) == "ok"
    assert code_of(warp, token, "POST", "/trunks", {"name": "x", "auth_type": "IP_ACL"}) == "FORBIDDEN"
    allowed = provider.auth0(warp.customer, permissions=["numbers:read", "customers:write", "no:such"])
    assert code_of(warp, allowed, path="/numbers") == "ok"
    assert code_of(warp, allowed) == "FORBIDDEN"
    assert code_of(warp, provider.auth0(None, ["Viewer"])) == "UNAUTHORIZED", "nobody's, and nobody is an operator"
    assert code_of(warp, provider.auth0("acme' OR '1'='1", ["Viewer"])) == "NO_ACTIVE_CUSTOMER"
    assert code_of(warp, provider.auth0(warp.customer, ["Viewer"], life=-1)) == "UNAUTHORIZED"


def test_keycloak(warp, provider):
    assert code_of(warp, provider.keycloak(warp.customer, ["offline_access", "warp-viewer"])) == "ok"
    assert code_of(warp, provider.keycloak(warp.customer, ["offline_access"])) == "UNAUTHORIZED"
    admin = provider.keycloak(warp.customer, ["warp-admin"])
    assert code_of(warp, admin) == "MFA_ENROLMENT_REQUIRED", "its role wants a second factor"
    assert code_of(warp, provider.keycloak(warp.customer, ["warp-admin"], mfa=True)) == "ok"


def test_google(warp, provider):
    assert code_of(warp, provider.google("operator.example")) == "MFA_ENROLMENT_REQUIRED"
    assert code_of(warp, provider.google("stranger.example")) == "UNAUTHORIZED"


def test_keys_rotate_under_load(warp, provider):
    """The next key is published before it signs, as providers do: nobody is turned away."""
    refused, done, enough = [], [0], threading.Event()

    def load():
        while not enough.wait(0.02):
            code = code_of(warp, provider.auth0(warp.customer, ["Viewer"]))
            done[0] += 1
            if code != "ok":
                refused.append(code)

    old = provider.signing
    late = provider.make_key()
    provider.published = [old, late]
    # A key that nobody knew of yet makes the daemon look, half a minute after it last did at the latest.
    token = provider.auth0(warp.customer, ["Viewer"], key=late)
    assert proc.wait_until(lambda: code_of(warp, token) == "ok", (UNKNOWN_KID + 5) * SLOW, 2)
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert proc.wait_until(lambda: done[0] > 40, 30 * SLOW)
        provider.signing = late
        seen = done[0]
        assert proc.wait_until(lambda: done[0] > seen + 40, 30 * SLOW)
        provider.published = [late]
        seen = done[0]
        assert proc.wait_until(lambda: done[0] > seen + 40, 30 * SLOW)
    finally:
        enough.set()
        for thread in threads:
            thread.join()
    assert not refused, refused[:5]


def test_guessed_kids_do_not_make_the_daemon_ask(warp, provider):
    before = provider.asked
    stranger = provider.make_key()
    for guess in range(8):  # fewer than an address may fail
        stranger.kid = f"guess-{guess}"
        assert code_of(warp, provider.auth0(warp.customer, ["Viewer"], key=stranger)) == "UNAUTHORIZED"
    assert provider.asked - before <= 2 * len(provider.providers()), "once a provider, two documents each"


def test_a_provider_that_is_away_is_missed_by_nobody(warp, provider):
    provider.here = False
    try:
        for life in (500, 501, 502):  # not one that is remembered
            assert code_of(warp, provider.auth0(warp.customer, ["Viewer"], life=life)) == "ok"
    finally:
        provider.here = True


def totp(secret):
    padded = secret + "=" * (-len(secret) % 8)
    digest = hmac.new(base64.b32decode(padded), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1_000_000:06}"


def invite(warp, email):
    """A user as an invitation leaves one: without a password, with a token for it."""
    token = secrets.token_hex(32)
    warp.warp.postgres.sql(
        f"WITH made AS (INSERT INTO identity.users (customer_id, email, role_id) "
        f"VALUES ('{warp.customer}', '{email}', '{DEVELOPER}') RETURNING id, customer_id) "
        f"INSERT INTO identity.password_resets (hash, user_id, customer_id, kind, expires_at) "
        f"SELECT sha256('{token}'), id, customer_id, 'invitation', now() + interval '7 days' FROM made")
    return token


def test_from_invitation_to_second_factor(warp):
    email = f"jane-{secrets.token_hex(4)}@example.com"
    token = invite(warp, email)
    without_a_key(warp, "/auth/password/reset", {"token": token, "password": PASSWORD})
    session = without_a_key(warp, "/auth/login", {"email": email, "password": PASSWORD})["data"]
    user = Api(warp.warp.api_url, session["access_token"])
    assert user.get(API + "/auth/profile")["email"] == email
    begun = user.post(API + "/auth/mfa/totp")
    codes = user.post(API + "/auth/mfa/totp/confirm", {"code": totp(begun["secret"])})["recovery_codes"]
    with pytest.raises(ApiError) as asked:
        without_a_key(warp, "/auth/login", {"email": email, "password": PASSWORD})
    assert asked.value.code == "MFA_CODE_REQUIRED"
    challenge = json.loads(asked.value.body)["error"]["details"]["challenge"]
    second = without_a_key(warp, "/auth/login", {"challenge": challenge, "code": codes[0]})["data"]
    assert second["user"]["recovery_codes_left"] == 9
    log = warp.warp.daemon.log.read_text(errors="replace")
    for secret in (PASSWORD, token, begun["secret"], codes[0], session["access_token"], session["refresh_token"]):
        assert secret not in log, "a secret stands in the log"


def test_sessions_survive_a_restart(warp):
    email = f"joe-{secrets.token_hex(4)}@example.com"
    without_a_key(warp, "/auth/password/reset", {"token": invite(warp, email), "password": PASSWORD})
    session = without_a_key(warp, "/auth/login", {"email": email, "password": PASSWORD})["data"]
    warp.warp.daemon.stop(20 * SLOW)
    warp.process.wait()
    warp.run()
    assert code_of(warp, session["access_token"]) == "ok"
    fresh = without_a_key(warp, "/auth/refresh", {"refresh_token": session["refresh_token"]})["data"]
    assert code_of(warp, fresh["access_token"]) == "ok"
    with pytest.raises(ApiError):
        without_a_key(warp, "/auth/refresh", {"refresh_token": session["refresh_token"]})
    assert proc.wait_until(lambda: code_of(warp, fresh["access_token"]) == "UNAUTHORIZED", 2 * SLOW)
