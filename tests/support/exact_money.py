"""Money as exact rationals: what the scripts share that write the tables which the C++ arithmetic is compared with."""

import math
from fractions import Fraction

NANOS = 10**9
MODES = ("HALF_UP", "HALF_EVEN", "UP", "DOWN")


def rounded(value, decimals, mode):
    """To so many decimals; a Fraction of the same unit."""
    scaled = abs(value) * 10**decimals
    low = math.floor(scaled)
    rest = scaled - low
    if mode == "UP":
        low += rest > 0
    elif mode == "HALF_UP":
        low += rest >= Fraction(1, 2)
    elif mode == "HALF_EVEN":
        low += rest > Fraction(1, 2) or (rest == Fraction(1, 2) and low % 2 == 1)
    return Fraction(-low if value < 0 else low, 10**decimals)


def nanos(value):
    out = Fraction(value) * NANOS
    assert out.denominator == 1, value
    return int(out)


def text(value):
    """With nine decimals."""
    whole, part = divmod(abs(nanos(value)), NANOS)
    return f"{'-' if value < 0 else ''}{whole}.{part:09d}"
