#!/usr/bin/env python3
"""Writes golden_calls.csv: calls priced with exact rationals, independently of the C++ arithmetic.

Each row is a whole call: the lines of a deck, when and of which jurisdiction the call is, and what must come
out (line, billed seconds, amount in the deck's currency, amount in the account's). Rows of kind TIERS are
units over a table of tiers. Times of day go through the zone database of Python, not through ours.

Run from anywhere: python3 tests/unit/rating/golden_calls.py
"""
import datetime as dt
import itertools
import math
import pathlib
import sys
import zoneinfo
from fractions import Fraction

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from exact_money import MODES, rounded, text  # noqa: E402

NONE = "-"
JURISDICTIONS = ("UNKNOWN", "LOCAL", "INTRALATA", "INTRASTATE", "INTERSTATE", "INTERNATIONAL", "TOLLFREE")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


# --- time of day: what the clock on the wall shows
SCHEDULES = {
    1: ("America/New_York", [(31, "08:00", "20:00")], ["2025-07-04", "2025-12-25"]),  # peak
    2: ("Europe/Berlin", [(127, "22:00", "06:00")], []),  # nights
    3: ("America/New_York", [(127, "01:00", "01:30"), (127, "02:15", "02:45")], []),  # within both DST nights
}


def minute_of(clock):
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def is_open(schedule, when):
    zone, windows, holidays = SCHEDULES[schedule]
    local = when.astimezone(zoneinfo.ZoneInfo(zone))
    if local.date().isoformat() in holidays:
        return False
    now = local.hour * 60 + local.minute
    for days, begin, end in windows:
        begin, end = minute_of(begin), minute_of(end)
        today = days >> local.weekday() & 1
        yesterday = days >> (local.weekday() - 1) % 7 & 1
        if begin < end:
            if today and begin <= now < end:
                return True
        elif (today and now >= begin) or (yesterday and now < end):
            return True
    return False


# --- lines
class Line:
    def __init__(self, price, jurisdictions="ALL", schedule=0, setup="0", attempt="0", surcharge="0", free=0,
                 first=60, step=60, minimum=0, begins="2025-01-01T00:00:00Z", prefix="1212", blocked=False):
        self.price, self.jurisdictions, self.schedule = price, jurisdictions, schedule
        self.setup, self.attempt, self.surcharge, self.free = setup, attempt, surcharge, free
        self.first, self.step, self.minimum, self.begins = first, step, minimum, begins
        self.prefix, self.blocked = prefix, blocked

    def holds(self, jurisdiction, when):
        if moment(self.begins) > when:
            return False
        if self.jurisdictions != "ALL" and jurisdiction not in self.jurisdictions.split("|"):
            return False
        return self.schedule == 0 or is_open(self.schedule, when)

    def field(self):
        return " ".join(str(item) for item in (
            self.prefix, self.price, self.jurisdictions, self.schedule, self.setup, self.attempt, self.surcharge,
            self.free, self.first, self.step, self.minimum, self.begins, int(self.blocked)))


def moment(stamp):
    return dt.datetime.fromisoformat(stamp.replace("Z", "+00:00"))


def pick(lines, dni, jurisdiction, when, unknown_as):
    if jurisdiction == "UNKNOWN":
        if unknown_as == NONE:
            return None
        jurisdiction = unknown_as
    held = [(len(line.prefix), moment(line.begins), line.schedule != 0, at)
            for at, line in enumerate(lines) if dni.startswith(line.prefix) and line.holds(jurisdiction, when)]
    if not held or lines[max(held)[3]].blocked:
        return None
    return max(held)[3]


def billed(line, duration_us):
    lasted = math.ceil(Fraction(duration_us, 10**6))
    counted = max(0, lasted - line.free)
    if counted == 0:
        return 0
    wanted = max(counted, line.minimum)
    if wanted <= line.first:
        return line.first
    return line.first + line.step * math.ceil(Fraction(wanted - line.first, line.step))


def price(line, duration_us, answered, decimals, mode):
    if not answered:
        return 0, rounded(Fraction(line.attempt), decimals, mode)
    seconds = billed(line, duration_us)
    start = Fraction(line.setup) + Fraction(line.surcharge) + Fraction(line.attempt)
    return seconds, rounded(start + Fraction(line.price) * seconds / 60, decimals, mode)


# --- currencies: units of the account's for one of the deck's, in 1e-12
FX = {
    "USD": [("2024-01-01T00:00:00Z", 10**12)],
    "EUR": [("2024-01-01T00:00:00Z", 1_083_450_000_000), ("2025-06-01T00:00:00Z", 1_134_275_123_456)],
    "JPY": [("2024-01-01T00:00:00Z", 6_712_345_678)],
}


