"""The two sides of `./warp bench sms`, and the load that both get: a customer with its SMPP binds (or, for Kannel, a box)
and an upstream that takes and reports everything."""

import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys

from common import FOLDER, CommandError, ports, proc

sys.path.insert(0, str(FOLDER.parent / "e2e"))
import harness  # noqa: E402

BIN = pathlib.Path(os.environ.get("WARP_BUILD", FOLDER.parents[1] / "build" / "release")) / "bin"
NUMBER = "12025550100"  # as sms/customer.cpp has it
LEAN_KANNEL = FOLDER / "sms" / "kannel.conf.in"


class Upstream:
    """The SMSC beyond; asked for its figures by a line."""

    def __init__(self):
        self.process = subprocess.Popen([BIN / "sms_upstream"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def figures(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


class Customer:
    """One run of the load."""

    def __init__(self, form, port, count, **options):
        words = []
        for name, value in options.items():
            words += [f"--{name}"] if value is True else [f"--{name}", str(value)] if value else []
        self.process = subprocess.Popen([BIN / "sms_customer", form, str(port), str(count), *words],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def figures(self):
        said, trouble = self.process.communicate()
        if self.process.returncode != 0:
            raise CommandError(f"the load failed: {trouble.strip()}")
        return json.loads(said.splitlines()[-1])


class Kannel:
    """Its bearerbox, which is given messages as its own boxes give them: no HTTP, no files, nothing durable."""
    form, binds = "box", 1

    def __init__(self, base, upstream, window):
        self.folder = pathlib.Path(base) / "kannel"
        self.folder.mkdir(parents=True)
        self.port = ports.choose("127.0.0.1", 13001)
        text = LEAN_KANNEL.read_text()
        for name, value in {"admin": ports.choose("127.0.0.1", 13500), "box": self.port, "upstream": upstream.port,
                            "window": window, "folder": self.folder}.items():
            text = text.replace(f"@{name}@", str(value))
        self.config = self.folder / "kannel.conf"
        self.config.write_text(text)

    def start(self):
        self.process = proc.spawn(["/usr/sbin/bearerbox", "-v", "4", self.config], self.folder, self.folder / "output")
        if not proc.wait_until(lambda: ports.is_bound("127.0.0.1", self.port, socket.SOCK_STREAM), 10):
            raise CommandError(f"Kannel does not start:\n{(self.folder / 'output').read_text()[-2000:]}")

    def pids(self):
        return [self.process.pid]

    def beside(self):
        return []

    def settle(self, submitted):
        """It forgets what it is done with."""

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Warp:
    """Checked, priced, routed and durable before its acknowledgement; its detail record in Postgres, with fsync."""
    form, binds = "smpp", 2

    def __init__(self, upstream, window, change=None):
        self.upstream, self.window = upstream, window
        self.world = harness.World(change=change, durable=True)
        self.expected = 0

    def start(self):
        self.world.start()
        world, digest = self.world, hashlib.sha256(b"secret").hexdigest()
        world.make.number(NUMBER, world.customer, world.trunk)
        self.sql(f"""
            INSERT INTO billing.message_rates VALUES ('{world.plans["customer"]}', '44', 7500000),
                                                     ('{world.plans["a"]}', '44', 3100000);
            INSERT INTO sms.customer_settings (customer_id, needs_campaign) VALUES ('{world.customer}', false);
            INSERT INTO sms.esmes (customer_id, system_id, password_hash, send_window)
                VALUES ('{world.customer}', 'tenant', '{digest}', 1000);
            INSERT INTO sms.connectors (name, host, port, system_id, password, send_window, rate_plan_id)
                VALUES ('upstream', '127.0.0.1', {self.upstream.port}, 'warp', 'secret', {self.window}, '{world.plans["a"]}');
            INSERT INTO sms.routes (prefix, connector_id) SELECT '44', id FROM sms.connectors;""")
        self.wait_serving()

    @property
    def port(self):
        return self.world.warp.ports["smpp"]

    def sql(self, text):
        return self.world.warp.postgres.sql(text)

    def ready(self):
        """A message comes through: provisioning is live and the upstream bound."""
        try:
            return Customer("smpp", self.port, 1, binds=1, limit=2).figures()["receipts"] == 1
        except CommandError:
            return False

    def wait_serving(self, seconds=30):
        if not proc.wait_until(self.ready, seconds, 0.2):
            raise CommandError(f"WARP takes no messages; see {self.world.warp.daemon.log}")
        self.settled()

    def settled(self):
        """All that was begun is in Postgres."""
        if not proc.wait_until(lambda: self.sql("SELECT (SELECT count(*) FROM sms.live) + "
                                                "(SELECT count(*) FROM sms.deliveries)") == [["0"]], 60, 0.1):
            raise CommandError("messages or deliveries are left over")
        self.expected = int(self.sql("SELECT count(*) FROM records.mdrs")[0][0])

    def settle(self, submitted):
        before = self.expected
        self.settled()
        if self.expected - before != submitted:
            raise CommandError(f"{submitted} messages have left {self.expected - before} records")

    def pids(self):
        return [self.world.process.pid]

    def beside(self):
        return self.world.warp.postgres.pids()

    def kill(self):
        self.world.process.kill()
        self.world.process.wait()

    def stop(self):
        self.world.stop()
        shutil.rmtree(self.world.folder, ignore_errors=True)
