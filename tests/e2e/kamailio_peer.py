"""Kamailio as a carrier's edge: it takes calls by UDP, TCP and TLS and passes them on by UDP, record-routed."""

import pathlib
import socket

from warp_cli import ports, proc

CONFIG = """#!KAMAILIO
debug=1
log_stderror=yes
children=2
tcp_children=2
auto_aliases=no
enable_tls=yes
listen=udp:@IP@:@PLAIN@
listen=tcp:@IP@:@PLAIN@
listen=tls:@IP@:@TLS@

loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "tls.so"

modparam("tls", "certificate", "@CHAIN@")
modparam("tls", "private_key", "@KEY@")
modparam("tls", "ca_list", "@AUTHORITY@")
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tm", "fr_timer", 5000)

request_route {
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (!sanity_check()) exit;
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (has_totag()) {
    if (loose_route()) t_relay();
    else if (!is_method("ACK")) sl_send_reply("404", "Not Here");
    exit;
  }
  t_check_trans();
  if (is_method("OPTIONS")) {
    sl_send_reply("200", "Keepalive");
    exit;
  }
  record_route();
  $du = "sip:@FAR@";
  t_relay();
}
"""


class Kamailio:
    def __init__(self, folder, ip, plain, far, certificate, authority):
        self.folder, self.ip, self.plain = pathlib.Path(folder), ip, plain
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        self.tls = ports.choose(ip, plain + 10)
        text = CONFIG
        for word, value in (("@IP@", ip), ("@PLAIN@", plain), ("@TLS@", self.tls), ("@FAR@", far), ("@CHAIN@", certificate[0]),
                            ("@KEY@", certificate[1]), ("@AUTHORITY@", authority)):
            text = text.replace(word, str(value))
        self.config = self.folder / "kamailio.cfg"
        self.config.write_text(text)
        self.log = self.folder / "kamailio.log"

    def __enter__(self):
        self.process = proc.spawn(["kamailio", "-DD", "-E", "-m", "64", "-M", "8", "-f", self.config, "-P",
                                   self.folder / "kamailio.pid", "-Y", self.folder], self.folder, self.log)
        assert proc.wait_until(self._up, 15), self.log.read_text()[-2000:]
        return self

    def _up(self):
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        return ports.is_bound(self.ip, self.plain, socket.SOCK_DGRAM) and self._takes_connections()

    def _takes_connections(self):
        try:
            socket.create_connection((self.ip, self.tls), 1).close()
            return True
        except OSError:
            return False

    def __exit__(self, *unused):
        proc.stop(self.process.pid)
        self.process.wait()
