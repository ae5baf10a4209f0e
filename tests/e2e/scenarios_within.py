"""Scenarios within a call: offers, UPDATE, INFO, MESSAGE, timers, transfer, what belongs to nothing, what ends it."""

from scenarios import ANSWERED, BY_CALLEE, Scenario, calls, failed, gives_turn, is_refused, takes_turn, talking
from sipp_builder import ALLOW, Callee, Caller, sdp

NO_UPDATE = ("Allow: INVITE, ACK, BYE, CANCEL",)
MESSAGES = {"session": {"message": True}}
NOT_HELD = "a=(sendonly|recvonly|inactive)"


def by_caller():
    return talking("caller")


def by_callee():
    return talking("callee")


def asks_alone(method, status, **named):
    """The caller asks, gets its answer here, and the far end hears nothing of it."""
    return Scenario(by_caller().ask(method, status, **named).pause(100).hangs_up(), by_callee().is_hung_up())


DIGITS_BY_INFO = {"media": {"dtmf": "info"}}


def carried(method, kind, body, policy=None, carrier=None):
    return Scenario(by_caller().ask(method, body=body, kind=kind).pause(100).hangs_up(),
                    by_callee().takes(method, body.split("\n")[0]).says(200).is_hung_up(), trunk=policy or {},
                    carrier=carrier or {})


OFFERS = {
    "the caller holds and resumes": Scenario(
        by_caller().reinvites(body=sdp(2, "sendonly"), has="a=recvonly").pause(200).reinvites(body=sdp(3), lacks=NOT_HELD)
        .pause(100).hangs_up(),
        by_callee().is_reinvited("a=sendonly", body=sdp(2, "recvonly")).is_reinvited(lacks=NOT_HELD, body=sdp(3))
        .is_hung_up()),
    "the callee holds and resumes": Scenario(
        gives_turn(by_caller()).is_reinvited("a=sendonly", body=sdp(2, "recvonly")).is_reinvited(lacks=NOT_HELD, body=sdp(3))
        .is_hung_up(),
        takes_turn(by_callee()).reinvites(body=sdp(2, "sendonly"), has="a=recvonly")
        .reinvites(body=sdp(3), lacks=NOT_HELD).hangs_up(), BY_CALLEE),
    "both sides hold": Scenario(
        gives_turn(by_caller().reinvites(body=sdp(2, "sendonly"), has="a=(recvonly|inactive)"))
        .is_reinvited("a=inactive", body=sdp(3, "inactive")).is_hung_up(),
        takes_turn(by_callee().is_reinvited("a=sendonly", body=sdp(2, "recvonly")))
        .reinvites(body=sdp(3, "inactive"), has="a=inactive").hangs_up(), BY_CALLEE),
    "another codec": Scenario(
        by_caller().reinvites(body=sdp(2, payloads=(8, 101)), has="RTP/AVP 8").pause(100).hangs_up(),
        by_callee().is_reinvited("RTP/AVP 8 ", body=sdp(2, payloads=(8, 101))).is_hung_up()),
    "another codec by the callee": Scenario(
        gives_turn(by_caller()).is_reinvited("RTP/AVP 8 ", body=sdp(2, payloads=(8, 101))).is_hung_up(),
        takes_turn(by_callee()).reinvites(body=sdp(2, payloads=(8, 101)), has="RTP/AVP 8").hangs_up(), BY_CALLEE),
    "re-INVITE without an offer": Scenario(
        by_caller().reinvites(body="", has="m=audio", ack_body=sdp(2)).pause(150).hangs_up(),
        by_callee().takes("INVITE", lacks="m=audio").says(200, sdp(2), retransmitted=True).takes("ACK", "m=audio")
        .is_hung_up()),
    "re-INVITE without an offer by the callee": Scenario(
        gives_turn(by_caller()).takes("INVITE", lacks="m=audio").says(200, sdp(2), retransmitted=True)
        .takes("ACK", "m=audio").hangs_up(),
        takes_turn(by_callee()).reinvites(body="", has="m=audio", ack_body=sdp(2)).is_hung_up()),
    "re-INVITE refused with 488": Scenario(
        by_caller().reinvites(488).pause(100).hangs_up(), by_callee().is_reinvited(status=488).is_hung_up()),
    "re-INVITE of the callee refused with 488": Scenario(
        gives_turn(by_caller()).is_reinvited(status=488).is_hung_up(),
        takes_turn(by_callee()).reinvites(488).hangs_up(), BY_CALLEE),
    "re-INVITE refused with 481 ends the call": Scenario(
        by_caller().reinvites(481).is_hung_up(), by_callee().is_reinvited(status=481).is_hung_up(),
        {"disposition": "ANSWERED", "reason": "FAR_END_CALL_GONE"}),
    "re-INVITE that crosses a BYE": Scenario(
        by_caller().request("INVITE", body=sdp(2)).gets(100, optional=True).gets(487)
        .request("ACK", cseq=2, branch="z9hG4bK-caller-[pid]-[call_number]-3").is_hung_up(),
        by_callee().takes("INVITE").request("BYE").gets(200), BY_CALLEE),
    "a malformed offer leaves the call as it was": Scenario(
        by_caller().reinvites(400, body="v=0\nm=audio").pause(100).hangs_up(), by_callee().is_hung_up()),
    "UPDATE with an offer": Scenario(
        by_caller().ask("UPDATE", body=sdp(2, "sendonly"), has="a=recvonly").pause(100).hangs_up(),
        by_callee().takes("UPDATE", "a=sendonly").says(200, sdp(2, "recvonly")).is_hung_up()),
    "UPDATE of the callee": Scenario(
        gives_turn(by_caller()).takes("UPDATE", "a=sendonly").says(200, sdp(2, "recvonly")).is_hung_up(),
        takes_turn(by_callee()).ask("UPDATE", body=sdp(2, "sendonly"), has="a=recvonly").hangs_up(), BY_CALLEE),
    "UPDATE without an offer stays here": asks_alone("UPDATE", 200),
    "UPDATE goes as re-INVITE to who has none": Scenario(
        by_caller().ask("UPDATE", body=sdp(2, "sendonly"), has="a=recvonly").pause(100).hangs_up(),
        Callee().is_invited().rings().answers(headers=NO_UPDATE).is_reinvited("a=sendonly", body=sdp(2, "recvonly"))
        .is_hung_up()),
}

