"""One private WARP: Postgres, Redis, warpd, the operator's key, in one folder. `./warp up` has one below var/, the
end-to-end tests and the benchmarks make their own."""

import pathlib
import secrets

from warp_cli import ports
from warp_cli.daemon import Daemon
from warp_cli.paths import ServicePlaces
from warp_cli.postgres import OWNER, Postgres
from warp_cli.redis import Redis
from warp_cli.rest import Api
from warp_cli.state import write_atomically

USUAL_PORTS = {"sip": 5060, "api": 8081, "health": 8080, "metrics": 2112, "smpp": 2775}


def choose_ports(ip="127.0.0.1", usual=None):
    return {name: ports.choose(ip, port) for name, port in (usual or USUAL_PORTS).items()}


class Instance:
    def __init__(self, base, tag, binary, durable=True, environment=None):
        self.base = pathlib.Path(base)
        self.log = self.base / "log"
        self.places = ServicePlaces(self.base, tag)
        self.postgres = Postgres(self.places, self.log / "postgres.log", durable)
        self.redis = Redis(self.places, self.log / "redis.log")
        self.key_file = self.base / "secrets" / "operator.key"
        self.identity_file = self.base / "secrets" / "identity.key"
        self.esme_file = self.base / "secrets" / "demo-esme.password"
        self.journal = self.base / "journal"
        self.archive = self.base / "archive"
        self.daemon = Daemon(binary, self.base / "warpd", self.base / "warp.yaml", self.log / "warpd.log", environment)
        self.ports = {}

    def prepare(self):
        self.base.mkdir(parents=True, exist_ok=True)
        self.log.mkdir(exist_ok=True)
        self.journal.mkdir(exist_ok=True)
        self.archive.mkdir(exist_ok=True)
        self.places.prepare()
        self.key_file.parent.mkdir(exist_ok=True)
        self.key_file.parent.chmod(0o700)
        for file, make in ((self.key_file, lambda: "rk_" + secrets.token_hex(24)),
                           (self.identity_file, lambda: secrets.token_hex(32)),
                           (self.esme_file, secrets.token_urlsafe)):
            if not file.exists():
                write_atomically(file, make() + "\n", 0o600)

    def settings(self, ip="127.0.0.1", media_ports=(20000, 29999)):
        """The configuration as plain data: callers change what they need before it is written."""
        return {
            "log": {"format": "text", "level": "info"},
            "sip": {"shards": 2, "listeners": [{"bind": f"{ip}:{self.ports['sip']}"}]},
            "media": {"workers": 2, "interfaces": [{"bind": ip}],
                      "ports": {"from": media_ports[0], "to": media_ports[1]}},
            "postgres": {"dsn": self.postgres.dsn(), "migration_dsn": self.postgres.dsn(OWNER)},
            "redis": {"url": self.redis.url()},
            "records": {"journal_dir": str(self.journal)},
            "smpp": {"listeners": [{"bind": f"{ip}:{self.ports['smpp']}"}]},
            "rating": {"import_folder": str(self.journal.parent / "imports")},
            "messaging": {"archive": {"folder": str(self.archive)}},
            "api": {"bind": f"{ip}:{self.ports['api']}", "bootstrap_key": {"file": str(self.key_file)}},
            "identity": {"secret_key": {"file": str(self.identity_file)}},
            "health": {"bind": f"{ip}:{self.ports['health']}"},
            "metrics": {"bind": f"{ip}:{self.ports['metrics']}"},
            "lifecycle": {"drain_timeout": "10s"},
        }

    def start_anew(self, **api):
        """All of it for the first time, on ports that are free; `api` goes into that section of the configuration."""
        self.prepare()
        self.postgres.start()
        self.redis.start()
        self.postgres.create_database()
        self.ports = choose_ports()
        settings = self.settings()
        settings["api"].update(api)
        self.daemon.write_config(settings)
        self.daemon.command("migrate")
        self.daemon.wait_ready(self.daemon.start(), 30)

    @property
    def api_url(self):
        return f"http://127.0.0.1:{self.ports['api']}"

    def api(self):
        return Api(self.api_url, self.key_file.read_text().strip())

    def stop(self):
        """The daemon first: its last records go to Postgres."""
        return all([self.daemon.stop(), self.redis.stop(), self.postgres.stop()])
