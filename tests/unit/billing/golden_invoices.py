#!/usr/bin/env python3
"""Writes golden_invoices.txt: invoices worked out with exact rationals, independently of the C++ arithmetic.

Run from anywhere: python3 tests/unit/billing/golden_invoices.py
"""
import math
import pathlib
import sys
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from exact_money import MODES, nanos, rounded  # noqa: E402

# code: (kind, tax code, position, what it matches)
SKUS = {
    "VOICE-OUT": ("usage", "TELECOM", 10, {"kind": "call", "direction": "outbound"}),
    "VOICE-NEAR": ("usage", "TELECOM", 15, {"kind": "call", "direction": "outbound", "jurisdiction": "INTRASTATE"}),
    "VOICE-44": ("usage", "TELECOM", 16, {"kind": "call", "direction": "outbound", "prefix": "44"}),
    "VOICE-IN": ("usage", "TELECOM", 20, {"kind": "call", "direction": "inbound"}),
    "MESSAGE-OUT": ("usage", "MESSAGING", 30, {"kind": "message", "direction": "outbound"}),
    "DID": ("recurring", "TELECOM", 50, {}),
    "COMMIT": ("recurring", "TELECOM", 60, {}),
    "FEE": ("once", "FEES", 70, {}),
}


def moment(zone, text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) if isinstance(text, str) else text


def epoch(when):
    return int(when.timestamp())


def sku_of(use):
    best = None
    for code, (kind, _, position, match) in SKUS.items():
        if kind != "usage":
            continue
        found = {"kind": use["kind"], "direction": use["direction"], "jurisdiction": use["jurisdiction"]}
        if any(found.get(k) != v for k, v in match.items() if k != "prefix"):
            continue
        if "prefix" in match and not use["prefix"].startswith(match["prefix"]):
            continue
        rank = (-len(match), -len(match.get("prefix", "")), position, code)
        if best is None or rank < best[0]:
            best = (rank, code)
    return best[1] if best else "USAGE"


