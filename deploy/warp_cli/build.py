"""Builds a preset. An interrupted build goes on where it was: a tree whose configuration never came to its end is
configured again, the rest is Ninja's bookkeeping."""

import os
import re
import subprocess

from warp_cli import paths, reference
from warp_cli.ui import CommandError

PRESETS = ("dev", "release", "asan", "tsan", "coverage", "fuzz")
PROGRESS = re.compile(r"^\[(\d+)/(\d+)\]")


def binary(preset, name="warpd"):
    return paths.ROOT / "build" / preset / "bin" / name


def build(preset, targets=(), stage=None, jobs=None):
    if preset not in PRESETS:
        raise CommandError(f"there is no preset {preset}", "one of: " + " ".join(PRESETS))
    folder = paths.ROOT / "build" / preset
    log = paths.VAR / "log" / f"build-{preset}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as output:
        if not (folder / "build.ninja").exists():
            if stage:
                stage.progress("configuring")
            if subprocess.run(["cmake", "--preset", preset], cwd=paths.ROOT, stdout=output,
                              stderr=subprocess.STDOUT).returncode != 0:
                (folder / "CMakeCache.txt").unlink(missing_ok=True)
                raise CommandError(f"cmake could not configure {preset}; the end of {log}:\n{tail(log)}")
        argv = ["ninja", "-C", str(folder), *(["-j", str(jobs)] if jobs else []), *targets]
        steps = _ninja(argv, output, stage)
    if steps is None:
        raise CommandError(f"the build of {preset} failed; the end of {log}:\n{tail(log)}")
    if not targets:
        reference.fetch(stage)
    return steps


def _ninja(argv, output, stage):
    """Runs Ninja; the number of steps it took, or None when it failed."""
    steps = 0
    environment = {**os.environ, "NINJA_STATUS": "[%f/%t] ", "TERM": "dumb"}
    with subprocess.Popen(argv, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=environment) as ninja:
        for line in ninja.stdout:
            output.write(line)
            match = PROGRESS.match(line)
            if match:
                steps = int(match.group(2))
                if stage:
                    stage.progress(line.strip().replace("Building CXX object ", "")[:70])
    return steps if ninja.returncode == 0 else None


def tail(path, lines=40):
    with open(path, errors="replace") as file:
        return "".join(file.readlines()[-lines:])
