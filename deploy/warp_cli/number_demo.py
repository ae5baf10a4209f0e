"""`demo numbers`: number data to try jurisdictions with, over two Debian packages: who holds which block of the North
American plan (libnumber-phone-perl) and where prefixes of the world are (python3-phonenumbers).

LATA, OCN and rate centre are nobody's to give away. They are made up here by a rule, and the sets say `synthetic`:

- OCN: S and the operator's place in the sorted list of all operators' names, in base 36;
- LATA: 100 + 13 x the state's place among the states + the area code's place within its state, modulo 13;
- rate centre: the letters of the place's name, ten of them; without a place ZONE and the area code;
- an operator that has WIRELESS, MOBILE, CELLULAR or PCS in its name holds mobile lines, another fixed ones.

By hand, from the root of the checkout:  PYTHONPATH=deploy python3 -m warp_cli.number_demo FOLDER  writes the two files.
"""

import collections
import itertools
import pathlib
import re
import struct
import sys
import urllib.parse

from warp_cli.provision import PREFIX

BLOCKS = pathlib.Path("/usr/share/perl5/auto/share/dist/Number-Phone/Number-Phone-NANP-Data.db")
SOURCE = "libnumber-phone-perl, python3-phonenumbers; LATA, OCN and rate centre are made up"
FIRST_NPANXX, KINDS = 200_000, re.compile(r"WIRELESS|MOBILE|CELLULAR|\bPCS\b")
STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Washington D.C.": "DC", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI",
    "Idaho": "ID", "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ",
    "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK",
    "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD",
    "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington State": "WA",
    "Washington": "WA", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY", "Puerto Rico": "PR", "Alberta": "AB",
    "British Columbia": "BC", "Manitoba": "MB", "New Brunswick": "NB", "Newfoundland and Labrador": "NL",
    "Nova Scotia": "NS", "Ontario": "ON", "Prince Edward Island": "PE", "Quebec": "QC", "Saskatchewan": "SK"}
OWN = {"1787": "PR", "1939": "PR", "1671": "GU", "1684": "AS", "1670": "MP", "1340": "VI"}  # territories: states of a call
PROVINCES = {"AB", "BC", "MB", "NB", "NL", "NS", "ON", "PE", "QC", "SK", "NT", "NU", "YT"}


def holders(octets):
    """(npanxx, block or "A", operator) of all that are held. The file: "NANPOP", two NULs, the width of a pointer; and, from
    its beginning on (exchanges begin with 200, so the head is in nobody's way), a pointer for each NPANXX from 200000 on. It
    leads to a 0 and the operator's name behind its length, or to a 1 and a pointer for each block of a thousand."""
    if octets[:9] != b"NANPOP\0\0\4":
        raise ValueError(f"{BLOCKS} is not of the format that is known here")

    def pointer(at):
        return struct.unpack_from(">I", octets, at)[0]

    def name(at):
        return octets[at + 2:at + 2 + octets[at + 1]].decode("latin-1")

    for npanxx in range(FIRST_NPANXX, 1_000_000):
        if npanxx % 1000 < 200:
            continue
        at = pointer(4 * (npanxx - FIRST_NPANXX))
        if not at:
            continue
        if octets[at] == 0:
            yield npanxx, "A", name(at)
            continue
        for block in range(10):
            there = pointer(at + 1 + 4 * block)
            if there:
                yield npanxx, block, name(there)


def place_finder():
    """state and town of a ten-digit prefix, by the longest prefix that has a name."""
    from phonenumbers.geodata import GEOCODE_DATA
    towns = {key[1:]: value["en"] for key, value in GEOCODE_DATA.items() if key.startswith("1") and "en" in value}

    def find(digits):
        town, state = "", ""
        for length in range(len(digits), 2, -1):
            name = towns.get(digits[:length])
            if name is None:
                continue
            head, comma, tail = name.rpartition(", ")
            if comma and len(tail) == 2:
                return tail, town or head
            if name in STATES:
                return STATES[name], town
            town = town or name
        return state, town
    return find


