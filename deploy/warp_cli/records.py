"""Detail records through the REST API, and one of them as rows for people."""

from warp_cli.provision import PREFIX

PATH = f"{PREFIX}/cdr/details"


def find(api, sip_call_id):
    """The newest record of the call with that SIP Call-ID, or None while there is none."""
    for record in api.get(PATH, per_page=50):
        if record["sip_call_id"] == sip_call_id:
            return record
    return None


def amount(value, currency):
    return f"{value:.6f} {currency}"


def priced(side):
    if side is None:
        return "–"
    return (f"{amount(side['amount'], side['currency'])}   ({side['billed_seconds']} s billed at {side['per_minute']:g} "
            f"a minute, prefix {side['prefix']})")


def leg(media):
    if not media["codec"]:
        return "media bypassed"
    return (f"{media['codec']}, {media['packets_received']} packets in, {media['packets_sent']} out, "
            f"{media['packets_lost']} lost, jitter {media['jitter_us'] / 1000:.1f} ms")


def rows(record, providers):
    """`providers`: names by id."""
    carrier = providers.get(record["provider_id"], record["provider_id"] or "–")
    price = record["customer_side"]
    shown = [
        ("from", f"{record['ani']}   (source {record['source_address']})"),
        ("to", f"{record['dni']}   by {carrier}, tried {len(record['attempts'])}"),
        ("how it went", f"{record['disposition']}, {record['reason']}, hung up by the {record['release_side']}"),
        ("duration", f"{record['duration_seconds']} s"),
        ("post-dial delay", f"{record['pdd_ms']} ms" if record["pdd_ms"] is not None else "–"),
        None,
        ("price", priced(price)),
        ("cost", priced(record["provider_side"])),
        ("margin", amount(record["margin"], price["currency"]) if record["margin"] is not None else "–"),
        None,
        ("caller's leg", leg(record["caller_media"])),
        ("callee's leg", leg(record["callee_media"])),
        ("record", record["id"]),
    ]
    return shown
