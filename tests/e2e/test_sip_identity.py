"""Who is calling, over real sockets: trust, caller-id policies, formats and rules, all set through the API."""

import pytest

import harness
from harness import SLOW
from warp_cli.provision import PREFIX

pytestmark = pytest.mark.usefixtures("world")
OWN = "12025550199"
BEFORE = "      Content-Type: application/sdp"


def with_headers(*lines):
    return {BEFORE: "".join(f"      {line}\n" for line in lines) + BEFORE}


def policies(world, trunk=None, carrier=None):
    """Identity sections of the trunk and of carrier A; what is not named goes back to its default."""
    api = world.make.api
    api.put(f"{PREFIX}/trunks/{world.trunk}", {"sip_policy": {"identity": trunk or {}}})
    api.put(f"{PREFIX}/providers/{world.providers['a']}", {"sip_policy": {"identity": carrier or {}}})
    world.settle()


def far_invite(callee):
    """Header lines of the INVITE that the carrier got."""
    text = callee.trace().split("INVITE ", 1)[1]
    return ("INVITE " + text).split("\n\n")[0].replace("\r", "")


def call(world, *headers, **named):
    with world.answering() as callee, world.caller(replace=with_headers(*headers) if headers else None,
                                                   **named) as caller:
        caller.expect_success(20 * SLOW)
        callee.expect_success(10 * SLOW)
    return world.record(caller), far_invite(callee)


def test_an_assertion_counts_from_trusted_sides_alone(world):
    asserted = "P-Asserted-Identity: <sip:+12025550177@pbx.example>"
    policies(world)
    assert "P-Asserted-Identity" not in call(world, asserted)[1]
    policies(world, {"trusted": True}, {"trusted": True})
    invite = call(world, asserted)[1]
    assert f"P-Asserted-Identity: <sip:+12025550177@{world.target}>" in invite
    assert "pbx.example" not in invite


def test_a_withheld_number_is_no_business_of_untrusted_carriers(world):
    withheld = ("P-Asserted-Identity: <sip:+12025550177@pbx.example>", "Privacy: id")
    policies(world, {"trusted": True})
    record, invite = call(world, *withheld)
    assert "anonymous@anonymous.invalid" in invite
    assert "2025550177" not in invite and harness.ANI[1:] not in invite
    assert record["ani_e164"] == harness.ANI[1:]
    policies(world, {"trusted": True}, {"trusted": True})
    invite = call(world, *withheld)[1]
    assert "2025550177" in invite and "Privacy: id" in invite


def test_own_numbers_alone_may_be_shown(world):
    world.make.number(OWN, world.customer, world.trunk)
    policies(world, {"caller_id_policy": "own"})
    with world.caller("uac_refused", replace={"__CODE__": 403}) as caller:
        caller.expect_success(15 * SLOW)
    assert world.record(caller)["reason"] == "CALLER_ID_NOT_ALLOWED"
    record, invite = call(world, ani="+" + OWN)
    assert f"P-Asserted-Identity: <sip:+{OWN}@" in invite and record["disposition"] == "ANSWERED"
    policies(world, {"caller_id_policy": "own", "caller_id_fallback": "replace", "caller_id": "+" + OWN})
    record, invite = call(world)
    assert f"From: <sip:+{OWN}@" in invite
    assert (record["ani"], record["ani_e164"]) == (harness.ANI, OWN)


def test_numbers_are_translated_at_entry_and_exit(world):
    api = world.make.api
    policies(world, {"tech_prefix": "9999"}, {"called_format": "e164_plus"})
    entry = api.post(f"{PREFIX}/trunks/{world.trunk}/number-rules",
                     {"stage": "entry", "subject": "called", "pattern": "^7(\\d{3})$", "replacement": "442079460\\1",
                      "cases": [{"in": "7123", "out": "442079460123"}]})
    way_out = api.post(f"{PREFIX}/providers/{world.providers['a']}/number-rules",
                       {"stage": "exit", "subject": "called", "pattern": "^\\+44", "replacement": "0044",
                        "cases": [{"in": "+442079460123", "out": "00442079460123"}]})
    world.settle()
    record, invite = call(world, dni="99997123")
    assert record["dni_e164"] == "442079460123"
    assert invite.startswith("INVITE sip:00442079460123@")
    with world.caller("uac_refused", dni="7123", replace={"__CODE__": 484}) as caller:
        caller.expect_success(15 * SLOW)
    assert world.record(caller)["reason"] == "NUMBER_INVALID"
    api.delete(f"{PREFIX}/trunks/{world.trunk}/number-rules/{entry['id']}")
    api.delete(f"{PREFIX}/providers/{world.providers['a']}/number-rules/{way_out['id']}")


def test_diversions_go_between_trusted_sides(world):
    diverted = "Diversion: <sip:+12025550188@10.9.8.7>;reason=user-busy;counter=1"
    policies(world, {"trusted": True}, {"trusted": True, "send_diversion": True})
    record, invite = call(world, diverted)
    assert f"Diversion: <sip:+12025550188@{world.target}>;reason=user-busy;counter=1" in invite
    assert "10.9.8.7" not in invite
    assert '"12025550188"' in record["facts"]
