"""`demo call`: a customer and a carrier, both SIPp, with real RTP both ways; the record as a card."""

import signal
import time

from warp_cli import paths, proc, provision, records, rtp, state, up
from warp_cli.sipp import Sipp
from warp_cli.ui import CommandError, Stage, card, say

SCENARIOS = paths.ROOT / "tests" / "e2e" / "sipp"
ANI, DNI = "+12025550142", "+442079460123"


def call(seconds):
    """What was seen of it."""
    instance = up.installation()
    if not instance.daemon.pids():
        raise CommandError("warpd is not running", "./warp up starts it")
    with Stage("demo call") as stage:
        sip_call_id, audio = place(instance, seconds, stage)
        stage.progress("waiting for its record")
        record = proc.wait_until(lambda: records.find(instance.api(), sip_call_id), 10, 0.1)
        if not record:
            raise CommandError("the call left no record within 10 s", "./warp logs shows what warpd says")
        stage.result("answered, audio intact both ways")
    return {"record": record, "audio": audio, "api": instance.api_url, "ports": instance.ports,
            "api_key_file": str(instance.key_file)}


def show(seen):
    say("\n" + card("the demo call and its record", rows(seen["record"], state.load()["demo"], seen["audio"])))
    say(next_steps(up.installation()))


def stop_peers():
    """Ends what a killed demo left behind: a peer whose call never comes would wait for ever. True when there was one."""
    pids = [pid for side in ("customer", "carrier") for pid in proc.find(paths.VAR / "demo" / side, "sipp")]
    return bool([proc.stop(pid, signal.SIGKILL) for pid in pids])


def place(instance, seconds, stage):
    """Rings, talks for `seconds`, hangs up; the caller's SIP Call-ID and what each side heard."""
    ports, folder = instance.ports, paths.VAR / "demo"
    stop_peers()
    customer = rtp.Endpoint(provision.DEMO_IPS["customer"], 440, 0x1001)
    carrier = rtp.Endpoint(provision.DEMO_IPS["carrier_a"], 600, 0x2002)
    try:
        callee = Sipp(folder / "carrier", SCENARIOS / "uas_answer.xml", carrier.ip, ports["carrier_a"], calls=1,
                      keys={"audio_port": carrier.port}, arguments=["-d", "400"])
        caller = Sipp(folder / "customer", SCENARIOS / "uac_answered.xml", customer.ip, ports["customer"],
                      remote=f"127.0.0.1:{ports['sip']}", calls=1,
                      keys={"audio_port": customer.port, "ani": ANI, "dni": DNI},
                      arguments=["-d", str(seconds * 1000), "-cid_str", f"demo-{time.time_ns()}-%u@%s"])
        with callee:
            if not proc.wait_until(callee.listening, 5):
                raise CommandError("the demo's carrier does not start:\n" + callee.trouble())
            with caller:
                answered = caller.media_address()
                carrier.start(callee.media_address())
                customer.start(answered)
                stage.progress(f"answered; talking for {seconds} s")
                caller.expect_success(seconds + 20)
                callee.expect_success(5)
    finally:
        customer.stop()
        carrier.stop()
    return call_id(caller), check_audio(customer, carrier)


def call_id(caller):
    return next(line.split(":", 1)[1].strip() for line in caller.trace().splitlines()
                if line.lower().startswith("call-id:"))


def check_audio(customer, carrier):
    audio = {}
    for name, listener, talker in (("customer_heard", customer, carrier), ("carrier_heard", carrier, customer)):
        good, bad = rtp.heard(listener, talker)
        audio[name] = {"sent": talker.sent, "intact": good, "changed": bad}
        if bad or good < talker.sent * 0.8:
            raise CommandError(f"audio did not come through: {audio[name]}", "./warp logs shows what warpd says")
    return audio


def rows(record, demo, audio):
    return records.rows(record, demo["providers"]) + [
        None,
        ("audio", f"customer heard {audio['customer_heard']['intact']} of {audio['customer_heard']['sent']} packets "
                  f"of the carrier's 600 Hz tone, octet for octet"),
        ("", f"carrier heard {audio['carrier_heard']['intact']} of {audio['carrier_heard']['sent']} packets of the "
             f"customer's 440 Hz tone"),
    ]


def next_steps(instance):
    key, api = instance.key_file, instance.api_url
    return f"""
  API      {api}/api/v1   operator key in {key}
  records  curl -sH "Authorization: Bearer $(cat {key})" '{api}{records.PATH}?per_page=5'
  health   curl -s http://127.0.0.1:{instance.ports['health']}/ready
  metrics  curl -s http://127.0.0.1:{instance.ports['metrics']}/metrics | grep ^warp_
  again    ./warp demo call          logs   ./warp logs -f          stop   ./warp down
"""
