"""10DLC end to end: a brand and a campaign at the registry's stand-in, its decisions by event and by poll, and what they mean
for messages."""

import contextlib
import pathlib
import sys

import pytest

import harness
from warp_cli import smpp_peers
from warp_cli import proc
from warp_cli.rest import Api, ApiError

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from tcr_stand_in import StandIn  # noqa: E402

NUMBER, HANDSET = "12025550100", "12025550177"
SLOW = harness.SLOW
API = "/api/v1"


def with_registry(stand_in, folder):
    """The configuration that names the stand-in."""
    def change(settings):
        secret, key = folder / "tcr-secret", folder / "tcr-key"
        secret.write_text(stand_in.secret)
        key.write_text(stand_in.key)
        settings["integrations"] = {"tcr": {
            "url": stand_in.url, "key": {"file": str(key)}, "secret": {"file": str(secret)}, "poll_interval": "2s",
            "partner": "SDCA001", "timeout": "2s",
            "webhook_url": f"http://{settings['api']['bind']}/callbacks/tcr"}}
    return change


@pytest.fixture(scope="module")
def registry():
    stand_in = StandIn()
    yield stand_in
    with contextlib.suppress(OSError):
        stand_in.stop()


@pytest.fixture(scope="module")
def world(registry, request, tmp_path_factory):
    import conftest
    before = request.session.testsfailed
    made = harness.World(change=with_registry(registry, tmp_path_factory.mktemp("tcr")))
    try:
        yield made.start()
    finally:
        conftest._finish(made, request.session.testsfailed > before)


@pytest.fixture(scope="module")
def smsc(world):
    smsc = smpp_peers.Smsc()
    world.make.number(NUMBER, world.customer, world.trunk)
    world.warp.postgres.sql(f"""
        INSERT INTO billing.message_rates VALUES ('{world.plans["customer"]}', '1', 7500000),
                                                 ('{world.plans["a"]}', '1', 3100000);
        INSERT INTO sms.connectors (name, host, port, system_id, password, rate_plan_id)
            VALUES ('upstream', '127.0.0.1', {smsc.port}, 'warp', 'secret', '{world.plans["a"]}');
        INSERT INTO sms.routes (prefix, connector_id) SELECT '1', id FROM sms.connectors WHERE name = 'upstream';""")
    assert smsc.binds.get(timeout=10 * SLOW) == "warp"
    yield smsc
    smsc.stop()


@pytest.fixture(scope="module")
def tenant(world, smsc):
    made = world.make.api.post(f"{API}/customers/{world.customer}/api-keys", {
        "name": "tenant", "scopes": ["messaging:read", "messaging:write", "messaging:send"]})
    return Api(world.warp.api_url, made["key"])


def code_of(call, *arguments):
    """(status, error code) of a call that is refused; (0, "") of one that is not."""
    try:
        call(*arguments)
    except ApiError as refused:
        return refused.status, refused.code
    return 0, ""


def send(tenant, text="Hello"):
    return code_of(tenant.post, f"{API}/messages", {"from": NUMBER, "to": "+" + HANDSET, "body": text})


BRAND = {"entity_type": "PRIVATE_PROFIT", "display_name": "Acme", "company_name": "Acme Inc.", "ein": "12-3456789",
         "phone": "+12025550100", "email": "a@example.com", "country": "US", "vertical": "TECHNOLOGY"}


def campaign_of(brand):
    return {"brand_id": brand, "usecase": "CUSTOMER_CARE", "sample1": "Your ticket 7 is closed.",
            "description": "Answers to questions that customers asked us by message.",
            "message_flow": "Customers text us first, from the number on their invoice."}


def status_is(tenant, campaign, wanted):
    listed = {item["id"]: item for item in tenant.get(f"{API}/messaging/campaigns")}
    return listed[campaign["id"]]["status"] == wanted


