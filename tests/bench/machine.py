"""What the whole machine did in a stretch of time: how busy each core was, how much of it the host took away; and a share of
a core for a process, to make a machine of the wanted size."""

import os
import pathlib
import time

from warp_cli import proc
from warp_cli.ui import CommandError, say


class Cores:
    """Between its making and `seen()`."""

    def __init__(self):
        self.begin = self._read()

    @staticmethod
    def _read():
        lines = pathlib.Path("/proc/stat").read_text().splitlines()
        return [[int(word) for word in line.split()[1:9]] for line in lines if line.startswith("cpu") and line[3] != " "]

    def seen(self):
        """[(busy, stolen)] of each core, as parts of one."""
        out = []
        for then, now in zip(self.begin, self._read()):
            spent = [after - before for before, after in zip(then, now)]
            total = max(1, sum(spent))
            idle, stolen = spent[3] + spent[4], spent[7]
            out.append((round((total - idle - stolen) / total, 3), round(stolen / total, 3)))
        return out


def look_around(seconds=1):
    """What others use of the machine before anything is measured; said when it is more than a tenth."""
    cores = Cores()
    time.sleep(seconds)
    seen = cores.seen()
    busy = round(sum(busy + stolen for busy, stolen in seen) / len(seen), 2)
    if busy > 0.1:
        say(f"  {100 * busy:.0f} % of the machine is used by something else: the figures are worse than they should be")
    return busy


class BusiestThread:
    """The CPU time of each thread of a process: one thread cannot have more than one core."""

    def __init__(self, pid):
        self.pid, self.begin = pid, self._read(pid)

    @staticmethod
    def _read(pid):
        out = {}
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
            try:
                name, _, rest = (task / "stat").read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            fields = rest.split()
            out[task.name] = (name, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
        return out

    def used(self):
        """(name, seconds) of the one that used most."""
        now = self._read(self.pid)
        return max(((name, seconds - self.begin.get(task, (name, 0))[1]) for task, (name, seconds) in now.items()),
                   key=lambda pair: pair[1], default=("none", 0.0))


class Share:
    """A control group that gives its processes a part of one core, in small portions, before all others that want it: what limits
    them is the part and not who else works on the machine."""

    PERIOD_US, WEIGHT_V1, WEIGHT_V2 = 10_000, 262_144, 10_000  # weights: the greatest that there are

    def __init__(self, part):
        self.part, self.folder = part, None

    def take(self, pids):
        if self.part >= 1:
            return
        name, quota = f"warp-bench-{os.getpid()}", int(self.part * self.PERIOD_US)
        first, second = pathlib.Path("/sys/fs/cgroup/cpu"), pathlib.Path("/sys/fs/cgroup")
        try:
            if (first / "cpu.cfs_quota_us").exists() or (first / "tasks").exists():
                self.folder = first / name
                self.folder.mkdir()
                (self.folder / "cpu.cfs_period_us").write_text(str(self.PERIOD_US))
                (self.folder / "cpu.cfs_quota_us").write_text(str(quota))
                (self.folder / "cpu.shares").write_text(str(self.WEIGHT_V1))
            else:
                self.folder = second / name
                self.folder.mkdir()
                (self.folder / "cpu.max").write_text(f"{quota} {self.PERIOD_US}")
                (self.folder / "cpu.weight").write_text(str(self.WEIGHT_V2))
            for pid in pids:
                (self.folder / "cgroup.procs").write_text(str(pid))
        except OSError as error:
            self.give_back()
            raise CommandError(f"no control group for a part of a core: {error}", "run as root, or with --share 1") from None

    def give_back(self):
        """After its processes have ended."""
        if self.folder and self.folder.exists():
            proc.wait_until(self._removed, 5, 0.1)

    def _removed(self):
        try:
            self.folder.rmdir()
        except OSError:
            return False
        return True
