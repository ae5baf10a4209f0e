"""The web server in which stand-ins answer."""

import http.server
import json
import socketserver
import sys
import threading


class Web(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Runs in a thread of its own until stop(). `serve(handler)` answers each request, whatever its method; `opened()` is told
    of each connection."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, serve, port=0, ip="127.0.0.1", opened=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                if opened:
                    opened()

            def handle_any(self):
                serve(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_any

            def log_message(self, *_):
                pass

        super().__init__((ip, port), Handler)
        self.url = f"http://{ip}:{self.server_port}"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def handle_error(self, *arguments):
        if not isinstance(sys.exc_info()[1], OSError):  # clients that give up are what some tests are about
            super().handle_error(*arguments)

    def stop(self):
        self.shutdown()
        self.server_close()
        self.thread.join(5)


def send(handler, status, answer, kind="application/json", headers=None):
    """`answer`: octets as they are, or what becomes JSON."""
    octets = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(octets)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(octets)


def run(stand_in):
    """By hand: until Ctrl-C."""
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        stand_in.stop()
