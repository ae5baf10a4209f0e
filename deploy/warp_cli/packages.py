"""Debian packages: installs what is missing, says so first, starts no service by it."""

import os
import pathlib
import shutil
import subprocess
import time

from warp_cli import paths
from warp_cli.ui import CommandError, Stage, say

LIST = paths.ROOT / "deploy" / "packages.txt"
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# Written by ./warp while it installs packages: no service is started by that.\nexit 101\n"
INSTALL = ["-o", "DPkg::Lock::Timeout=180", "install", "-y", "-qq", "--no-install-recommends"]
NO_CLUSTER = pathlib.Path("/etc/postgresql-common/createcluster.d/warp-no-main-cluster.conf")


def wanted(sections):
    names, section = [], None
    for line in LIST.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif line and section in sections:
            names.append(line)
    return names


def missing(names):
    """What an installed package provides is there: nodejs of other archives brings npm along."""
    query = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}, ${Provides}\n"],
                           capture_output=True, text=True)
    installed = {entry.split()[0] for line in query.stdout.splitlines() if line.startswith("installed\t")
                 for entry in line.partition("\t")[2].split(",") if entry.strip()}
    return [name for name in names if name not in installed]


def ensure(*sections):
    absent = missing(wanted(sections))
    if not absent:
        return []
    say(f"  installing {len(absent)} Debian packages: {' '.join(absent)}")
    with Stage("packages") as stage:
        _install(absent, stage)
        stage.result(f"{len(absent)} installed, no service started")
    return absent


def _install(names, stage):
    prefix = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise CommandError("packages are missing, and there is neither root nor sudo",
                               "as root: apt-get install --no-install-recommends " + " ".join(names))
        prefix = ["sudo"]
    environment = ["env", "RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive"]
    with _no_service_starts(prefix):
        _finish_interrupted([*prefix, *environment], stage)
        for word, arguments in (("updating the package lists", ["update", "-qq"]),
                                ("completing dependencies", [*INSTALL, "--fix-broken"]),
                                ("downloading and unpacking", [*INSTALL, *names])):
            stage.progress(word)
            done = subprocess.run([*prefix, *environment, "apt-get", *arguments], capture_output=True, text=True)
            if done.returncode != 0:
                raise CommandError("apt-get failed:\n" + (done.stdout + done.stderr)[-2000:],
                                   "a network or mirror fault is usual: try again, or install them by hand")


def _finish_interrupted(command, stage, patience=180):
    """An installation that was killed leaves packages half unpacked, and apt-get refuses all work until dpkg has gone
    through them; whether that suffices shows when apt-get completes the dependencies. The killed one's dpkg may live
    on for a while: it is waited for."""
    end = time.monotonic() + patience
    while True:
        done = subprocess.run([*command, "LC_ALL=C", "dpkg", "--configure", "-a"], capture_output=True, text=True)
        if "lock" not in done.stderr or time.monotonic() > end:
            return
        stage.progress("waiting for another dpkg to end")
        time.sleep(1)


class _no_service_starts:
    """For the time of the installation: no init script runs, and Postgres makes no cluster `main`. What was there
    before stays as it is; what an interrupted run left behind is cleared."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.ours = []

    def __enter__(self):
        self._put(POLICY, POLICY_TEXT, "755")
        if not pathlib.Path("/usr/lib/postgresql/15/bin/postgres").exists():
            self._put(NO_CLUSTER, "# Written by ./warp for the time of an installation.\ncreate_main_cluster = false\n",
                      "644")
        return self

    def _put(self, path, text, mode):
        if path.exists() and path.read_text() != text:
            return
        self.ours.append(path)
        subprocess.run([*self.prefix, "mkdir", "-p", str(path.parent)], check=True)
        subprocess.run([*self.prefix, "tee", str(path)], input=text, text=True, stdout=subprocess.DEVNULL, check=True)
        subprocess.run([*self.prefix, "chmod", mode, str(path)], check=True)

    def __exit__(self, kind, error, trace):
        for path in self.ours:
            subprocess.run([*self.prefix, "rm", "-f", str(path)])
        return False
