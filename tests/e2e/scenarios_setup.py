"""Scenarios of call set-up: answers, refusals, failover, cancelling, provisional responses, forks, redirects."""

from scenarios import (BY_CALLEE, BY_CALLER, CANCELLED, Scenario, answers, calls, failed, is_refused, refuses)
from sipp_builder import ALLOW, RELIABLE, Callee, Caller, sdp

EARLY_OFF = {"provisional": {"early_media": False}}
RELIABLE_OFF = {"provisional": {"reliable": "off"}}
RELIABLE_REQUIRED = {"provisional": {"reliable": "required"}}
NOBODY = failed("NO_ANSWER", 480, "NO ANSWER")


def gives_up(early=180, has=(), pause_ms=200):
    caller = Caller().invites()
    if early:
        caller.gets(100, optional=True).gets(early, has)
    else:
        caller.gets(100)
    return caller.pause(pause_ms).cancels().gets(200).is_refused(487)


def passed_on(status, reason="FAR_END_REJECTED", disposition="FAILED"):
    """A final answer that goes back to the caller as it is; the second carrier is not asked."""
    return Scenario(is_refused(status), refuses(status), failed(reason, status, disposition), attempts=[status])


def next_carrier(status):
    return Scenario(calls(), refuses(status), second=answers(), attempts=[status, 200], grows=("warp_calls_failovers_total",))


def rings_reliably(**more):
    """Callee: a reliable 183 with its answer, then 200."""
    return Callee().is_invited().rings(183, sdp(), reliable=17, **more).takes("PRACK", "RAck: 17 [0-9]+ INVITE").says(200)


ANSWERS = {
    "the caller hangs up": Scenario(calls(), answers()),
    "the callee hangs up": Scenario(
        Caller().invites().hears_progress().is_answered().is_hung_up(),
        Callee().is_invited().rings().answers().pause(200).hangs_up(), BY_CALLEE),
    "answered without ringing": Scenario(calls(), Callee().is_invited().answers().is_hung_up()),
    "answered after 100 alone": Scenario(calls(), Callee().is_invited().rings(100).pause(100).answers().is_hung_up()),
    "ringing twice": Scenario(calls(), Callee().is_invited().rings().pause(100).rings().answers().is_hung_up()),
    "hung up in the moment of the answer": Scenario(calls(hold_ms=0), Callee().is_invited().answers().is_hung_up()),
    "an INVITE that comes twice is one call": Scenario(
        Caller().invites(again=True).hears_progress().is_answered().pause(100).hangs_up(), answers(),
        grows=("warp_sip_transaction_absorbed_total",)),
    "a 200 that comes twice is acknowledged twice": Scenario(
        calls(hold_ms=800),
        Callee().is_invited().rings().answers().answers().is_hung_up()),
    "an ACK that is late": Scenario(
        Caller().invites().hears_progress().gets(200, routes=True).pause(1300).request("ACK", cseq=1).pause(100).hangs_up(),
        Callee().is_invited().rings().answers().is_hung_up()),
    "a BYE with a reason": Scenario(
        Caller().invites().hears_progress().is_answered().pause(100).hangs_up(headers=("Reason: Q.850;cause=31",)),
        Callee().is_invited().rings().answers().is_hung_up("Reason: Q.850;cause=31"), {**BY_CALLER, "q850": "31"}),
}

REFUSALS = {
    "404 is passed on": passed_on(404),
    "410 is passed on": passed_on(410),
    "480 is passed on": passed_on(480, "NO_ANSWER", "NO ANSWER"),
    "484 is passed on": passed_on(484),
    "486 is passed on": passed_on(486, "CALLEE_BUSY", "BUSY"),
    "488 is passed on": passed_on(488),
    "403 is passed on": passed_on(403),
    "600 is passed on": passed_on(600, "CALLEE_BUSY", "BUSY"),
    "603 is passed on": passed_on(603, "CALLEE_DECLINED"),
    "604 is passed on": passed_on(604),
    "500 goes to the next carrier": next_carrier(500),
    "502 goes to the next carrier": next_carrier(502),
    "503 goes to the next carrier": next_carrier(503),
    "504 goes to the next carrier": next_carrier(504),
    "408 goes to the next carrier": next_carrier(408),
    "401 goes to the next carrier": next_carrier(401),
    "420 goes to the next carrier": next_carrier(420),
    "silence goes to the next carrier": Scenario(calls(), second=answers(), attempts=[0, 200],
                                                 grows=("warp_calls_failovers_total",)),
    "failover after early media is a second early dialog": Scenario(
        calls(), Callee().is_invited().rings(183, sdp()).pause(100).refuses(503), second=answers(), attempts=[503, 200]),
    "all carriers refuse": Scenario(is_refused(503, has="WARP;cause=4005"), refuses(503), failed("ALL_ROUTES_FAILED", 503),
                                    second=refuses(500), attempts=[503, 500]),
    "the cause of the far end goes through": Scenario(
        is_refused(404, has="Reason: Q.850;cause=1[^0-9]"), refuses(404, "Reason: Q.850;cause=1"),
        {**failed("FAR_END_REJECTED", 404), "q850": "1"}),
    "a chosen code goes to the next carrier": Scenario(
        calls(), refuses(404), second=answers(), attempts=[404, 200],
        carrier={"health": {"failover_codes": ["404"], "open_after": 0}}),
}

