"""Kamailio as a plain trunk, alone or with rtpengine beside it, and as a registrar: the peers that WARP is measured against."""

import hashlib
import os
import pathlib
import socket
import subprocess
import tempfile

from common import CALLEE_IP, CALLER_IP, FOLDER, CommandError, Wire, ports, proc


class Daemons:
    """Kamailio by one of our configurations, and what works beside it."""

    env = None

    def __init__(self, base, template, words, defines=(), kind=socket.SOCK_DGRAM):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kamailio-", dir=base))
        self.port = ports.choose("127.0.0.1", 6060)
        self.defines, self.kind, self.processes = defines, kind, []
        text = (FOLDER / "kamailio" / template).read_text()
        for word, value in {"@LISTEN@": f"127.0.0.1:{self.port}", "@FOLDER@": self.folder, **words}.items():
            text = text.replace(word, str(value))
        self.config = self.folder / template.removesuffix(".in")
        self.config.write_text(text)

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        define = [word for name in self.defines for word in ("-A", name)]
        self._spawn("kamailio", ["kamailio", "-DD", "-E", "-m", "512", "-M", "16", "-f", self.config,
                                 "-P", self.folder / "kamailio.pid", "-Y", self.folder, *define], self.port, self.kind)

    def _spawn(self, name, argv, port, kind=socket.SOCK_DGRAM):
        self.processes.append(proc.spawn(argv, self.folder, self.folder / f"{name}.log", env=self.env))
        if not proc.wait_until(lambda: ports.is_bound("127.0.0.1", port, kind), 10):
            said = (self.folder / f"{name}.log").read_text(errors="replace")[-1000:]
            raise CommandError(f"{name} does not come up", said)

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


class Kamailio(Daemons):
    """The trunk."""

    def __init__(self, base, callee_port, anchored, wire=None):
        wire = wire or Wire()
        self.anchored = anchored
        self.ng_port = ports.choose("127.0.0.1", 6223)
        words = {"@TRANSPORT@": wire.transport, "@RTPENGINE@": f"127.0.0.1:{self.ng_port}"}
        defines = ["WITH_RTPENGINE"] if anchored else []
        if wire.transport != "udp":
            defines.append("WITH_STREAMS")
        if wire.transport == "tls":
            defines.append("WITH_TLS")
            made = wire.certificates
            words |= {"@CHAIN@": made.chain, "@KEY@": made.key, "@AUTHORITY@": made.authority}
        super().__init__(base, "trunk.cfg.in", words, defines, wire.kind)
        (self.folder / "address.list").write_text(f"1 {CALLER_IP} 32\n")
        (self.folder / "dispatcher.list").write_text(f"1 sip:{CALLEE_IP}:{callee_port}{wire.parameter} 0 10\n"
                                                     f"1 sip:{CALLEE_IP}:{callee_port + 1}{wire.parameter} 0 5\n")

    def start(self):
        if self.anchored:
            self._spawn("rtpengine", ["rtpengine", "--foreground", "--log-stderr", "--log-level=3", "--table=-1",
                                      "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{self.ng_port}",
                                      "--port-min=30000", "--port-max=39999",
                                      f"--pidfile={self.folder}/rtpengine.pid"], self.ng_port)
        super().start()


class KamailioRegistrar(Daemons):
    """`postgres`: of its users and bindings, in a database of their own; without it both are in memory alone."""

    SECRET, DATABASE = "s3cret-", "kamailio"
    TABLES = pathlib.Path("/usr/share/kamailio/postgres")

    def __init__(self, base, postgres=None):
        self.postgres = postgres
        defines = ["WITH_TABLES"] if postgres else []
        super().__init__(base, "registrar.cfg.in",
                         {"@SECRET@": self.SECRET, "@TABLES@": f"postgres://postgres@/{self.DATABASE}"}, defines)

    def start(self):
        if self.postgres:
            self.env = {**os.environ, "PGHOST": str(self.postgres.places.sockets)}
            self.postgres.sql(f"CREATE DATABASE {self.DATABASE}")
            for table in ("standard", "auth_db", "usrloc"):
                self._sql("-f", self.TABLES / f"{table}-create.sql")
        super().start()

    def _sql(self, *words):
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
                               self.postgres.dsn("postgres", self.DATABASE), *map(str, words)], capture_output=True, text=True)
        if done.returncode != 0:
            raise CommandError(f"Postgres refused: {done.stderr.strip()}")

    def phones(self, count):
        """(user, password) of each."""
        phones = [(f"phone{number}", f"{self.SECRET}phone{number}") for number in range(count)]
        if self.postgres:
            rows = ",".join(f"('{user}', 'warp', '{hashlib.md5(f'{user}:warp:{password}'.encode()).hexdigest()}')"
                            for user, password in phones)
            self._sql("-c", f"INSERT INTO subscriber (username, domain, ha1) VALUES {rows}")
        return phones

    def beside(self):
        return self.postgres.pids() if self.postgres else []

    def bindings(self):
        """That are in the table."""
        return int(self.postgres.sql("SELECT count(*) FROM location", database=self.DATABASE)[0][0])
