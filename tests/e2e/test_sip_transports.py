"""Calls over TCP, TLS and WebSocket, each side by its own; certificates that are asked for, refused and renewed; connections
that are reset; a browser's way in."""

import base64
import contextlib
import os
import socket
import ssl
import struct
import threading

import harness
import pytest
from certificates import Authority
from tls_tunnel import Tunnel, server_context
from warp_cli import ports, proc

NAME = "sip.example.net"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    return Authority(folder)


def listen(settings, transport, port, **more):
    settings["sip"]["listeners"].append({"bind": f"127.0.0.1:{port}", "transport": transport, **more})


def tls_ports():
    return {name: ports.choose("127.0.0.1", 14000 + 100 * place) for place, name in enumerate(("TLS", "MTLS", "WS"))}


@pytest.fixture
def wired(own_world, authority):
    """A WARP with every transport; `wired.at` names their ports. Carrier A is reached by `carrier_transport`."""

    def make(carrier_transport="UDP"):
        at = tls_ports()
        chain, key = authority.certificate(NAME, f"DNS:{NAME},IP:127.0.0.1")

        def change(settings):
            udp = settings["sip"]["listeners"][0]["bind"]
            settings["sip"]["listeners"].append({"bind": udp, "transport": "TCP"})
            listen(settings, "TLS", at["TLS"], tls_profile="main")
            listen(settings, "TLS", at["MTLS"], tls_profile="mutual")
            listen(settings, "WS", at["WS"])
            profile = {"certificate_file": str(chain), "key_file": str(key), "ca_file": str(authority.file)}
            settings["sip"]["tls"] = {"profiles": [{"name": "main", **profile},
                                                   {"name": "mutual", "verify": "required", **profile}]}

        world = own_world(change=change)
        world.at, world.chain, world.key = at, chain, key
        if carrier_transport != "UDP":
            move_carrier(world, carrier_transport)
        return world

    return make


def move_carrier(world, transport):
    """Carrier A's endpoint speaks another transport from now on."""
    path = f"/api/v1/providers/{world.providers['a']}/endpoints"
    for endpoint in world.make.api.get(path):
        world.make.api.delete(f"{path}/{endpoint['id']}")
    world.make.api.post(path, {"host": world.carrier_ips["a"], "port": world.carrier_ports["a"], "transport": transport})
    world.settle()


@contextlib.contextmanager
def streaming_callee(world, port=None):
    """SIPp that listens on a TCP port: whether it does cannot be asked by UDP."""
    with world.callee(arguments=["-t", "t1"], port=port) as peer:
        assert proc.wait_until(lambda: takes_connections(peer.ip, peer.port), 5), peer.trouble()
        yield peer


@contextlib.contextmanager
def tls_callee(world, certificate):
    """The same behind TLS, at the carrier's port."""
    ip = world.carrier_ips["a"]
    with streaming_callee(world, ports.choose(ip, 15500)) as peer, \
            Tunnel((ip, world.carrier_ports["a"]), (ip, peer.port), server=server_context(*certificate)):
        yield peer


@contextlib.contextmanager
def tls_caller(world, authority, **named):
    """A SIPp whose TCP goes through TLS to us, from the customer's address."""
    place = ("127.0.0.1", ports.choose("127.0.0.1", 15600))
    context = ssl.create_default_context(cafile=authority.file)
    world.warp.ports["sip"] = place[1]
    with Tunnel(place, ("127.0.0.1", world.at["TLS"]), client=context, name=NAME, source=world.customer_ip), \
            world.caller(arguments=["-t", "t1"], **named) as peer:
        yield peer


def takes_connections(ip, port):
    with contextlib.suppress(OSError):
        socket.create_connection((ip, port), 1).close()
        return True
    return False


def completed(world, caller, callee):
    caller.expect_success(20)
    callee.expect_success(20)
    assert world.record(caller)["disposition"] == "ANSWERED"