METHODS = {
    "DTMF by INFO is carried": carried("INFO", "application/dtmf-relay", "Signal=5\nDuration=160", carrier=DIGITS_BY_INFO),
    "DTMF by INFO of the callee is carried": Scenario(
        gives_turn(by_caller()).takes("INFO", "Signal=7").says(200).is_hung_up(),
        takes_turn(by_callee()).ask("INFO", body="Signal=7", kind="application/dtmf-relay").hangs_up(), BY_CALLEE,
        trunk=DIGITS_BY_INFO),
    "INFO that the far end refuses": Scenario(
        by_caller().ask("INFO", 480, body="Picture", kind="application/media_control+xml").pause(100).hangs_up(),
        by_callee().takes("INFO").says(480).is_hung_up()),
    "INFO of another kind is refused": asks_alone("INFO", 415, body="x", kind="text/html", has="Accept:.*dtmf"),
    "empty INFO is answered": asks_alone("INFO", 200),
    "MESSAGE is refused by default": asks_alone("MESSAGE", 405, body="hello", kind="text/plain"),
    "MESSAGE is carried where it may": carried("MESSAGE", "text/plain", "hello there", MESSAGES),
    "MESSAGE of another kind is refused": Scenario(
        by_caller().ask("MESSAGE", 415, body="<b>", kind="text/html").pause(100).hangs_up(), by_callee().is_hung_up(),
        trunk=MESSAGES),
    "OPTIONS within the call": asks_alone("OPTIONS", 200, has="Allow:.*PRACK"),
    "OPTIONS within the call that a trunk may not": Scenario(
        by_caller().ask("OPTIONS", 405).hangs_up(), by_callee().is_hung_up(), trunk={"session": {"options_within": False}}),
    "OPTIONS of the callee": Scenario(
        gives_turn(by_caller()).is_hung_up(), takes_turn(by_callee()).ask("OPTIONS").hangs_up(), BY_CALLEE),
    "OPTIONS without a call": Scenario(
        Caller().says_alone("OPTIONS").gets(200, "Allow:.*INVITE"), record=None),
    "SUBSCRIBE within the call": asks_alone("SUBSCRIBE", 489, headers=("Event: dialog",)),
    "NOTIFY within the call": asks_alone("NOTIFY", 489, headers=("Event: talk", "Subscription-State: active")),
    "PUBLISH without a call": Scenario(Caller().says_alone("PUBLISH").gets(405, "Allow:.*INVITE"), record=None),
    "SUBSCRIBE without a call": Scenario(Caller().says_alone("SUBSCRIBE", "Event: dialog").gets(405),
                                         record=None),
    "MESSAGE without a call": Scenario(Caller().says_alone("MESSAGE").gets(405), record=None),
    "REFER without a call": Scenario(Caller().says_alone("REFER", "Refer-To: <sip:1@127.0.0.1>").gets(405), record=None),
    "an unknown method without a call": Scenario(Caller().says_alone("JUGGLE").gets(405), record=None),
    "an extension that nobody has": asks_alone("INFO", 420, body="Signal=5", kind="application/dtmf-relay",
                                               headers=("Require: teleportation",), has="Unsupported: teleportation"),
    "REFER is refused": asks_alone("REFER", 403, headers=("Refer-To: <sip:+12025550111@127.0.0.1>",), has="WARP;cause=2022"),
    "REFER with Replaces is refused": Scenario(
        by_caller().ask("REFER", 403, headers=("Refer-To: <sip:+12025550111@127.0.0.1?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>",))
        .hangs_up(), by_callee().is_hung_up(), trunk={"session": {"transfer": "execute"}}),
    "REFER is carried out": Scenario(
        by_caller().ask("REFER", 202, headers=("Refer-To: <sip:+12025550111@127.0.0.1>",))
        .takes("NOTIFY", "SIP/2.0 100").says(200).takes("NOTIFY", "SIP/2.0 180").says(200).takes("NOTIFY", "SIP/2.0 200")
        .says(200).is_hung_up("WARP;cause=1011"),
        by_callee().is_reinvited("m=audio").pause(300).hangs_up(), {"disposition": "ANSWERED"},
        second=Callee().is_invited("INVITE sip:[+]?12025550111@").rings().pause(100).answers()
        .is_hung_up(), trunk={"session": {"transfer": "execute"}}, grows=("warp_calls_transfers_total",), calls=2),
}

