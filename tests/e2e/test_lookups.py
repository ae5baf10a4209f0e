"""Numbers looked up before a call is routed: what a dip changes, and what becomes of calls when the service is slow, wrong or
away."""

import contextlib
import pathlib
import sys
import time

import pytest

import harness
from warp_cli import proc

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from telique_stand_in import StandIn  # noqa: E402

SLOW = harness.SLOW
API = "/api/v1"
TIMEOUT = 0.8 * SLOW
BREAKER_REST = 4 * SLOW
ANI, DNI, MOVED = "+12125550100", "+17165550123", "4155550000"
BLOCKS = """npa,nxx,block,state,lata,ocn,rc
212,555,A,NY,132,9102,NWYRCYZN01
716,555,A,NY,140,9104,BUFFALO
415,555,A,CA,722,9740,SNFCCNTRL
202,555,A,DC,236,9211,WASHINGTON
"""
INTRASTATE, INTERSTATE = 1 << 3, 1 << 4
INTRASTATE_PRICE, INTERSTATE_PRICE = "0.0300", "0.0120"


@pytest.fixture(scope="module")
def service():
    stand_in = StandIn()
    stand_in.port_number(DNI[2:], MOVED)
    yield stand_in
    with contextlib.suppress(OSError):
        stand_in.stop()


def with_service(stand_in, folder):
    def change(settings):
        token = folder / "telique-token"
        token.write_text(stand_in.token)
        settings["numbers"] = {"telique": {
            "url": stand_in.url, "token": {"file": str(token)}, "timeout": f"{int(TIMEOUT * 1000)}ms",
            # so short that each test dips anew
            "cache": "0s", "cnam_cache": "0s", "breaker_failures": 3, "breaker_rest": f"{BREAKER_REST}s"}}
    return change


@pytest.fixture(scope="module")
def world(service, request, tmp_path_factory):
    import conftest
    before = request.session.testsfailed
    made = harness.World(change=with_service(service, tmp_path_factory.mktemp("telique")))
    try:
        made.start()
        api = made.make.api
        answer = api.post_csv(f"{API}/number-data/blocks?source=test", BLOCKS)
        assert answer["lines"] == 4 and answer["set"]["synthetic"] is False
        # The customer pays by jurisdiction.
        made.warp.postgres.sql(f"""
            UPDATE billing.rates r SET jurisdictions = {INTERSTATE}, per_minute_nanos = 12000000 FROM billing.rate_plans p
                WHERE p.id = '{made.plans["customer"]}' AND r.deck_id = p.deck_id AND r.prefix = '1';
            INSERT INTO billing.rates (deck_id, prefix, effective_from, jurisdictions, per_minute_nanos, setup_fee_nanos,
                                       initial_increment, increment, minimum_seconds)
                SELECT r.deck_id, r.prefix, r.effective_from, {INTRASTATE}, 30000000, 0, 6, 6, 0 FROM billing.rates r
                JOIN billing.rate_plans p ON p.deck_id = r.deck_id WHERE p.id = '{made.plans["customer"]}' AND r.prefix = '1';
            UPDATE billing.rate_plans SET version = version + 1 WHERE id = '{made.plans["customer"]}';""")
        policy(made, ["dni_lrn"])
        assert proc.wait_until(lambda: "app.number_table_published" in (made.warp.log / "warpd.log").read_text(), 10 * SLOW, 0.1)
        yield made
    finally:
        conftest._finish(made, request.session.testsfailed > before)


@pytest.fixture(autouse=True)
def well(service, world):
    """Each test begins with a service that is well, and with a closed circuit."""
    service.behave("well")
    yield
    service.behave("well")
    service.limit(0)


def policy(world, lookups, absent="CONTINUE"):
    path = f"{API}/trunks/{world.trunk}?customer_id={world.customer}"
    changed = world.make.api.patch(path, {"lookups": lookups, "lookup_absent": absent})
    assert (changed["lookups"], changed["lookup_absent"]) == (lookups, absent)
    world.settle()


def call(world, dni=DNI, hold_ms=100):
    """The record of one call to the carrier's end and back."""
    with world.answering() as callee:
        with world.caller(dni=dni, ani=ANI, hold_ms=hold_ms) as caller:
            caller.expect_success(20 * SLOW)
            callee.expect_success(10 * SLOW)
    return world.record(caller)


def refused(world, status):
    """The record of a call that never came to a carrier."""
    with world.caller("uac_refused", dni=DNI, ani=ANI, replace={"__CODE__": status}) as caller:
        caller.expect_success(15 * SLOW)
    return world.record(caller)


