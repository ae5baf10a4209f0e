"""`demo message`: a customer's ESME submits one message, the demo's upstream takes it and reports; its record as a card."""

import queue
import re
import time

from warp_cli import proc, provision, smpp_peers, state, up
from warp_cli.provision import PREFIX
from warp_cli.ui import CommandError, Stage, card, say

UCS2 = 8  # data_coding
RECIPIENT = "447700900123"  # of a range that Ofcom keeps for drama
TEXT = ("Hello from WARP 👋 This message was made durable before it was acknowledged, went to the upstream in parts "
        "that break no letter, and its one receipt came back.")


def message():
    """What was seen of it."""
    instance = up.installation()
    if not instance.daemon.pids():
        raise CommandError("warpd is not running", "./warp up starts it")
    with Stage("demo message") as stage:
        seen = send(instance, stage)
        stage.result(f"delivered; acknowledged after {seen['acknowledged_ms']:.1f} ms")
    return {**seen, "api": instance.api_url, "ports": instance.ports}


def show(seen):
    say("\n" + card("the demo message and its record", rows(seen)))
    say(next_steps(up.installation(), seen))


def send(instance, stage):
    """From the ESME's bind to the record; what each side saw."""
    demo = state.load()["demo"]["messaging"]
    try:
        upstream = smpp_peers.Smsc(provision.DEMO_IPS["upstream"], instance.ports["upstream"])
    except OSError as error:
        raise CommandError(f"the demo's upstream cannot listen: {error}", "another ./warp demo message may be at work")
    try:
        stage.progress("waiting for warpd to bind to the upstream")
        # It binds now, and not when its next try of a far end that was away is due.
        instance.api().post(f"{PREFIX}/messaging/connectors/{demo['connector_id']}/resume")
        expect(upstream.binds, 40, "warpd did not bind to the demo's upstream")
        esme = smpp_peers.Esme(instance.ports["smpp"])
        try:
            status = esme.bind(demo["system_id"], instance.esme_file.read_text().strip())
            if status != smpp_peers.OK:
                raise CommandError(f"the bind was refused with command_status {status:#x}")
            return exchange(instance, demo, upstream, esme)
        finally:
            esme.close()
    finally:
        upstream.stop()


def exchange(instance, demo, upstream, esme):
    began = time.monotonic()
    status, identity = esme.submit(demo["sender"], RECIPIENT, b"", data_coding=UCS2,
                                   tlvs=[(smpp_peers.MESSAGE_PAYLOAD, TEXT.encode("utf-16-be"))])
    acknowledged = time.monotonic() - began
    if status != smpp_peers.OK:
        raise CommandError(f"the message was refused with command_status {status:#x}", "./warp logs shows why")
    parts = [next_part(upstream, "the message did not reach the upstream")]
    total = total_of(parts[0][1])
    parts += [next_part(upstream, "a part did not reach the upstream") for _ in range(total - 1)]
    if "".join(text_of(part) for _, part in sorted(parts, key=lambda p: number_of(p[1]))) != TEXT:
        raise CommandError("the text did not come through unchanged")
    for name, part in parts:
        upstream.receipt(name, part)
    receipt = expect(esme.delivered, 10, "no receipt came back")
    reported = time.monotonic() - began
    api = instance.api()
    path = f"{PREFIX}/messages/{identity}?customer_id={demo['customer_id']}"
    record = proc.wait_until(lambda: (found := api.get(path))["status"] == "delivered" and found, 10, 0.1)
    while not upstream.submits.empty():  # what was queued before it has its end, too
        upstream.receipt(*upstream.submits.get())
    if not record:
        raise CommandError("the message has no final record after 10 s", "./warp logs shows what warpd says")
    return {"message": record, "parts": len(parts), "upstream_ids": [name for name, _ in parts],
            "receipt": receipt.octets.decode("latin-1"), "acknowledged_ms": acknowledged * 1000,
            "reported_ms": reported * 1000}


def expect(waiting, seconds, complaint):
    try:
        return waiting.get(timeout=seconds)
    except queue.Empty:
        raise CommandError(f"{complaint} within {seconds} s", "./warp logs shows what warpd says") from None


def next_part(upstream, complaint):
    """Of the demo's message. What else was queued for the upstream is reported as delivered on the way."""
    while True:
        name, part = expect(upstream.submits, 10, complaint)
        if part.data_coding == UCS2 and text_of(part) in TEXT:
            return name, part
        upstream.receipt(name, part)


# The last two octets of the concatenation's header, 8 or 16 bits of reference alike: of how many, and which.
def total_of(part):
    return part.octets[part.octets[0] - 1] if part.esm_class & smpp_peers.UDHI else 1


def number_of(part):
    return part.octets[part.octets[0]] if part.esm_class & smpp_peers.UDHI else 1


def text_of(part):
    octets = part.octets[part.octets[0] + 1:] if part.esm_class & smpp_peers.UDHI else part.octets
    return octets.decode("utf-16-be")


def side(price):
    if not price:
        return "–"
    return f"{price['amount']:.6f} {price['currency']}   ({price['per_segment']:g} a segment, prefix {price['prefix']})"


def rows(seen):
    record = seen["message"]
    attempts = ", ".join(f"{attempt['reason']} (command_status {attempt['status']})" for attempt in record["attempts"])
    return [
        ("from", record["from"]),
        ("to", record["to"]),
        ("text", f"{record['encoding']}, {record['segments']} segments; the upstream got {seen['parts']}, text unchanged"),
        ("acknowledged", f"after {seen['acknowledged_ms']:.1f} ms, durable"),
        ("receipt", f"after {seen['reported_ms']:.1f} ms: {' '.join(re.findall('(?:stat|err):[^ ]+', seen['receipt']))}"),
        None,
        ("state", record["status"]),
        ("attempts", f"{len(record['attempts'])}: {attempts}"),
        ("upstream ids", ", ".join(seen["upstream_ids"])),
        None,
        ("price", side(record["price"])),
        ("cost", side(record["cost"])),
        ("record", record["id"]),
    ]


def next_steps(instance, seen):
    key, api, customer = instance.key_file, instance.api_url, seen["message"]["customer_id"]
    return f"""
  messages curl -sH "Authorization: Bearer $(cat {key})" '{api}{PREFIX}/messages?customer_id={customer}&per_page=5'
  SMPP     127.0.0.1:{instance.ports['smpp']}   system_id and route in ./warp status --json
  again    ./warp demo message
"""