class Case:
    def __init__(self, name, start="2026-03-01", end="2026-04-01", zone="UTC", decimals=2, mode="HALF_UP",
                 minimum=0, holds=None, credit=0, usage=(), tiers=(), bundles=(), recurring=(), entries=(), taxes=()):
        self.name, self.zone, self.decimals, self.mode = name, zone, decimals, mode
        self.start, self.end = moment(zone, start), moment(zone, end)
        self.minimum, self.credit = Fraction(minimum), Fraction(credit)
        self.holds = tuple(moment(zone, t) for t in (holds or (start, end)))
        self.usage, self.tiers, self.bundles = usage, tiers, bundles
        self.recurring, self.entries, self.taxes = recurring, entries, taxes

    def day(self, when):
        return when.astimezone(ZoneInfo(self.zone)).date()

    def part(self, amount, begin, finish):
        """Of a whole period's amount, by civil days."""
        begin, finish = max(begin, self.start), min(finish or self.end, self.end)
        whole = (self.day(self.end) - self.day(self.start)).days
        days = max(0, (self.day(finish) - self.day(begin)).days)
        return rounded(Fraction(amount) * days / whole, self.decimals, self.mode)

    def work_out(self):
        lines, used, left = [], {}, []
        totals = {}
        for use in self.usage:
            code = sku_of(use)
            position = SKUS[code][2] if code in SKUS else 0
            key = (use["correction"], position, code, use["jurisdiction"])
            totals[key] = totals.get(key, 0) + use["amount"]
            units, amount = used.get(code, (0, Fraction(0)))
            used[code] = (units + (0 if use["correction"] else use["units"]), amount + use["amount"])
        for (correction, _, code, _), amount in sorted(totals.items()):
            lines.append(("adjustment" if correction else "usage", code, amount))
        for sku, units, price, rollover, carried in self.bundles:
            lines.append(("bundle", sku, Fraction(price)))
            have, amount = used.get(sku, (0, Fraction(0)))
            old = min(have, carried)
            own = min(have - old, units)
            if rollover and units > own:
                left.append((sku, units - own))
            if old + own:
                back = rounded(amount * (old + own) / have, 9, self.mode)
                lines.append(("bundle", sku, -back))
                used[sku] = (have - old - own, amount - back)
        for sku, mode, per, steps in self.tiers:
            have, taken = used.get(sku, (0, Fraction(0)))
            if mode == "VOLUME":
                price = [Fraction(p) for at, p in steps if at <= have][-1]
                wanted = price * have / per
            else:
                wanted = Fraction(0)
                for (at, price), (end, _) in zip(steps, list(steps[1:]) + [(math.inf, 0)]):
                    wanted += Fraction(price) * max(0, (min(have, end) if end != math.inf else have) - at) / per
            difference = rounded(wanted, 9, self.mode) - taken
            if difference:
                lines.append(("tier", sku, difference))
        if self.minimum:
            missing = self.part(self.minimum, *self.holds) - sum(a for _, _, a in lines)
            if missing > 0:
                lines.append(("commit", "COMMIT", missing))
        for sku, _, quantity, amount, prorate, begin, finish in self.recurring:
            begin, finish = moment(self.zone, begin), moment(self.zone, finish) if finish else None
            if SKUS[sku][0] == "once":
                if self.start <= begin < self.end:
                    lines.append(("once", sku, Fraction(amount) * quantity))
                continue
            if begin >= self.end or (finish and finish <= self.start):
                continue
            cost = self.part(Fraction(amount) * quantity, begin, finish) if prorate else Fraction(amount) * quantity
            if cost:
                lines.append(("recurring", sku, cost))
        for amount, _ in self.entries:
            lines.append(("adjustment", "", -Fraction(amount)))
        return self.close(lines, left)

    def close(self, lines, left):
        bases, plain, taxes = {}, {}, []
        for _, sku, amount in lines:
            if sku:
                code = SKUS[sku][1] if sku in SKUS else "TELECOM"
                bases[code] = bases.get(code, 0) + amount
        for code, name, rate, on_taxes in sorted(self.taxes, key=lambda t: (t[0], t[3], t[1])):
            if code not in bases:
                continue
            base = bases[code] + (plain.get(code, 0) if on_taxes else 0)
            tax = rounded(base * Fraction(rate), self.decimals, self.mode)
            if not tax:
                continue
            if not on_taxes:
                plain[code] = plain.get(code, 0) + tax
            taxes.append(("tax", code, tax))
        charges = sum((a for _, _, a in lines), Fraction(0))
        tax = sum((a for _, _, a in taxes), Fraction(0))
        lines = lines + taxes
        whole = rounded(charges + tax, min(self.decimals, 2), self.mode)
        rounding = whole - charges - tax
        if rounding:
            lines.append(("rounding", "", rounding))
        if self.credit:
            lines.append(("carry", "", self.credit))
        out = min(Fraction(0), whole + self.credit)
        if out:
            lines.append(("carry", "", -out))
        total = max(Fraction(0), whole + self.credit)
        assert total == sum(a for _, _, a in lines)
        return lines, left, (charges, tax, rounding, total - whole, total, out)

    def text(self):
        rows = [("case", self.name), ("period", epoch(self.start), epoch(self.end), self.zone),
                ("money", self.decimals, self.mode),
                ("minimum", nanos(self.minimum), epoch(self.holds[0]), epoch(self.holds[1])),
                ("credit", nanos(self.credit))]
        for u in self.usage:
            rows.append(("usage", u["kind"], u["direction"], u["jurisdiction"], u["prefix"], u["items"], u["units"],
                         nanos(u["amount"]), int(u["correction"])))
        for sku, mode, per, steps in self.tiers:
            rows.append(("tier", sku, mode, per, ",".join(f"{at}:{nanos(Fraction(p))}" for at, p in steps)))
        for sku, units, price, rollover, carried in self.bundles:
            rows.append(("bundle", sku, units, nanos(Fraction(price)), int(rollover), carried))
        for sku, thing, quantity, amount, prorate, begin, finish in self.recurring:
            rows.append(("recurring", sku, thing, quantity, nanos(Fraction(amount)), int(prorate),
                         epoch(moment(self.zone, begin)), epoch(moment(self.zone, finish)) if finish else ""))
        for amount, about in self.entries:
            rows.append(("entry", nanos(Fraction(amount)), about))
        for code, name, rate, on_taxes in self.taxes:
            rows.append(("tax", code, name, nanos(Fraction(rate)), int(on_taxes)))
        lines, left, sums = self.work_out()
        rows.append(("expect", *(nanos(s) for s in sums)))
        rows += [("line", kind, sku, nanos(amount)) for kind, sku, amount in lines]
        rows += [("left", sku, units) for sku, units in sorted(left)]
        return "\n".join("|".join(str(f) for f in row) for row in rows)


