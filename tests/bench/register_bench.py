#!/usr/bin/env python3
"""CPU time a registration (REGISTER, 401, REGISTER with digest, 200): WARP beside Kamailio. Phones register and refresh again
and again, each time challenged anew, MD5 with qop=auth. Same machine, same SIPp load, runs in turns, the median of each. WARP
knows each phone's password by the database and writes bindings through to Redis, whose CPU is given beside (--no-redis: bindings
in memory alone, as Kamailio's); Kamailio keeps them in memory (usrloc, db_mode 0) and gets the password by a rule from the name
(auth's pv_www_authenticate): no table, no database.

usage: ./warp bench register [--json] [--phones N] [--rate RPS] [--seconds S] [--runs N] [--no-redis]"""

import argparse
import shutil
import tempfile
import time

import common
from common import CALLER_IP, FOLDER, Cpu, Load, ports
from kamailio_peer import KamailioRegistrar
from machine import look_around
from warp_peer import WarpRegistrar

WANTED = 0.5


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
    cpu, beside = Cpu(peer.pids), Cpu(peer.beside)
    completed, failed = load.run()
    peer.settle(completed)
    used, used_beside = cpu.used(), beside.used()
    return {"completed": completed, "failed": failed, "us": used / max(1, completed) * 1e6,
            "beside_us": used_beside / max(1, completed) * 1e6}


def compare(arguments, base):
    peers = {"peer": KamailioRegistrar(base), "warp": WarpRegistrar(not arguments.no_redis)}
    runs, users = {name: [] for name in peers}, {}
    try:
        for name, peer in peers.items():
            peer.start()
            users[name] = write_users(f"{base}/{name}.csv", peer.phones(arguments.phones))
            all_of_them = -(-arguments.phones // arguments.rate)
            measure(peer, users[name], base, arguments.rate, max(2, all_of_them))  # warm
        for number in range(arguments.runs):
            for name, peer in peers.items():
                run = measure(peer, users[name], base, arguments.rate, arguments.seconds)
                runs[name].append(run)
                common.say(f"  {number + 1}/{arguments.runs} {name}: {run['us']:.0f} µs a registration, "
                           f"{run['failed']} failed")
                time.sleep(0.5)
    finally:
        for peer in peers.values():
            peer.stop()
    return {name: {"us": round(common.median([run["us"] for run in taken]), 1),
                   "beside_us": round(common.median([run["beside_us"] for run in taken]), 1),
                   "completed": sum(run["completed"] for run in taken), "failed": sum(run["failed"] for run in taken),
                   "runs": taken} for name, taken in runs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--no-redis", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    others = look_around()
    base = tempfile.mkdtemp(prefix="warp-bench-")
    try:
        sides = compare(arguments, base)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    warp, peer = sides["warp"], sides["peer"]
    ratio = round(warp["us"] / peer["us"], 3)
    rows = [(peer["us"], warp["us"], ratio, warp["beside_us"], peer["failed"], warp["failed"])]
    common.emit(arguments.json, "CPU time a registration (µs, median)",
                ("Kamailio µs", "WARP µs", "ratio", "Redis µs", "Kamailio failed", "WARP failed"), rows,
                {"bench": "register", "used_by_others": others, "phones": arguments.phones, "rate": arguments.rate,
                 "seconds": arguments.seconds, "redis": not arguments.no_redis, "ratio": ratio, **sides},
                f"./warp bench register --phones {arguments.phones} --rate {arguments.rate} "
                f"--seconds {arguments.seconds} --runs {arguments.runs}"
                + (" --no-redis" if arguments.no_redis else ""))
    return 0 if ratio <= WANTED and warp["failed"] == 0 else 1


if __name__ == "__main__":
    raise SystemExit(main())
