"""Headless Chromium as a WebRTC end. Its page makes and takes descriptions, says a tone and measures what it hears; this drives
it by the DevTools protocol over two pipes, and carries its descriptions in SIP."""

import array
import contextlib
import http.server
import json
import os
import select
import shutil
import socketserver
import subprocess
import threading
import time

import audio_codecs
from call_agents import Agent, Call
from harness import HERE, SLOW
from warp_cli import proc

PROGRAM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), None)
PAGE = HERE / "browser.html"
PATIENCE = 20 * SLOW
RATE = 48000  # as the page has it
# A browser leaves the loopback, where the daemon is, out of its candidates, and names the others .local.
SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
            "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns",
            "--autoplay-policy=no-user-gesture-required")


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.read_bytes())

    def log_message(self, *_):
        pass


class Browser:
    """Started in a folder of its own, ended by its pid."""

    def __init__(self, folder):
        folder.mkdir(parents=True)
        self.folder, self.log = folder, folder / "chromium.log"
        self.lock, self.number, self.pending = threading.Lock(), 0, b""
        self.process = self.session = self.resources = None

    def __enter__(self):
        with contextlib.ExitStack() as made:
            # Permissions are for pages that came securely; the loopback counts as such.
            server = made.enter_context(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Page))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            made.callback(server.shutdown)
            self._start(made)
            # All of its addresses are candidates for a page only that may use the microphone.
            self._command("Browser.grantPermissions", permissions=["audioCapture"])
            page = self._command("Target.createTarget", url=f"http://127.0.0.1:{server.server_address[1]}/")["targetId"]
            self.session = self._command("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
            assert proc.wait_until(lambda: self.run("document.readyState == 'complete' && typeof heard == 'function'"),
                                   PATIENCE), self.trouble()
            self.resources = made.pop_all()
        return self

    def __exit__(self, *_):
        self.resources.close()

    def trouble(self):
        return self.log.read_text(errors="replace")[-4000:]

    def _start(self, made):
        (to_it, self.writes), (self.reads, from_it) = os.pipe(), os.pipe()
        for ours in (self.writes, self.reads):
            made.callback(os.close, ours)
        line = f'exec "$@" 3<&{to_it} 4>&{from_it}'  # it reads its descriptor 3 and writes its 4
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", line, "bash", PROGRAM, *SWITCHES, f"--user-data-dir={self.folder}/profile", "about:blank"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(to_it, from_it))
        os.close(to_it)
        os.close(from_it)
        made.callback(self._end)

    def _end(self):
        """Asked, so that its own processes end with it."""
        with contextlib.suppress(AssertionError, OSError):
            self.session = None
            self._command("Browser.close")
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _command(self, method, **parameters):
        with self.lock:
            self.number += 1
            said = {"id": self.number, "method": method, "params": parameters}
            if self.session:
                said["sessionId"] = self.session
            left = json.dumps(said).encode() + b"\0"
            while left:
                left = left[os.write(self.writes, left):]
            end = time.monotonic() + PATIENCE
            while (answer := self._frame(end)).get("id") != self.number:
                pass  # an event
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _frame(self, end):
        while b"\0" not in self.pending:
            assert select.select([self.reads], [], [], max(0, end - time.monotonic()))[0], f"no answer: {self.trouble()}"
            some = os.read(self.reads, 1 << 20)
            assert some, f"it has ended: {self.trouble()}"
            self.pending += some
        frame, _, self.pending = self.pending.partition(b"\0")
        return json.loads(frame)

    def run(self, expression):
        """What the page makes of it; of a promise what it is kept with."""
        done = self._command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, (expression, done["exceptionDetails"])
        return done["result"].get("value")

    def do(self, function, *arguments):
        return self.run(f"{function}({', '.join(map(json.dumps, arguments))})")


class BrowserCall(Call):
    """A dialog whose media are the page's. The page has one call at a time: a new one ends the media of the one before."""

    def __init__(self, agent, call_id):
        super().__init__(agent, call_id)
        self.browser = agent.browser
        self.offer, self.awaits_answer = None, False
        self.ours = self.theirs = ""
        self.restarts_ice = False  # by the next offer
        self.browser.do("open", 0)

    def sdp(self, kind="audio", direction="sendrecv"):
        if self.offer:
            offer, self.offer = self.offer, None
            self.ours = self.browser.do("answer", offer, direction)
        else:
            self.ours, self.awaits_answer = self.browser.do("offer", direction, self.restarts_ice), True
            self.restarts_ice = False
        return self.agent.change(self.ours)

    def take_sdp(self, body):
        super().take_sdp(body)
        self.theirs = body
        if self.awaits_answer:
            self.awaits_answer = False
            self.browser.do("answered", body)
        else:
            self.offer = body

    def talk(self, hertz):
        self.browser.do("talk", hertz)

    def press(self, digits, milliseconds):
        self.browser.do("press", digits, milliseconds)

    def direction(self):
        """That of its audio, as agreed."""
        return self.browser.do("direction")

    def stats(self, kind):
        """Of that type (webrtc-stats §8), all that there are."""
        return [entry for entry in self.browser.run("stats()").values() if entry["type"] == kind]

    def transport(self):
        """The one transport and its selected pair; None while it has none."""
        found = self.browser.run("stats()")
        transports = [entry for entry in found.values() if entry["type"] == "transport"]
        assert len(transports) <= 1, transports
        if not transports or "selectedCandidatePairId" not in transports[0]:
            return None
        return transports[0], found[transports[0]["selectedCandidatePairId"]]

    def mark(self):
        """As of a MediaCall; what is heard is always the last two thirds of a second."""
        return 0

    def hears_tone(self, hertz, since=0):
        return audio_codecs.measure(array.array("h", self.browser.do("heard")).tobytes(), hertz, RATE)


class BrowserAgent(Agent):
    call_class = BrowserCall

    def __init__(self, ip, port, target, browser):
        self.browser = browser
        self.change = lambda description: description  # on its way from the page
        super().__init__(ip, port, target)
