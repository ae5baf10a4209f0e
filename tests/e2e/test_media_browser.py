"""A web browser as the customer's end: WebRTC's DTLS-SRTP, ICE, rtcp-mux and Opus towards it, plain RTP towards the carrier."""

import contextlib
import re

import pytest
from browser import PROGRAM, Browser, BrowserAgent
from harness import ANI, SLOW
from media_agent import MediaAgent, profile
from media_scene import both_hear, bye, metric, newest, policies, talk
from warp_cli import proc

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

NUMBER = "12025550177"
PRESSED_MS = 160
WEBRTC = {"security": "required", "keys": "dtls", "ice": True}
# What the browser's trunk may use, and what its end then has in common with a carrier of PCMU.
CODECS = {"PCMU": {"codecs": ["PCMU"]}, "opus": {"codecs": ["opus"], "transcode": True}}


@pytest.fixture(scope="module")
def browser(world):
    with Browser(world.folder / "browser") as started:
        yield started


@pytest.fixture(scope="module")
def number(world):
    world.make.number(NUMBER, world.customer, world.trunk)
    world.settle()
    return NUMBER


def handshakes(world):
    return metric(world, "warp_media_dtls_handshakes_total")


@contextlib.contextmanager
def ends(world, browser, codec):
    """(the browser's agent, the carrier's), and the policies that they need."""
    policies(world, trunk={**WEBRTC, **CODECS[codec]}, carrier={"codecs": ["PCMU"], "transcode": True})
    with contextlib.ExitStack() as made:
        pages = BrowserAgent(world.customer_ip, world.customer_port, world.target, browser)
        made.callback(pages.close)
        carriers = MediaAgent(world.carrier_ips["a"], world.carrier_ports["a"], world.target, profile("PCMU"))
        made.callback(carriers.close)
        yield pages, carriers


def secured(page):
    """Its transport and the pair that carries it, when both are as they shall be."""
    transport, pair = page.transport() or ({}, {})
    done = transport.get("dtlsState") == "connected" and pair.get("state") == "succeeded" and pair.get("nominated")
    return (transport, pair) if done else None


def connects(page, carrier, codec):
    """Its pair is chosen, its handshake done, its codec the agreed one; its voice goes through."""
    found = proc.wait_until(lambda: secured(page), 10 * SLOW)
    assert found, (page.stats("transport"), page.stats("candidate-pair"), page.ours, page.theirs)
    transport, _ = found
    assert transport["iceState"] == "connected" and transport["srtpCipher"] and transport["dtlsRole"] == "client", transport
    used = {entry["id"]: entry["mimeType"] for entry in page.stats("codec")}
    [sent] = page.stats("outbound-rtp")
    assert used[sent["codecId"]] == f"audio/{codec}", (used, sent)
    # A browser with several addresses begins on one of them and may move to another within the first seconds.
    assert carrier.hears(50, 10 * SLOW, carrier.mark()), (page.transport(), carrier.mark())


def is_passed_on(page, carrier):
    """Whether the carrier's packets are the browser's own."""
    [sent] = page.stats("outbound-rtp")
    return carrier.heard[-1][4] == sent["ssrc"]


def are_whole(heard, digits):
    """These digits, each as long as it was pressed."""
    return [digit for digit, _ in heard] == list(digits) and all(abs(length - PRESSED_MS) <= 40 for _, length in heard)


def ufrag(description):
    return re.search(r"^a=ice-ufrag:(\S+)", description, re.M).group(1)


@pytest.mark.parametrize("codec", list(CODECS))
def test_a_browser_calls(world, browser, codec):
    with ends(world, browser, codec) as (pages, carriers):
        page, carrier = talk(pages, carriers)
        for line in ("UDP/TLS/RTP/SAVPF", "a=ice-lite", "a=rtcp-mux", "a=setup:passive", "a=group:BUNDLE 0"):
            assert line in page.theirs, page.theirs
        assert carrier.theirs.proto == "RTP/AVP", carrier.theirs.text
        assert not re.search("a=(fingerprint|ice|candidate|extmap|rtcp-fb|ssrc|msid)", carrier.theirs.text), carrier.theirs.text
        connects(page, carrier, codec)
        both_hear(page, carrier)
        assert is_passed_on(page, carrier) == (codec == "PCMU")
        place = carrier.mark()
        page.press("15#", PRESSED_MS)
        assert proc.wait_until(lambda: are_whole(carrier.digits(place), "15#"), 5 * SLOW), carrier.digits(place)
        bye(page)
        row = world.one_record(page.id)
    assert row["caller_codec"].lower().startswith(codec.lower()) and row["callee_codec"].startswith("PCMU"), row


