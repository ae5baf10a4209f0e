"""warpctl on a terminal, against a stub that answers as the API does."""

import errno
import json
import os
import pathlib
import pty
import select
import stat
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from api_stub import Stub  # noqa: E402
from warp_cli import build  # noqa: E402


@pytest.fixture(scope="module")
def program():
    build.build("release", ["warpctl"])
    return build.binary("release", "warpctl")


@pytest.fixture
def stub():
    made = Stub()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def ctl(program, stub, tmp_path):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "WARP_URL": stub.url, "WARP_KEY": "rk_good"}

    def run(*words, key="rk_good", status=0, given=None, **more):
        values = {**environment, "WARP_KEY": key, **more}
        values = {name: value for name, value in values.items() if value is not None}
        done = subprocess.run([str(program), *words], capture_output=True, text=True, timeout=30, env=values, input=given)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    run.program, run.environment, run.home = program, environment, tmp_path
    return run


class Terminal:
    """The program on a pseudo-terminal."""

    def __init__(self, argv, environment):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, environment)
        self.said = ""

    def expect(self, text, seconds=15):
        limit = time.monotonic() + seconds
        while text not in self.said:
            ready, _, _ = select.select([self.master], [], [], max(0, limit - time.monotonic()))
            assert ready, f"no {text!r} in {self.said!r}"
            try:
                octets = os.read(self.master, 4096)
            except OSError as error:
                assert error.errno == errno.EIO
                octets = b""
            assert octets, f"ended without {text!r}: {self.said!r}"
            self.said += octets.decode(errors="replace")

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        limit = time.monotonic() + 15
        while time.monotonic() < limit:
            ready, _, _ = select.select([self.master], [], [], 0.2)
            try:
                if ready:
                    self.said += os.read(self.master, 4096).decode(errors="replace")
            except OSError:
                break
        _, status = os.waitpid(self.pid, 0)
        os.close(self.master)
        return os.waitstatus_to_exitcode(status)


def terminal(ctl, *words, **more):
    environment = {**ctl.environment, "TERM": "xterm", **more}
    return Terminal([str(ctl.program), *words], {name: value for name, value in environment.items() if value is not None})


def test_rows_are_a_table_or_json(ctl, stub):
    table = ctl("trunks", "list", "--columns", "id,name").stdout.splitlines()
    assert table[0].split() == ["id", "name"] and table[1].split() == ["t1", "trunk", "1"] and len(table) == 6
    assert json.loads(ctl("--json", "trunks", "list").stdout)["data"][4]["id"] == "t5"
    assert json.loads(ctl("trunks", "list", "--json").stdout)["data"][0]["name"] == "trunk 1"
    assert stub.asked[0]["headers"]["authorization"] == "Bearer rk_good"


def test_all_pages_are_followed(ctl, stub):
    assert [line.split()[0] for line in ctl("customers", "list", "--all", "--columns", "id").stdout.splitlines()] == \
        ["id", "c1", "c2", "c3"]
    assert len(ctl("customers", "list", "--columns", "id").stdout.splitlines()) == 2


def test_fields_and_bodies_are_sent(ctl, stub):
    ctl("trunks", "create", "--field", "name=office", "--field", "capacity_channels_inbound=5", "--idempotency-key", "k1")
    assert json.loads(stub.asked[-1]["body"]) == {"name": "office", "capacity_channels_inbound": 5}
    assert stub.asked[-1]["headers"]["idempotency-key"] == "k1"
    ctl("trunks", "create", "--body", "-", given='{"name": "from input"}')
    assert json.loads(stub.asked[-1]["body"]) == {"name": "from input"}
    ctl("api", "post_trunks", "--field", "name=by id")
    assert stub.asked[-1]["path"] == "/trunks"
    ctl("api", "GET", "/trunks", "--query", "a=b c")
    assert stub.asked[-1]["query"] == "a=b%20c"


def test_a_dry_run_sends_nothing_and_hides_the_key(ctl, stub):
    said = ctl("trunks", "create", "--field", "name=office", "--dry-run").stdout
    assert said.startswith(f"POST {stub.url}/api/v1/trunks\n") and '{"name":"office"}' in said and "rk_good" not in said
    ctl("calls", "hangup", "call-1", "--dry-run")
    assert stub.asked == []


def test_exit_statuses(ctl, stub):
    refused = ctl("trunks", "create", "--field", "description=x", status=1)
    assert "INVALID_PAYLOAD" in refused.stderr and "name is required" in refused.stderr
    ctl("trunks", "get", "none", status=1)
    ctl("trunks", "create", "--field", "nonsense", status=2)
    ctl("no-such-command", status=2)
    ctl("trunks", "list", status=2, WARP_URL="http://127.0.0.1:1")


