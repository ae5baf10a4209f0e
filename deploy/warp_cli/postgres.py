"""A private Postgres 15: its own cluster, a unix socket in a private folder, no TCP. The system's server is not touched."""

import os
import pathlib
import shutil
import signal
import subprocess

from warp_cli import proc
from warp_cli.ui import CommandError

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
OWNER = "warp_owner"  # owns the schema; `warpd migrate` works as it
ROLE = "warpd"        # the daemon's, made by the first migration; cannot bypass row-level security
DATABASE = "warp"
STAMP = "warp-cluster-complete"  # laid beside a cluster once initdb has come to its end

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
shared_buffers = 128MB
max_connections = 200
max_wal_size = 2GB
log_line_prefix = '%m [%p] %u@%d '
logging_collector = off
{extra}
"""


class Postgres:
    def __init__(self, places, log, durable=True):
        self.places = places
        self.folder = places.data / "postgres"
        self.log = log
        self.extra = "" if durable else "fsync = off\nfull_page_writes = off"

    def dsn(self, user=ROLE, database=DATABASE):
        return f"host={self.places.sockets} port=5432 dbname={database} user={user}"

    def pids(self):
        """The postmaster first, then its workers."""
        return proc.find(self.folder, "postgres")

    def start(self):
        """True when it had to be started."""
        if self.answers():
            return False
        self._initialise()
        for pid in self.pids()[:1]:
            proc.stop(pid, signal.SIGQUIT)
        (self.folder / "warp.conf").write_text(SETTINGS.format(sockets=self.places.sockets, extra=self.extra))
        proc.spawn([BIN / "postgres", "-D", self.folder], self.folder, self.log, self.places.user)
        if not proc.wait_until(self.answers, 30):
            raise CommandError(f"Postgres does not come up; see {self.log}")
        return True

    def _initialise(self):
        stamp = self.folder.with_name(STAMP)
        if stamp.exists() and (self.folder / "PG_VERSION").exists():
            return
        for pid in self.pids():
            proc.stop(pid, signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
        stamp.unlink(missing_ok=True)
        self.folder.mkdir(parents=True)
        if self.places.user:
            os.chown(self.folder, self.places.user.pw_uid, self.places.user.pw_gid)
        done = self._as_user([BIN / "initdb", "-D", self.folder, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                              "--locale=C.UTF-8", *(["--no-sync"] if self.extra else [])])
        if done.returncode != 0:
            raise CommandError("initdb failed:\n" + done.stderr[-2000:])
        with open(self.folder / "postgresql.conf", "a") as file:
            file.write("include 'warp.conf'\n")
        # The socket's folder lets in its owner and root alone; that is the authentication here.
        (self.folder / "pg_hba.conf").write_text("local all all trust\n")
        stamp.touch()

    def _as_user(self, argv):
        user = self.places.user
        identity = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        return subprocess.run([str(word) for word in argv], capture_output=True, text=True, cwd=self.folder, **identity)

    def answers(self):
        if not (self.places.sockets / ".s.PGSQL.5432").exists():
            return False
        return subprocess.run([BIN / "pg_isready", "-q", "-h", self.places.sockets, "-p", "5432"]).returncode == 0

    def sql(self, text, user="postgres", database=DATABASE):
        """Runs statements; answers the rows as lists of text."""
        done = subprocess.run([BIN / "psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1",
                               "-d", self.dsn(user, database), "-c", text], capture_output=True, text=True)
        if done.returncode != 0:
            raise CommandError(f"Postgres refused: {done.stderr.strip()}\n{text}")
        return [line.split("\x1f") for line in done.stdout.splitlines() if line]

    def create_database(self):
        """The schema's owner and the database; what is there already stays."""
        roles = {row[0] for row in self.sql("SELECT rolname FROM pg_roles", database="postgres")}
        if OWNER not in roles:
            self.sql(f"CREATE ROLE {OWNER} LOGIN CREATEROLE", database="postgres")
        if [DATABASE] not in self.sql("SELECT datname FROM pg_database", database="postgres"):
            self.sql(f"CREATE DATABASE {DATABASE} OWNER {OWNER}", database="postgres")

    def stop(self):
        pids = self.pids()
        return not pids or proc.stop(pids[0], signal.SIGINT, 30)
