"""Decks that are too large, that lie about their size, and that do not end: refused early, with the limit and what to do;
nothing of them stays in memory or on disk, and the next import works."""

import json
import os
import select
import socket
import threading
import time

import pytest
from harness import SLOW
from warp_cli import proc

pytestmark = pytest.mark.usefixtures("world")

TWO_GIGABYTES = 2_000_000_000
LARGE = 1500 if SLOW < 6 else 8000  # MiB while a deck is imported; ThreadSanitizer keeps shadows of it
LIMITS = {"import": 512 << 20, "rates": 256 << 20}  # octets
MOST_LINES = 5_000_000
HEADER = b"prefix,per_minute\n"
LINE = b"4%014d,0.0123\n"


def lines(count=10**15):
    """A deck without faults, in pieces of about a megabyte."""
    yield HEADER
    for first in range(0, count, 40_000):
        yield b"".join([LINE % number for number in range(first, min(first + 40_000, count))])


def same(piece):
    while True:
        yield piece


class Answer:
    def __init__(self, octets, sent, took):
        head, _, body = octets.partition(b"\r\n\r\n")
        self.status = int(head.split()[1]) if head else 0
        self.body = json.JSONDecoder().raw_decode(body.decode())[0] if body else {}
        self.sent, self.took = sent, took

    @property
    def message(self):
        return self.body["error"]["message"]

    @property
    def fault(self):
        return self.body["error"]["details"]["errors"][0]


def upload(world, path, pieces, length=None, stop_after=None, wait=60 * SLOW):
    """Sends until there is an answer, as a patient client does; without `length` in chunks. `stop_after`: so many octets are
    all that come, and the connection stays open."""
    api = world.make.api
    host, port = "127.0.0.1", world.warp.ports["api"]
    framing = f"Content-Length: {length}" if length else "Transfer-Encoding: chunked"
    head = (f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {api.key}\r\n"
            f"Content-Type: text/csv\r\n{framing}\r\n\r\n").encode()
    began, sent, answer = time.monotonic(), 0, b""
    with socket.create_connection((host, port)) as peer:
        peer.sendall(head)
        pending = memoryview(b"")
        while time.monotonic() - began < wait:
            done = stop_after is not None and sent >= stop_after
            readable, writable, _ = select.select([peer], [] if done else [peer], [], 1)
            if readable:
                piece = peer.recv(65536)
                answer += piece
                if not piece or b"\r\n\r\n" in answer and complete(answer):
                    break
            if writable:
                if not pending:
                    piece = next(pieces, b"")
                    if not piece:
                        stop_after = 0  # all that there is
                        pending = memoryview(b"" if length else b"0\r\n\r\n")
                        peer.sendall(pending)
                        pending = memoryview(b"")
                        continue
                    pending = memoryview(piece if length else b"%x\r\n%b\r\n" % (len(piece), piece))
                try:
                    count = peer.send(pending[:1 << 20])
                except (BrokenPipeError, ConnectionResetError):
                    pending, stop_after = memoryview(b""), 0
                    continue
                pending, sent = pending[count:], sent + count
    return Answer(answer, sent, time.monotonic() - began)


def complete(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return False


def anonymous(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))
    except (FileNotFoundError, ProcessLookupError, StopIteration):
        return 0