def test_signing_in_asks_without_echo_and_keeps_the_tokens(ctl, stub):
    session = terminal(ctl, "login", "--email", "a@example.net", WARP_KEY=None)
    session.expect("Password: ")
    session.type("correct horse\n")
    session.expect("Code: ")
    session.type("123456\n")
    session.expect("signed in as a@example.net")
    assert session.end() == 0
    assert "correct horse" not in session.said and "123456" not in session.said
    file = ctl.home / ".config" / "warp" / "profiles.yaml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ctl("trunks", "list", key=None)
    assert stub.asked[-1]["headers"]["authorization"] == "Bearer wa_new"
    file.write_text(file.read_text().replace("wa_new", "wa_old"))
    ctl("trunks", "list", key=None)
    assert stub.asked[-1]["headers"]["authorization"] == "Bearer wa_1"
    assert "wr_2" in file.read_text()
    file.chmod(0o644)
    assert "chmod 600" in ctl("trunks", "list", key=None, status=2).stderr


def test_a_wrong_password_is_said(ctl):
    session = terminal(ctl, "login", "--email", "a@example.net", WARP_KEY=None)
    session.expect("Password: ")
    session.type("wrong\n")
    session.expect("INVALID_CREDENTIALS")
    assert session.end() == 1


def test_the_ladder_of_a_call(ctl):
    assert "call-1" in ctl("calls", "list").stdout
    ladder = ctl("trace", "call-1").stdout
    assert ladder.count("INVITE sip:2@") == 2 and ">|" in ladder


def test_events_are_heard_forwarded_and_resumed(ctl, stub):
    stub.frames = [{"op": "event", "topic": "events", "seq": number, "token": f"tok{number}", "type": "call.completed",
                    "at": "2026-01-31T12:00:00Z", "data": {"id": f"e{number}"}} for number in (1, 2)]
    stub.drop_after = 2
    said = ctl("webhooks", "listen", "--count", "3", "--forward", stub.url + "/hook")
    assert [json.loads(line)["data"]["id"] for line in said.stdout.splitlines()] == ["e1", "e2", "e1"]
    subscribed = [one["live"] for one in stub.asked if "live" in one]
    assert subscribed[0] == {"op": "subscribe", "topic": "events"} and subscribed[1]["resume"] == "tok2"
    hooks = [one for one in stub.asked if one.get("path") == "/hook"]
    assert hooks[0]["headers"]["webhook-id"] == "e1" and hooks[0]["headers"]["webhook-signature"].startswith("v1,")


def test_a_wrong_key_ends_tail(ctl):
    assert "UNAUTHORIZED" in ctl("tail", "calls", key="rk_wrong", status=1).stderr


def test_top_draws_and_ends_with_q(ctl, stub):
    stub.frames = [{"op": "snapshot", "topic": "calls", "token": "1", "data": [{"id": "call-7", "state": "up"}]},
                   {"op": "error", "topic": "nodes", "code": "FORBIDDEN", "message": ""}]
    screen = terminal(ctl, "top")
    screen.expect("call-7")
    screen.expect("nodes (FORBIDDEN)")
    screen.type("q")
    assert screen.end() == 0
    assert screen.said.rstrip().endswith("\x1b[?1049l")
    ctl("top", status=2)


def test_completion_and_the_manual(ctl):
    assert "trunks" in ctl("__complete").stdout.split()
    assert {"list", "create", "ips"} <= set(ctl("__complete", "trunks").stdout.split())
    for shell in ("bash", "zsh", "fish"):
        assert "warpctl __complete" in ctl("completion", shell).stdout
    script = ctl("completion", "bash").stdout + 'COMP_WORDS=(warpctl trunks thr); COMP_CWORD=2; _warpctl; echo "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30,
                          env={**ctl.environment, "PATH": f"{ctl.program.parent}:{os.environ['PATH']}"})
    assert done.stdout.split() == ["throttle-state"], done.stderr
    page = ctl("man").stdout
    assert page.startswith(".TH WARPCTL 1") and "trunks list" in page


def test_the_key_may_be_in_a_file_but_not_on_the_command_line(ctl, stub, tmp_path):
    file = tmp_path / "key"
    file.write_text("rk_of_file\n")
    ctl("--key-file", str(file), "trunks", "list")
    assert stub.asked[-1]["headers"]["authorization"] == "Bearer rk_of_file"
    ctl("--key", "rk_x", "trunks", "list", status=2)


def test_profiles(ctl, stub):
    add = terminal(ctl, "profiles", "add", "lab", WARP_KEY=None)
    add.expect("Key: ")
    add.type("rk_lab\n")
    assert add.end() == 0 and "rk_lab" not in add.said
    assert "lab" in ctl("profiles", "list", key=None).stdout
    ctl("--profile", "lab", "trunks", "list", key=None)
    assert stub.asked[-1]["headers"]["authorization"] == "Bearer rk_lab"
    ctl("--profile", "none", "trunks", "list", key=None, status=2)