def call(amount, units=600, items=10, direction="outbound", jurisdiction="INTERSTATE", prefix="1", correction=False):
    return {"kind": "call", "direction": direction, "jurisdiction": jurisdiction, "prefix": prefix, "items": items,
            "units": units, "amount": Fraction(amount), "correction": correction}


def message(amount, units=10, direction="outbound"):
    return {"kind": "message", "direction": direction, "jurisdiction": "", "prefix": "1", "items": units,
            "units": units, "amount": Fraction(amount), "correction": False}


STEPS = ((0, "0.01"), (600, "0.008"), (6000, "0.005"))
VAT = (("TELECOM", "VAT", "0.19", False),)
NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"
cases = [
    Case("nothing"),
    Case("usage of one kind", usage=[call("12.34")]),
    Case("usage of five kinds", usage=[call("1.5"), call("2.25", jurisdiction="INTRASTATE"), call("3", prefix="4420"),
                                       call("0.75", direction="inbound"), message("0.099")]),
    Case("one kind of two jurisdictions", usage=[call("1.11"), call("2.22", jurisdiction="INTERNATIONAL")]),
    Case("what no SKU matches", usage=[message("0.5", direction="inbound")], taxes=VAT),
    Case("rated again, cheaper", usage=[call("10"), call("-1.234567891", correction=True)], taxes=VAT),
    Case("rated again, all back", usage=[call("10"), call("-10", correction=True)]),
]
for amount in ("99.99", "100", "100.000000001", "0"):
    cases.append(Case(f"commit of 100 at {amount}", minimum=100, usage=[call(amount)]))
cases += [
    Case("commit of half a month", minimum=100, holds=("2026-03-16", "2026-05-01"), usage=[call("20")]),
    Case("commit that began earlier", minimum=100, holds=("2025-01-01", "2027-01-01"), usage=[call("20")]),
    Case("commit counts no numbers", minimum=50, usage=[call("20")],
         recurring=[("DID", "12125550101", 1, "40", True, "2026-01-01", None)]),
]
for mode in ("GRADUATED", "VOLUME"):
    for units in (1, 599, 601, 6001, 123456):
        cases.append(Case(f"{mode} at {units}", usage=[call(Fraction(units, 1000), units=units)],
                          tiers=[("VOICE-OUT", mode, 60, STEPS)]))
cases += [
    Case("tiers of messages", usage=[message("10", units=1000)],
         tiers=[("MESSAGE-OUT", "GRADUATED", 1, ((0, "0.01"), (500, "0.004")))]),
    Case("tiers dearer than the deck", usage=[call("1", units=6000)], tiers=[("VOICE-OUT", "VOLUME", 60, ((0, "0.05"),))]),
    Case("bundle, all covered", usage=[call("6", units=3600)], bundles=[("VOICE-OUT", 6000, "5", False, 0)]),
    Case("bundle, partly covered", usage=[call("10", units=7000)], bundles=[("VOICE-OUT", 6000, "5", False, 0)]),
    Case("bundle, nothing used", bundles=[("VOICE-OUT", 6000, "5", False, 0)]),
    Case("bundle that rolls over", usage=[call("1", units=1000)], bundles=[("VOICE-OUT", 6000, "5", True, 0)]),
    Case("bundle, old units first", usage=[call("3", units=3000)], bundles=[("VOICE-OUT", 6000, "5", True, 2000)]),
    Case("bundle, old units suffice", usage=[call("3", units=1000)], bundles=[("VOICE-OUT", 6000, "5", True, 2000)]),
    Case("bundle, old and own gone", usage=[call("30", units=30000)], bundles=[("VOICE-OUT", 6000, "5", True, 2000)]),
    Case("bundle before tiers", usage=[call("100", units=60000)], bundles=[("VOICE-OUT", 54000, "50", False, 0)],
         tiers=[("VOICE-OUT", "GRADUATED", 60, STEPS)]),
    Case("commit after bundle and tiers", minimum=200, usage=[call("100", units=60000)],
         bundles=[("VOICE-OUT", 54000, "50", False, 0)], tiers=[("VOICE-OUT", "GRADUATED", 60, STEPS)], taxes=VAT),
]
for mode in MODES:
    cases.append(Case(f"a number for 10 of 31 days, {mode}", mode=mode,
                      recurring=[("DID", "1", 1, "1.25", True, "2026-03-22T15:00", None)]))
    cases.append(Case(f"tax of half a cent, {mode}", mode=mode, usage=[call("0.5")],
                      taxes=[("TELECOM", "Tax", "0.05", False)]))
