"""Runs SIPp on a scenario of ours: a peer that knows nothing of the daemon's code."""

import os
import pathlib
import signal
import socket
import subprocess

from warp_cli import ports, proc
from warp_cli.ui import CommandError


class Sipp:
    """One SIPp process. Its folder keeps its screen, its messages and its errors."""

    def __init__(self, folder, scenario, ip, port, remote=None, calls=None, keys=None, replace=None, arguments=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.messages = self.folder / "messages.log"
        self.errors = self.folder / "errors.log"
        for file in (self.messages, self.errors, self.folder / "media_address"):
            file.unlink(missing_ok=True)
        self.scenario = self._prepare(scenario, replace)
        self.ip, self.port = ip, port
        bracketed = f"[{ip}]" if ":" in ip else ip
        self.argv = ["sipp", "-sf", self.scenario, "-i", bracketed, "-p", port, "-nostdin", "-trace_msg",
                     "-message_file", self.messages, "-trace_err", "-error_file", self.errors, "-message_overwrite",
                     "true", "-error_overwrite", "true"]
        if calls:
            self.argv += ["-m", calls]
        for key, value in (keys or {}).items():
            self.argv += ["-key", key, value]
        self.argv += arguments
        if remote:
            self.argv.append(remote)
        self.process = None

    def _prepare(self, scenario, replace):
        """The scenario with words replaced that SIPp's own keywords cannot stand for (a status code to expect)."""
        text = pathlib.Path(scenario).read_text()
        for word, value in (replace or {}).items():
            text = text.replace(word, str(value))
        file = self.folder / pathlib.Path(scenario).name
        file.write_text(text)
        return file

    def media_address(self, seconds=10):
        """(ip, port) that the other side's SDP names, once the scenario has written it down."""
        file = self.folder / "media_address"
        text = proc.wait_until(lambda: file.exists() and file.read_text().split(), seconds)
        if not text:
            raise CommandError(f"SIPp {self.scenario.name} saw no SDP:\n{self.trouble()}")
        return text[0], int(text[1])

    def start(self):
        self.process = proc.spawn(self.argv, self.folder, self.folder / "screen.log",
                                  env={**os.environ, "TERM": "dumb"})
        return self

    def wait(self, seconds=30):
        """SIPp's exit status; 0 means that each call went as the scenario says."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            return None

    def expect_success(self, seconds=30):
        status = self.wait(seconds)
        if status != 0:
            raise CommandError(f"SIPp {self.scenario.name} ended with {status}:\n{self.trouble()}")

    def listening(self):
        return self.process.poll() is None and ports.is_bound(self.ip, self.port, socket.SOCK_DGRAM)

    def trouble(self):
        text = self.errors.read_text(errors="replace")[-2000:] if self.errors.exists() else ""
        screen = self.folder / "screen.log"
        return text or (screen.read_text(errors="replace")[-1500:] if screen.exists() else "nothing was said")

    def trace(self):
        return self.messages.read_text(errors="replace") if self.messages.exists() else ""

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGUSR1)  # ends its calls first
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

