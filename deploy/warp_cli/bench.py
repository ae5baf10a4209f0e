"""`bench NAME`: runs tests/bench/<name>_bench.py on a release build. Each prints a table, and JSON with --json."""

import os
import subprocess

from warp_cli import build, paths
from warp_cli.ui import CommandError, Stage, quiet

FOLDER = paths.ROOT / "tests" / "bench"
# What a benchmark needs when it needs less than everything.
TARGETS = {**{name: ("warpd",) for name in ("hold", "load", "overload", "register", "restart", "sip")},
           "api": ("warpd", "api_load"), "import": ("warpd",), "message_store": ("warpd", "message_store_bench"), "rating": ("rating_bench",),
           "rtp": ("media_bench_relay", "rtp_load", "bare_relay", "media_packet_bench"),
           "sms": ("warpd", "sms_upstream", "sms_customer")}


def names():
    return sorted(path.name.removesuffix("_bench.py") for path in FOLDER.glob("*_bench.py"))


def run(name, arguments):
    if name not in names():
        raise CommandError(f"there is no benchmark {name}", "benchmarks: " + " ".join(names()))
    if "--json" in arguments:
        quiet()
    with Stage("build") as stage:
        stage.result(f"{build.build('release', TARGETS.get(name, ()), stage)} steps")
    return subprocess.run(["/usr/bin/python3", FOLDER / f"{name}_bench.py", *arguments], cwd=paths.ROOT,
                          env={**os.environ, "WARP_BUILD": str(paths.ROOT / "build" / "release")}).returncode
