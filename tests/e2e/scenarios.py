"""What a scenario is: the peers' steps, how both are provisioned, and what must be in the books afterwards."""

import dataclasses

from sipp_builder import ALLOW, Callee, Caller

ANSWERED = {"disposition": "ANSWERED", "reason": "NORMAL_CLEARING", "sip_status": "200"}
BY_CALLER, BY_CALLEE = {**ANSWERED, "release_side": "caller"}, {**ANSWERED, "release_side": "callee"}
CANCELLED = {"disposition": "CANCELLED", "reason": "CALLER_CANCELLED", "sip_status": "487"}


def failed(reason, status, disposition="FAILED"):
    return {"disposition": disposition, "reason": reason, "sip_status": str(status)}


@dataclasses.dataclass
class Scenario:
    caller: Caller
    callee: Callee = None                                       # at carrier A
    record: dict = dataclasses.field(default_factory=lambda: BY_CALLER)  # fields of the one record; None: there is none
    second: Callee = None                                       # at carrier B
    attempts: list = None                                       # statuses of the record's attempts
    trunk: dict = dataclasses.field(default_factory=dict)       # sip_policy of the customer's trunk
    carrier: dict = dataclasses.field(default_factory=dict)     # sip_policy of carrier A
    fields: dict = dataclasses.field(default_factory=dict)      # other fields of the trunk
    grows: tuple = ()                                           # metrics that must have grown: name, or (name, label)
    calls: int = 1                                              # that leave a record
    dni: str = "+442079460123"
    ani: str = "+12025550100"
    source: str = "customer"                                    # or: carrier, stranger


def calls(*headers, hold_ms=150, **invite):
    """A caller that talks and hangs up."""
    return Caller().invites(headers=headers, **invite).hears_progress().is_answered().pause(hold_ms).hangs_up()


def is_refused(status, *headers, has=(), lacks=(), **invite):
    return Caller().invites(headers=headers, **invite).hears_progress().is_refused(status, has, lacks)


def answers(has=(), lacks=()):
    """A callee that rings, answers and is hung up on."""
    return Callee().is_invited(has, lacks).rings().pause(50).answers().is_hung_up()


def refuses(status, *headers):
    return Callee().is_invited().refuses(status, headers)


def talking(side):
    """Up to the answer, with all methods allowed."""
    if side == "caller":
        return Caller().invites(headers=ALLOW).hears_progress().is_answered()
    return Callee().is_invited().rings().answers(headers=ALLOW)


def gives_turn(caller):
    """Tells the far end, which was answered earlier, that the caller's side is settled: no pause is sure to be long enough."""
    return caller.ask("INFO", body="Turn", kind="application/media_control+xml")


def takes_turn(callee):
    return callee.takes("INFO", "Turn").says(200)
