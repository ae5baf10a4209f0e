"""Two warpd of one cluster: one Postgres, one Redis, journals and ports of their own. The world's own daemon is the
first."""

import copy
import threading
import time

import harness
from harness import SLOW
from warp_cli import instance, ports
from warp_cli.daemon import Daemon


class TwoDaemons(harness.World):
    def start(self):
        super().start()
        base = self.folder / "second"
        (base / "journal").mkdir(parents=True)
        (base / "archive").mkdir()
        self.second = Daemon(self.warp.daemon.binary, base / "warpd", base / "warp.yaml", self.warp.log / "second.log")
        self.second_ports = {name: ports.choose("127.0.0.1", 15000 + 500 * place)
                             for place, name in enumerate(instance.USUAL_PORTS)}
        settings = copy.deepcopy(self.settings)
        settings["sip"]["listeners"] = [{"bind": f"127.0.0.1:{self.second_ports['sip']}"}]
        settings["media"]["ports"] = {"from": 30000, "to": 39999}
        settings["records"]["journal_dir"] = str(base / "journal")
        settings["smpp"]["listeners"] = [{"bind": f"127.0.0.1:{self.second_ports['smpp']}"}]
        settings["messaging"] = {"node": "second", "archive": {"folder": str(base / "archive")}}
        for section in ("api", "health", "metrics"):
            settings[section]["bind"] = f"127.0.0.1:{self.second_ports[section]}"
        self.second.write_config(settings)
        self.second_process = None
        self.run_second()
        return self

    def settle(self):
        super().settle()
        if getattr(self, "second_process", None):
            assert self.second.wait_live(self.make.api.changed_at, 5 * SLOW), "a change is not live on the second"

    def run_second(self):
        self.second_process = self.second.start()
        self.second.wait_ready(self.second_process, 30 * SLOW)

    def kill_second(self):
        self.second_process.kill()
        self.second_process.wait()

    @property
    def second_target(self):
        return f"127.0.0.1:{self.second_ports['sip']}"

    def stop(self):
        if self.second_process and self.second_process.poll() is None:
            self.second.stop(20 * SLOW)
            self.second_process.wait()
        return super().stop()


class BalanceWatch(threading.Thread):
    """Samples of an account's money: (balance, held) in nanos, every `interval` seconds."""

    def __init__(self, postgres, customer, interval=0.1):
        super().__init__(daemon=True)
        self.postgres, self.customer, self.interval = postgres, customer, interval
        self.samples, self.leases, self.troubles = [], [], []
        self.began = time.monotonic()
        self.done = threading.Event()

    def sample(self):
        rows = self.postgres.sql(
            f"SELECT balance_nanos, held_nanos FROM billing.balances WHERE customer_id = '{self.customer}'")
        return int(rows[0][0]), int(rows[0][1])

    def note_leases(self):
        """(seconds, node, its lease, granted - settled in nanos) of the open ones; about each second."""
        now = time.monotonic() - self.began
        if self.leases and now - self.leases[-1][0] < 1:
            return
        rows = self.postgres.sql("SELECT node, left(id::text, 13), granted_nanos - settled_nanos FROM billing.leases "
                                 f"WHERE customer_id = '{self.customer}' AND closed_at IS NULL ORDER BY opened_at")
        self.leases += [(now, node, lease, int(nanos)) for node, lease, nanos in rows]

    def run(self):
        while not self.done.is_set():
            began = time.monotonic()
            try:
                self.samples.append(self.sample())
                self.note_leases()
            except Exception as trouble:  # the test looks at what was kept
                self.troubles.append(str(trouble))
            self.done.wait(max(0.0, self.interval - (time.monotonic() - began)))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.done.set()
        self.join()
