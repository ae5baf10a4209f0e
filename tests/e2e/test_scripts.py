"""What people write comes out as they wrote it: every script, short and in parts, in all ways that long text is carried, to
the handset and from it."""

import http.server
import json
import random
import threading
import types

import pytest

import handset
import messaging_world as messaging
import wire_tap
from messaging_world import NUMBER, SLOW
from warp_cli import proc, smpp_peers

SENTENCES = {
    "English": "The quick brown fox jumps over the lazy dog.",
    "GSM extension": "Prices [in €]: {1|2} ~ 3^2 \\ 4 @£$¥ ΔΦΓΛΩ",
    "Latin with accents": "Příliš žluťoučký kůň úpěl ďábelské ódy; œuvre, ŝanĝo, naïveté.",
    "Vietnamese": "Tôi có thể ăn thủy tinh mà không hại gì.",
    "combining marks": "a\u0301e\u0302o\u0308n\u0303 and \u00e1\u00ea\u00f6\u00f1 are not the same octets",
    "Greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",
    "Cyrillic": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "Arabic": "صِف خَلقَ خَودٍ كَمِثلِ الشَمسِ إِذ بَزَغَت",
    "Hebrew": "דג סקרן שט בים מאוכזב ולפתע מצא חברה",
    "Devanagari": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश",
    "Tamil": "யாமறிந்த மொழிகளிலே தமிழ்மொழி போல் இனிதாவது எங்கும் காணோம்",
    "Thai": "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน",
    "Chinese": "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。𠀀𠮷",
    "Japanese": "いろはにほへと ちりぬるを イロハニホヘト 色は匂へど",
    "Korean": "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다.",
    "Georgian": "გთხოვთ ახლავე გაიაროთ რეგისტრაცია",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇬🇧 ❤️ 1️⃣ 😀😃😄 🤦🏿‍♀️",
}
LANGUAGES = sorted(SENTENCES)
PREFIXES = {"udh8": "4481", "udh16": "4482", "sar": "4483", "payload": "4484"}
BY_SMPP = "12025550101"  # what comes in for it goes to the ESME
WORLD = {"change": messaging.local_webhooks}


def long_text(language):
    """At least three parts, and emoji at places of every parity, so that a cut would fall within one."""
    text, number = "", 0
    while len(handset.encode(text)[1]) <= (2 * 153 if handset.encode(text)[0] == handset.GSM else 2 * 134):
        number += 1
        text += f"{number}{SENTENCES[language]}"
    return text


def texts(language, parts):
    return SENTENCES[language] if parts == "short" else long_text(language)


class Inbox(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # the name that http.server asks for
        said = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.received.append(said)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def peers(world):
    inbox = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
    inbox.received = []
    threading.Thread(target=inbox.serve_forever, daemon=True).start()
    smsc, wire = smpp_peers.Smsc(), wire_tap.Wire(world.folder)
    sql = messaging.account(world) + messaging.esme(world)
    tapped = wire.to_peer(smsc.port)
    for style, prefix in PREFIXES.items():
        sql += messaging.connector(world, style, tapped, prefix, split=style, send_window=50)
    sql += (f"INSERT INTO sms.number_settings (e164, customer_id, webhook_url) VALUES ('{NUMBER}', '{world.customer}', "
            f"'http://127.0.0.1:{inbox.server_port}/inbox');")
    world.make.number(BY_SMPP, world.customer, world.trunk)
    sql += messaging.inbound_by_smpp(world, BY_SMPP, "tenant")
    messaging.change(world, sql)
    sessions = _bound(smsc, PREFIXES)
    with messaging.customer(wire.to_warp(world.warp.ports["smpp"])) as esme:
        yield types.SimpleNamespace(smsc=smsc, wire=wire, esme=esme, inbox=inbox, sessions=sessions)
    inbox.shutdown()
    smsc.stop()
    wire.stop()


def _bound(smsc, names):
    """{system id: its session}: the last one, should one have come twice."""
    def sessions():
        return {session.system_id: session for session in list(smsc.sessions)}

    assert proc.wait_until(lambda: sessions().keys() >= set(names), 10 * SLOW), sessions().keys()
    return sessions()


def number_of(style, language, parts):
    return f"{PREFIXES[style]}{LANGUAGES.index(language):03}{'0000' if parts == 'short' else '1111'}"


@pytest.mark.parametrize("parts", ["short", "long"])
@pytest.mark.parametrize("style", handset.STYLES)
def test_the_handset_reads_what_the_customer_wrote(world, peers, style, parts):
    """By REST, and by SMPP in a payload, in turns."""
    phone, wanted = handset.Handset(), {}
    for place, language in enumerate(LANGUAGES):
        text, number = texts(language, parts), number_of(style, language, parts)
        wanted[number] = text
        if place % 2:
            messaging.send(world, number, text)
        else:
            coding, octets = handset.encode(text)
            status, _ = peers.esme.submit(NUMBER, number, b"", data_coding=coding, tlvs=((handset.PAYLOAD, octets),))
            assert status == smpp_peers.OK
    while len(phone.texts) < len(wanted):
        phone.take(peers.smsc.submits.get(timeout=5 * SLOW)[1])
    assert {number: text.encode() for number, text in phone.texts.items()} == \
        {number: text.encode() for number, text in wanted.items()}
    if parts == "long":
        assert {way for way, _ in phone.styles.values()} == {style}
        assert style == "payload" or min(total for _, total in phone.styles.values()) >= 3
    assert peers.smsc.submits.empty()


def on_the_air(style, parts):
    """(texts by the number that sends them, all their parts shuffled)"""
    wanted, air = {}, []
    for reference, language in enumerate(LANGUAGES, 0x10):
        text, number = texts(language, parts), number_of(style, language, parts)
        wanted[number] = text.encode()
        air += [(number, part) for part in handset.parts(text, style, reference)]
    random.Random(f"{style} {parts}").shuffle(air)
    return wanted, air


def come_in(peers, style, air, to):
    for number, part in air:
        status, _ = peers.sessions[style].request(smpp_peers.DELIVER_SM, handset.pdu(number, to, part))
        assert status == smpp_peers.OK


@pytest.mark.parametrize("parts", ["short", "long"])
@pytest.mark.parametrize("style", handset.STYLES)
def test_the_customers_program_reads_what_the_handset_wrote(peers, style, parts):
    peers.inbox.received.clear()
    wanted, air = on_the_air(style, parts)
    come_in(peers, style, air, NUMBER)
    assert proc.wait_until(lambda: len(peers.inbox.received) >= len(wanted), 10 * SLOW)
    assert {said["from"]: said["body"].encode() for said in peers.inbox.received} == wanted
    assert len(peers.inbox.received) == len(wanted), "one webhook a message"


@pytest.mark.parametrize("parts", ["short", "long"])
@pytest.mark.parametrize("style", handset.STYLES)
def test_the_customers_esme_reads_what_the_handset_wrote(peers, style, parts):
    wanted, air = on_the_air(style, parts)
    come_in(peers, style, air, BY_SMPP)
    phone = handset.Handset(key="source")
    while len(phone.texts) < len(wanted):
        delivered = peers.esme.delivered.get(timeout=5 * SLOW)
        if not delivered.esm_class & 0x3C:
            phone.take(delivered)
    assert {number: text.encode() for number, text in phone.texts.items()} == wanted


def test_what_crossed_the_wire_is_sound_to_tshark(world, peers):
    messaging.send(world, "44810000000", "The last one")
    peers.smsc.submits.get(timeout=5 * SLOW)
    assert peers.wire.faults() == []
    assert {4, 5} <= peers.wire.commands().keys()
