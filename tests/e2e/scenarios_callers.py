"""Scenarios of who calls and what: numbers, identity, headers, limits, what is refused at the door."""

from scenarios import BY_CALLER, Scenario, answers, calls, failed, is_refused
from sipp_builder import Callee, Caller, sdp

ASSERTED = "P-Asserted-Identity: <sip:+12025550177@pbx.example>"
TRUSTED = {"identity": {"trusted": True}}
FROM_NOBODY = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=[pid]c[call_number]'


def identity(**fields):
    return {"identity": fields}


def reaches(number, **more):
    """The carrier is called with E.164 digits."""
    return Scenario(calls(), answers(has="INVITE sip:" + number + "@"), {**BY_CALLER, "dni_e164": number}, **more)


NUMBERS = {
    "a tel URI": Scenario(calls(uri="tel:+442079460123", to="<tel:+442079460123>"), answers("INVITE sip:442079460123@"),
                          {**BY_CALLER, "dni_e164": "442079460123"}),
    "a tel URI with a context": Scenario(
        calls(uri="tel:2079460123;phone-context=+44", to="<tel:2079460123;phone-context=+44>"),
        answers("INVITE sip:442079460123@"), {**BY_CALLER, "dni_e164": "442079460123"}),
    "a tel URI with visual separators": Scenario(
        calls(uri="tel:+44-(20)-7946.0123", to="<tel:+44-(20)-7946.0123>"), answers("INVITE sip:442079460123@")),
    "a tel URI with an ISDN subaddress": Scenario(
        is_refused(484, uri="tel:+442079460123;isub=1411", to="<tel:+442079460123;isub=1411>"),
        record=failed("NUMBER_INVALID", 484)),
    "escapes in the user part": Scenario(
        calls(uri="sip:%2B442079460123@[remote_ip]:[remote_port]"), answers("INVITE sip:442079460123@")),
    "00 before the country": reaches("442079460123", dni="00442079460123"),
    "011 before the country": reaches("442079460123", dni="011442079460123"),
    "no plus before the country": reaches("442079460123", dni="442079460123"),
    "another country's trunk calls a national number": reaches(
        "442079460123", dni="02079460123",
        trunk=identity(country_code="44", national_prefix="0", international_prefix="00")),
    "a tech prefix": reaches("442079460123", dni="9999442079460123", trunk=identity(tech_prefix="9999")),
    "no tech prefix where one must be": Scenario(
        is_refused(484), record=failed("NUMBER_INVALID", 484), trunk=identity(tech_prefix="9999")),
    "a name instead of a number": Scenario(is_refused(484), record=failed("NUMBER_INVALID", 484), dni="alice"),
    "a carrier that wants a plus": Scenario(
        calls(), answers("INVITE sip:[+]442079460123@"), carrier=identity(called_format="e164_plus")),
    "a carrier that wants 011": Scenario(
        calls(), answers("INVITE sip:011442079460123@"), carrier=identity(called_format="national")),
}