def test_a_call_over_tcp_on_both_sides(wired):
    world = wired("TCP")
    with streaming_callee(world) as callee, world.caller(arguments=["-t", "t1"]) as caller:
        completed(world, caller, callee)
    assert "Via: SIP/2.0/TCP" in callee.trace() and ";transport=tcp>" in callee.trace()


def test_from_udp_to_tls_and_back(wired, authority):
    world = wired("TLS")
    certificate = authority.certificate("carrier", f"IP:{harness.CARRIER_A}")
    with tls_callee(world, certificate) as callee, world.caller() as caller:
        completed(world, caller, callee)
    assert "Via: SIP/2.0/TLS" in callee.trace() and "Via: SIP/2.0/TLS" not in caller.trace()


def test_from_tls_to_udp(wired, authority):
    world = wired()
    with world.answering() as callee, tls_caller(world, authority) as caller:
        completed(world, caller, callee)
    assert ";transport=tls>" in caller.trace()


def test_a_carrier_with_the_wrong_name_gets_no_call(wired, authority):
    world = wired("TLS")
    certificate = authority.certificate("imposter", "DNS:somebody.else.example")
    with tls_callee(world, certificate) as imposter, world.answering(carrier="b") as honest, \
            world.caller() as caller:
        completed(world, caller, honest)
        assert "INVITE" not in imposter.trace()
    assert "sip.connect_failed" in world.warp.daemon.log.read_text()


def test_who_shows_no_certificate_is_refused_where_one_is_required(wired, authority):
    world = wired()
    context = ssl.create_default_context(cafile=authority.file)

    def speaks():
        try:
            with socket.create_connection(("127.0.0.1", world.at["MTLS"]), 5, source_address=(harness.CUSTOMER, 0)) as plain, \
                    context.wrap_socket(plain, server_hostname=NAME) as tls:
                tls.settimeout(5)
                tls.sendall(b"\r\n\r\n")
                return tls.recv(10) == b"\r\n"
        except OSError:
            return False

    assert not speaks()
    context.load_cert_chain(*authority.certificate("pbx", "DNS:pbx.example.org"))
    assert speaks()


def served_serial(world, authority):
    context = ssl.create_default_context(cafile=authority.file)
    with socket.create_connection(("127.0.0.1", world.at["TLS"]), 5) as plain, \
            context.wrap_socket(plain, server_hostname=NAME) as tls:
        return tls.getpeercert()["serialNumber"]


def test_a_new_certificate_is_shown_after_sighup_and_calls_go_on(wired, authority):
    world = wired()
    with world.answering() as callee, tls_caller(world, authority, hold_ms=3000) as caller:
        assert callee.media_address() and caller.media_address()
        before = served_serial(world, authority)
        authority.certificate(NAME, f"DNS:{NAME},IP:127.0.0.1")
        world.process.send_signal(1)
        assert proc.wait_until(lambda: served_serial(world, authority) != before, 5 * harness.SLOW)
        completed(world, caller, callee)


def message(text):
    return "\r\n".join(line.strip() for line in text.strip().splitlines()).encode() + b"\r\n\r\n"