def exchange(currency, when):
    return [pico for begins, pico in FX[currency] if moment(begins) <= when][-1]


rows = []


def call(lines, jurisdiction="INTERSTATE", when="2025-03-12T15:00:00Z", duration_us=61_000_000, answered=True,
         decimals=6, mode="HALF_UP", currency="USD", account_decimals=6, unknown_as="INTERSTATE",
         dni="12125550123"):
    at = moment(when)
    picked = pick(lines, dni, jurisdiction, at, unknown_as)
    out = [NONE] * 4
    if picked is not None:
        seconds, amount = price(lines[picked], duration_us, answered, decimals, mode)
        pico = exchange(currency, at)
        charged = rounded(amount * pico / 10**12, account_decimals, mode) if pico != 10**12 else \
            rounded(amount, account_decimals, mode)
        out = [picked, seconds, text(amount), text(charged)]
    rows.append(["CALL", ";".join(line.field() for line in lines), dni, jurisdiction, when, duration_us,
                 int(answered), decimals, mode, currency, exchange(currency, at), account_decimals, unknown_as,
                 *out])


def tiers(table, mode, units, per, decimals, rounding):
    table = [(start, Fraction(cost)) for start, cost in table]
    total = Fraction(0)
    if mode == "VOLUME":
        reached = [cost for start, cost in table if start <= units]
        total = reached[-1] * units / per if reached else total
    else:
        for at, (start, cost) in enumerate(table):
            end = table[at + 1][0] if at + 1 < len(table) else units
            total += cost * max(0, min(units, end) - start) / per
    shown = " ".join(f"{start}:{text(cost)}" for start, cost in table)
    rows.append(["TIERS", shown, mode, units, per, decimals, rounding, text(rounded(total, decimals, rounding)),
                 *[NONE] * 9])


# Increments of the trade x minimum x duration at the edges.
for (first, step), minimum in itertools.product(((1, 1), (6, 6), (30, 6), (60, 60), (60, 1)), (0, 30, 60)):
    for duration in (0, 1, 6_000_001, 30_000_000, 60_000_001):
        call([Line("0.0095", first=first, step=step, minimum=minimum)], duration_us=duration)
# Fees x roundings: added before the one rounding; alone when nobody answers.
for mode in MODES:
    for setup, attempt, surcharge in (("0.0000005", "0", "0"), ("0", "0.0000025", "0"), ("0", "0", "0.0000015"),
                                      ("0.01", "0.0000005", "0.0000005"), ("0.00333", "0.00444", "0.00555")):
        line = Line("0.01", setup=setup, attempt=attempt, surcharge=surcharge, first=1, step=1)
        call([line], duration_us=1_000_000, mode=mode)
        call([line], answered=False, duration_us=0, mode=mode)
        call([line], duration_us=7_300_000, mode=mode, decimals=2)
# Seven jurisdictions over decks of one, two and three prices, and one that has no line for some.
TWO = [Line("0.0110", "INTRASTATE|INTRALATA|LOCAL"), Line("0.0042", "INTERSTATE|INTERNATIONAL|TOLLFREE|UNKNOWN")]
THREE = [Line("0.0110", "INTRASTATE|INTRALATA"), Line("0.0042", "INTERSTATE|TOLLFREE"), Line("0.0007", "LOCAL"),
         Line("0.05", prefix="1")]
FEW = [Line("0.0042", "INTERSTATE"), Line("0.02", "INTRASTATE", prefix="1")]
for jurisdiction in JURISDICTIONS:
    for deck in ([Line("0.006")], TWO, THREE, FEW):
        for unknown_as in ("INTERSTATE", "INTRASTATE", "UNKNOWN", NONE):
            if jurisdiction == "UNKNOWN" or unknown_as == "INTERSTATE":
                call(deck, jurisdiction, unknown_as=unknown_as)
# Versions: the latest that has begun; one with a schedule goes before one without of the same beginning only.
VERSIONS = [Line("0.01"), Line("0.02", begins="2025-03-01T00:00:00Z"),
            Line("0.03", "INTERSTATE", begins="2025-04-01T00:00:00Z"), Line("0.09", prefix="1")]
for when in ("2024-12-31T23:59:59Z", "2025-01-01T00:00:00Z", "2025-02-28T23:59:59.999999Z", "2025-03-01T00:00:00Z",
             "2025-03-31T23:59:59Z", "2025-04-01T00:00:00Z"):
    for jurisdiction in ("INTERSTATE", "INTRASTATE"):
        call(VERSIONS, jurisdiction, when)
