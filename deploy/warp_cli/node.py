"""Packages of npm for the tests: the exact ones of a lock file, installed below var/ and kept until the lock changes."""

import os
import pathlib
import shutil
import subprocess

from warp_cli import paths
from warp_cli.ui import CommandError

MANIFEST = paths.ROOT / "tests" / "e2e"
FOLDER = paths.VAR / "npm"
NODE = "/usr/bin/node"


def modules():
    """The folder for NODE_PATH, with everything in it."""
    lock, stamp = MANIFEST / "package-lock.json", FOLDER / "installed"
    if not (FOLDER / "node_modules").is_dir() or not stamp.exists() or stamp.read_text() != lock.read_text():
        _install(lock)
        stamp.write_text(lock.read_text())
    return FOLDER / "node_modules"


def _install(lock):
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for file in (MANIFEST / "package.json", lock):
        shutil.copy(file, FOLDER)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, capture_output=True,
                          text=True)
    if done.returncode != 0 or not (FOLDER / "node_modules").is_dir():
        raise CommandError("npm could not install the packages of the tests:\n" + (done.stdout + done.stderr)[-2000:],
                           "a network or registry fault is usual: try again")


def spawn(script, arguments=(), **popen):
    """A program of the tests that finds those packages, spoken to by its standard input and output."""
    return subprocess.Popen([NODE, str(pathlib.Path(script)), *(str(word) for word in arguments)], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            env={**os.environ, "NODE_PATH": str(modules())}, **popen)