def countries():
    """(prefix, country, kind)"""
    import phonenumbers
    from phonenumbers.carrierdata import CARRIER_DATA
    rows = {}
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if len(regions[0]) != 2 or not regions[0].isalpha():
            continue
        rows[str(code)] = (regions[0], "UNKNOWN")
        for region in regions[1:]:
            meta = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
            for digits in _expanded(meta.leading_digits if meta else None):
                rows[str(code) + digits] = ("US" if str(code) + digits in OWN else region, "UNKNOWN")
    find = place_finder()
    for npa in range(200, 1000):
        if find(str(npa))[0] in PROVINCES:
            rows[f"1{npa}"] = ("CA", "UNKNOWN")
    regions = {prefix: country for prefix, (country, _) in rows.items()}
    for prefix in CARRIER_DATA:
        country = next((regions[prefix[:length]] for length in range(len(prefix), 0, -1) if prefix[:length] in regions), None)
        if country and not prefix.startswith("1"):
            rows[prefix] = (country, "MOBILE")
    return [(prefix, *rows[prefix]) for prefix in sorted(rows)]


def _expanded(pattern):
    """The digits that a pattern of leading digits stands for, such as 658|876 or 1(?:624|74576): of plain ones alone."""
    if not pattern or not re.fullmatch(r"[\d|\[\]-]+", pattern):
        return []
    out = []
    for part in pattern.split("|"):
        pieces = []
        for group in re.findall(r"\[([\d-]+)\]|(\d)", part):
            if group[1]:
                pieces.append([group[1]])
            else:
                digits = re.sub(r"(\d)-(\d)", lambda m: "".join(map(str, range(int(m[1]), int(m[2]) + 1))), group[0])
                pieces.append(list(digits))
        out += ["".join(choice) for choice in itertools.product(*pieces)]
    return out


def base36(value):
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return digits[value // 1296 % 36] + digits[value // 36 % 36] + digits[value % 36]


def blocks_csv(octets):
    """The file of blocks, and how many there are."""
    rows = list(holders(octets))
    operators = {name: "S" + base36(place) for place, name in enumerate(sorted({row[2] for row in rows}))}
    find = place_finder()
    where = {npanxx: find(str(npanxx)) for npanxx in sorted({row[0] for row in rows})}
    where = {npanxx: (OWN.get(f"1{npanxx // 1000}", state), town) for npanxx, (state, town) in where.items()}
    states = sorted({state for state, _ in where.values() if state})
    areas = collections.defaultdict(list)
    for npanxx, (state, _) in where.items():
        if npanxx // 1000 not in areas[state]:
            areas[state].append(npanxx // 1000)
    lines = ["npa,nxx,block,state,lata,ocn,rc,kind"]
    for npanxx, block, operator in rows:
        state, town = where[npanxx]
        npa = npanxx // 1000
        lata = 100 + 13 * states.index(state) + areas[state].index(npa) % 13 if state in states else ""
        centre = re.sub("[^A-Z]", "", town.upper())[:10] or f"ZONE{npa}"
        kind = "MOBILE" if KINDS.search(operator.upper()) else "FIXED"
        lines.append(f"{npa},{npanxx % 1000:03},{block},{state},{lata},{operators[operator]},{centre},{kind}")
    return "\n".join(lines) + "\n", len(rows)


def countries_csv():
    rows = countries()
    return "prefix,country,kind\n" + "".join(f"{','.join(row)}\n" for row in rows), len(rows)


def load(api, stage=None):
    """Puts both sets into the daemon behind `api`: how many blocks and prefixes."""
    from warp_cli import packages
    packages.ensure("demo")
    query = urllib.parse.urlencode({"source": SOURCE[:128], "synthetic": "true"})
    counts = []
    for name, (text, count) in (("countries", countries_csv()), ("blocks", blocks_csv(BLOCKS.read_bytes()))):
        if stage:
            stage.progress(f"{name}: {count} lines")
        api.post_csv(f"{PREFIX}/number-data/{name}?{query}", text)
        counts.append(count)
    return {"prefixes": counts[0], "blocks": counts[1]}


def synthetic(api):
    """Names of the daemon's sets that are made up."""
    return [item["name"] for item in api.get(f"{PREFIX}/number-data") if item["synthetic"]]


def demo():
    """`demo numbers`"""
    from warp_cli import up
    from warp_cli.ui import CommandError, Stage
    instance = up.installation()
    if not instance.daemon.pids():
        raise CommandError("warpd is not running", "./warp up starts it")
    with Stage("demo numbers") as stage:
        seen = load(instance.api(), stage)
        stage.result(f"{seen['blocks']} blocks, {seen['prefixes']} prefixes; LATA, OCN and rate centre are made up")
    return seen


def main(folder):
    folder = pathlib.Path(folder)
    for name, (text, count) in (("countries", countries_csv()), ("blocks", blocks_csv(BLOCKS.read_bytes()))):
        (folder / f"{name}.csv").write_text(text)
        print(f"{folder / name}.csv: {count} lines")


if __name__ == "__main__":
    main(sys.argv[1])
