#!/usr/bin/env python3
"""Reads every #include below src/ and include/, and every DEPS of the rooms' CMake files, and fails on an arrow that
the floors do not allow. usage: check_layers.py [ROOT]; prints one line a fault, exit status 1 when there is any."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import floors  # noqa: E402

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
ROOM_LINE = re.compile(r"warp_room\(\s*(\S+)(.*?)\)", re.S)
SOURCES = {".h", ".hpp", ".cpp", ".cc", ".ipp"}


def room_of(parts):
    """The longest room name that begins `parts`, or None."""
    for length in (2, 1):
        name = "/".join(parts[:length])
        if len(parts) > length - 1 and name in floors.FLOORS:
            return name
    return None


def include_faults(path, room, root):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, header = match.groups()
        where = f"{path.relative_to(root)}:{number}"
        banned = next((ban for ban in floors.BANS.get(room, ())
                       if header == ban or (header.startswith(ban) and "/" in ban)), None)
        if banned:
            yield f"{where}: room {room} may not include {header}: its floor knows no {banned}"
        if ".." in pathlib.PurePosixPath(header).parts:
            yield f"{where}: {header} climbs out of its folder: name the header from its room"
            continue
        parts = header.split("/")
        if parts[0] == "warp":
            target = room_of(parts[1:-1])
            if target is None:
                yield f"{where}: {header} belongs to no room of tests/layers/floors.py"
                continue
        elif quote == '"' and len(parts) > 1:
            target = room_of(parts[:-1])
            if target is None:
                continue  # a folder inside the own room
        else:
            continue
        if not floors.allowed(room, target):
            yield (f"{where}: {room} (floor {floors.FLOORS[room]}) may not include {target} "
                   f"(floor {floors.FLOORS[target]})")


def cmake_faults(path, root):
    rooms = {name.replace("/", "_"): name for name in floors.FLOORS}
    for name, rest in ROOM_LINE.findall(path.read_text()):
        if name not in floors.FLOORS:
            yield f"{path.relative_to(root)}: room {name} is not in tests/layers/floors.py"
            continue
        for dep in re.findall(r"\bwarp_(\w+)", rest):
            target = rooms.get(dep)
            if target and not floors.allowed(name, target):
                yield f"{path.relative_to(root)}: {name} may not depend on {target}"


def faults(root):
    root = pathlib.Path(root)
    checked = 0
    for top in (root / "include" / "warp", root / "src"):
        for path in sorted(top.rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                room = room_of(path.relative_to(top).parent.parts)
                checked += 1
                if room is None:
                    yield f"{path.relative_to(root)}: lies in no room of tests/layers/floors.py"
                else:
                    yield from include_faults(path, room, root)
    for path in sorted((root / "src").rglob("CMakeLists.txt")):
        yield from cmake_faults(path, root)
    if checked == 0:
        yield f"{root}: no source found: the check would prove nothing"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    found = list(faults(root))
    for line in found:
        print(line)
    if not found:
        print("layers: every include points down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
