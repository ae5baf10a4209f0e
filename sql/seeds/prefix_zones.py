#!/usr/bin/python3
"""Which clocks the numbers behind a prefix live by, as the INSERT of sms.prefix_zones.

Facts are those of Debian's python3-phonenumbers. A longer prefix with the zones of the next shorter one is left out. A
North American number whose area code is unknown is somewhere between the coasts: with every zone from Guam to Puerto Rico
it would never be day.

    sql/seeds/prefix_zones.py >> sql/migrations/NNNN_….sql
"""
import collections
import textwrap

from phonenumbers.tzdata import TIMEZONE_DATA

BETWEEN_THE_COASTS = ("America/Los_Angeles", "America/New_York")


def facts():
    known = {prefix: tuple(sorted(zones)) for prefix, zones in TIMEZONE_DATA.items()}
    known["1"] = BETWEEN_THE_COASTS
    for prefix, zones in sorted(known.items()):
        shorter = next((prefix[:n] for n in range(len(prefix) - 1, 0, -1) if prefix[:n] in known), None)
        if shorter is None or known[shorter] != zones:
            yield prefix, zones


def main():
    by_zone = collections.defaultdict(list)
    for prefix, zones in facts():
        for zone in zones:
            by_zone[zone].append(prefix)
    rows = []
    for zone, prefixes in sorted(by_zone.items()):
        lines = textwrap.fill(" ".join(prefixes), 116, initial_indent="", subsequent_indent="     ")
        rows.append(f"    ('{zone}', '{lines}')")
    print("INSERT INTO sms.prefix_zones (zone, prefix)\nSELECT zone, prefix FROM (VALUES")
    print(",\n".join(rows))
    print(") AS seed (zone, prefixes), regexp_split_to_table(prefixes, '\\s+') AS prefix;")


if __name__ == "__main__":
    main()
