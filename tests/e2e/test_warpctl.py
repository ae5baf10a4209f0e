"""warpctl against the daemon: what the guides do not show."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import termios

import pytest

import harness
from call_agents import Agent
from warp_cli import build, proc


@pytest.fixture(scope="module")
def ctl(world, tmp_path_factory):
    build.build(harness.PRESET, ["warpctl"])
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "HOME": str(home), "WARP_URL": world.warp.api_url,
                   "WARP_KEY": world.warp.key_file.read_text().strip()}

    def run(*words, status=0, **more):
        done = subprocess.run([str(build.binary(harness.PRESET, "warpctl")), *words], capture_output=True, text=True,
                              timeout=60, env={**environment, **more})
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    run.environment = environment
    return run


def test_every_operation_of_the_daemon_is_known(world, ctl):
    known = {row["id"] for row in json.loads(ctl("operations", "--json").stdout)}
    document = json.loads(world.warp.api().request("GET", "/api/v1/openapi.json", raw=True))
    served = {operation["operationId"] for methods in document["paths"].values() for operation in methods.values()}
    assert known == served


def test_reads_of_all_lists_print_tables(world, ctl):
    for words in (("customers", "list"), ("providers", "list"), ("routes", "list"), ("rate-plans", "list"),
                  ("trunks", "list", "--customer-id", world.customer), ("cdr", "details"), ("partitions", "list")):
        assert ctl(*words).stdout.strip(), words


def test_a_trunk_is_made_changed_and_deleted(world, ctl):
    of = ("--customer-id", world.customer)
    made = json.loads(ctl("trunks", "create", *of, "--field", "name=by hand", "--field", "auth_type=DIGEST",
                          "--field", "capacity_channels_inbound=2", "--json").stdout)["data"]
    changed = json.loads(ctl("trunks", "update", made["id"], *of, "--field", "capacity_channels_inbound=1",
                             "--json").stdout)["data"]
    assert changed["capacity_channels_inbound"] == 1
    credential = ctl("trunks", "credentials", "create", made["id"], *of, "--field", "username=desk").stdout
    assert "password" in credential
    ctl("trunks", "delete", made["id"], *of)
    assert "NOT_FOUND" in ctl("trunks", "get", made["id"], *of, status=1).stderr


def test_a_deck_is_exported_as_it_is(world, ctl):
    assert ctl("rate-plans", "rates.csv", world.plans["customer"]).stdout.startswith("prefix,")


def test_live_views_hear_the_daemon(world, ctl):
    said = ctl("tail", "trunks", "--count", "1").stdout
    assert json.loads(said)["topic"] == "trunks"


@pytest.fixture
def call(world):
    """A call that is up, through carrier A."""
    callers = Agent(world.customer_ip, world.customer_port, world.target)
    callees = Agent(world.carrier_ips["a"], world.carrier_ports["a"], world.target)
    try:
        yield callers.place(harness.ANI, harness.DNI)
    finally:
        callers.close()
        callees.close()


def test_a_call_is_listed_traced_and_ended(world, ctl, call):
    seen = ctl("calls").stdout.splitlines()
    assert len(seen) == 2 and harness.ANI in seen[1], seen
    known = json.loads(ctl("calls", "list", "--json").stdout)[0]["id"]
    assert f"trace {known} --start" in ctl("trace", known, status=1).stderr
    ctl("trace", known, "--start")
    assert call.reinvite().status == 200
    ladder = ctl("trace", known).stdout
    assert ladder.count("INVITE ") == 2 and "200 " in ladder, ladder
    assert "asked to end" in ctl("calls", "hangup", known).stdout
    assert proc.wait_until(lambda: call in call.agent.ended, 5 * harness.SLOW)
    assert world.record(call)["release_side"] == "platform"


def test_top_shows_the_call_on_a_terminal(world, ctl, call):
    pid, screen = pty.fork()
    if pid == 0:
        program = str(build.binary(harness.PRESET, "warpctl"))
        os.execve(program, [program, "top"], {**ctl.environment, "TERM": "xterm"})
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    seen = ""

    def shows():
        nonlocal seen
        if select.select([screen], [], [], 0.2)[0]:
            seen += os.read(screen, 65536).decode(errors="replace")
        last = seen.rpartition("warpctl top: ")[2]
        return all(word in last for word in ("1 calls, ", "a second", harness.ANI, "calls/s in", "ready"))

    try:
        assert proc.wait_until(shows, 15 * harness.SLOW, 0.01), seen[-3000:]
        os.write(screen, b"q")
        assert proc.wait_until(lambda: os.waitpid(pid, os.WNOHANG) == (pid, 0), 10 * harness.SLOW, 0.05), "q does not end it"
    finally:
        os.close(screen)
    assert call.request("BYE").status == 200


def test_a_key_without_scope_is_refused(world, ctl):
    key = world.warp.api().post(f"/api/v1/customers/{world.customer}/api-keys", {"name": "narrow", "scopes": ["cdr:read"]})["key"]
    assert "FORBIDDEN" in ctl("trunks", "list", status=1, WARP_KEY=key).stderr
    assert ctl("network", "ingress-ips", WARP_KEY=key).stdout.startswith("transport")
