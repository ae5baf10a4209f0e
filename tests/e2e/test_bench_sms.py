"""The benchmark of messages runs, and under its load none is lost or sent twice."""

import json
import os
import subprocess

import pytest

import harness
from warp_cli import build, paths

BIN = build.binary(harness.PRESET).parent


@pytest.mark.skipif(not (BIN / "sms_customer").exists(), reason="built without benchmarks")
def test_the_benchmark_runs_and_loses_nothing():
    done = subprocess.run(["/usr/bin/python3", paths.ROOT / "tests" / "bench" / "sms_bench.py", "--json", "--quick",
                           "--warp-only", "--seconds", "2", "--rate", "200"], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "WARP_BUILD": str(BIN.parent), "WARP_PRESET": harness.PRESET})
    assert done.returncode == 0, done.stderr[-3000:]
    for load, seen in json.loads(done.stdout)["sides"]["WARP"].items():
        assert seen["sent"] >= 300 and seen["refused"] == seen["lost"] == seen["repeated"] == 0, (load, seen)