CANCELS = {
    "cancelled before ringing": Scenario(gives_up(None), Callee().is_invited().rings(100).is_cancelled(), CANCELLED),
    "cancelled while ringing": Scenario(gives_up(), Callee().is_invited().rings().is_cancelled(), CANCELLED),
    "cancelled in early media": Scenario(gives_up(183, "m=audio"), Callee().is_invited().rings(183, sdp()).is_cancelled(),
                                         CANCELLED),
    "a CANCEL that crosses the answer": Scenario(
        gives_up(),
        Callee().is_invited().rings().takes("CANCEL").says(200).answers(confirmed=True).is_hung_up(), CANCELLED),
    "a far end that was silent until the caller gave up": Scenario(
        gives_up(None), Callee().is_invited().pause(700).rings().is_cancelled(), CANCELLED),
    "a CANCEL of nothing": Scenario(Caller().cancels_nothing().gets(481), record=None),
    "BYE in the early dialog": Scenario(
        Caller().invites().gets(100, optional=True).gets(180, routes=True).request("BYE").gets(200).is_refused(487),
        Callee().is_invited().rings().is_cancelled(), CANCELLED),
    "ringing too long": Scenario(is_refused(480), Callee().is_invited().rings().is_cancelled(), NOBODY,
                                 fields={"ring_timeout_seconds": 1}),
    "early media too long": Scenario(is_refused(480), Callee().is_invited().rings(183, sdp()).is_cancelled(), NOBODY,
                                     fields={"ring_timeout_seconds": 1}),
}

EARLY = {
    "180 then 183 with a description": Scenario(
        Caller().invites().gets(100, optional=True).gets(180, lacks="m=audio").gets(183, "m=audio").is_answered().hangs_up(),
        Callee().is_invited().rings().pause(50).rings(183, sdp()).pause(50).answers().is_hung_up()),
    "183 with a description then 180": Scenario(
        Caller().invites().gets(100, optional=True).gets(183, "m=audio").gets(180).is_answered().hangs_up(),
        Callee().is_invited().rings(183, sdp()).pause(50).rings().pause(50).answers().is_hung_up()),
    "183 without a description": Scenario(
        Caller().invites().gets(100, optional=True).gets(183, lacks="m=audio").is_answered("m=audio").hangs_up(),
        Callee().is_invited().rings(183).pause(50).answers().is_hung_up()),
    "180 with a description": Scenario(
        Caller().invites().gets(100, optional=True).gets(180, "m=audio").is_answered().hangs_up(),
        Callee().is_invited().rings(180, sdp()).pause(50).answers().is_hung_up()),
    "early media and no answer": Scenario(
        Caller().invites().gets(100, optional=True).gets(183, "m=audio").is_refused(480),
        Callee().is_invited().rings(183, sdp()).pause(200).refuses(480), NOBODY),
    "early media is kept from a trunk": Scenario(
        Caller().invites().gets(100, optional=True).gets(183, lacks="m=audio").is_answered("m=audio").hangs_up(),
        Callee().is_invited().rings(183, sdp()).pause(50).answers().is_hung_up(), trunk=EARLY_OFF),
    "a 200 without the description that the 183 had": Scenario(
        Caller().invites().gets(100, optional=True).gets(183, "m=audio").is_answered("m=audio").hangs_up(),
        Callee().is_invited().rings(183, sdp()).pause(50).answers(body="").is_hung_up()),
    "199 stays here": Scenario(
        Caller().invites().gets(100, optional=True).gets(180).is_answered().hangs_up(),
        Callee().is_invited().rings(tag="one").rings(199, tag="one").rings(tag="two").pause(100)
        .answers(tag="two").is_hung_up()),
    "two forks ring and the second answers": Scenario(
        calls(), Callee().is_invited().rings(183, sdp(), tag="one").rings(183, sdp(), tag="two").pause(100)
        .answers(tag="two").is_hung_up(), grows=("warp_calls_forks_total",)),
    "a delayed offer": Scenario(
        Caller().invites(body="").hears_progress().is_answered("m=audio", ack_body=sdp()).pause(150).hangs_up(),
        Callee().is_invited(lacks="m=audio").rings().answers(confirmed=False).takes("ACK", "m=audio").is_hung_up()),
}

