"""WARP as the system under test: routed, rated and recorded durably, its Postgres with fsync."""

import itertools
import shutil
import time

from common import CALLEE_IP, CALLER_IP, CommandError, Wire, ports, proc
import harness

assert (harness.CUSTOMER, harness.CARRIER_A) == (CALLER_IP, CALLEE_IP)

# A callee that a full machine keeps from answering is no carrier that fails.
NEVER_LEFT_ALONE = {"health": {"open_after": 0}}


class Warp:
    def __init__(self, callee_port, anchored, change=None, wire=None):
        mode = {"media_mode": "ANCHOR" if anchored else "BYPASS"}
        self.wire, self.wanted = wire or Wire(), change
        self.world = harness.World(change=self._change, trunk_fields={**mode, "media_timeout_seconds": 0},
                                   provider_fields={**mode, "sip_policy": NEVER_LEFT_ALONE}, durable=True, carrier_ports={"a": callee_port})
        self.expected = 0

    def _change(self, settings):
        """A listener of the wire's transport, the certificate when it needs one, then what the benchmark wants."""
        sip = settings["sip"]
        if self.wire.transport == "udp":
            self.at = self.world.target
        else:
            self.at = f"127.0.0.1:{ports.choose('127.0.0.1', 16500)}"
            sip["listeners"].append({"bind": self.at, "transport": self.wire.transport.upper()})
        if self.wire.transport == "tls":
            made = self.wire.certificates
            sip["listeners"][-1]["tls_profile"] = "main"
            sip["tls"] = {"profiles": [{"name": "main", "certificate_file": str(made.chain), "key_file": str(made.key),
                                        "ca_file": str(made.authority)}]}
        if self.wanted:
            self.wanted(settings)

    @property
    def target(self):
        return self.at

    def start(self):
        self.world.start()
        if self.wire.transport != "udp":
            self._move_carrier()

    def _move_carrier(self):
        api, path = self.world.make.api, f"/api/v1/providers/{self.world.providers['a']}/endpoints"
        for endpoint in api.get(path):
            api.delete(f"{path}/{endpoint['id']}")
        api.post(path, {"host": CALLEE_IP, "port": self.world.carrier_ports["a"],
                        "transport": self.wire.transport.upper()})
        self.world.settle()

    def pids(self):
        return [self.world.process.pid]

    def beside(self):
        """Postgres: the postmaster and its workers; those that have ended are in the postmaster's own account."""
        return self.world.warp.postgres.pids()

    def redis(self):
        return self.world.warp.redis.pids()

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


class WarpRegistrar(Warp):
    """Its phones are credentials of the customer's trunk; bindings go to Redis as they change."""

    def __init__(self, with_redis=True):
        def change(settings):
            if not with_redis:
                settings["redis"] = {"url": ""}
            settings["sip"]["auth"] = {"realm": "warp", "algorithms": "MD5"}  # the one that SIPp knows
            settings["api"]["requests_per_second"] = 10_000  # while the phones are made
        super().__init__(ports.choose(CALLEE_IP, 8060), False, change)
        self.world.trunk_fields["auth_type"] = "EITHER"

    def phones(self, count):
        """(user, password) of each, made as users make them."""
        api, path = self.world.make.api, f"/api/v1/trunks/{self.world.trunk}/credentials"
        made = []
        for number in itertools.count():
            if len(made) == count:
                break
            one = api.post(f"{path}?customer_id={self.world.customer}", {"username": f"phone{number}"})
            if not one["password"].startswith("0x"):  # which SIPp takes for octets in hexadecimal
                made.append(one)
        self.world.settle()
        return [(one["username"], one["password"]) for one in made]

    def beside(self):
        return self.redis()

    def settle(self, calls):
        """Bindings are written within a moment; nothing tells when."""
        time.sleep(0.5)
