"""The web server of a customer, to whom webhooks go."""

import contextlib
import http.server
import queue
import threading


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # the name that http.server asks for
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.posts.put((dict((name.lower(), value) for name, value in self.headers.items()), body))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def listening():
    """The server: `posts` are (headers, body) as they come, `statuses` the next answers (then 204), `url` its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.posts, server.statuses, server.url = queue.Queue(), [], f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
