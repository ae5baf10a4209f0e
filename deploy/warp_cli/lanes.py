"""The files of a pytest suite in lanes, side by side: each lane has a network of its own, so that what listens in one is never
in the way of another. Most end-to-end tests wait more than they work. Without the right to make networks there is one lane."""

import json
import os
import subprocess
import threading

from warp_cli import paths

LANES = 2
SECONDS = paths.VAR / "test" / "seconds.json"  # how long each file took last time: the longest begin first
APART = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "lane"]


def possible():
    try:
        return subprocess.run([*APART, "true"], capture_output=True).returncode == 0
    except OSError:
        return False


def count():
    wanted = int(os.environ.get("WARP_LANES", LANES))
    return wanted if wanted > 1 and possible() else 1


def in_order(files):
    """The longest first, by the last run; those that it does not know by their size."""
    try:
        known = json.loads(SECONDS.read_text())
    except (OSError, ValueError):
        known = {}
    return sorted(files, key=lambda file: (known.get(file.name, 1e9), file.stat().st_size), reverse=True)


def remember(seconds):
    try:
        known = json.loads(SECONDS.read_text())
    except (OSError, ValueError):
        known = {}
    SECONDS.write_text(json.dumps({**known, **seconds}, indent=1))


def run(files, one, lanes):
    """one(file, words before the command) for each file, in so many lanes; what it gave, in the order of the files' ends."""
    waiting, lock, done = in_order(files), threading.Lock(), []

    def lane():
        while True:
            with lock:
                if not waiting:
                    return
                file = waiting.pop(0)
            result = one(file, APART if lanes > 1 else [])
            with lock:
                done.append(result)

    threads = [threading.Thread(target=lane) for _ in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done
