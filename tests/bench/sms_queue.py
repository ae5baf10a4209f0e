"""`./warp bench sms --queued N`: so many messages queued while their upstream is paused, the daemon killed and started
again, then the queue drained. What it says: memory a message, whether accepting and draining slow down, how long the
restart takes, and that every message came once.
`./warp bench sms --kills N`: killed so often under load and started again; every accepted message has one end, and the
upstream got none twice."""

import re
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


def under_load(times, rate, upstream, warp):
    since, accepted, restarts = f"accepted_at > '{warp.sql('SELECT now()')[0][0]}'", 0, []
    for number in range(times):
        load = Customer("smpp", warp.port, 1_000_000, binds=2, window=500, rate=rate, first=(number + 1) * 100_000, limit=30)
        time.sleep(2 + number % 7 / 10)
        restarts.append(restart(warp))
        accepted += load.figures()["accepted"]
    # What was Sending when the daemon died has failed: nobody knows whether it left. The rest comes to its end, and
    # receipts that nobody took meanwhile are taken now.
    Customer("smpp", warp.port, 1_000_000, binds=2, receive=True, limit=15).figures()
    warp.settled()
    ends = {state: int(count) for state, count in warp.sql(
        f"SELECT state, count(*) FROM sms.messages WHERE {since} GROUP BY state")}
    kept = sum(ends.values())
    return {"kills": times, "rate": rate, "accepted": accepted, "kept": kept, "lost": max(0, accepted - kept), **ends,
            "records": int(warp.sql(f"SELECT count(*) FROM records.mdrs WHERE {since}")[0][0]),
            "repeated": upstream.figures()["repeated"],
            "serving_seconds": common.median([each["serving_seconds"] for each in restarts])}


def with_warp(work):
    upstream = Upstream()
    warp = Warp(upstream, WINDOW)
    try:
        warp.start()
        return work(upstream, warp)
    finally:
        warp.stop()
        upstream.stop()


def killed(times, rate, as_json):
    result = with_warp(lambda upstream, warp: under_load(times, rate, upstream, warp))
    common.emit(as_json, f"Killed {times} times at {rate} messages a second", ("what", "figure"), list(result.items()),
                {"bench": "sms_kills", **result}, f"./warp bench sms --kills {times} --rate {rate}")
    return 0 if not result["lost"] and not result["repeated"] and result["records"] == result["kept"] else 1


def main(count, as_json):
    result = with_warp(lambda upstream, warp: run(count, upstream, warp))
    flat = {**{name: value for name, value in result.items() if name != "restart"}, **result["restart"]}
    common.emit(as_json, f"{count} messages queued, then drained", ("what", "figure"), list(flat.items()),
                {"bench": "sms_queue", "queued": count, **result}, f"./warp bench sms --queued {count}")
    return 0 if result["drained"] == result["accepted"] and not result["repeated"] else 1