def test_a_reset_in_the_middle_of_a_call_does_not_end_it(wired):
    world = wired()
    sdp = (f"v=0\r\no=- 1 1 IN IP4 {harness.CUSTOMER}\r\ns=-\r\nc=IN IP4 {harness.CUSTOMER}\r\nt=0 0\r\n"
           "m=audio 6000 RTP/AVP 0\r\n").encode()
    call_id = f"reset-{os.getpid()}"
    target = ("127.0.0.1", world.warp.ports["sip"])

    def request(method, cseq, to_tag="", body=b""):
        head = f"""{method} sip:{harness.DNI}@127.0.0.1 SIP/2.0
            Via: SIP/2.0/TCP {harness.CUSTOMER}:5999;branch=z9hG4bK-{method}-{cseq}
            From: <sip:{harness.ANI}@{harness.CUSTOMER}>;tag=a
            To: <sip:{harness.DNI}@127.0.0.1>{to_tag}
            Call-ID: {call_id}
            CSeq: {cseq} {method}
            Max-Forwards: 70
            Contact: <sip:a@{harness.CUSTOMER}:5999;transport=tcp>
            Content-Type: application/sdp
            Content-Length: {len(body)}"""
        return message(head) + body

    def connect():
        return socket.create_connection(target, 5, source_address=(harness.CUSTOMER, 0))

    def until(peer, words):
        heard = b""
        while words not in heard:
            piece = peer.recv(65536)
            assert piece, heard
            heard += piece
        return heard.decode()

    with world.answering() as callee:
        with connect() as first:
            first.settimeout(10)
            first.sendall(request("INVITE", 1, body=sdp))
            answer = until(first, b"SIP/2.0 200")
            tag = next(line.split(";tag=")[1] for line in answer.split("SIP/2.0 200")[1].splitlines() if line.startswith("To:"))
            first.sendall(request("ACK", 1, f";tag={tag}"))
            first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with connect() as second:
            second.settimeout(10)
            second.sendall(request("BYE", 2, f";tag={tag}"))
            until(second, b"SIP/2.0 200")
        callee.expect_success()
    assert proc.wait_until(lambda: world.records(call_id), 5 * harness.SLOW, 0.1)
    assert world.records(call_id)[0]["disposition"] == "ANSWERED"


class WebSocket:
    """As much of RFC 6455 as a test needs."""

    def __init__(self, address, source, protocol="sip"):
        self.socket = socket.create_connection(address, 5, source_address=(source, 0))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET / HTTP/1.1\r\nHost: {address[0]}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                             f"Sec-WebSocket-Protocol: {protocol}\r\n\r\n").encode())
        self.heard = b""
        while b"\r\n\r\n" not in self.heard:
            piece = self.socket.recv(4096)
            if not piece:
                break
            self.heard += piece
        self.head, _, self.heard = self.heard.partition(b"\r\n\r\n")

    def send(self, text):
        mask = os.urandom(4)
        length = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack(">H", len(text))
        self.socket.sendall(b"\x81" + length + mask + bytes(octet ^ mask[i % 4] for i, octet in enumerate(text)))

    def receive(self):
        self._need(2)
        length, start = self.heard[1], 2
        if length == 126:
            self._need(4)
            length, start = struct.unpack(">H", self.heard[2:4])[0], 4
        self._need(start + length)
        text, self.heard = self.heard[start:start + length], self.heard[start + length:]
        return text

    def _need(self, octets):
        while len(self.heard) < octets:
            piece = self.socket.recv(65536)
            assert piece, "the connection ended"
            self.heard += piece

    def close(self):
        self.socket.close()


def test_a_websocket_client_is_answered(wired):
    world = wired()
    client = WebSocket(("127.0.0.1", world.at["WS"]), harness.CUSTOMER)
    assert client.head.startswith(b"HTTP/1.1 101"), client.head
    client.send(message(f"""OPTIONS sip:127.0.0.1 SIP/2.0
        Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK-ws
        From: <sip:a@{harness.CUSTOMER}>;tag=a
        To: <sip:127.0.0.1>
        Call-ID: ws-{os.getpid()}
        CSeq: 1 OPTIONS
        Max-Forwards: 70"""))
    assert client.receive().startswith(b"SIP/2.0 200")
    client.send(b"\r\n\r\n")
    assert client.receive() == b"\r\n"
    client.close()
    assert WebSocket(("127.0.0.1", world.at["WS"]), harness.CUSTOMER, "chat").head.startswith(b"HTTP/1.1 400")


def test_idle_and_half_open_connections_harm_nobody(wired):
    world = wired()
    idle = [socket.create_connection(("127.0.0.1", port), 5) for port in (world.warp.ports["sip"], world.at["TLS"]) * 100]
    for one in idle[1::2]:
        one.sendall(b"\x16\x03\x01\x02\x00\x01")
    with world.answering() as callee, world.caller(arguments=["-t", "t1"]) as caller:
        completed(world, caller, callee)
    threads = [threading.Thread(target=one.close) for one in idle]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