@pytest.fixture(scope="module")
def campaign(world, registry, tenant):
    """Registered, shared, its number attached, and not decided."""
    assert code_of(tenant.post, f"{API}/messaging/brands", {**BRAND, "phone": None}) == (400, "INVALID_PAYLOAD")
    unknown = {name: value for name, value in BRAND.items() if name != "email"}
    assert code_of(tenant.post, f"{API}/messaging/brands", unknown) == (400, "TNIQ_VALIDATION"), "TCR's own rule"
    registry.refuse_next = 1  # a rate limit is waited for
    brand = tenant.post(f"{API}/messaging/brands", BRAND)
    assert brand["identity_status"] == "UNVERIFIED"
    wanted = campaign_of(brand["id"])
    assert code_of(tenant.post, f"{API}/messaging/campaigns", wanted) == (400, "TNIQ_VALIDATION"), "not verified"
    registry.verify(brand["tcr_brand_id"], "VETTED_VERIFIED", 80)
    assert tenant.get(f"{API}/messaging/brands/{brand['id']}")["trust_score"] == 80
    made = tenant.post(f"{API}/messaging/campaigns", wanted)
    tenant.post(f"{API}/messaging/campaigns/{made['id']}/cnp", {})
    assert tenant.get(f"{API}/messaging/campaigns/{made['id']}/sharing")["accepted"] is True
    attached = tenant.request("POST", f"{API}/messaging/campaigns/{made['id']}/numbers", {"phone_numbers": [NUMBER]})
    assert attached == {"assigned": [NUMBER[1:]], "failed": []}
    return made


def test_a_message_goes_out_when_an_event_brings_the_approval(world, registry, tenant, smsc, campaign):
    refused = send(tenant)
    assert refused[0] == 422 and refused[1].startswith("FROM_"), refused
    assert proc.wait_until(lambda: "CAMPAIGN" in registry.subscriptions, 5 * SLOW, 0.05)
    registry.decide(campaign["tcr_campaign_id"], "APPROVED")
    assert proc.wait_until(lambda: status_is(tenant, campaign, "approved"), 5 * SLOW, 0.05)
    assert world.warp.daemon.metric("warp_tcr_events_total", 'result="taken"') >= 1
    assert proc.wait_until(lambda: send(tenant) == (0, ""), 5 * SLOW, 0.1)
    name, submitted = smsc.submits.get(timeout=5 * SLOW)
    assert (submitted.source, submitted.octets) == (NUMBER, b"Hello")
    states = tenant.get(f"{API}/messaging/campaigns/{campaign['id']}/mno-status")
    assert {"carrier": "T-Mobile", "network_id": "10035", "status": "APPROVED"} in states


def test_a_suspension_is_found_by_polling_and_stops_messages(world, registry, tenant, smsc, campaign):
    registry.send_events = False
    world.warp.postgres.sql("UPDATE sms.registry_syncs SET synced_at = now() - interval '1 day'")
    registry.decide(campaign["tcr_campaign_id"], "SUSPENDED")
    assert proc.wait_until(lambda: status_is(tenant, campaign, "suspended"), 8 * SLOW, 0.1)
    assert proc.wait_until(lambda: send(tenant)[0] == 422, 5 * SLOW, 0.1)
    registry.decide(campaign["tcr_campaign_id"], "APPROVED")
    world.warp.postgres.sql("UPDATE sms.registry_syncs SET synced_at = now() - interval '1 day'")
    assert proc.wait_until(lambda: status_is(tenant, campaign, "approved"), 8 * SLOW, 0.1)


def test_unsigned_events_change_nothing(world, registry, tenant, campaign):
    refused = code_of(Api(world.warp.api_url, "rk_none").post, "/callbacks/tcr",
                      {"eventType": "CAMPAIGN_EXPIRED", "campaignId": campaign["tcr_campaign_id"]})
    assert refused[0] == 401
    assert status_is(tenant, campaign, "approved")


def test_without_the_registry_what_needs_it_fails_and_the_rest_answers(world, registry, tenant, smsc, campaign):
    registry.stop()
    assert code_of(tenant.get, f"{API}/messaging/brands/lookup/B000001") == (502, "TNIQ_ERROR")
    assert code_of(tenant.post, f"{API}/messaging/brands", BRAND) == (502, "TNIQ_ERROR")
    assert code_of(tenant.get, f"{API}/messaging/campaigns/{campaign['id']}") == (502, "TNIQ_ERROR")
    assert tenant.get(f"{API}/messaging/use-cases") and tenant.get(f"{API}/messaging/carriers")
    assert tenant.get(f"{API}/messaging/dcas")[0]["code"] == "SDCA001"
    assert len(tenant.get(f"{API}/messaging/campaigns")) == 1
    assert proc.wait_until(lambda: send(tenant) == (0, ""), 5 * SLOW, 0.1), "messages go on with what was decided"
    log = world.warp.daemon.log.read_text(errors="replace")
    assert "integrations.tcr_failed" in log and registry.secret + ":" not in log
