#!/usr/bin/env python3
"""Writes golden_prices.csv: prices computed with exact rationals, independently of the C++ arithmetic.

Run from anywhere: python3 tests/unit/rating/golden_prices.py
"""
import math
import pathlib
import sys
from fractions import Fraction

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from exact_money import MODES, rounded, text  # noqa: E402


def billed(duration_us, initial, increment, minimum):
    seconds = math.ceil(Fraction(duration_us, 10**6))
    if seconds <= 0:
        return 0
    seconds = max(seconds, minimum)
    total = initial
    while total < seconds:
        # The smallest number of whole increments, without counting them one by one.
        total = initial + increment * math.ceil(Fraction(seconds - initial, increment))
    return total


def row(per_minute, setup, initial, increment, minimum, duration_us, decimals, mode):
    seconds = billed(duration_us, initial, increment, minimum)
    amount = rounded(Fraction(setup) + Fraction(per_minute) * seconds / 60, decimals, mode)
    return (per_minute, setup, initial, increment, minimum, duration_us, decimals, mode, seconds, text(amount))


rows = []
# The increments of the trade, at the edges of a second, of the first and of the next increments.
for initial, increment in ((1, 1), (6, 6), (30, 6), (60, 60), (60, 1), (60, 6)):
    for duration_us in (0, 1, 1_000_000, 1_000_001, 6_000_000, 30_000_001, 59_999_999, 60_000_001, 61_000_000,
                        3_599_999_999):
        rows.append(row("0.0095", "0", initial, increment, 0, duration_us, 6, "HALF_UP"))
# Prices a second that do not terminate; halves that the four roundings tell apart.
for mode in MODES:
    for per_minute, duration_us, decimals in (("0.01", 1_000_000, 6), ("0.01", 1_000_000, 4), ("0.01", 1_000_000, 2),
                                              ("0.00003", 1_000_000, 6), ("0.00009", 1_000_000, 6),
                                              ("0.03", 1_000_000, 3), ("0.09", 1_000_000, 3),
                                              ("0.000000001", 1_000_000, 9), ("0.000000001", 30_000_000, 9),
                                              ("0.000000003", 30_000_000, 9), ("1", 59_000_000, 0),
                                              ("0.5", 60_000_000, 0), ("1.5", 60_000_000, 0),
                                              ("2.5", 60_000_000, 0)):
        rows.append(row(per_minute, "0", 1, 1, 0, duration_us, decimals, mode))
# Set-up fees are added before the one rounding, not after.
for mode in MODES:
    rows.append(row("0.01", "0.0000005", 1, 1, 0, 1_000_000, 6, mode))
    rows.append(row("0.0001", "0.00499", 60, 60, 0, 10_000_000, 2, mode))
    rows.append(row("0", "0.10", 1, 1, 0, 0, 6, mode))
    rows.append(row("0", "0.105", 1, 1, 0, 1, 2, mode))
# Minimum below, at and above the first increment; minimum that is no whole number of increments.
for minimum in (0, 29, 30, 31, 60, 61, 3600):
    rows.append(row("0.06", "0", 30, 6, minimum, 1_000_000, 6, "HALF_UP"))
    rows.append(row("0.06", "0", 30, 6, minimum, 45_500_000, 6, "HALF_UP"))
# Long calls, large prices, negative prices (credits exist in decks of toll-free traffic).
rows.append(row("0.0123456789"[:11], "0", 6, 6, 0, 14_400_000_000, 6, "HALF_EVEN"))
rows.append(row("9000000", "0", 60, 60, 0, 3_600_000_000, 2, "HALF_UP"))
rows.append(row("1234567.123456789", "98765.432109876", 1, 1, 0, 86_399_999_999, 9, "HALF_EVEN"))
for mode in MODES:
    rows.append(row("-0.03", "0", 1, 1, 0, 1_000_000, 3, mode))
    rows.append(row("-0.09", "0", 1, 1, 0, 1_000_000, 3, mode))
    rows.append(row("-0.01", "0", 1, 1, 0, 1_000_000, 6, mode))

out = pathlib.Path(__file__).with_name("golden_prices.csv")
lines = ["per_minute,setup_fee,initial_increment,increment,minimum_seconds,duration_us,decimals,rounding,"
         "billed_seconds,amount"]
lines += [",".join(str(field) for field in entry) for entry in rows]
out.write_text("\n".join(lines) + "\n")
print(f"{len(rows)} cases written to {out.name}")
