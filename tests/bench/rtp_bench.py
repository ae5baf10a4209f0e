#!/usr/bin/env python3
"""What WARP's media engine costs, beside rtpengine in user space (Debian's, without its kernel module), in turns in one run.

relay    CPU time a relayed packet on loopback, beside rtpengine and a bare receive-send loop
kernel   CPU time a packet between network namespaces: IP forwarding, WARP's kernel path, its user space, rtpengine
latency  time that the relay adds, with idle cores and with a busy program on each core
loss     the load at which rtpengine begins to lose when it has a part of a core, and what WARP loses there
srtp     CPU time a packet from RTP to SRTP and back, AES-CM with HMAC-SHA1 and AES-GCM
codecs   CPU time a frame of 20 ms, G.711 with G.729 and with Opus; what of it is the library's
memory   what a relayed call with both legs takes, sockets not counted

CPU is that of the process under test (all threads, the kernel's part included) over the packets that came out, the median of
the runs. Exit code 1 when a limit is passed.
usage: ./warp bench rtp [ROW...] [--calls N] [--seconds S] [--runs R] [--json]
"""
import argparse
import json
import os
import shutil
import sys

import common  # noqa: F401: the way to warp_cli
import rtp_namespaces
import rtp_rows
from machine import look_around
from warp_cli.ui import CommandError, say

ROWS = {"relay": rtp_rows.relay, "kernel": rtp_namespaces.kernel, "latency": rtp_rows.latency, "loss": rtp_rows.loss,
        "srtp": rtp_rows.srtp, "codecs": rtp_rows.codecs, "memory": rtp_rows.memory}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("rows", nargs="*", default=["relay"], metavar="ROW", help=" ".join(ROWS))
    parser.add_argument("--bin", default=os.path.join(root, "build", "release", "bin"))
    parser.add_argument("--calls", type=int, help="at once; each row has its own number otherwise")
    parser.add_argument("--seconds", type=int, default=5, help="of one run, without a second to warm up")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--coalesce", type=int, help="microseconds that a worker of ours sleeps between batches under load")
    parser.add_argument("--only", default="warp,peer,bare", help="relays of the row relay")
    parser.add_argument("--share", type=float, default=0.25, help="of a core, for the row loss")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if unknown := [row for row in options.rows if row not in ROWS]:
        parser.error(f"there is no row {unknown[0]}")
    return options


def main():
    options = arguments()
    if not shutil.which("rtpengine"):
        sys.exit("rtpengine is not installed (Debian package rtpengine-daemon)")
    if options.json:
        common.to_stderr()
    others, failed, results = look_around(), [], {}
    for row in options.rows:
        options_of_row = argparse.Namespace(**vars(options))
        options_of_row.calls = options.calls or rtp_rows.CALLS[row]
        say(f"\n{row}: {options_of_row.calls} calls, runs of {options.seconds} s")
        try:
            results[row], wrong = ROWS[row](options_of_row)
        except CommandError as error:
            results[row], wrong = None, [str(error)]
        failed += [f"{row}: {text}" for text in wrong]
    for text in failed:
        say(f"failed: {text}")
    if options.json:
        print(json.dumps({"bench": "rtp", "used_by_others": others, "failed": failed, **results}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