@pytest.mark.parametrize("codec", list(CODECS))
def test_a_browser_is_called(world, browser, number, codec):
    with ends(world, browser, codec) as (pages, carriers):
        carrier = carriers.place(ANI, number)
        page = newest(pages)
        page.talk(440)
        carrier.talk(600)
        assert "a=setup:actpass" in page.theirs and "a=ice-lite" in page.theirs, page.theirs
        connects(page, carrier, codec)
        both_hear(page, carrier)
        assert is_passed_on(page, carrier) == (codec == "PCMU")
        bye(carrier)
        assert proc.wait_until(lambda: page in pages.ended, 5 * SLOW)


def test_a_browser_holds(world, browser):
    """The carrier's end answers sendrecv, as if nothing were held; a browser takes no answer that goes beyond its offer."""
    with ends(world, browser, "PCMU") as (pages, carriers):
        page, carrier = talk(pages, carriers)
        connects(page, carrier, "PCMU")
        both_hear(page, carrier)
        done = handshakes(world)
        for held, answered in (("sendonly", "recvonly"), ("inactive", "inactive")):
            assert page.reinvite(direction=held).status == 200
            assert carrier.theirs.direction == held, carrier.theirs.text
            assert page.direction() == held and f"a={answered}" in page.theirs, page.theirs
        assert page.reinvite().status == 200
        assert page.direction() == "sendrecv"
        both_hear(page, carrier)
        assert handshakes(world) == done, "the keys were made anew"
        bye(page)


def test_a_browser_is_held(world, browser):
    with ends(world, browser, "PCMU") as (pages, carriers):
        page, carrier = talk(pages, carriers)
        connects(page, carrier, "PCMU")
        both_hear(page, carrier)
        done = handshakes(world)
        assert carrier.reinvite(direction="sendonly").status == 200
        assert page.direction() == "recvonly" and carrier.theirs.direction == "recvonly", carrier.theirs.text
        assert carrier.reinvite().status == 200
        assert page.direction() == "sendrecv"
        both_hear(page, carrier)
        assert handshakes(world) == done, "the keys were made anew"
        bye(page)


def test_a_browser_that_begins_ice_again_goes_on(world, browser):
    with ends(world, browser, "opus") as (pages, carriers):
        page, carrier = talk(pages, carriers)
        connects(page, carrier, "opus")
        both_hear(page, carrier)
        done, before = handshakes(world), (ufrag(page.ours), ufrag(page.theirs))
        page.restarts_ice = True
        assert page.reinvite().status == 200
        now = ufrag(page.ours), ufrag(page.theirs)
        assert now[0] != before[0] and now[1] != before[1], (before, now)
        assert proc.wait_until(lambda: (page.transport() or [{}])[0].get("iceLocalUsernameFragment") == now[0], 10 * SLOW)
        connects(page, carrier, "opus")
        both_hear(page, carrier)
        assert handshakes(world) == done, "the keys were made anew"
        bye(page)


def test_a_browser_with_another_certificate_is_left(world, browser):
    """The description names a certificate that is not the page's, as one that a stranger put between would have it."""
    with ends(world, browser, "PCMU") as (pages, carriers):
        pages.change = lambda text: re.sub(r"(a=fingerprint:sha-256 )(..)", lambda line: line.group(1) + (
            "00" if line.group(2) != "00" else "01"), text)
        page, carrier = talk(pages, carriers)
        assert proc.wait_until(lambda: page in pages.ended and carrier in carriers.ended, 10 * SLOW)
        assert not carrier.heard, "what a stranger says was passed on"
        assert world.one_record(page.id)["reason"] == "MEDIA_NOT_ENCRYPTED"
