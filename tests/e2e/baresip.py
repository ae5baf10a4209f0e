"""baresip as a telephone: it registers, calls and is called as its control connection says; a file is its microphone, and what
it hears is written to a file."""

import json
import math
import queue
import socket
import struct
import threading
import wave

from harness import SLOW
from warp_cli import proc

RATE = 8000  # samples a second of G.711


def write_tone(file, hertz, seconds):
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<h", int(12000 * math.sin(2 * math.pi * hertz * n / RATE)))
                                 for n in range(RATE * seconds)))


def read_samples(file):
    with wave.open(str(file), "rb") as heard:
        assert (heard.getnchannels(), heard.getsampwidth(), heard.getframerate()) == (1, 2, RATE)
        data = heard.readframes(heard.getnframes())
    return struct.unpack(f"<{len(data) // 2}h", data)


class Baresip:
    """Started in a folder of its own, ended by its pid. `account`: a line of its file of accounts; `modules`: beside the
    usual ones."""

    def __init__(self, folder, ip, control_port, account, authority_file, hertz, modules=()):
        folder.mkdir(parents=True)
        self.folder, self.log, self.control_port = folder, folder / "baresip.log", control_port
        write_tone(folder / "says.wav", hertz, 60)
        (folder / "heard").mkdir()
        (folder / "config").write_text("\n".join((
            f"sip_listen {ip}:0", f"sip_cafile {authority_file}", f"net_interface {ip}",
            "module_path /usr/lib/baresip/modules",
            *(f"module {name}.so" for name in ("g711", "aufile", "aubridge", "sndfile")), *(f"module {name}.so" for name in modules), "module_tmp account.so",
            "module_app menu.so", "module_app ctrl_tcp.so", f"ctrl_tcp_listen {ip}:{control_port}",
            f"audio_source aufile,{folder}/says.wav", "audio_player aubridge,ear", "audio_alert aubridge,bell",
            f"snd_path {folder}/heard", "rtp_ports 17000-17100", "")))
        (folder / "accounts").write_text(account + "\n")
        self.ip, self.process, self.control = ip, None, None
        self.events, self.answers, self._rest = queue.Queue(), queue.Queue(), b""

    def __enter__(self):
        self.process = proc.spawn(["baresip", "-4", "-s", "-f", self.folder], self.folder, self.log)
        self.control = proc.wait_until(self._connect, 5 * SLOW)
        assert self.control, self.said()
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *unused):
        if self.control:
            self.control.close()
        proc.stop(self.process.pid)
        self.process.wait()

    def said(self):
        return self.log.read_text(errors="replace")[-4000:]

    def _connect(self):
        try:
            return socket.create_connection((self.ip, self.control_port), 1)
        except OSError:
            return None

    def _read(self):
        self.control.settimeout(None)
        try:
            while octets := self.control.recv(65536):
                self._rest += octets
                while (text := self._netstring()) is not None:
                    said = json.loads(text)
                    (self.events if said.get("event") else self.answers).put(said)
        except OSError:
            return

    def _netstring(self):
        length, colon, rest = self._rest.partition(b":")
        if not colon or len(rest) <= int(length):
            return None
        self._rest = rest[int(length) + 1:]
        return rest[:int(length)]

    def do(self, command, params=""):
        text = json.dumps({"command": command, "params": params, "token": "t"})
        self.control.sendall(f"{len(text)}:{text},".encode())
        answer = self.answers.get(timeout=5 * SLOW)
        assert answer["ok"], answer

    def expect(self, kind, seconds=10):
        """The next event of this kind; those before it are passed over."""
        passed = []
        try:
            while True:
                event = self.events.get(timeout=seconds * SLOW)
                if event["type"] == kind:
                    return event
                passed.append(event["type"])
        except queue.Empty:
            raise AssertionError(f"no {kind}, only {passed}:\n{self.said()}") from None

    def heard(self):
        """The samples of each call so far, the oldest first; whole once the call is over."""
        files = sorted((self.folder / "heard").glob("*dec.wav"), key=lambda file: file.stat().st_mtime)
        return [read_samples(file) for file in files]