cases += [
    Case("days over the night of 23 hours", zone=NEW_YORK, recurring=[("DID", "1", 1, "31", True, "2026-03-08T00:30", None)]),
    Case("days over the night of 25 hours", "2026-11-01", "2026-12-01", zone=NEW_YORK,
         recurring=[("DID", "1", 1, "30", True, "2026-11-01T01:30", "2026-11-02")]),
    Case("Berlin in spring", zone=BERLIN, recurring=[("DID", "1", 3, "9.99", True, "2026-03-29T03:30", "2026-03-31")]),
    Case("February of 29 days", "2028-02-01", "2028-03-01", recurring=[("DID", "1", 1, "29", True, "2028-02-29", None)]),
    Case("February of 28 days", "2026-02-01", "2026-03-01", recurring=[("DID", "1", 1, "28", True, "2026-02-28", None)]),
    Case("31st to the last of February", "2026-01-31", "2026-02-28", recurring=[("DID", "1", 1, "28", True, "2026-01-01", "2026-02-10")]),
    Case("begun and ended on one day", recurring=[("DID", "1", 1, "31", True, "2026-03-05T08:00", "2026-03-05T20:00")]),
    Case("handed over on one day", recurring=[("DID", "1", 1, "31", True, "2026-01-01", "2026-03-11T12:00"),
                                              ("DID", "1", 1, "31", True, "2026-03-11T12:00", None)]),
    Case("not prorated", recurring=[("DID", "1", 2, "4.5", False, "2026-03-30", None)]),
    Case("over before it", recurring=[("DID", "1", 1, "9", True, "2026-01-01", "2026-03-01")]),
    Case("once, in it", recurring=[("FEE", "set-up", 2, "25", True, "2026-03-31T23:59", None)]),
    Case("once, next month's", recurring=[("FEE", "set-up", 1, "25", True, "2026-04-01", None)]),
    Case("taxes of two codes", usage=[call("10.01"), message("5.55")],
         taxes=[("TELECOM", "State", "0.0625", False), ("MESSAGING", "State", "0.04", False), ("FEES", "State", "0.5", False)]),
    Case("tax on tax", usage=[call("33.33")], taxes=[("TELECOM", "USF", "0.349", False), ("TELECOM", "State", "0.08875", True)]),
    Case("two taxes beside each other", usage=[call("33.33")], taxes=[("TELECOM", "A", "0.05", False), ("TELECOM", "B", "0.07", False)]),
    Case("a credit is not taxed", usage=[call("10")], entries=[("2.5", "sorry")], taxes=VAT),
    Case("a debit by hand", entries=[("-3.333", "line fee")]),
    Case("credit above the charges goes on", usage=[call("10")], entries=[("15", "sorry")]),
    Case("credit of before, used up", credit="-4", usage=[call("10")], taxes=VAT),
    Case("credit of before, not used up", credit="-40", usage=[call("10")], taxes=VAT),
    Case("credit of before, and another", credit="-1", entries=[("2", "sorry")]),
    Case("nine decimals to two", usage=[call("0.000000001"), call("0.004999999", jurisdiction="INTRASTATE")]),
    Case("nine decimals to two, up", usage=[call("0.005")]),
    Case("no decimals", decimals=0, usage=[call("1234.5")], taxes=[("TELECOM", "Tax", "0.1", False)]),
    Case("taxes to six decimals", decimals=6, usage=[call("1.111111111")], taxes=VAT),
    Case("everything", zone=BERLIN, minimum=150, credit="-7.77", usage=[
        call("80.123456789", units=48000), call("3.3", jurisdiction="INTRASTATE", units=300), message("7.077", units=77),
        call("-0.5", correction=True)],
        tiers=[("VOICE-OUT", "GRADUATED", 60, STEPS)], bundles=[("MESSAGE-OUT", 50, "3", True, 10)],
        recurring=[("DID", "1", 10, "1.5", True, "2026-03-10", None), ("FEE", "set-up", 1, "25", True, "2026-03-10", None)],
        entries=[("5", "sorry"), ("-1.25", "fee")],
        taxes=[("TELECOM", "USF", "0.349", False), ("TELECOM", "State", "0.08875", True), ("FEES", "State", "0.08875", False)]),
]

out = pathlib.Path(__file__).with_name("golden_invoices.txt")
out.write_text("\n\n".join(case.text() for case in cases) + "\n")
print(f"{len(cases)} invoices written to {out.name}")
