"""Kannel as a customer: bearerbox binds to WARP, smsbox takes messages by HTTP, reports receipts and passes on what comes in."""

import contextlib
import http.server
import os
import queue
import re
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request

import harness
from warp_cli import ports, proc

CONFIG = """
group = core
admin-port = {admin}
admin-password = secret
smsbox-port = {smsbox}
box-allow-ip = "127.0.0.1"
dlr-storage = internal
log-file = "{folder}/bearerbox.log"
log-level = 0

group = smsc
smsc = smpp
smsc-id = warp
host = 127.0.0.1
port = {port}
transceiver-mode = 1
smsc-username = "{system_id}"
smsc-password = "{password}"
system-type = ""
interface-version = 34
address-range = ""
source-addr-ton = 1
source-addr-npi = 1
dest-addr-ton = 1
dest-addr-npi = 1
enquire-link-interval = 2
reconnect-delay = 1
max-pending-submits = 20

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {smsbox}
sendsms-port = {sendsms}
log-file = "{folder}/smsbox.log"
log-level = 0

group = sendsms-user
username = tester
password = tested
max-messages = 10
concatenation = true

group = sms-service
keyword = default
concatenation = true
accept-x-kannel-headers = true
get-url = "http://127.0.0.1:{http}/mo?from=%p&to=%P&coding=%c&text=%b&charset=%C"
omit-empty = true
max-messages = 0
"""


class _Said(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # the name that http.server asks for
        parts = urllib.parse.urlsplit(self.path)
        fields = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True, encoding="latin-1"))
        self.server.said[parts.path].put(fields)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    # smsbox opens a connection for each receipt, many at once. What the usual backlog of 5 has no place for is tried again by
    # the kernel after 1, 3, 7 … seconds, later than any test waits.
    request_queue_size = 1024


class Kannel:
    """`receipts` holds the fields of each dlr-url, `messages` those of what came in."""

    def __init__(self, folder, port, system_id, password):
        self.folder = folder / "kannel"
        self.folder.mkdir(parents=True)
        self.server = _Server(("127.0.0.1", 0), _Said)
        self.receipts, self.messages = queue.Queue(), queue.Queue()
        self.server.said = {"/dlr": self.receipts, "/mo": self.messages}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.ports = {name: ports.choose("127.0.0.1", 15000 + 500 * place)
                      for place, name in enumerate(("admin", "smsbox", "sendsms"))}
        (self.folder / "kannel.conf").write_text(CONFIG.format(
            folder=self.folder, port=port, system_id=system_id, password=password, http=self.server.server_port, **self.ports))
        self.processes = []

    def start(self):
        for program in ("bearerbox", "smsbox"):
            self.processes.append(proc.spawn([f"/usr/sbin/{program}", "kannel.conf"], self.folder,
                                             self.folder / f"{program}.out"))
            wanted = self.ports["smsbox" if program == "bearerbox" else "sendsms"]
            assert proc.wait_until(lambda: ports.is_bound("127.0.0.1", wanted, socket.SOCK_STREAM), 10 * harness.SLOW), program
        assert proc.wait_until(lambda: "(online" in self.status() and self._knows_users(), 10 * harness.SLOW), self.status()

    def _knows_users(self):
        """smsbox listens before it has read who may send: asked for nothing, it complains of the user until then."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.ports['sendsms']}/cgi-bin/sendsms?username=tester&password=tested",
                                   timeout=2).close()
        except urllib.error.HTTPError as error:
            return error.code != 403
        except OSError:
            return False
        return True

    def status(self):
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['admin']}/status.txt?password=secret", timeout=2) as page:
                return page.read().decode()
        return ""

    def send(self, sender, to, text, mark):
        """One message by smsbox; the receipts that come for it carry `mark`."""
        dlr = f"http://127.0.0.1:{self.server.server_port}/dlr?mark={mark}&type=%d&id=%F&answer=%A"
        query = urllib.parse.urlencode({"username": "tester", "password": "tested", "from": sender, "to": to, "charset": "UTF-8",
                                        "coding": 0 if text.isascii() else 2, "text": text, "dlr-mask": 31, "dlr-url": dlr})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['sendsms']}/cgi-bin/sendsms?{query}", timeout=10) as answer:
            assert answer.status == 202, answer.read()

    def stop(self):
        for process in reversed(self.processes):
            proc.stop(process.pid)
            process.wait()
        self.server.shutdown()
        self.server.server_close()

    def log(self):
        return "".join((self.folder / name).read_text(errors="replace")[-6000:] for name in os.listdir(self.folder)
                       if name.endswith((".log", ".out")))


class DriveSmpp:
    """drive_smpp as an SMSC: takes every submit_sm without giving it an id, and sends `deliveries` of its own from 456 to 123.
    It also wants to be a smsbox of a bearerbox at the port that is wired into it; one that says nothing will do."""

    BEARERBOX_PORT = 13001
    PROGRAM = "/usr/lib/kannel/test/drive_smpp"

    def __init__(self, folder, deliveries):
        self.log = folder / "drive_smpp.log"
        self.port = ports.choose("127.0.0.1", 16500)
        self.bearerbox = socket.create_server(("127.0.0.1", self.BEARERBOX_PORT))
        self.process = proc.spawn([self.PROGRAM, "-v", "4", "-l", self.log, "-p", self.port, "-m", deliveries], folder,
                                  folder / "drive_smpp.out")
        assert proc.wait_until(lambda: ports.is_bound("127.0.0.1", self.port, socket.SOCK_STREAM), 5 * harness.SLOW)

    def taken(self):
        """The texts that it got, as its log has them."""
        return re.findall(r"submit_sm: short_message = <(.*)>", self.log.read_text(errors="replace"))

    def stop(self):
        proc.stop(self.process.pid)
        self.process.wait()
        self.bearerbox.close()
