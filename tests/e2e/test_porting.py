"""Numbers ported and bought by a provider outside, through the real daemon: its states become ours, and its outages cost
nothing."""

import contextlib
import pathlib
import sys

import pytest

import harness
from warp_cli import proc
from warp_cli.rest import Api, ApiError

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from tniq_stand_in import StandIn  # noqa: E402

SLOW = harness.SLOW
API = "/api/v1"
SCOPES = ["porting:read", "porting:write", "porting:submit", "numbers:read", "numbers:write", "numbers:order"]
LETTER = {"attestation": True, "authorizing_party": {"company": "Acme", "address": "1 Main St", "contact": "a@example.com"},
          "losing_carrier": {"name": "Old Telco", "account_number": "7", "btn": "3035550100"},
          "signer": {"name": "Ann", "title": "Owner"}}


@pytest.fixture(scope="module")
def provider():
    stand_in = StandIn()
    yield stand_in
    with contextlib.suppress(OSError):
        stand_in.stop()


@pytest.fixture(scope="module")
def world(provider, request, tmp_path_factory):
    import conftest
    before = request.session.testsfailed
    token = tmp_path_factory.mktemp("tniq") / "token"
    token.write_text(provider.token)

    def change(settings):
        settings["porting"] = {"interval": "200ms", "tniq": {
            "url": provider.url, "token": {"file": str(token)}, "timeout": "2s", "poll_interval": "1s"}}
    made = harness.World(change=change)
    try:
        yield made.start()
    finally:
        conftest._finish(made, request.session.testsfailed > before)


@pytest.fixture(scope="module")
def tenant(world):
    made = world.make.api.post(f"{API}/customers/{world.customer}/api-keys", {"name": "tenant", "scopes": SCOPES})
    return Api(world.warp.api_url, made["key"])


@pytest.fixture(autouse=True)
def up_again(provider):
    yield
    provider.down = False


def state(tenant, path):
    return tenant.get(path)["groups"][0]["tns"][0]["lifecycle_state"]


def submitted(tenant, tn):
    path = f"{API}/porting/requests/" + tenant.post(f"{API}/porting/requests", {"name": tn})["id"]
    tenant.post(f"{path}/tns", {"tns": [tn]})
    tenant.put(f"{path}/groups/7421/details", {"btn": tn, "business_name": "Acme"})
    tenant.post(f"{path}/validate")
    tenant.post(f"{path}/groups/7421/loa", LETTER)
    assert tenant.post(f"{path}/submit")["request"]["status"] == "SUBMITTED"
    return path


def test_a_port_from_its_draft_to_the_inventory(provider, tenant):
    tn = "3035550101"
    path = submitted(tenant, tn)
    assert state(tenant, path) == "PENDING_FOC"
    provider.move(tn, "READY_FOR_ACTIVATION", foc_date="2026-01-05")
    assert proc.wait_until(lambda: state(tenant, path) == "READY_FOR_ACTIVATION", 10 * SLOW, 0.2)
    assert tenant.post(f"{path}/activate")["request"]["status"] == "COMPLETE"
    assert tenant.get(f"{API}/numbers/{tn}")["status"] == "held"


def test_a_policy_activates_by_itself(provider, tenant):
    tn = "3035550102"
    path = submitted(tenant, tn)
    tenant.put(f"{path}/auto-activation", {"mode": "ASAP"})
    provider.move(tn, "READY_FOR_ACTIVATION", foc_date="2026-01-05")

    def done():
        with contextlib.suppress(ApiError):
            return tenant.get(f"{API}/numbers/{tn}")["status"] == "held"
        return False
    assert proc.wait_until(done, 15 * SLOW, 0.2), "the clock looks, and then activates"


def test_an_outage_leaves_what_is_known_and_says_so(provider, tenant, world):
    tn = "3035550103"
    path = submitted(tenant, tn)
    provider.down = True
    answer = tenant.request("GET", path)
    assert answer["warning"] and answer["data"]["groups"][0]["tns"][0]["lifecycle_state"] == "PENDING_FOC"
    for call in (lambda: tenant.get(f"{path}/progress"), lambda: tenant.post(f"{path}/cancel")):
        with pytest.raises(ApiError) as refused:
            call()
        assert (refused.value.status, refused.value.code) == (502, "TNIQ_ERROR")
    with pytest.raises(ApiError) as refused:
        tenant.get(f"{API}/numbers/search")
    assert (refused.value.status, refused.value.code) == (502, "TNIQ_UPSTREAM_ERROR")
    provider.down = False
    assert tenant.post(f"{path}/cancel")["project_cancelled"] is True


def test_a_number_is_bought_outside_and_is_ours(provider, tenant):
    provider.stock["3035550104"] = {"tn": "3035550104", "state": "CO", "rate_center": "DENVER", "monthly_rate": "1.10",
                                    "setup_rate": "0"}
    assert [row["tn"] for row in tenant.get(f"{API}/numbers/search", npa="303")] == ["3035550104"]
    assert tenant.post(f"{API}/numbers/3035550104/assign", {})["rate_center"] == "DENVER"
    assert tenant.get(f"{API}/numbers/3035550104")["status"] == "held"
    with pytest.raises(ApiError) as refused:
        tenant.post(f"{API}/numbers/3035550199/assign", {})
    assert refused.value.code == "TN_UNAVAILABLE"
