"""The world of the end-to-end tests: a private WARP with a customer and two carriers, peers that call through it, and the
records that the calls leave. Everything is on loopback addresses and ports that were free."""

import contextlib
import decimal
import itertools
import os
import pathlib
import socket
import tempfile

from warp_cli import build, instance, ports, proc, provision, rtp
from warp_cli.sipp import Sipp

HERE = pathlib.Path(__file__).resolve().parent
SCENARIOS = HERE / "sipp"
TOOLS = HERE / "tools"
PRESET = os.environ.get("WARP_PRESET", "release")
# How much patience a sanitizer or a slow machine needs: every deadline is stretched by it, no check is left out.
SLOW = int(os.environ.get("WARP_TIME_FACTOR") or {"asan": 3, "tsan": 6}.get(PRESET, 1))

ANI, DNI = "+12025550100", "+442079460123"
CUSTOMER, CARRIER_A, CARRIER_B, STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.9"

# per minute, setup, first increment, further increments, minimum
CUSTOMER_DECK = "prefix,per_minute,setup_fee,initial_increment,increment,minimum_seconds\n" \
                "44,0.0300,0.0010,30,6,0\n1,0.0120,0,6,6,0\n4479,0.0900,0,60,60,0\n"
DECK_A = "prefix,per_minute,setup_fee,initial_increment,increment,minimum_seconds\n" \
         "44,0.0110,0,1,1,0\n1,0.0040,0,1,1,0\n4479,0.0400,0,1,1,0\n"
DECK_B = "prefix,per_minute,setup_fee,initial_increment,increment,minimum_seconds\n" \
         "44,0.0150,0,1,1,0\n1,0.0050,0,1,1,0\n4479,0.0500,0,1,1,0\n"

_folders = itertools.count(1)
_caller_ports = itertools.count(13000, 2)  # each caller its own: late retransmissions of one do not reach the next


