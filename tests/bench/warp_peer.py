"""WARP as the system under test: routed, rated and recorded durably, its Postgres with fsync."""

import shutil
import sys

from common import CALLEE_IP, CALLER_IP, FOLDER, CommandError, proc

sys.path.insert(0, str(FOLDER.parent / "e2e"))
import harness  # noqa: E402

assert (harness.CUSTOMER, harness.CARRIER_A) == (CALLER_IP, CALLEE_IP)


class Warp:
    def __init__(self, callee_port, anchored, change=None):
        mode = {"media_mode": "ANCHOR" if anchored else "BYPASS"}
        self.world = harness.World(change=change, trunk_fields={**mode, "media_timeout_seconds": 0},
                                   provider_fields=mode, durable=True, carrier_ports={"a": callee_port})
        self.expected = 0

    @property
    def target(self):
        return self.world.target

    def start(self):
        self.world.start()

    def pids(self):
        return [self.world.process.pid]

    def beside(self):
        """Postgres: the postmaster and its workers; those that have ended are in the postmaster's own account."""
        return self.world.warp.postgres.pids()

    def records(self):
        return int(self.world.warp.postgres.sql(
            "SELECT count(*) FROM records.cdrs WHERE disposition = 'ANSWERED'")[0][0])

    def settle(self, calls):
        """The work is done when its records are in Postgres."""
        self.expected += calls
        if not proc.wait_until(lambda: self.records() >= self.expected, 60, 0.2):
            raise CommandError(f"{self.expected - self.records()} records did not arrive")

    def stop(self):
        self.world.stop()
        shutil.rmtree(self.world.folder, ignore_errors=True)
