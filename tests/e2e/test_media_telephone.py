"""A telephone that others wrote, with encrypted media: baresip's SDES and DTLS-SRTP, the carrier in the clear or with SDES."""

import shutil
import time

import harness
import pytest
from harness import SLOW
from media_agent import MediaAgent, profile
from media_scene import PREFIX, newest
from test_sip_phone import NUMBER, PHONE_HERTZ, pitch, telephone, telephone_world  # noqa: F401
from test_sip_transports import authority  # noqa: F401
from warp_cli import proc

pytestmark = pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is not installed")
CARRIER_HERTZ = 600
WAYS = {"sdes": (";mediaenc=srtp-mand", ("srtp",), {"security": "required"}),
        "sdes offered in plain RTP": (";mediaenc=srtp", ("srtp",), {"security": "optional"}),
        "dtls": (";mediaenc=dtls_srtp", ("dtls_srtp",), {"security": "required", "keys": "dtls"})}


@pytest.mark.parametrize("carrier", ["plain", "sdes"])
@pytest.mark.parametrize("way", list(WAYS))
def test_a_telephone_with_encrypted_media_is_called_and_calls(telephone_world, authority, way, carrier):  # noqa: F811
    world = telephone_world
    more, modules, media = WAYS[way]
    api = world.make.api
    api.put(f"{PREFIX}/trunks/{world.phones}", {"sip_policy": {"media": media}})
    api.put(f"{PREFIX}/providers/{world.providers['a']}",
            {"sip_policy": {"media": {"security": "required"} if carrier == "sdes" else {}}})
    world.settle()
    suites = ("AES_CM_128_HMAC_SHA1_80",) if carrier == "sdes" else ()
    described = profile("PCMU", proto="RTP/SAVP" if suites else "RTP/AVP", suites=suites)
    far = MediaAgent(world.carrier_ips["a"], world.carrier_ports["a"], world.target, described)
    try:
        with telephone(world, authority.file, more, modules) as phone:
            phone.expect("REGISTER_OK")
            phone.do("dial", f"sip:{harness.DNI}@127.0.0.1:{world.at};transport=tls")
            phone.expect("CALL_ESTABLISHED")
            listens(newest(far))
            phone.do("hangup")
            phone.expect("CALL_CLOSED")

            called = far.answers_in_background(harness.ANI, NUMBER)
            phone.expect("CALL_INCOMING")
            phone.do("accept")
            phone.expect("CALL_ESTABLISHED")
            listens(called())
            phone.do("hangup")
            phone.expect("CALL_CLOSED")
            heard = [samples for samples in phone.heard() if samples]
            assert len(heard) == 2 and all(pitch(samples) == CARRIER_HERTZ for samples in heard)
    finally:
        far.close()


def listens(call):
    """Two seconds of talk; the telephone's tone is what comes."""
    assert proc.wait_until(lambda: call.theirs is not None, 5 * SLOW)
    call.talk(CARRIER_HERTZ)
    assert call.hears(50, 8 * SLOW), (call.bad, call.theirs.text)
    place = call.mark()
    time.sleep(2 * SLOW)
    assert call.hears_tone(PHONE_HERTZ, place) > 0.8
    assert call.bad == 0
