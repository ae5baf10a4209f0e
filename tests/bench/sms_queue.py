"""`./warp bench sms --queued N`: so many messages queued while their upstream is paused, the daemon killed and started
again, then the queue drained. What it says: memory a message, whether accepting and draining slow down, how long the
restart takes, and that every message came once."""

import re
import shutil
import time

import common
from common import CommandError, proc
from sms_peers import Customer, Upstream, Warp

WINDOW = 50


def pause(warp, paused):
    warp.sql(f"UPDATE sms.connectors SET paused = {paused}")
    time.sleep(1.5)  # an announced change is live within a second


def resident(warp):
    return proc.resident_bytes(warp.pids()[0])


def rates(tenths, step):
    """Messages a second in the first and in the last tenth of the drain."""
    between = [later - earlier for earlier, later in zip(tenths, tenths[1:])]
    return [round(step / max(1e-9, seconds)) for seconds in (between[0], between[-1])] if between else [0, 0]


def restart(warp):
    """Killed and started again: seconds until it is ready, and until its messages are alive and it serves."""
    log = warp.world.warp.daemon.log
    read = log.stat().st_size
    warp.kill()
    began = time.monotonic()
    warp.world.run()
    ready = time.monotonic() - began

    def serving():
        with open(log, errors="replace") as file:
            file.seek(read)
            return re.search(r"messaging_ready.*?messages[=\": ]+(\d+)", file.read())
    found = proc.wait_until(serving, 300, 0.05)
    if not found:
        raise CommandError(f"messaging does not come back; see {log}")
    return {"ready_seconds": round(ready, 2), "serving_seconds": round(time.monotonic() - began, 2),
            "recovered": int(found.group(1))}


def run(count, upstream, warp):
    pause(warp, True)
    empty, began = resident(warp), time.monotonic()
    accepting = [Customer("smpp", warp.port, count // 10, binds=2, window=500, first=1000 + place * (count // 10),
                          queue=True, limit=600).figures() for place in range(10)]
    accepted = sum(part["accepted"] for part in accepting)
    result = {"accepted": accepted, "accept_seconds": round(time.monotonic() - began, 1),
              "accept_first_tenth": round(accepting[0]["accepted"] / accepting[0]["accept_seconds"]),
              "accept_last_tenth": round(accepting[-1]["accepted"] / accepting[-1]["accept_seconds"]),
              "octets_a_message": round((resident(warp) - empty) / max(1, accepted)),
              "p99_ms": max(part["p99_ms"] for part in accepting)}
    result["restart"] = restart(warp)
    result["octets_a_message_recovered"] = round((resident(warp) - empty) / max(1, accepted))
    draining = Customer("smpp", warp.port, accepted, binds=2, receive=True, limit=accepted / 500 + 60)
    pause(warp, False)
    seen = draining.figures()
    result["drain_first_tenth"], result["drain_last_tenth"] = rates(seen["tenths"], accepted // 10)
    result["drained"], result["drain_seconds"] = seen["receipts"], round(seen["receipt_seconds"] - seen["first_receipt"], 1)
    result["repeated"] = upstream.figures()["repeated"]
    warp.settled()
    return result


def main(count, as_json):
    upstream = Upstream()
    warp = Warp(upstream, WINDOW)
    try:
        warp.start()
        result = run(count, upstream, warp)
    finally:
        warp.stop()
        upstream.stop()
        shutil.rmtree(warp.world.folder, ignore_errors=True)
    flat = {**{name: value for name, value in result.items() if name != "restart"}, **result["restart"]}
    common.emit(as_json, f"{count} messages queued, then drained", ("what", "figure"), list(flat.items()),
                {"bench": "sms_queue", "queued": count, **result}, f"./warp bench sms --queued {count}")
    return 0 if result["drained"] == result["accepted"] and not result["repeated"] else 1
