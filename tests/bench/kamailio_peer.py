"""Kamailio as a plain trunk, alone or with rtpengine beside it: the peer that a call through WARP is measured against."""

import pathlib
import socket
import tempfile

from common import CALLEE_IP, CALLER_IP, FOLDER, CommandError, ports, proc


class Kamailio:
    def __init__(self, base, callee_port, anchored):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kamailio-", dir=base))
        self.port = ports.choose("127.0.0.1", 6060)
        self.anchored = anchored
        self.ng_port = ports.choose("127.0.0.1", 6223)
        self.processes = []
        text = (FOLDER / "kamailio" / "trunk.cfg.in").read_text()
        for word, value in (("@LISTEN@", f"127.0.0.1:{self.port}"), ("@FOLDER@", str(self.folder)),
                            ("@RTPENGINE@", f"127.0.0.1:{self.ng_port}")):
            text = text.replace(word, value)
        (self.folder / "trunk.cfg").write_text(text)
        (self.folder / "address.list").write_text(f"1 {CALLER_IP} 32\n")
        (self.folder / "dispatcher.list").write_text(f"1 sip:{CALLEE_IP}:{callee_port} 0 10\n"
                                                     f"1 sip:{CALLEE_IP}:{callee_port + 1} 0 5\n")

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        if self.anchored:
            self._spawn("rtpengine", ["rtpengine", "--foreground", "--log-stderr", "--log-level=3", "--table=-1",
                                      "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{self.ng_port}",
                                      "--port-min=30000", "--port-max=39999",
                                      f"--pidfile={self.folder}/rtpengine.pid"], self.ng_port)
        define = ["-A", "WITH_RTPENGINE"] if self.anchored else []
        self._spawn("kamailio", ["kamailio", "-DD", "-E", "-m", "512", "-M", "16", "-f", self.folder / "trunk.cfg",
                                 "-P", self.folder / "kamailio.pid", "-Y", self.folder, *define], self.port)

    def _spawn(self, name, argv, port):
        self.processes.append(proc.spawn(argv, self.folder, self.folder / f"{name}.log"))
        if not proc.wait_until(lambda: not ports.is_free("127.0.0.1", port, socket.SOCK_DGRAM), 10):
            raise CommandError(f"{name} does not come up; see {self.folder}/{name}.log")

    def pids(self):
        """All processes of the peer: Kamailio's workers and timers are children of one."""
        return [pid for process in self.processes for pid in (process.pid, *proc.children(process.pid))]

    def settle(self, calls):
        pass

    def beside(self):
        return []

    def stop(self):
        for process in reversed(self.processes):
            proc.stop(process.pid)
            process.wait()
        self.processes = []