IDENTITY = {
    "an assertion of a stranger is not believed": Scenario(calls(ASSERTED), answers(lacks="P-Asserted-Identity")),
    "an assertion of a friend is passed on": Scenario(
        calls(ASSERTED), answers("P-Asserted-Identity: <sip:.12025550177@", lacks="pbx.example"), trunk=TRUSTED,
        carrier=TRUSTED),
    "a withheld number is hidden from strangers": Scenario(
        calls(ASSERTED, "Privacy: id"), answers("anonymous@anonymous.invalid", lacks="2025550(100|177)"), trunk=TRUSTED),
    "a withheld number is shown to friends": Scenario(
        calls(ASSERTED, "Privacy: id"), answers(("2025550177", "Privacy: id")), trunk=TRUSTED, carrier=TRUSTED),
    "privacy that we cannot give": Scenario(
        is_refused(500, "Privacy: teleportation;critical"), record={"disposition": "FAILED", "sip_status": "500"}),
    "an anonymous caller": Scenario(
        calls(from_=" " + FROM_NOBODY), answers("From: .*anonymous@anonymous.invalid", lacks="2025550100")),
    "Remote-Party-ID of a friend": Scenario(
        calls("Remote-Party-ID: <sip:+12025550177@pbx.example>;party=calling;screen=yes"),
        answers("P-Asserted-Identity: <sip:.12025550177@"), trunk=TRUSTED),
    "Remote-Party-ID towards who wants it": Scenario(
        calls(ASSERTED), answers("Remote-Party-ID: <sip:.12025550177@"), trunk=TRUSTED,
        carrier=identity(trusted=True, send_remote_party=True)),
    "Diversion of a stranger is stripped": Scenario(
        calls("Diversion: <sip:+12025550188@10.9.8.7>;reason=user-busy"), answers(lacks="(Diversion|10.9.8.7|2025550188)")),
    "Diversion between friends": Scenario(
        calls("Diversion: <sip:+12025550188@10.9.8.7>;reason=user-busy"),
        answers("Diversion: <sip:.12025550188@.*reason=user-busy", lacks="10.9.8.7"), trunk=TRUSTED,
        carrier=identity(trusted=True, send_diversion=True)),
    "History-Info between friends": Scenario(
        calls("History-Info: <sip:+12025550188@10.9.8.7>;index=1"), answers("History-Info: <sip:.12025550188@",
                                                                            lacks="10.9.8.7"), trunk=TRUSTED,
        carrier=identity(trusted=True, send_history=True)),
    "a forced caller id": Scenario(
        calls(), answers("From: <sip:.12025550142@", lacks="2025550100"), {**BY_CALLER, "ani_e164": "12025550142"},
        trunk=identity(caller_id_policy="force", caller_id="+12025550142")),
    "a caller id that is on the list": Scenario(
        calls(), answers("12025550100"), trunk=identity(caller_id_policy="allowed", caller_ids=["+12025550100"])),
    "a caller id that is not on the list": Scenario(
        is_refused(403, has="WARP;cause=2015"), record=failed("CALLER_ID_NOT_ALLOWED", 403),
        trunk=identity(caller_id_policy="allowed", caller_ids=["+12025550142"])),
    "a caller id of somebody else": Scenario(
        is_refused(403), record=failed("CALLER_ID_NOT_ALLOWED", 403), trunk=identity(caller_id_policy="own")),
    "headers of one side stay there": Scenario(
        calls("X-Secret: leaked", "User-Agent: leaked", "Subject: leaked", "Call-Info: <http://leaked>"),
        answers(lacks="(leaked|127.0.0.2)")),
    "headers of the far side stay there": Scenario(
        Caller().invites().hears_progress().is_answered(lacks="(leaked|127.0.0.3)").hangs_up(),
        Callee().is_invited().rings().answers(headers=("Server: leaked", "X-Secret: leaked", "Warning: 399 leaked \"l\""))
        .is_hung_up()),
}

DOOR = {
    "an unknown source": Scenario(is_refused(403, has="WARP;cause=2001"), record=None, source="stranger",
                                  grows=("warp_calls_unknown_sources_total",)),
    "a disabled trunk": Scenario(is_refused(403), record=failed("TRUNK_DISABLED", 403), fields={"enabled": False}),
    "a direction that is closed": Scenario(
        is_refused(503, has=("Retry-After: [0-9]", "WARP;cause=3010")), record=failed("DIRECTION_DISABLED", 503),
        fields={"capacity_channels_outbound": 0}),
    "no calls a second": Scenario(
        is_refused(503, has="Retry-After: [0-9]"), record=failed("DIRECTION_DISABLED", 503),
        fields={"capacity_cps_outbound": 0}),
    "a kind of number that is not allowed": Scenario(
        is_refused(403), record=failed("DESTINATION_NOT_ALLOWED", 403), fields={"allowed_number_classes": ["domestic"]}),
    "a destination without a price": Scenario(
        is_refused(403), record=failed("DESTINATION_UNRATED", 403), dni="+8613800138000"),
    "a destination that costs more than it brings": Scenario(
        is_refused(503), record=failed("MARGIN_TOO_LOW", 503), dni="+33142685300"),
    "a number of nobody": Scenario(is_refused(404), record=failed("NUMBER_UNASSIGNED", 404), source="carrier",
                                   dni="+12125550999"),
    "no hops left": Scenario(is_refused(483, max_forwards=0), record=failed("TOO_MANY_HOPS", 483)),
    "an extension that we do not have": Scenario(
        is_refused(420, "Require: teleportation", has="Unsupported: teleportation"),
        record=failed("EXTENSION_UNSUPPORTED", 420)),
    "no audio in the offer": Scenario(
        is_refused(488, body=sdp(media="video")), record=failed("MEDIA_UNSUPPORTED", 488)),
    "a description that is none": Scenario(is_refused(400, body="v=0\nm=audio"), record=failed("SDP_INVALID", 400)),
    "a body that is no description": Scenario(
        is_refused(415, body="hello", kind="text/plain", has="Accept: application/sdp"), record={"disposition": "FAILED"}),
}
