"""Peers of MM4: a private Postfix as the carrier's mail server, and an MMSC behind it that answers as it is told."""

import email.policy
import email.parser
import itertools
import pathlib
import queue
import smtplib
import socket
import subprocess
import threading
import time

import aiosmtpd.controller

import certificates

OURS, THEIRS = "mms.warp.example", "mms.carrier.example"
_counter = itertools.count(1)


def free_port(ip="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((ip, 0))
        return probe.getsockname()[1]


def plmn(digits, domain):
    return f"+{digits}/TYPE=PLMN@{domain}"


class Mail:
    """An MM4 message as Python's own email package reads it: a second opinion on what we write."""

    def __init__(self, sender, recipients, octets):
        self.sender, self.recipients, self.octets = sender, recipients, octets
        self.message = email.parser.BytesParser(policy=email.policy.default).parsebytes(octets)

    def __getattr__(self, name):
        return self[{"type": "X-Mms-Message-Type", "transaction": "X-Mms-Transaction-ID", "id": "X-Mms-Message-ID",
                     "status": "X-Mms-Request-Status-Code", "mm_status": "X-Mms-MM-Status-Code"}[name]]

    def __getitem__(self, header):
        return str(self.message[header] or "").strip().strip('"')

    def parts(self):
        """{content type: content}; text as text."""
        return {part.get_content_type(): part.get_content() for part in self.message.walk() if not part.is_multipart()}


class Mmsc:
    """The carrier's MMSC. `answer` is called with each forward.REQ: a status for its RES, or None for silence."""

    def __init__(self, relay_port=None):
        self.mails, self.relay_port = queue.Queue(), relay_port
        self.answer = lambda mail: "Ok"
        self.smtp_answers = []  # what SMTP says to the next mails instead of 250
        self.controller = aiosmtpd.controller.Controller(self, hostname="127.0.0.1", port=free_port(),
                                                         ident="MMSC", data_size_limit=20 << 20)
        self.controller.start()
        self.port = self.controller.port

    def stop(self):
        self.controller.stop()

    async def handle_DATA(self, _server, _session, envelope):
        if self.smtp_answers:
            said = self.smtp_answers.pop(0)
            if not said.startswith("250"):
                return said
        mail = Mail(envelope.mail_from, envelope.rcpt_tos, envelope.content)
        self.mails.put(mail)
        if mail.type == "MM4_forward.REQ":
            status = self.answer(mail)
            if status:
                threading.Thread(target=self.respond, args=(mail, status)).start()
        return "250 2.0.0 taken"

    def next(self, kind, seconds=10):
        """The next mail of this type; others that come first are dropped."""
        until = time.monotonic() + seconds
        while True:
            mail = self.mails.get(timeout=max(until - time.monotonic(), 0.01))
            if mail.type == kind:
                return mail

    def send(self, headers, sender, recipient, body="", port=None):
        lines = [f"{name}: {value}" for name, value in headers.items()]
        mail = "\r\n".join([*lines, "", body]).encode()
        with smtplib.SMTP("127.0.0.1", port or self.relay_port, timeout=10) as smtp:
            return smtp.sendmail(sender, [recipient], mail)

    def respond(self, request, status, text=""):
        self.send({"From": f"mmsc@{THEIRS}", "To": request["X-Mms-Originator-System"],
                   "X-Mms-3GPP-MMS-Version": "5.3.0", "X-Mms-Message-Type": "MM4_forward.RES",
                   "X-Mms-Transaction-ID": request["X-Mms-Transaction-ID"],
                   "X-Mms-Message-ID": request["X-Mms-Message-ID"], "X-Mms-Request-Status-Code": status,
                   "X-Mms-Status-Text": text}, f"mmsc@{THEIRS}", request["X-Mms-Originator-System"])

    def report(self, request, status):
        self.send({"From": request["To"], "To": request["From"], "X-Mms-Message-Type": "MM4_delivery_report.REQ",
                   "X-Mms-Transaction-ID": f"report-{next(_counter)}", "X-Mms-Message-ID": f'"{request.id}"',
                   "X-Mms-MM-Status-Code": status, "X-Mms-Ack-Request": "Yes",
                   "X-Mms-Originator-System": f"mmsc@{THEIRS}"}, f"mmsc@{THEIRS}", request["From"])


class Postfix:
    """A Postfix of its own below `folder`: mails for us go to `warp_port`, mails for the carrier to `mmsc_port`."""

    def __init__(self, folder, warp_port, mmsc_port):
        self.folder, self.port = pathlib.Path(folder), free_port()
        self.config = self.folder / "etc"
        for part in ("etc", "queue", "data"):
            (self.folder / part).mkdir(parents=True)
        self.folder.chmod(0o755)
        subprocess.run(["chown", "postfix", self.folder / "data"], check=True)
        self._make_certificate()
        (self.folder / "etc/transport").write_text(
            f"{OURS} smtp:[127.0.0.1]:{warp_port}\n{THEIRS} smtp:[127.0.0.1]:{mmsc_port}\n")
        (self.folder / "etc/main.cf").write_text(f"""\
compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
maillog_file = {self.folder}/mail.log
maillog_file_prefixes = {self.folder}
myhostname = mm4.{THEIRS}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relay_domains = {OURS}, {THEIRS}
transport_maps = texthash:{self.config}/transport
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_cert_file = {self.certificate}
smtpd_tls_key_file = {self.folder}/key.pem
smtpd_tls_security_level = may
smtp_tls_security_level = may
smtp_dns_support_level = disabled
disable_dns_lookups = yes
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
bounce_queue_lifetime = 0
message_size_limit = 20480000
""")
        services = [f"127.0.0.1:{self.port} inet n - n - - smtpd"]
        public = ("pickup", "cleanup", "qmgr", "flush", "postlog")
        services += [f"{name} unix {'n' if name in public else '-'} - n {wake} {most} {command}"
                     for name, wake, most, command in (
            ("pickup", 60, 1, "pickup"), ("cleanup", "-", 0, "cleanup"), ("qmgr", 1, 1, "qmgr"),
            ("tlsmgr", "1000?", 1, "tlsmgr"), ("rewrite", "-", "-", "trivial-rewrite"), ("bounce", "-", 0, "bounce"),
            ("defer", "-", 0, "bounce"), ("trace", "-", 0, "bounce"), ("verify", "-", 1, "verify"),
            ("proxymap", "-", "-", "proxymap"), ("smtp", "-", "-", "smtp"), ("relay", "-", "-", "smtp"),
            ("error", "-", "-", "error"), ("retry", "-", "-", "error"), ("discard", "-", "-", "discard"),
            ("anvil", "-", 1, "anvil"), ("scache", "-", 1, "scache"), ("flush", "1000?", 0, "flush"),
            ("postlog", "-", 1, "postlogd"))]
        text = "\n".join(services).replace("postlog unix n", "postlog unix-dgram n")
        (self.folder / "etc/master.cf").write_text(text + "\n")
        self._run("start")
        self._wait()

    @property
    def certificate(self):
        return self.folder / "certificate.pem"

    def _make_certificate(self):
        certificates.self_signed(self.certificate, self.folder / "key.pem", "mm4", "IP:127.0.0.1")

    def _run(self, *arguments):
        done = subprocess.run(["postfix", "-c", self.config, *arguments], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr + self.log()

    def _wait(self):
        until = time.monotonic() + 10
        while True:
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=5):
                    return
            except OSError:
                assert time.monotonic() < until, self.log()
                time.sleep(0.05)

    def log(self):
        path = self.folder / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self):
        subprocess.run(["postfix", "-c", self.config, "abort"], capture_output=True, timeout=30)