def close_circuit(world, service):
    service.behave("well")
    time.sleep(BREAKER_REST)
    call(world)


def jurisdiction(world, **query):
    return world.make.api.get(f"{API}/lookups/jurisdiction", **query)


def test_places_are_answered_by_the_api(world):
    seen = jurisdiction(world, **{"from": ANI, "to": DNI})
    assert seen["jurisdiction"] == "INTRASTATE"
    assert seen["to"]["rate_centre"] == "BUFFALO"
    assert jurisdiction(world, **{"from": ANI, "to": DNI, "to_lrn": "+1" + MOVED})["jurisdiction"] == "INTERSTATE"
    sets = {item["name"]: item for item in world.make.api.get(f"{API}/number-data")}
    assert sets["blocks"]["rows"] == 4 and sets["blocks"]["source"] == "test"


def test_a_dip_changes_jurisdiction_and_price(world, service):
    policy(world, [])
    before = len(service.asked)
    plain = call(world)
    assert len(service.asked) == before, "a trunk that asks for nothing costs no dip"
    policy(world, ["dni_lrn"])
    dipped = call(world)
    assert service.asked[-1].endswith(f"/lrn/{DNI[2:]}?format=json")
    assert plain["jurisdiction"] == "INTRASTATE" and dipped["jurisdiction"] == "INTERSTATE"
    assert "1" + MOVED in dipped["numbers"] and "1" + MOVED not in plain["numbers"]
    for record, price in ((plain, INTRASTATE_PRICE), (dipped, INTERSTATE_PRICE)):
        wanted, _ = harness.price_nanos(price, "0", 6, 6, 0, int(record["duration_us"]))
        assert int(record["price_nanos"]) == wanted


def test_an_rn_of_the_message_is_a_dip(world, service):
    before = len(service.asked)
    record = call(world, dni=f"{DNI};npdi;rn=+1{MOVED}")
    assert len(service.asked) == before
    assert record["jurisdiction"] == "INTERSTATE"


@pytest.mark.parametrize("mode", ["slow", "503", "half", "drop", "broken", "types", "text", "429"])
def test_without_an_answer_calls_go_on_where_the_trunk_says_so(world, service, mode):
    service.behave(mode, 5 * SLOW)
    record = call(world)
    assert int(record["pdd_ms"]) <= (TIMEOUT + 0.4 * SLOW) * 1000, mode
    assert record["jurisdiction"] == "INTRASTATE", "by the number as dialled"
    assert "LRN " in record["numbers"], "the record says why"
    close_circuit(world, service)


def test_without_an_answer_calls_are_refused_where_the_trunk_says_so(world, service):
    policy(world, ["dni_lrn"], "REFUSE")
    try:
        service.behave("slow", 5 * SLOW)
        record = refused(world, 503)
        assert record["reason"] == "LOOKUP_UNAVAILABLE"
    finally:
        policy(world, ["dni_lrn"])
        close_circuit(world, service)


def test_a_number_that_never_calls(world, service):
    policy(world, ["dno"])
    service.dno[ANI[2:]] = "FTC"
    try:
        assert refused(world, 603)["reason"] == "DO_NOT_ORIGINATE"
    finally:
        service.dno.clear()
        policy(world, ["dni_lrn"])


def test_the_circuit_opens_and_closes(world, service):
    service.behave("503")
    for _ in range(3):
        call(world, hold_ms=50)
    asked = len(service.asked)
    assert "circuit open" in call(world, hold_ms=50)["numbers"]
    assert len(service.asked) == asked, "nothing is asked while it is open"
    service.behave("well")
    time.sleep(BREAKER_REST)
    assert call(world, hold_ms=50)["jurisdiction"] == "INTERSTATE"
    log = (world.warp.log / "warpd.log").read_text()
    assert "integrations.telique_circuit_open" in log and "integrations.telique_circuit_closed" in log


def test_the_blocks_are_fetched_as_a_job(world, service):
    job = world.make.api.post(f"{API}/number-data/sync")
    state = f"SELECT state, error FROM warp.jobs WHERE id = '{job['id']}'"
    assert proc.wait_until(lambda: world.warp.postgres.sql(state)[0][0] in ("done", "failed"), 120 * SLOW, 0.5)
    assert list(world.warp.postgres.sql(state)[0]) == ["done", ""]
    sets = {item["name"]: item for item in world.make.api.get(f"{API}/number-data")}
    assert sets["blocks"]["rows"] == len(service.blocks) and sets["blocks"]["source"].startswith("telique")
    assert jurisdiction(world, **{"from": "+12125550100", "to": "+14165550100"})["jurisdiction"] == "INTERNATIONAL"
