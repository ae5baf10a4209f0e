"""A provider of RCS, as Google documents RCS Business Messaging: takes agentMessages and tells what became of them."""

import base64
import collections
import hashlib
import hmac
import http.server
import json
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request

from stand_in_web import send

Taken = collections.namedtuple("Taken", "phone id agent token content")


def signature(data, token):
    return base64.b64encode(hmac.new(token.encode(), data, hashlib.sha512).digest()).decode()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # the name that http.server asks for
        provider = self.server.provider
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        parts = [urllib.parse.unquote(part) for part in url.path.split("/")]
        if len(parts) != 5 or parts[1:3] != ["v1", "phones"] or parts[4] != "agentMessages":
            return self._answer(404)
        taken = Taken(parts[3], query.get("messageId"), query.get("agentId"),
                      self.headers.get("authorization", "").removeprefix("Bearer "), body.get("contentMessage"))
        return self._answer(provider.judge(taken))

    def _answer(self, status):
        send(self, status, {} if status == 200 else {"error": {"code": status}})

    def log_message(self, *_):
        pass


class Provider:
    """`taken`: one Taken a message, however often it was asked for. `unreachable`: phones without RCS. `statuses`: what the
    next requests are answered with, before anything is looked at."""

    def __init__(self, token="token of the agent", ip="127.0.0.1"):
        self.token = token
        self.taken, self.unreachable, self.statuses, self.ids = queue.Queue(), set(), [], set()
        self.asked = 0
        self.server = http.server.ThreadingHTTPServer((ip, 0), _Handler)
        self.server.provider = self
        self.url = f"http://{ip}:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def judge(self, taken):
        self.asked += 1
        if self.statuses:
            return self.statuses.pop(0)
        if taken.token != self.token:
            return 401
        if taken.phone in self.unreachable:
            return 404
        if taken.id in self.ids:
            return 409
        self.ids.add(taken.id)
        self.taken.put(taken)
        return 200

    def tell(self, webhook, event, token=None):
        """The status that the webhook answers with."""
        data = json.dumps(event).encode()
        body = json.dumps({"message": {"data": base64.b64encode(data).decode(), "messageId": "1"}}).encode()
        request = urllib.request.Request(webhook, data=body, method="POST")
        request.add_header("Content-Type", "application/json")
        request.add_header("X-Goog-Signature", signature(data, token or self.token))
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
