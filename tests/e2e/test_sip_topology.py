"""Nothing of one side shows on the other: a capture of a call, read by tshark, is searched octet by octet."""

import contextlib
import signal
import socket
import subprocess

import pytest

import harness
from harness import SLOW
from warp_cli import proc

pytestmark = pytest.mark.usefixtures("world")

MARK = "leaked"
NAMES = ("Alert-Info", "Call-Info", "Diversion", "Geolocation", "History-Info", "In-Reply-To", "Organization", "Path",
         "P-Access-Network-Info", "P-Asserted-Identity", "P-Charging-Vector", "P-Preferred-Identity", "Referred-By",
         "Remote-Party-ID", "Reply-To", "Server", "Session-ID", "Subject", "User-Agent", "User-to-User", "Warning",
         "X-Anything", "X-Anything")
HEADERS = "".join(f"      {name}: <sip:{MARK}@10.99.1.1>;{MARK}\n" for name in NAMES)
SDP = {"s=-": f"s={MARK}", "o=- 1 1": f"o={MARK} 1 1", "a=ptime:20": f"a=ptime:20\n      a=tool:{MARK}\n      "
                                                                     f"a=candidate:1 1 UDP 1 10.99.1.1 9 typ host"}
BODY = "      Content-Type: application/sdp"


@contextlib.contextmanager
def capture(world, file):
    """SIP of this WARP on the loopback."""
    tshark = subprocess.Popen(["tshark", "-q", "-i", "lo", "-f", f"udp port {world.warp.ports['sip']}", "-w", file],
                              stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        while "Capturing on" not in (line := tshark.stderr.readline()):
            assert line, "tshark captures nothing"
        yield
    finally:
        tshark.send_signal(signal.SIGINT)
        tshark.communicate(timeout=10)


def read(world, file):
    """(source, destination, text) of each SIP message, as tshark reads it; none of ours may be malformed."""
    port = world.warp.ports["sip"]
    out = subprocess.run(["tshark", "-r", file, "-d", f"udp.port=={port},sip", "-Y", "sip", "-T", "fields", "-e",
                          "ip.src", "-e", "ip.dst", "-e", "udp.payload", "-e", "_ws.malformed"], text=True,
                         capture_output=True, check=True).stdout
    rows = [line.split("\t") for line in out.splitlines()]
    assert not [row for row in rows if row[3] and row[0] == world.ip], "malformed SIP"
    return [(row[0], row[1], bytes.fromhex(row[2].replace(":", "")).decode()) for row in rows]


def test_a_call_shows_neither_side_to_the_other(world, tmp_path):
    tmp_path.chmod(0o777)
    file = str(tmp_path / "call.pcap")
    with capture(world, file):
        assert proc.wait_until(lambda: ready(world, file), 10 * SLOW, 0.2)
        with world.answering(replace={BODY: HEADERS + BODY, **SDP}) as callee, \
                world.caller(replace={BODY: HEADERS + BODY, **SDP}) as caller:
            caller.expect_success(20 * SLOW)
            callee.expect_success(10 * SLOW)
        call_id = harness.call_id(caller)
        assert proc.wait_until(lambda: any(call_id in row[2] and row[2].startswith("BYE") for row in read(world, file)),
                               10 * SLOW, 0.3)
    carrier, customer = harness.CARRIER_A, harness.CUSTOMER
    messages = read(world, file)
    to_carrier = [text for source, target, text in messages if target == carrier]
    to_customer = [text for source, target, text in messages if target == customer]
    assert sum(text.startswith("INVITE ") for text in to_carrier) == 1
    assert any(" 200 OK" in text for text in to_customer)
    far_call_id = next(line.split(":", 1)[1].strip() for line in to_carrier[0].splitlines()
                       if line.lower().startswith("call-id:"))
    for text in to_carrier:
        for secret in (customer, call_id, MARK, "10.99.1.1", "sipp"):
            assert secret not in text.lower(), text
    for text in to_customer:
        # Its own headers come back in answers to it; the carrier's never.
        for secret in (carrier, far_call_id, MARK, "10.99.1.1"):
            assert secret not in text, text


def ready(world, file):
    """An OPTIONS of ours is in the capture."""
    probe = (f"OPTIONS sip:probe@{world.target} SIP/2.0\r\nVia: SIP/2.0/UDP {harness.CUSTOMER}:9;branch=z9hG4bKprobe\r\n"
             f"From: <sip:probe@{harness.CUSTOMER}>;tag=p\r\nTo: <sip:probe@{world.target}>\r\nCall-ID: probe\r\n"
             "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((harness.CUSTOMER, 0))
        out.sendto(probe.encode(), (world.ip, world.warp.ports["sip"]))
    try:
        return any("probe" in row[2] for row in read(world, file))
    except subprocess.CalledProcessError:
        return False
