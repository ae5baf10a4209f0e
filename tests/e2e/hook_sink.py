"""The web server of a customer, to whom webhooks go."""

import contextlib
import http.server
import queue
import threading


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # the name that http.server asks for
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.server.before:
            self.server.before.pop(0)()
        with contextlib.suppress(OSError):
            self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()
        self.server.posts.put((headers, body))

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def listening():
    """The server: `posts` are (headers, body) once they were answered, `statuses` the next answers (then 204), `before` what to
    do before each, `url` its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.posts, server.statuses, server.before = queue.Queue(), [], []
    server.url = f"http://127.0.0.1:{server.server_port}/events"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
