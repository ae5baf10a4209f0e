"""Processes of a checkout. Each service works in a folder of its own; a process is ours when its working folder is that
one and its program has the expected name. No pid file can be stale or point at a stranger, and a process that a killed
run left behind is found again."""

import os
import pathlib
import signal
import subprocess
import time


def find(folder, program):
    """Pids of `program` working in `folder`, parents before children."""
    folder = os.path.realpath(folder)
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.readlink(f"/proc/{entry}/cwd") == folder and _program(entry) == program:
                    found.append(int(entry))
            except OSError:
                continue
    return sorted(found, key=started)


def _program(pid):
    """Its file's name; of a file that was built anew since, the name that it was started by: linkers move the old one away."""
    file = os.readlink(f"/proc/{pid}/exe")
    if file.endswith(" (deleted)"):
        file = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
    return pathlib.Path(file).name


def started(pid):
    """Clock ticks after boot at which the process began; 0 when it is gone."""
    try:
        return int(_stat(pid)[19])
    except OSError:
        return 0


def _stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def started_at(pid):
    """Wall time at which the process began."""
    with open("/proc/stat") as file:
        boot = next(int(line.split()[1]) for line in file if line.startswith("btime"))
    return boot + started(pid) / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """User and system time of the processes so far."""
    total = 0
    for pid in pids:
        fields = _stat(pid)
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children(pid):
    """All descendants."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def alive(pid):
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def spawn(argv, folder, log, user=None, env=None):
    """Starts a background process of its own session, working in `folder`, its output appended to `log`."""
    log = pathlib.Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    identity = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with open(log, "ab") as output:
        return subprocess.Popen([str(word) for word in argv], cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
                                stderr=output, start_new_session=True, env=env, **identity)


def wait_until(condition, seconds, every=0.02):
    """Polls until `condition()` is true (and returns its value) or the time is over (None)."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            return None
        time.sleep(every)


def stop(pid, first=signal.SIGTERM, seconds=20):
    """Asks, waits, then kills. A pid that came to belong to another process meanwhile is left alone."""
    born = started(pid)
    if not born:
        return True
    for sign, patience in ((first, seconds), (signal.SIGKILL, 5)):
        try:
            if started(pid) == born:
                os.kill(pid, sign)
        except ProcessLookupError:
            return True
        if wait_until(lambda: started(pid) != born or not alive(pid), patience):
            return True
    return False