class Memory(threading.Thread):
    """The most that warpd, and Postgres beside its shared buffers, have resident meanwhile, in MiB above what they had."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.pids = [world.process.pid, *world.warp.postgres.pids()]
        self.done = threading.Event()
        self.before = self.most = self.resident()

    def resident(self):
        return sum(map(anonymous, self.pids)) / 1024

    def run(self):
        while not self.done.wait(0.02):
            self.most = max(self.most, self.resident())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.done.set()
        self.join()

    @property
    def grown(self):
        return self.most - self.before


def paths(world):
    plan = f"/api/v1/rate-plans/{world.plans['customer']}"
    return {"import": f"{plan}/imports", "rates": f"{plan}/rates", "check": f"{plan}/rates?dry_run=true"}


def left_behind(world):
    return os.listdir(world.settings["rating"]["import_folder"])


def imports(world):
    return world.warp.postgres.sql("SELECT state FROM billing.deck_imports")


def import_of(world, made):
    """As it stands when its file was read."""
    def read():
        now = world.make.api.get(f"/api/v1/deck-imports/{made['id']}")
        return now["state"] != "loading" and now
    now = proc.wait_until(read, 30 * SLOW, 0.05)
    assert now, "its file is not read"
    return now


@pytest.fixture(autouse=True)
def nothing_is_left(world):
    """No file stays, and a small deck, as everybody sends it, is taken."""
    yield
    assert proc.wait_until(lambda: left_behind(world) == [], 5 * SLOW), left_behind(world)
    made = world.make.api.post_csv(paths(world)["import"], HEADER.decode() + "44,0.0300\n")
    now = import_of(world, made)
    assert (now["state"], now["lines"]) == ("ready", 1)
    assert proc.wait_until(lambda: left_behind(world) == [], 5 * SLOW), left_behind(world)


def told(name, answer, memory):
    print(f"{name}: {answer.status} after {answer.sent / 1e6:.0f} MB and {answer.took:.2f} s, {memory.grown:.0f} MiB more: "
          f"{json.dumps(answer.body.get('error'))[:400]}")


@pytest.mark.parametrize("to", ["import", "rates"])
def test_two_gigabytes_that_are_announced_are_refused_before_they_come(world, to):
    with Memory(world) as memory:
        answer = upload(world, paths(world)[to], lines(), length=TWO_GIGABYTES)
    told(to, answer, memory)
    assert answer.status == 413
    assert f"{LIMITS[to]} octets at most" in answer.message and "mode=MERGE" in answer.message
    assert answer.sent < 64_000_000
    assert memory.grown < 16


@pytest.mark.parametrize("to", ["import", "rates"])
def test_a_line_that_does_not_end_is_refused_at_the_limit(world, to):
    with Memory(world) as memory:
        answer = upload(world, paths(world)[to], same(b"1" * (1 << 20)))
    told(to, answer, memory)
    assert answer.status in (413, 400)
    assert f"{LIMITS[to]} octets at most" in answer.message or answer.fault["line"] == 1
    assert answer.sent < LIMITS[to] + 64_000_000
    assert memory.grown < 16


def test_lines_that_do_not_end_are_refused_at_the_limit(world):
    with Memory(world) as memory:
        answer = upload(world, paths(world)["import"], lines())
    told("import", answer, memory)
    assert answer.status == 413
    assert answer.sent < LIMITS["import"] + 64_000_000
    assert memory.grown < 16


def test_more_lines_than_a_deck_may_have_are_refused_with_their_number(world):
    with Memory(world) as memory:
        answer = upload(world, paths(world)["check"], lines())
    told("check", answer, memory)
    assert answer.status == 400
    assert answer.fault["line"] == MOST_LINES + 2
    assert f"more than {MOST_LINES} lines" in answer.fault["problem"] and answer.fault["cure"] == "split the deck"
    assert memory.grown < LARGE


def test_an_import_of_more_lines_than_a_deck_may_have_says_so(world):
    with Memory(world) as memory:
        answer = upload(world, paths(world)["import"], lines(MOST_LINES + 1_000_000))
        assert answer.status == 202
        now = import_of(world, answer.body["data"])
    told("import", answer, memory)
    assert now["state"] == "refused"
    assert now["errors"] == [{"line": MOST_LINES + 2, "column": "", "cure": "split the deck",
                              "problem": f"the file has more than {MOST_LINES} lines"}]
    assert memory.grown < LARGE


def test_a_workbook_is_refused_at_its_first_octets(world):
    with Memory(world) as memory:
        answer = upload(world, paths(world)["rates"], same(b"PK\x03\x04" + b"\n" * 100_000), length=200_000_000)
    told("rates", answer, memory)
    assert answer.status == 400
    assert answer.fault["cure"] == "export the sheet as CSV UTF-8"
    assert answer.sent < 64_000_000
    assert memory.grown < 16


@pytest.mark.parametrize("to", ["import", "rates"])
def test_who_goes_before_the_announced_end_leaves_nothing(world, to):
    before = imports(world)
    upload(world, paths(world)[to], lines(), length=100_000_000, stop_after=20_000_000, wait=1)
    assert proc.wait_until(lambda: left_behind(world) == [], 5 * SLOW)
    assert imports(world) == before


def test_more_than_was_announced_is_no_part_of_the_deck(world):
    deck = HEADER + b"44,0.0300\n"
    answer = upload(world, paths(world)["check"], iter([deck + b"45,0.0400\n" * 100_000]), length=len(deck))
    assert answer.status == 200
    assert answer.body["data"]["lines"] == 1
