"""Everything that leaves the daemon, read by a decoder that does not share its code: tshark finds nothing malformed."""

import re
import socket
import struct
import subprocess

SENT_BY_US = re.compile(rb"UDP message received \[(\d+)\] bytes :\s*\n\n")


def pcap(file, datagrams):
    """Datagrams (source port, destination port, payload) as a capture of raw IPv4."""
    with open(file, "wb") as out:
        out.write(struct.pack("!IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        for number, (source, destination, payload) in enumerate(datagrams):
            udp = struct.pack("!HHHH", source, destination, 8 + len(payload), 0) + payload
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number & 0xFFFF, 0, 64, 17, 0,
                             socket.inet_aton("127.0.0.1"), socket.inet_aton("127.0.0.2"))
            out.write(struct.pack("!IIII", number, 0, len(ip) + len(udp), len(ip) + len(udp)) + ip + udp)


def received(peer):
    """The datagrams that a SIPp got from the daemon."""
    data = peer.messages.read_bytes()
    return [data[match.end():match.end() + int(match.group(1))] for match in SENT_BY_US.finditer(data)]


def tshark(file, *arguments):
    done = subprocess.run(["tshark", "-r", file, "-o", "ip.check_checksum:FALSE", *arguments], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_sip_sdp_rtp_and_rtcp_are_sound_to_tshark(world, tmp_path):
    with world.audio() as (customer, carrier):
        with world.answering(audio_port=carrier.port) as callee, \
                world.caller(audio_port=customer.port, hold_ms=1500) as caller:
            carrier.start(callee.media_address())
            customer.start(caller.media_address())
            caller.expect_success()
            callee.expect_success()
    messages = received(caller) + received(callee)
    packets = [(20000, 30000, struct.pack("!BBHII", 0x80, marker << 7, sequence, timestamp, ssrc) + payload)
               for _, sequence, timestamp, ssrc, marker, payload in customer.received + carrier.received]
    reports = [(20001, 30001, data) for _, data in customer.rtcp_received + carrier.rtcp_received]
    assert len(messages) >= 6 and packets and reports

    file = tmp_path / "sent.pcap"
    pcap(file, [(5060, 5060, message) for message in messages] + packets + reports)
    decode = ["-d", "udp.port==20000,rtp", "-d", "udp.port==20001,rtcp"]
    assert len(tshark(file, *decode, "-Y", "sip")) == len(messages)
    assert len(tshark(file, *decode, "-Y", "rtp")) == len(packets)
    assert len(tshark(file, *decode, "-Y", "rtcp")) == len(reports)
    assert tshark(file, *decode, "-Y", "sdp")
    assert tshark(file, *decode, "-Y", "_ws.malformed || _ws.expert.severity >= 0x00800000") == []
