"""A page through the gateway between T.38 and G.711, both ways, compared dot by dot; and T.38 from end to end."""

import json
import subprocess

import pytest
from call_agents import Agent, Call
from harness import ANI, DNI, PRESET, SLOW
from media_scene import newest, policies
from warp_cli import build, proc

TOOL = build.binary(PRESET).parent / "fax_peer"
SECONDS = 90


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


@pytest.fixture
def fax(world, tmp_path):
    """transfer(the customer's kind, the carrier's kind, who sends): results of both, and whether the page is the same."""
    made = []

    def transfer(near, far, sender, switch):
        page, got = tmp_path / "page.tif", tmp_path / "got.tif"
        subprocess.run([TOOL, "page", page], check=True, stdout=subprocess.DEVNULL)
        callers = FaxAgent(world.customer_ip, world.customer_port, world.target)
        callees = FaxAgent(world.carrier_ips["a"], world.carrier_ports["a"], world.target)
        made.extend((callers, callees))
        jobs = {True: ("--send", page), False: ("--receive", got)}
        callers.machine = Machine(world.customer_ip, near, *jobs[sender == "customer"])
        callees.machine = Machine(world.carrier_ips["a"], far, *jobs[sender == "carrier"])
        caller = callers.place(ANI, DNI)
        callee = newest(callees)
        if switch:
            answer = callee.reinvite("fax")
            assert answer.status == 200 and "m=image" in answer.body, answer.body
        assert proc.wait_until(lambda: caller.media and callee.media, 5 * SLOW)
        callers.machine.begin(caller.media)
        callees.machine.begin(callee.media)
        results = callers.machine.result(), callees.machine.result()
        assert caller.request("BYE").status == 200
        same = subprocess.run([TOOL, "compare", page, got], stdout=subprocess.DEVNULL).returncode == 0
        return results, same

    yield transfer
    for agent in made:
        if agent.machine:
            agent.machine.stop()
        agent.close()


@pytest.mark.parametrize("sender", ["customer", "carrier"])
def test_a_page_goes_through_the_gateway(world, fax, sender):
    policies(world, trunk={"fax": "audio"})
    results, same = fax("pcmu", "t38", sender, True)
    assert same, results


def test_t38_goes_through_unread(world, fax):
    policies(world)
    results, same = fax("t38", "t38", "carrier", True)
    assert same, results
