"""Pages compared dot by dot: through the gateway between T.38 and G.711, by offers of our own and of the machines, with
refusals; and T.38 from end to end."""

import contextlib
import json
import os
import subprocess

import pytest
from call_agents import Agent, Call
from harness import ANI, DNI, PRESET, SLOW
from media_scene import metric, newest, policies
from warp_cli import build, proc

TOOL = build.binary(PRESET).parent / "fax_peer"
SECONDS = 90
# Modems do not wait for each other: where the machine allows it, gateway and terminals go before what else it does.
WORLD = {"change": lambda settings: settings["media"].update(realtime_priority=1)}


class FaxCall(Call):
    """Its media are a fax machine's."""
    port = None

    def sdp(self, kind="audio", direction="sendrecv"):
        body = super().sdp(kind, direction)
        own = self.rtp.getsockname()[1]
        return body.replace(f"m=audio {own} ", f"m=audio {self.agent.machine.port} ") \
                   .replace(f"m=image {own} ", f"m=image {self.agent.machine.port} ")


class FaxAgent(Agent):
    call_class = FaxCall
    machine = None


class Machine:
    def __init__(self, ip, *arguments):
        self.process = subprocess.Popen([TOOL, *arguments, "--local", f"{ip}:0", "--seconds", str(SECONDS)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(self.process.pid, os.SCHED_FIFO, os.sched_param(1))
        self.port = json.loads(self.process.stdout.readline())["port"]

    def begin(self, remote):
        self.process.stdin.write("%s:%d\n" % remote)
        self.process.stdin.flush()

    def result(self):
        self.process.wait(SECONDS + 30)
        return json.loads(self.process.stdout.readline() or "{}")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class LateCall(FaxCall):
    """In audio, until it is asked for the T.38 that its machine speaks."""

    def sdp(self, kind="audio", direction="sendrecv"):
        return Call.sdp(self, kind, direction) if kind == "audio" else super().sdp(kind, direction)


class LateAgent(FaxAgent):
    call_class = LateCall


def refuses_t38(status):
    return {"INVITE": lambda message: status if "m=image" in message.body else 200}


def asked_for_t38(call):
    """An INVITE with T.38 came within the call."""
    while True:
        message = call.requests.get(timeout=20 * SLOW)
        if message.method == "INVITE" and "m=image" in message.body:
            return message


class Fax:
    """A call between two fax machines, the customer's and the carrier's, one of which has a page for the other."""

    def __init__(self, world, folder, near, far, sender, late=None):
        self.page, self.got = folder / "page.tif", folder / "got.tif"
        subprocess.run([TOOL, "page", self.page], check=True, stdout=subprocess.DEVNULL)
        jobs = {True: ("--send", self.page), False: ("--receive", self.got)}
        kinds = {side: LateAgent if late == side else FaxAgent for side in ("customer", "carrier")}
        self.callers = kinds["customer"](world.customer_ip, world.customer_port, world.target)
        self.callees = kinds["carrier"](world.carrier_ips["a"], world.carrier_ports["a"], world.target)
        self.callers.machine = Machine(world.customer_ip, near, *jobs[sender == "customer"])
        self.callees.machine = Machine(world.carrier_ips["a"], far, *jobs[sender == "carrier"])
        self.late = late

    def place(self):
        self.caller = self.callers.place(ANI, DNI)
        self.callee = newest(self.callees)
        return self.caller, self.callee

    def run(self):
        """Both machines begin, the late one once it is asked for T.38; (results, whether the page is the same)."""
        assert proc.wait_until(lambda: self.caller.media and self.callee.media, 5 * SLOW)
        ends = {"customer": (self.callers, self.caller), "carrier": (self.callees, self.callee)}
        for side, (agent, call) in sorted(ends.items(), key=lambda end: end[0] == self.late):
            if side == self.late:
                asked_for_t38(call)
            agent.machine.begin(call.media)
        results = self.callers.machine.result(), self.callees.machine.result()
        assert self.caller.request("BYE").status == 200
        same = subprocess.run([TOOL, "compare", self.page, self.got], stdout=subprocess.DEVNULL).returncode == 0
        return results, same

    def close(self):
        for agent in (self.callers, self.callees):
            agent.machine.stop()
            agent.close()


@pytest.fixture
def fax(world, tmp_path):
    made = []

    def make(*arguments, **more):
        made.append(Fax(world, tmp_path, *arguments, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def switched(call):
    answer = call.reinvite("fax")
    assert answer.status == 200 and "m=image" in answer.body, answer.body


@pytest.mark.parametrize("sender", ["customer", "carrier"])
def test_a_page_goes_through_the_gateway(world, fax, sender):
    policies(world, trunk={"fax": "audio"})
    call = fax("pcmu", "t38", sender)
    switched(call.place()[1])
    results, same = call.run()
    assert same, json.dumps(results)


def test_t38_goes_through_unread(world, fax):
    policies(world)
    call = fax("t38", "t38", "carrier")
    switched(call.place()[1])
    results, same = call.run()
    assert same, json.dumps(results)


@pytest.mark.parametrize("late,sender", [("carrier", "customer"), ("carrier", "carrier"), ("customer", "carrier")])
def test_a_fax_that_is_heard_is_offered_as_t38_where_the_policy_wants_it(world, fax, late, sender):
    near, far = ("pcmu", "t38") if late == "carrier" else ("t38", "pcmu")
    policies(world, **{"trunk" if late == "customer" else "carrier": {"fax": "t38"}})
    before = metric(world, "warp_calls_fax_switches_total", 'carried="t38"')
    call = fax(near, far, sender, late=late)
    call.place()
    results, same = call.run()
    assert same, json.dumps(results)
    assert metric(world, "warp_calls_fax_switches_total", 'carried="t38"') == before + 1
    row = world.one_record(call.caller.id)
    assert row["callee_codec" if late == "carrier" else "caller_codec"] == "T.38", row


@pytest.mark.parametrize("sender,status", [("customer", 488), ("carrier", 415), ("customer", 606)])
def test_a_fax_whose_t38_is_refused_goes_on_as_audio(world, fax, sender, status):
    policies(world, carrier={"fax": "t38"})
    call = fax("pcmu", "pcmu", sender)
    call.callees.refuse = refuses_t38(status)
    caller, callee = call.place()
    results, same = call.run()
    assert same, json.dumps(results)
    asked_for_t38(callee)
    assert world.one_record(caller.id)["callee_codec"].startswith("PCMU")


@pytest.mark.parametrize("sender", ["customer", "carrier"])
def test_t38_that_the_other_side_refuses_meets_the_gateway(world, fax, sender):
    policies(world, carrier={"fax": "t38"})
    call = fax("pcmu", "t38", sender)
    call.callers.refuse = refuses_t38(488)
    caller, callee = call.place()
    switched(callee)
    asked_for_t38(caller)
    results, same = call.run()
    assert same, json.dumps(results)
