"""A private Redis: a unix socket in a private folder, no TCP, nothing kept on disk. The system's server is not touched."""

import os
import socket

from warp_cli import proc
from warp_cli.ui import CommandError


class Redis:
    def __init__(self, places, log):
        self.places = places
        self.folder = places.data / "redis"
        self.socket = places.sockets / "redis.sock"
        self.log = log

    def url(self):
        return f"unix://{self.socket}"

    def pids(self):
        return proc.find(self.folder, "redis-check-rdb") + proc.find(self.folder, "redis-server")

    def start(self):
        if self.answers():
            return False
        for pid in self.pids():
            proc.stop(pid)
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.places.user:
            os.chown(self.folder, self.places.user.pw_uid, self.places.user.pw_gid)
        proc.spawn(["/usr/bin/redis-server", "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700",
                    "--dir", self.folder, "--save", "", "--appendonly", "no", "--daemonize", "no"],
                   self.folder, self.log, self.places.user)
        if not proc.wait_until(self.answers, 10):
            raise CommandError(f"Redis does not come up; see {self.log}")
        return True

    def answers(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def stop(self):
        return all([proc.stop(pid) for pid in self.pids()])
