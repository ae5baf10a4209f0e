#!/usr/bin/env python3
"""CPU time a call: WARP beside Kamailio (media bypassed) and beside Kamailio with rtpengine (media anchored: set-up and
tear-down, no packets). Same machine, same SIPp load, runs in turns, the median of each. WARP routes, rates and records
durably into Postgres; Kamailio knows callers by address, picks the carrier by dispatcher, keeps dialogs, and accounts to
a file. Each side's time is that of all its processes and threads until all its records are stored; the CPU of Postgres
is given beside.

Both ends speak the transport that is asked for: one connection from the caller, one to the callee, where it has connections.

usage: ./warp bench sip [--json] [--rate CPS] [--seconds S] [--runs N] [--form bypass|anchored] [--peer-only]
                        [--transport udp|tcp|tls | --all-transports]"""

import argparse
import shutil
import tempfile
import time

import common
from common import CALLEE_IP, Load, Wire, ports
from kamailio_peer import Kamailio
from machine import look_around
from warp_peer import Warp


TRANSPORTS = ("udp", "tcp", "tls")
FIGURES = ("us_per_call", "beside_us_per_call")


def measure(peer, target, wire, base, callee_port, rate, seconds):
    """One run: CPU microseconds a completed call of the peer, and of what works beside it."""
    load = Load(tempfile.mkdtemp(dir=base), target, callee_port, rate, rate * seconds, 1000, wire=wire)
    return common.run_measured(load, peer, FIGURES)


def compare(form, transport, arguments, base):
    callee_port = ports.choose(CALLEE_IP, 8060)
    with Wire(transport, tempfile.mkdtemp(dir=base)) as wire:
        wire.answer_at(callee_port)
        peers = {"peer": Kamailio(base, callee_port, form == "anchored", wire)}
        if not arguments.peer_only:
            peers["warp"] = Warp(callee_port, form == "anchored", wire=wire)
        return common.summary(take_turns(f"{transport} {form}", peers, wire, callee_port, arguments, base), FIGURES)


def take_turns(name_of_all, peers, wire, callee_port, arguments, base):
    runs = {name: [] for name in peers}
    try:
        for peer in peers.values():
            peer.start()
        targets = {name: wire.reach(peer.target) for name, peer in peers.items()}
        for name, peer in peers.items():
            measure(peer, targets[name], wire, base, callee_port, arguments.rate, 2)  # warm
        for number in range(arguments.runs):
            for name, peer in peers.items():
                runs[name].append(measure(peer, targets[name], wire, base, callee_port, arguments.rate,
                                          arguments.seconds))
                common.say(f"  {name_of_all} {number + 1}/{arguments.runs} {name}: "
                           f"{runs[name][-1]['us_per_call']:.0f} µs a call, {runs[name][-1]['failed']} failed")
                time.sleep(0.5)
    finally:
        for peer in peers.values():
            peer.stop()
    return runs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--form", choices=("bypass", "anchored"))
    parser.add_argument("--transport", choices=TRANSPORTS, default="udp")
    parser.add_argument("--all-transports", action="store_true")
    parser.add_argument("--peer-only", action="store_true")
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    others = look_around()
    base = tempfile.mkdtemp(prefix="warp-bench-")
    try:
        found = {transport: {form: compare(form, transport, arguments, base)
                             for form in ([arguments.form] if arguments.form else ["bypass", "anchored"])}
                 for transport in (TRANSPORTS if arguments.all_transports else [arguments.transport])}
    finally:
        shutil.rmtree(base, ignore_errors=True)
    names = {"bypass": "Kamailio", "anchored": "Kamailio + rtpengine"}
    rows = [(transport, form, names[form], result["peer"]["us_per_call"], result.get("warp", {}).get("us_per_call", "–"),
             result.get("ratio", "–"), result.get("warp", {}).get("beside_us_per_call", "–"), result["peer"]["failed"],
             result.get("warp", {}).get("failed", "–"))
            for transport, forms in found.items() for form, result in forms.items()]
    asked = "--all-transports" if arguments.all_transports else f"--transport {arguments.transport}"
    common.emit(arguments.json, "CPU time a call (µs, median)",
                ("transport", "form", "peer", "peer µs", "WARP µs", "ratio", "Postgres µs", "peer failed", "WARP failed"),
                rows, {"bench": "sip", "used_by_others": others, "rate": arguments.rate, "seconds": arguments.seconds,
                       "transports": found},
                f"./warp bench sip {asked} --rate {arguments.rate} --seconds {arguments.seconds} --runs {arguments.runs}")


if __name__ == "__main__":
    main()
