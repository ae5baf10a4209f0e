#!/usr/bin/env python3
"""CPU time a registration (REGISTER, 401, REGISTER with digest, 200): WARP beside Kamailio. Phones register and refresh again
and again, each time challenged anew, MD5 with qop=auth. Same machine, same SIPp load, runs in turns, the median of each. Two
comparisons:

memory  what is registered lives in memory alone. Kamailio: usrloc with db_mode 0, and the password by a rule from the name (auth's
        pv_www_authenticate): no table is asked. WARP: no Redis; each phone's password by the database, as always.
kept    users are rows of a database, and what is registered outlives a restart. Kamailio: auth_db and usrloc with db_mode 2 over
        Postgres, written once a second. WARP: bindings go to Redis, ten times a second, where other nodes read them.

What works beside each (Postgres, Redis) is given beside it and is no part of the ratio.

usage: ./warp bench register [--json] [--phones N] [--rate RPS] [--seconds S] [--runs N] [--only memory|kept]"""

import argparse
import shutil
import tempfile
import time

import common
from common import CALLER_IP, FOLDER, Load, ports
from kamailio_peer import KamailioRegistrar
from machine import look_around
from warp_peer import WarpRegistrar

WANTED = 0.5
KINDS = ("memory", "kept")
FIGURES = ("us", "beside_us")


class Registrations(Load):
    """Registrations at a fixed rate, one phone after the other, round and round."""

    def __init__(self, folder, target, users, rate, count):
        super().__init__(folder, target, 0, rate, count, 0)
        self.caller = ["sipp", "-sf", FOLDER / "sipp" / "register.xml", "-inf", users, "-i", CALLER_IP,
                       "-p", ports.choose(CALLER_IP, 7060), "-auth_uri", "warp", "-r", rate, "-m", count, "-nostdin",
                       "-l", rate * 20, "-recv_timeout", "20000", "-trace_stat", "-stf", self.statistics, "-fd", "1",
                       "-buff_size", str(4 << 20), target]

    def start_callee(self):
        return None


def write_users(path, phones):
    """A phone a line, with its credentials as SIPp wants them."""
    with open(path, "w") as file:
        file.write("SEQUENTIAL\n")
        file.writelines(f"{user};[authentication username={user} password={password}]\n" for user, password in phones)
    return path


def measure(peer, users, base, rate, seconds):
    load = Registrations(tempfile.mkdtemp(dir=base), peer.target, users, rate, rate * seconds)
    return common.run_measured(load, peer, FIGURES)


def compare(arguments, base, kind):
    kept = kind == "kept"
    warp = WarpRegistrar(kept)
    peers = {"warp": warp}
    runs, users = {}, {}
    try:
        warp.start()
        peers = {"peer": KamailioRegistrar(base, warp.world.warp.postgres if kept else None), "warp": warp}
        peers["peer"].start()
        for name, peer in peers.items():
            runs[name] = []
            users[name] = write_users(f"{base}/{kind}-{name}.csv", peer.phones(arguments.phones))
            all_of_them = -(-arguments.phones // arguments.rate)
            measure(peer, users[name], base, arguments.rate, max(2, all_of_them))  # warm
        for number in range(arguments.runs):
            for name, peer in peers.items():
                run = measure(peer, users[name], base, arguments.rate, arguments.seconds)
                runs[name].append(run)
                common.say(f"  {kind} {number + 1}/{arguments.runs} {name}: {run['us']:.0f} µs a registration, "
                           f"{run['beside_us']:.0f} µs beside it, {run['failed']} failed")
                time.sleep(0.5)
        if kept and peers["peer"].bindings() != arguments.phones:
            raise common.CommandError(f"Kamailio's table has {peers['peer'].bindings()} bindings of {arguments.phones}")
    finally:
        for peer in peers.values():
            peer.stop()
    return common.summary(runs, FIGURES)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    others = look_around()
    base = tempfile.mkdtemp(prefix="warp-bench-")
    try:
        found = {kind: compare(arguments, base, kind) for kind in KINDS if arguments.only in (None, kind)}
    finally:
        shutil.rmtree(base, ignore_errors=True)
    rows = [(kind, one["peer"]["us"], one["warp"]["us"], one["ratio"], one["peer"]["beside_us"], one["warp"]["beside_us"],
             one["peer"]["failed"], one["warp"]["failed"]) for kind, one in found.items()]
    common.emit(arguments.json, "CPU time a registration (µs, median)",
                ("bindings", "Kamailio µs", "WARP µs", "ratio", "beside Kamailio µs", "beside WARP µs", "Kamailio failed",
                 "WARP failed"), rows,
                {"bench": "register", "used_by_others": others, "phones": arguments.phones, "rate": arguments.rate,
                 "seconds": arguments.seconds, **found},
                f"./warp bench register --phones {arguments.phones} --rate {arguments.rate} "
                f"--seconds {arguments.seconds} --runs {arguments.runs}"
                + (f" --only {arguments.only}" if arguments.only else ""))
    return 0 if all(one["ratio"] <= WANTED and one["warp"]["failed"] == 0 for one in found.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
