"""STIR/SHAKEN as others do it: an authority, signers, PASSporTs made and checked with python3-cryptography, and the web
server that has the certificates. Shares no code with the daemon."""

import base64
import datetime
import http.server
import json
import ssl
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

TN_LIST = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.26")
SPC_1234 = bytes([0x30, 8, 0xA0, 6, 0x16, 4]) + b"1234"


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def pem(thing):
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM)
    return thing.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                               serialization.NoEncryption())


class Authority:
    def __init__(self, title="authority"):
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), name(title)
        self.certificate = self._issue(self.name, self.key, [
            (x509.BasicConstraints(ca=True, path_length=None), True), (self._usage(authority=True), True)])

    @staticmethod
    def _usage(authority=False):
        return x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, crl_sign=False,
                             content_commitment=False, key_encipherment=False, data_encipherment=False,
                             key_agreement=False, encipher_only=False, decipher_only=False)

    def _issue(self, subject, key, extensions, days=1, begun_days_ago=1):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=begun_days_ago))
                   .not_valid_after(now + datetime.timedelta(days=days)))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())

    def signer(self, title="SHAKEN 1234", days=1, begun_days_ago=1):
        key = ec.generate_private_key(ec.SECP256R1())
        return Signer(key, self._issue(name(title), key, [
            (self._usage(), True), (x509.UnrecognizedExtension(TN_LIST, SPC_1234), False)], days, begun_days_ago))

    def web_server(self, host="localhost"):
        """(certificate, key) for a web server of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._issue(name(host), key, [(x509.SubjectAlternativeName([x509.DNSName(host)]), False)]), key


class Signer:
    def __init__(self, key, certificate):
        self.key, self.certificate = key, certificate

    def identity(self, url, orig, dest, attest="A", iat=None, origid="6c1e0f6e-9d3f-4f6e-8f5a-0d9f3a1f6b11", **changes):
        header = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": url}
        payload = {"attest": attest, "dest": {"tn": [dest]}, "iat": int(iat or time.time()), "orig": {"tn": orig},
                   "origid": origid, **changes}
        text = ".".join(base64url(json.dumps(part, separators=(",", ":"), sort_keys=True).encode())
                        for part in (header, payload))
        r, s = utils.decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signature = base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return f"{text}.{signature};info=<{url}>;alg=ES256;ppt=shaken"


def check(identity, certificate):
    """Header and claims of an Identity whose signature the certificate's key made; raises when it did not."""
    token, *parameters = [part.strip() for part in identity.split(";")]
    header, payload, signature = token.split(".")
    raw = from_base64url(signature)
    assert len(raw) == 64
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    certificate.public_key().verify(der, f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    texts = [from_base64url(part).decode() for part in (header, payload)]
    parts = [json.loads(text) for text in texts]
    for text, part in zip(texts, parts):
        assert text == json.dumps(part, separators=(",", ":"), sort_keys=True), "not canonical (RFC 8225, 9)"
    return *parts, dict(parameter.split("=", 1) for parameter in parameters)


class CertificateServer:
    """https with what is in `pages`; /endless never ends, /away redirects."""

    def __init__(self, authority, folder):
        self.pages, self.asked, self.stopping = {}, [], threading.Event()
        certificate, key = authority.web_server()
        chain = folder / "web.pem"
        chain.write_bytes(pem(certificate) + pem(key))
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                if self.path == "/endless":
                    return self.endless()
                if self.path == "/away":
                    self.send_response(302)
                    self.send_header("Location", "/good")
                    return self.end_headers()
                body = outer.pages.get(self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def endless(self):
                self.send_response(200)
                self.end_headers()
                try:
                    while not outer.stopping.wait(0.05):
                        self.wfile.write(b"-----BEGIN CERTIFICATE-----\n")
                except OSError:
                    pass

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"https://localhost:{self.server.server_port}{path}"

    def stop(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