class World:
    """One WARP with its tenant. `change` edits the configuration before the first start."""

    def __init__(self, change=None, ip="127.0.0.1", customer_ip=CUSTOMER, carrier_ips=(CARRIER_A, CARRIER_B),
                 trunk_fields=None, provider_fields=None, durable=False, carrier_ports=None, more_trunk_ips=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warp-e2e-"))
        self.folder.chmod(0o755)
        self.ip, self.customer_ip = ip, customer_ip
        self.trunk_fields, self.provider_fields = trunk_fields or {}, provider_fields or {}
        self.carrier_ips = dict(zip("ab", carrier_ips))
        self.warp = instance.Instance(self.folder, self.folder.name, build.binary(PRESET), durable=durable)
        self.change, self.wanted_ports, self.more_trunk_ips = change, carrier_ports or {}, list(more_trunk_ips)
        self.process = None

    def start(self):
        self.warp.prepare()
        self.warp.postgres.start()
        self.warp.redis.start()
        self.warp.postgres.create_database()
        self.warp.ports = {name: ports.choose("127.0.0.1", 11000 + 500 * place)
                           for place, name in enumerate(instance.USUAL_PORTS)}
        if self.ip != "127.0.0.1":
            self.warp.ports["sip"] = ports.choose(self.ip, 11000)
        self.settings = self.warp.settings()
        bracketed = f"[{self.ip}]" if ":" in self.ip else self.ip
        self.settings["sip"]["listeners"] = [{"bind": f"{bracketed}:{self.warp.ports['sip']}"}]
        self.settings["media"]["interfaces"] = [{"bind": self.ip}]
        # A machine that stalls must not change an outcome; overload has its own suites, and test_sip_protection has it on.
        self.settings["sip"]["overload"] = {"enabled": False}
        if self.change:
            self.change(self.settings)
        self.warp.daemon.write_config(self.settings)
        self.warp.daemon.command("migrate")
        self.run()
        self._provision()
        return self

    def run(self):
        self.process = self.warp.daemon.start()
        self.warp.daemon.wait_ready(self.process, 30 * SLOW)

    def _provision(self):
        self.make = provision.Provisioner(self.warp.api())
        self.carrier_ports = {name: self.wanted_ports.get(name) or ports.choose(ip, 12000 + 500 * place)
                              for place, (name, ip) in enumerate(self.carrier_ips.items())}
        plans = {"customer": self.make.rate_plan("retail", "CUSTOMER", CUSTOMER_DECK),
                 "a": self.make.rate_plan("vendor a", "VENDOR", DECK_A),
                 "b": self.make.rate_plan("vendor b", "VENDOR", DECK_B)}
        self.partition = self.make.partition("main")
        self.providers = {
            name: self.make.provider(f"carrier {name}", plans[name], [(ip, self.carrier_ports[name])],
                                     attempt_timeout_ms=1000 * SLOW,
                                     inbound=ip != self.customer_ip,  # the loopback has one IPv6 address for all
                                     **self.provider_fields)
            for name, ip in self.carrier_ips.items()}
        self.routes = {name: self.make.route(self.partition, self.providers[name], "", 100 + 10 * place)
                       for place, name in enumerate("ab")}
        self.customer = self.make.customer("tenant", self.partition, plans["customer"])
        self.customer_port = ports.choose(self.customer_ip, 12500)
        self.trunk = self.make.trunk(self.customer, "office", [self.customer_ip, *self.more_trunk_ips],
                                     [(self.customer_ip, self.customer_port)], **self.trunk_fields)
        self.plans = plans
        self.settle()

    def settle(self):
        """Waits until a change made through the API is live. That it takes a second at most has a test of its own."""
        assert self.warp.daemon.wait_live(self.make.api.changed_at, 5 * SLOW), "a change is not live"

    def stop(self):
        """0 when warpd ended as asked; its status otherwise."""
        status = 0
        if self.process and self.process.poll() is None:
            self.warp.daemon.stop(20 * SLOW)
        if self.process:
            status = self.process.wait()
        self.warp.redis.stop()
        self.warp.postgres.stop()
        return status

    # -- peers ---------------------------------------------------------------------------------------------------

    @property
    def target(self):
        bracketed = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{bracketed}:{self.warp.ports['sip']}"

    def _folder(self, name):
        return self.folder / "peers" / f"{next(_folders):03}-{name}"

    def caller(self, scenario="uac_answered", dni=DNI, ani=ANI, ip=None, port=None, audio_port=6000, hold_ms=300,
               replace=None, calls=1, arguments=()):
        ip = ip or self.customer_ip
        return Sipp(self._folder(scenario), SCENARIOS / f"{scenario}.xml", ip, port or ports.choose(ip, next(_caller_ports)),
                    self.target, calls, {"ani": ani, "dni": dni, "audio_port": audio_port}, replace,
                    ["-d", hold_ms, *arguments])

    def callee(self, scenario="uas_answer", carrier="a", ip=None, port=None, audio_port=6100, delay_ms=100, replace=None,
               calls=1, arguments=()):
        ip = ip or self.carrier_ips[carrier]
        return Sipp(self._folder(scenario), SCENARIOS / f"{scenario}.xml", ip, port or self.carrier_ports[carrier],
                    None, calls, {"audio_port": audio_port}, replace, ["-d", delay_ms, *arguments])

    @contextlib.contextmanager
    def answering(self, *arguments, **named):
        with self.callee(*arguments, **named) as peer:
            assert proc.wait_until(peer.listening, 5), peer.trouble()
            yield peer

    @contextlib.contextmanager
    def audio(self):
        """RTP endpoints of the customer and of carrier A; the streams start when the test says where to."""
        ends = (rtp.Endpoint(self.customer_ip, 440, 0x1001), rtp.Endpoint(self.carrier_ips["a"], 600, 0x2002))
        try:
            yield ends
        finally:
            for end in ends:
                end.stop()

    # -- records -------------------------------------------------------------------------------------------------

    def records(self, sip_call_id):
        """Rows of the call in Postgres, as dictionaries."""
        names = [row[0] for row in self.warp.postgres.sql(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'records.cdrs'::regclass AND attnum > 0 ORDER BY attnum")]
        rows = self.warp.postgres.sql(
            f"SELECT {', '.join(names)} FROM records.cdrs WHERE sip_call_id = '{sip_call_id}'")
        return [dict(zip(names, row)) for row in rows]

    def record(self, caller, seconds=5):
        """The one record of the caller's call."""
        return self.one_record(call_id(caller), seconds)

    def one_record(self, wanted, seconds=5):
        """The same by its Call-ID."""
        assert proc.wait_until(lambda: self.records(wanted), seconds * SLOW, 0.1), f"no record of {wanted}"
        rows = self.records(wanted)
        assert len(rows) == 1, rows
        return rows[0]


def call_id(caller):
    return next(line.split(":", 1)[1].strip() for line in caller.trace().splitlines()
                if line.lower().startswith("call-id:"))


def price_nanos(per_minute, setup, initial, increment, minimum, duration_us, decimals=6):
    """The price by the book, computed apart from the daemon, and the seconds billed."""
    seconds = max(-(-duration_us // 1_000_000), minimum, initial)
    seconds = initial + -(-(seconds - initial) // increment) * increment
    exact = decimal.Decimal(per_minute) * seconds / 60 + decimal.Decimal(setup)
    rounded = exact.quantize(decimal.Decimal(1).scaleb(-decimals), rounding=decimal.ROUND_HALF_UP)
    return int(rounded.scaleb(9)), seconds


def free_udp_port(ip):
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ip, 0))
        return probe.getsockname()[1]
