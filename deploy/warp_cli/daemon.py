"""warpd as a background process: its configuration file, its life, whether it is ready."""

import signal
import subprocess
import time
import urllib.error
import urllib.request

from warp_cli import proc
from warp_cli.build import tail
from warp_cli.state import write_atomically
from warp_cli.ui import CommandError


def yaml(value, indent=0):
    """Plain data as YAML: mappings and lists as blocks, text in double quotes."""
    pad = "  " * indent
    if isinstance(value, dict):
        lines = []
        for key, item in value.items():
            nested = isinstance(item, (dict, list)) and item
            lines.append(f"{pad}{key}:" + ("\n" + yaml(item, indent + 1) if nested else " " + yaml(item)))
        return "\n".join(lines) if lines else "{}"
    if isinstance(value, list):
        return "\n".join(f"{pad}- " + yaml(item, indent + 1).lstrip() for item in value) if value else "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Daemon:
    def __init__(self, binary, folder, config, log, environment=None):
        self.binary = binary
        self.folder = folder
        self.config = config
        self.log = log
        self.environment = environment

    def write_config(self, settings):
        """True when the file changed."""
        text = "# Written by ./warp; config/warp.yaml explains every key.\n" + yaml(settings) + "\n"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.health = settings["health"]["bind"]
        self.metrics_address = settings["metrics"]["bind"]
        if self.config.exists() and self.config.read_text() == text:
            return False
        write_atomically(self.config, text, 0o600)
        return True

    def command(self, name):
        """`warpd check-config` or `warpd migrate`: its output, or an error that carries it."""
        done = subprocess.run([self.binary, name, "--config", self.config], capture_output=True, text=True,
                              cwd=self.folder, env=self.environment)
        if done.returncode != 0:
            raise CommandError(f"warpd {name} failed:\n{(done.stdout + done.stderr).strip()[-3000:]}")
        return done.stdout.strip()

    def pids(self):
        return proc.find(self.folder, self.binary.name)

    def outdated(self, pid):
        """Is the program or its configuration newer than the running process?"""
        newest = max(self.binary.stat().st_mtime, self.config.stat().st_mtime)
        return newest > proc.started_at(pid) + 1

    def start(self):
        return proc.spawn([self.binary, "run", "--config", self.config], self.folder, self.log, env=self.environment)

    def ready(self):
        status, _ = self.get_health("/ready")
        return status == 200

    def get_health(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.health}{path}", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def metric(self, name, label=""):
        """Sum of a metric's values over the lines that have `label`; None when there is none or nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{self.metrics_address}/metrics", timeout=2) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return None
        values = [float(line.rpartition(" ")[2]) for line in lines
                  if line.startswith((name + " ", name + "{")) and label in line]
        return sum(values) if values else None

    def wait_live(self, changed_at, seconds=1.0):
        """Waits until the snapshot in use is younger than a change (monotonic time), at most the second promised.

        A snapshot may have been read while the change was made: none that was told of may wait, and telling takes a
        moment."""
        if changed_at is None:
            return True
        time.sleep(max(0.0, changed_at + 0.05 - time.monotonic()))

        def live():
            asked_at = time.monotonic()  # before: an answer that takes its time must not make the snapshot younger
            age = self.metric("warp_app_snapshot_age_seconds")
            return age is not None and age < asked_at - changed_at and not self.metric("warp_app_snapshot_behind")
        return proc.wait_until(live, seconds)

    def wait_ready(self, process=None, seconds=30, stage=None):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.ready():
                return
            if process is not None and process.poll() is not None:
                raise CommandError(f"warpd ended with status {process.returncode}; the end of {self.log}:\n"
                                   + tail(self.log, 20))
            if stage:
                stage.progress("waiting until it is ready")
            time.sleep(0.05)
        raise CommandError(f"warpd is not ready after {seconds} s: {self.get_health('/ready')[1]}\n"
                           f"the end of {self.log}:\n" + tail(self.log, 20))

    def stop(self, seconds=20):
        return all([proc.stop(pid, signal.SIGTERM, seconds) for pid in self.pids()])
