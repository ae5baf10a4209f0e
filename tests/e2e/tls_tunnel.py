"""TLS for a SIPp that was built without: plain TCP on one side, TLS on the other."""

import contextlib
import select
import socket
import ssl
import threading


def server_context(chain, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


class Tunnel:
    """Takes connections at `at`, by TLS when it has `server`, and makes one to `to` for each, by TLS when it has `client`."""

    def __init__(self, at, to, server=None, client=None, name=None, source=None):
        self.to, self.server, self.client, self.name, self.source = to, server, client, name, source
        self.listener = socket.create_server(at)
        self.connections, self.taken = [], 0
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        # A thread in accept() keeps a closed socket alive; shutdown wakes it.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.connections:
            with contextlib.suppress(OSError):
                one.close()

    def _serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(plain,), daemon=True).start()

    def _carry(self, plain):
        try:
            near = self.server.wrap_socket(plain, server_side=True) if self.server else plain
            far = socket.create_connection(self.to, 5, source_address=(self.source, 0) if self.source else None)
            far.settimeout(None)
            if self.client:
                far = self.client.wrap_socket(far, server_hostname=self.name)
        except OSError:
            plain.close()
            return
        self.taken += 1
        self.connections += [near, far]
        with contextlib.suppress(OSError, ValueError):
            self._pump(near, far)
        for one in (near, far):
            with contextlib.suppress(OSError):
                one.close()

    @staticmethod
    def _pump(near, far):
        """Nothing is held back to go with what comes next. A session ticket is readable but holds no octet: it stops nobody."""
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.setblocking(False)
        while True:
            waiting = [one for one in (near, far) if isinstance(one, ssl.SSLSocket) and one.pending()]
            for one in waiting or select.select([near, far], [], [])[0]:
                try:
                    piece = one.recv(65536)
                except (BlockingIOError, ssl.SSLWantReadError):
                    continue
                if not piece:
                    return
                other = far if one is near else near
                other.settimeout(10)
                other.sendall(piece)
                other.setblocking(False)