OWN, PEER = " <sip:[ani]@[local_ip]:[local_port]>;tag=", " <sip:[dni]@[remote_ip]:[remote_port]>"


def strays(method, parties, status=481):
    """A request with tags of no call, and the call goes on. The peer's tag is kept: the answer has another."""
    caller = Caller().invites(headers=ALLOW).hears_progress()
    caller.gets(200, save={"peer": ("To", ".*")}, routes=True).request("ACK", cseq=1).pause(100)
    caller.request(method, body=sdp(2) if method == "INVITE" else "", parties=parties, branch="z9hG4bK-stray-[call_id]")
    caller.gets(100, optional=True).gets(status)
    if method == "INVITE":
        caller.request("ACK", cseq=2, parties=parties, branch="z9hG4bK-stray-[call_id]")
    caller.pause(100).request("BYE", parties=(OWN + "[pid]c[call_number]", "[$peer]")).gets(200)
    return Scenario(caller, by_callee().is_hung_up())


STRAYS = {
    "BYE with a wrong To tag": strays("BYE", (OWN + "[pid]c[call_number]", PEER + ";tag=wrong")),
    "BYE with a wrong From tag": strays("BYE", (OWN + "wrong", PEER + "[peer_tag_param]")),
    "re-INVITE with a wrong tag": strays("INVITE", (OWN + "[pid]c[call_number]", PEER + ";tag=wrong")),
    "UPDATE with a wrong tag": strays("UPDATE", (OWN + "[pid]c[call_number]", PEER + ";tag=wrong")),
    "an old CSeq": asks_alone("OPTIONS", 500, cseq=0),
    "INFO after the BYE": Scenario(
        by_caller().hangs_up().pause(100).ask("INFO", 481), by_callee().is_hung_up()),
    "a second BYE after the BYE": Scenario(
        by_caller().hangs_up().pause(100).hangs_up(481), by_callee().is_hung_up()),
}

TIMERS = {
    "a session timer of the caller": Scenario(
        Caller().invites(headers=("Supported: timer", "Session-Expires: 120")).hears_progress()
        .is_answered("Session-Expires: 120;refresher=uac").hangs_up(), by_callee().is_hung_up()),
    "a caller that makes us refresh": Scenario(
        Caller().invites(headers=("Supported: timer", "Session-Expires: 120;refresher=uas")).hears_progress()
        .is_answered("Session-Expires: 120;refresher=uas").hangs_up(), by_callee().is_hung_up()),
    "a session timer that is too short": Scenario(
        is_refused(422, "Supported: timer", "Session-Expires: 20", has="Min-SE: 90"),
        record=failed("SESSION_INTERVAL_TOO_SMALL", 422)),
    "a session timer that becomes too short": asks_alone(
        "UPDATE", 422, headers=("Supported: timer", "Session-Expires: 20"), has="Min-SE: 90"),
    "no session timer where it is off": Scenario(
        Caller().invites(headers=("Supported: timer", "Session-Expires: 120")).hears_progress()
        .is_answered(lacks="Session-Expires").hangs_up(), by_callee().is_hung_up(), trunk={"session": {"timer": "off"}}),
    "a session timer that we offer": Scenario(
        by_caller().pause(200).hangs_up(), Callee().is_invited(("Session-Expires: 300", "Supported:.*timer")).rings()
        .answers(headers=("Require: timer", "Session-Expires: 300;refresher=uas")).is_hung_up(),
        carrier={"session": {"timer": "offer", "session_expires": 300}}),
    "a far end that wants longer sessions": Scenario(
        calls(), Callee().is_invited("Session-Expires: 300").refuses(422, ("Min-SE: 600",))
        .is_invited(("Session-Expires: 600", "Min-SE: 600")).answers(headers=("Session-Expires: 600;refresher=uac",))
        .is_hung_up(), carrier={"session": {"timer": "offer", "session_expires": 300}}),
    "a session timer of the callee": Scenario(
        gives_turn(by_caller()).is_hung_up(),
        takes_turn(by_callee()).ask("UPDATE", headers=("Supported: timer", "Session-Expires: 120;refresher=uac"),
                                    has="Session-Expires: 120").hangs_up(), BY_CALLEE),
    "the longest duration": Scenario(
        by_caller().is_hung_up("WARP;cause=1006"), by_callee().is_hung_up("WARP;cause=1006"),
        {**ANSWERED, "reason": "MAX_DURATION", "release_side": "platform"}, fields={"max_duration_seconds": 1}),
}
