"""A daemon that is none: answers as the API does, speaks /live, and keeps what it was asked."""

import base64
import hashlib
import http.server
import json
import struct
import threading

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TRUNKS = [{"id": f"t{number}", "name": f"trunk {number}", "enabled": True} for number in range(1, 6)]


class Stub(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.tokens, self.frames, self.drop_after = [], {"wr_1": "wa_1"}, [], None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def respond(self, status, body):
        octets = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def data(self, data, status=200, **meta):
        self.respond(status, {"success": True, "data": data, "meta": {"request_id": "r", **meta}})

    def fail(self, status, code, **details):
        self.respond(status, {"success": False, "error": {"code": code, "message": f"{code} it is.", "details": details}})

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        path, _, query = self.path.removeprefix("/api/v1").partition("?")
        self.server.asked.append({"method": self.command, "path": path, "query": query, "body": body,
                                  "headers": {name.lower(): value for name, value in self.headers.items()}})
        name = f"do_{self.command}_" + path.strip("/").replace("/", "_").replace("-", "_")
        getattr(self, name, self.unknown)(query, json.loads(body) if body.startswith("{") else {})

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

    def unknown(self, query, body):
        self.fail(404, "NOT_FOUND")

    def do_GET_trunks(self, query, body):
        if self.headers.get("Authorization") == "Bearer wa_old":
            self.fail(401, "UNAUTHORIZED")
        else:
            self.data(TRUNKS)

    def do_GET_customers(self, query, body):
        page = int(dict(pair.split("=") for pair in query.split("&") if pair).get("page", 1))
        self.data([{"id": f"c{page}", "name": f"customer {page}"}], page=page, per_page=1, total=3, total_pages=3)

    def do_POST_trunks(self, query, body):
        if body.get("name"):
            self.data({"id": "t9", **body}, 201)
        else:
            self.fail(400, "INVALID_PAYLOAD", fields={"name": "is required"})

    def do_POST_auth_login(self, query, body):
        if body.get("code") == "123456" and body.get("challenge") == "ch":
            self.data({"access_token": "wa_new", "refresh_token": "wr_1", "expires_in": 900, "user": {}})
        elif body.get("password") == "correct horse":
            self.fail(401, "MFA_CODE_REQUIRED", challenge="ch")
        else:
            self.fail(401, "INVALID_CREDENTIALS")

    def do_POST_auth_refresh(self, query, body):
        token = self.server.tokens.pop(body.get("refresh_token"), None)
        if token:
            self.data({"access_token": token, "refresh_token": "wr_2"})
        else:
            self.fail(401, "UNAUTHORIZED")

    def do_GET_calls(self, query, body):
        self.data([{"id": "call-1", "state": "up", "ani": "1", "dni": "2"}])

    def do_POST_calls_call_1_hangup(self, query, body):
        self.data({"id": "call-1"})

    def do_GET_calls_call_1_trace(self, query, body):
        self.data({"messages": [
            {"at": "2026-01-31T12:00:00Z", "sent": False, "remote": "192.0.2.1:5060", "text": "INVITE sip:2@x SIP/2.0\r\n"},
            {"at": "2026-01-31T12:00:01Z", "sent": True, "remote": "192.0.2.2:5060", "text": "INVITE sip:2@b SIP/2.0\r\n"}]})

    def do_POST_hook(self, query, body):
        self.data({})

    # -- WebSocket ------------------------------------------------------------------------------------------------

    def do_GET_live(self, query, body):
        if self.headers.get("Authorization") != "Bearer rk_good":
            self.fail(401, "UNAUTHORIZED")
            return
        key = base64.b64encode(hashlib.sha1((self.headers["Sec-WebSocket-Key"] + GUID).encode()).digest()).decode()
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", key)):
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        self.tell({"op": "hello", "node": "stub", "heartbeat_s": 15})
        seen = 0
        while (asked := self.hear()) is not None:
            self.server.asked.append({"live": asked})
            if asked.get("op") != "subscribe":
                continue
            for frame in self.server.frames:
                if frame.get("topic") == asked["topic"]:
                    self.tell(frame)
                    seen += 1
                    if self.server.drop_after is not None and seen >= self.server.drop_after:
                        self.server.drop_after = None
                        return

    def tell(self, frame):
        octets = json.dumps(frame).encode()
        head = struct.pack("!BB", 0x81, len(octets)) if len(octets) < 126 else struct.pack("!BBH", 0x81, 126, len(octets))
        self.wfile.write(head + octets)
        self.wfile.flush()

    def hear(self):
        """The next text, or None at the end."""
        head = self.rfile.read(2)
        if len(head) < 2 or head[0] & 0x0F == 8:
            return None
        length = head[1] & 0x7F
        if length == 126:
            length = struct.unpack("!H", self.rfile.read(2))[0]
        mask = self.rfile.read(4)
        octets = bytes(octet ^ mask[i % 4] for i, octet in enumerate(self.rfile.read(length)))
        return json.loads(octets) if head[0] & 0x0F == 1 else {}
