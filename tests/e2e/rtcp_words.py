"""RTCP as tests send and read it: sender and receiver reports (RFC 3550) and extended reports (RFC 3611)."""

import struct


def packet(kind, count, body):
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def block(ssrc, fraction=0, lost=0, highest=0, jitter=0, last_sr=0, delay=0.0):
    return struct.pack("!IIIIII", ssrc, fraction << 24 | lost & 0xFFFFFF, highest, jitter, last_sr, int(delay * 65536))


def sender_report(ssrc, ntp, packets, *blocks):
    return packet(200, len(blocks), struct.pack("!IQIII", ssrc, ntp, 0, packets, 160 * packets) + b"".join(blocks))


def receiver_report(ssrc, *blocks):
    return packet(201, len(blocks), struct.pack("!I", ssrc) + b"".join(blocks))


def middle(ntp):
    return ntp >> 16 & 0xFFFFFFFF


def voip_metrics(sender, ssrc, loss=0, discard=0, mos_lq=127, mos_cq=127, r=127, end_system=0, buffer=0, concealment=0):
    body = struct.pack("!IBBBBHHHHBBBBBBBBBBHHH", ssrc, loss, discard, 0, 0, 100, 4000, 0, end_system, 0, 0, 0, 16, r, 127,
                       mos_lq, mos_cq, concealment << 6, 0, buffer, 100, 300)
    return packet(207, 0, struct.pack("!I", sender) + struct.pack("!BBH", 7, 0, 8) + body)


def sender_reports(data):
    """[(SSRC, NTP)] of a compound."""
    found, at = [], 0
    while at + 4 <= len(data):
        kind, words = data[at + 1], struct.unpack_from("!H", data, at + 2)[0]
        if kind == 200:
            found.append(struct.unpack_from("!IQ", data, at + 4))
        at += 4 * (words + 1)
    return found
