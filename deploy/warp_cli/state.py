"""var/state.json: what `up` has chosen and made (ports, ids, addresses). Written whole or not at all."""

import contextlib
import fcntl
import json
import os

from warp_cli import paths
from warp_cli.ui import CommandError

FILE = paths.VAR / "state.json"


def write_atomically(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def load():
    try:
        return json.loads(FILE.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def save(state):
    write_atomically(FILE, json.dumps(state, indent=2, sort_keys=True) + "\n")


@contextlib.contextmanager
def exclusive():
    """One changing command at a time a checkout; the lock goes with the process."""
    paths.VAR.mkdir(parents=True, exist_ok=True)
    with open(paths.VAR / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("another ./warp command is at work in this checkout", "wait until it is done")
        yield