RELIABILITY = {
    "100rel on neither side": Scenario(
        calls(), Callee().is_invited("Supported:.*100rel").rings(183, sdp()).pause(50).answers().is_hung_up()),
    "100rel on both sides": Scenario(
        Caller().invites(headers=RELIABLE).pracks(183, "m=audio").is_answered().pause(100).hangs_up(),
        rings_reliably().answers(body="").is_hung_up()),
    "100rel on the far side alone": Scenario(
        Caller().invites().gets(100, optional=True).gets(183, lacks="RSeq").is_answered().pause(100).hangs_up(),
        rings_reliably().answers(body="").is_hung_up()),
    "100rel on the near side alone": Scenario(
        Caller().invites(headers=("Require: 100rel",)).pracks(183, "m=audio").is_answered().pause(100).hangs_up(),
        Callee().is_invited().rings(183, sdp()).pause(200).answers().is_hung_up()),
    "a late PRACK is waited for": Scenario(
        Caller().invites(headers=RELIABLE).pracks(183, "m=audio", after_ms=1200).is_answered().pause(100).hangs_up(),
        rings_reliably().answers(body="").is_hung_up()),
    "a reliable 180 without a description": Scenario(
        Caller().invites(headers=RELIABLE).pracks(180).is_answered("m=audio").pause(100).hangs_up(),
        Callee().is_invited().rings(180, reliable=5).takes("PRACK").says(200).pause(100).answers().is_hung_up()),
    "two reliable responses in a row": Scenario(
        Caller().invites(headers=RELIABLE).pracks(180).pracks(183, "m=audio").is_answered().pause(100).hangs_up(),
        Callee().is_invited().rings(180, reliable=5).takes("PRACK", "RAck: 5 ").says(200).pause(100)
        .rings(183, sdp(), reliable=6).takes("PRACK", "RAck: 6 ").says(200).pause(100).answers(body="").is_hung_up()),
    "a PRACK of nothing": Scenario(
        Caller().invites(headers=RELIABLE).gets(100, optional=True).gets(183, "RSeq", routes=True)
        .request("PRACK", headers=("RAck: 1 7 INVITE",)).gets(481).cancels().gets(200).is_refused(487),
        rings_reliably().is_cancelled(), CANCELLED),
    "cancelled in a reliable early dialog": Scenario(
        Caller().invites(headers=RELIABLE).pracks(183, "m=audio").cancels().gets(200).is_refused(487),
        rings_reliably().is_cancelled(), CANCELLED),
    "100rel that a trunk may not require": Scenario(
        is_refused(420, "Require: 100rel", has="Unsupported: 100rel"), record=failed("EXTENSION_UNSUPPORTED", 420),
        trunk=RELIABLE_OFF),
    "100rel that a trunk offers in vain": Scenario(
        Caller().invites(headers=RELIABLE).gets(100, optional=True).gets(183, lacks="RSeq").is_answered().hangs_up(),
        rings_reliably().answers(body="").is_hung_up(), trunk=RELIABLE_OFF),
    "100rel that a carrier is not offered": Scenario(
        calls(), answers(lacks="100rel"), carrier=RELIABLE_OFF),
    "100rel that a carrier must have": Scenario(
        calls(), Callee().is_invited("Require: 100rel").refuses(420, ("Unsupported: 100rel",)), second=answers(),
        attempts=[420, 200], carrier=RELIABLE_REQUIRED),
    "UPDATE while it rings": Scenario(
        Caller().invites(headers=(*RELIABLE, *ALLOW)).pracks(183, "m=audio")
        .ask("UPDATE", body=sdp(2, "sendonly"), has="a=recvonly").is_answered().pause(100).hangs_up(),
        rings_reliably(headers=ALLOW).takes("UPDATE", "a=sendonly").says(200, sdp(2, "recvonly")).pause(100)
        .answers(body="", headers=ALLOW).is_hung_up()),
    "UPDATE of the far end while it rings": Scenario(
        Caller().invites(headers=(*RELIABLE, *ALLOW)).pracks(183, "m=audio").takes("UPDATE", "a=sendonly")
        .says(200, sdp(2, "recvonly")).is_answered().pause(100).hangs_up(),
        rings_reliably(headers=ALLOW).pause(100).ask("UPDATE", body=sdp(2, "sendonly"), has="a=recvonly")
        .answers(body="", headers=ALLOW).is_hung_up()),
    "UPDATE before anything was agreed": Scenario(
        Caller().invites(headers=ALLOW).gets(100, optional=True).gets(180, routes=True)
        .ask("UPDATE", 500, body=sdp(2), has="Retry-After").is_answered().hangs_up(),
        Callee().is_invited().rings().pause(1500).answers().is_hung_up()),
}

REDIRECTS = {
    "302 goes to the next carrier": Scenario(
        calls(), refuses(302, "Contact: <sip:1@127.0.0.99>"), second=answers(), attempts=[302, 200]),
    "302 is refused": Scenario(
        is_refused(503, has="WARP;cause=4013"), refuses(302, "Contact: <sip:1@127.0.0.99>"),
        failed("REDIRECT_REFUSED", 503), attempts=[302], carrier={"provisional": {"redirect": "refuse"}}),
    "302 is followed": Scenario(
        calls(), refuses(302, "Contact: <sip:+442079460199@127.0.0.4:[second_port]>"),
        second=answers(has="INVITE sip:[+]?442079460199@"), attempts=[302, 200],
        carrier={"provisional": {"redirect": "follow"}}, grows=("warp_calls_redirects_total",)),
    "302 to where we have no transport": Scenario(
        calls(), refuses(302, "Contact: <sip:a@127.0.0.4:[second_port];transport=sctp>"), second=answers(),
        attempts=[302, 200], carrier={"provisional": {"redirect": "follow"}}),
}