# Blocked lines stop the search.
call([Line("0.01", prefix="1"), Line("0", blocked=True)])
call([Line("0.01", prefix="1"), Line("0", "INTRASTATE", blocked=True)])
call([Line("0.01", prefix="1"), Line("0", "INTRASTATE", blocked=True)], "INTRASTATE")
# Peak and off-peak at the edges, a holiday, another zone, both nights of daylight saving.
PEAK = [Line("0.01"), Line("0.02", schedule=1), Line("0.5", schedule=1, begins="2024-01-01T00:00:00Z")]
for when in ("2025-03-12T11:59:59.999999Z", "2025-03-12T12:00:00Z", "2025-03-12T23:59:59.999999Z",
             "2025-03-13T00:00:00Z", "2025-03-15T15:00:00Z", "2025-03-16T15:00:00Z", "2025-01-15T12:59:59Z",
             "2025-01-15T13:00:00Z", "2025-01-16T00:59:59Z", "2025-01-16T01:00:00Z", "2025-07-04T15:00:00Z",
             "2025-07-03T15:00:00Z", "2025-07-05T03:00:00Z", "2025-12-25T13:00:00Z", "2025-12-26T13:00:00Z"):
    call(PEAK, when=when)
NIGHT = [Line("0.01"), Line("0.004", schedule=2)]
for when in ("2025-01-10T20:59:59Z", "2025-01-10T21:00:00Z", "2025-01-11T04:59:59Z", "2025-01-11T05:00:00Z",
             "2025-07-10T19:59:59Z", "2025-07-10T20:00:00Z", "2025-07-11T03:59:59Z", "2025-07-11T04:00:00Z",
             "2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z", "2025-03-30T03:59:59Z", "2025-03-30T04:00:00Z",
             "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2025-10-26T04:59:59Z", "2025-10-26T05:00:00Z"):
    call(NIGHT, when=when)
TWICE = [Line("0.01"), Line("0.07", schedule=3)]
for when in ("2025-11-02T04:59:59Z", "2025-11-02T05:00:00Z", "2025-11-02T05:29:59Z", "2025-11-02T05:30:00Z",
             "2025-11-02T05:59:59Z", "2025-11-02T06:00:00Z", "2025-11-02T06:29:59Z", "2025-11-02T06:30:00Z",
             "2025-11-02T07:14:59Z", "2025-11-02T07:15:00Z", "2025-11-02T07:45:00Z", "2025-03-09T05:59:59Z",
             "2025-03-09T06:00:00Z", "2025-03-09T06:29:59Z", "2025-03-09T06:30:00Z", "2025-03-09T06:59:59Z",
             "2025-03-09T07:00:00Z", "2025-03-09T07:15:00Z", "2025-03-09T07:45:00Z", "2025-03-10T06:15:00Z"):
    call(TWICE, when=when)
# Currencies by date, each rounded once more to the account's decimals.
for currency, mode, account_decimals in itertools.product(("USD", "EUR", "JPY"), MODES, (2, 4, 6)):
    for when in ("2025-05-31T23:59:59Z", "2025-06-01T00:00:00Z"):
        call([Line("12.3457" if currency == "JPY" else "0.0123457", setup="0.01", first=6, step=6)], when=when,
             currency=currency, mode=mode, account_decimals=account_decimals, decimals=4)
# Free seconds below, at and above; with a minimum and with fees.
for free, duration in itertools.product((1, 30, 60), (0, 1, 1_000_000, 29_999_999, 30_000_000, 30_000_001,
                                                      60_000_000, 61_000_000, 3_600_000_000)):
    call([Line("0.06", free=free, first=30, step=6, minimum=60 if free == 30 else 0, surcharge="0.002")],
         duration_us=duration)
# Tiers at their edges.
TABLE = [(0, "0.010"), (1_000, "0.008"), (10_000, "0.0055")]
for mode, units in itertools.product(("VOLUME", "GRADUATED"), (0, 1, 999, 1_000, 1_001, 9_999, 10_000, 10_001,
                                                                123_456_789)):
    for per in (1, 60):
        tiers(TABLE, mode, units, per, 6, "HALF_EVEN")
for rounding in MODES:
    tiers([(0, "0.01"), (7, "0.003333333")], "GRADUATED", 11, 60, 4, rounding)
    tiers([(100, "0.01")], "VOLUME", 99, 60, 2, rounding)
    tiers([(100, "0.01")], "VOLUME", 100, 60, 2, rounding)

out = pathlib.Path(__file__).with_name("golden_calls.csv")
header = ("kind,lines,dni,jurisdiction,when,duration_us,answered,decimals,rounding,currency,fx_pico,account_decimals,"
          "unknown_as,line,billed_seconds,amount,charged")
out.write_text("\n".join([header] + [",".join(str(field) for field in row) for row in rows]) + "\n")
print(f"{len(rows)} cases written to {out.name}")
