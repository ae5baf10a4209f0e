"""Text on the air, apart from the daemon's own: the GSM default alphabet, UTF-16, parts and how they are put together."""

import struct

from warp_cli import smpp_peers

BASIC = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
         "abcdefghijklmnopqrstuvwxyzäöñüà")
EXTENDED = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101}
ESCAPE, UDHI = 0x1B, 0x40
SAR_REFERENCE, SAR_TOTAL, SAR_PART, PAYLOAD = 0x020C, 0x020E, 0x020F, 0x0424
STYLES = ("udh8", "udh16", "sar", "payload")
GSM, UCS2 = 0, 8  # data_coding


def encode(text):
    """(data_coding, octets)"""
    octets = bytearray()
    for character in text:
        if character in EXTENDED:
            octets += bytes([ESCAPE, EXTENDED[character]])
        elif character in BASIC and character != "\x1b":
            octets.append(BASIC.index(character))
        else:
            return UCS2, text.encode("utf-16-be")
    return GSM, bytes(octets)


def decode(data_coding, octets):
    if data_coding == UCS2:
        return octets.decode("utf-16-be")
    assert data_coding == GSM, data_coding
    extended = {code: character for character, code in EXTENDED.items()}
    text, escaped = "", False
    for code in octets:
        if escaped:
            text, escaped = text + extended[code], False
        elif code == ESCAPE:
            escaped = True
        else:
            text += BASIC[code]
    assert not escaped, "an escape pair was cut"
    return text


def parts(text, style, reference):
    """As (esm_class, data_coding, octets, tlvs), each fit for the air. Cut where an upstream may cut: between units."""
    data_coding, octets = encode(text)
    if len(octets) <= (160 if data_coding == GSM else 140):
        return [(0, data_coding, octets, ())]
    if style == "payload":
        return [(0, data_coding, b"", ((PAYLOAD, octets),))]
    room = {GSM: 152, UCS2: 132}[data_coding]
    pieces = [octets[at:at + room] for at in range(0, len(octets), room)]
    made = []
    for number, piece in enumerate(pieces, 1):
        if style == "sar":
            made.append((0, data_coding, piece, ((SAR_REFERENCE, struct.pack(">H", reference)),
                                                 (SAR_TOTAL, bytes([len(pieces)])), (SAR_PART, bytes([number])))))
        else:
            place = bytes([len(pieces), number])
            header = (bytes([5, 0, 3, reference & 0xFF]) if style == "udh8" else struct.pack(">BBBH", 6, 8, 4, reference))
            made.append((UDHI, data_coding, header + place + piece, ()))
    return made


def pdu(source, destination, part):
    esm_class, data_coding, octets, tlvs = part
    return smpp_peers.message_body(source, destination, octets, esm_class=esm_class, data_coding=data_coding, tlvs=tlvs)


class Handset:
    """Puts together what a submit_sm or deliver_sm carried, and checks that every part fits the air. `cut_by_us`: and that
    neither an escape pair nor a surrogate pair was cut. `key`: the address that tells the messages apart."""

    def __init__(self, cut_by_us=True, key="destination"):
        self.cut_by_us, self.key = cut_by_us, key
        self.sets, self.texts, self.styles = {}, {}, {}

    def take(self, message):
        """By address: the text, once it is whole, and the way it came."""
        octets, style, reference, total, number = message.octets, None, None, 1, 1
        if PAYLOAD in message.tlvs:
            assert not octets
            octets, style = message.tlvs[PAYLOAD], "payload"
        elif message.esm_class & UDHI:
            header, octets = octets[:octets[0] + 1], octets[octets[0] + 1:]
            assert header[:3] in (b"\x05\x00\x03", b"\x06\x08\x04"), header
            style = "udh8" if header[1] == 0 else "udh16"
            reference, total, number = header[3:-2], header[-2], header[-1]
        elif SAR_REFERENCE in message.tlvs:
            style, reference = "sar", message.tlvs[SAR_REFERENCE]
            total, number = message.tlvs[SAR_TOTAL][0], message.tlvs[SAR_PART][0]
        if style != "payload":
            assert len(octets) <= (160 if message.data_coding == GSM else 140) - (0 if total == 1 else 7 if message.data_coding
                                                                                  == GSM else 6)
        if self.cut_by_us:
            decode(message.data_coding, octets)
        parts = self.sets.setdefault((message.source, message.destination, reference, total), {})
        assert number not in parts and 1 <= number <= total
        parts[number] = (message.data_coding, octets)
        if len(parts) == total:
            coding, = {coding for coding, _ in parts.values()}
            address = getattr(message, self.key)
            assert address not in self.texts, "it came twice"
            self.texts[address] = decode(coding, b"".join(parts[place][1] for place in sorted(parts)))
            self.styles[address] = (style, total)
