#!/usr/bin/env python3
"""What calls hear of a daemon that dies: anchored calls with RTP in both directions, kill -9, warpd started again at once, as a
supervisor does. usage: ./warp bench restart [--json] [--calls N] [--rounds N]

Counted at the far ends by sequence numbers: packets lost and the longest silence of each stream, from the kill until all streams flow
again. Then each call is ended by its caller. Exit code 1 when a call was lost or a stream was silent for a second or more."""

import argparse
import select
import struct
import threading
import time

import common
from common import CALLEE_IP, CALLER_IP, CommandError, median, ports, proc
from machine import look_around
from warp_peer import Warp

from call_agents import Agent, place_pairs
from harness import ANI, DNI

FRAME_S = 0.02
LIMIT_MS = 1000


class Streams:
    """RTP of both ends of all calls: a packet a stream each 20 ms, and what the other end receives of it."""

    def __init__(self, pairs):
        ends = [end for pair in pairs for end in pair]
        self.heard = {end: [] for end in ends}  # (when, sequence number)
        self.over = threading.Event()
        self.threads = [threading.Thread(target=work, args=(ends,), daemon=True) for work in (self._speak, self._listen)]
        for thread in self.threads:
            thread.start()

    def _speak(self, ends):
        payload, sequence, due = b"x" * 160, 0, time.monotonic()
        while not self.over.is_set():
            sequence += 1
            for end in ends:
                header = struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, (sequence * 160) & 0xFFFFFFFF, id(end) & 0xFFFFFFFF)
                try:
                    end.rtp.sendto(header + payload, end.media)
                except OSError:
                    pass  # nobody is at the port while there is no daemon
            due += FRAME_S
            time.sleep(max(0.0, due - time.monotonic()))

    def _listen(self, ends):
        with select.epoll() as poll:
            by_file = {end.rtp.fileno(): end for end in ends}
            for file in by_file:
                poll.register(file, select.EPOLLIN)
            while not self.over.is_set():
                for file, _ in poll.poll(0.05):
                    try:
                        data = by_file[file].rtp.recv(2048)
                    except OSError:
                        continue  # the refusal of a port that was closed meanwhile
                    self.heard[by_file[file]].append((time.monotonic(), struct.unpack_from("!H", data, 2)[0]))

    def flow_since(self, moment):
        """Each stream has brought a packet after it."""
        return all(heard and heard[-1][0] > moment for heard in self.heard.values())

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def hole(self, end, killed):
        """(packets lost, milliseconds of silence) at that end, of the longest hole after the kill."""
        heard = [entry for entry in self.heard[end] if entry[0] > killed - 0.2]
        lost = [(((after[1] - before[1]) & 0xFFFF) - 1, (after[0] - before[0]) * 1000)
                for before, after in zip(heard, heard[1:])]
        return max(lost, key=lambda hole: hole[1], default=(0, 0.0))


def survive(peer, pairs):
    """One round: the holes of all streams, and how long the daemon was away."""
    world, streams = peer.world, Streams(pairs)
    try:
        if not proc.wait_until(lambda: streams.flow_since(0), 5):
            raise CommandError("the calls have no audio")
        time.sleep(0.5)
        killed = time.monotonic()
        world.process.kill()
        world.process.wait()
        world.process = world.warp.daemon.start()
        started = time.monotonic()
        if not proc.wait_until(lambda: streams.flow_since(started), 10):
            raise CommandError("audio did not come back to every call within ten seconds")
        time.sleep(0.3)
    finally:
        streams.stop()
    world.warp.daemon.wait_ready(world.process, 30)
    return [streams.hole(end, killed) for pair in pairs for end in pair]


def run(peer, callee_port, arguments):
    callers = Agent(CALLER_IP, peer.world.customer_port, peer.target)
    callees = Agent(CALLEE_IP, callee_port, peer.target)
    lost, silent, failed = [], [], 0
    try:
        for number in range(arguments.rounds):
            pairs = place_pairs(callers, callees, ANI, DNI, arguments.calls)
            holes = survive(peer, pairs)
            lost += [packets for packets, _ in holes]
            silent += [silence for _, silence in holes]
            failed += sum(caller.request("BYE").status != 200 for caller, _ in pairs)
            common.say(f"  {number + 1}/{arguments.rounds}: {median(lost[-len(holes):]):.0f} packets a stream lost, "
                       f"{max(silent[-len(holes):]):.0f} ms of silence at the most")
    finally:
        callers.close()
        callees.close()
    peer.settle(arguments.rounds * arguments.calls - failed)
    return {"calls": arguments.calls, "rounds": arguments.rounds, "calls_lost": failed, "packets_lost": median(lost),
            "packets_lost_most": max(lost), "silence_ms": round(median(silent), 1), "silence_ms_most": round(max(silent), 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.json:
        common.to_stderr()
    others = look_around()
    callee_port = ports.choose(CALLEE_IP, 8060)
    peer = Warp(callee_port, True)
    try:
        peer.start()
        result = run(peer, callee_port, arguments)
    finally:
        peer.stop()
    rows = [("calls up, audio both ways", f"{result['calls']}, {result['rounds']} times"), ("calls lost", result["calls_lost"]),
            ("packets lost of a stream, median", result["packets_lost"]), ("the most", result["packets_lost_most"]),
            ("silence, ms, median", result["silence_ms"]), ("the longest, ms", result["silence_ms_most"])]
    common.emit(arguments.json, "Killed and started again", ("what", "value"), rows,
                {"bench": "restart", "used_by_others": others, **result},
                f"./warp bench restart --calls {arguments.calls} --rounds {arguments.rounds}")
    return 0 if result["calls_lost"] == 0 and result["silence_ms_most"] < LIMIT_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
