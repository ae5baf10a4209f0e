"""Certificates of tests: signed by themselves, or by an authority of the test's own."""

import subprocess

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
DAYS = "2"


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def self_signed(chain, key, name, alternatives=None):
    """Into the two files; `alternatives` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1"."""
    more = ("-addext", f"subjectAltName={alternatives}") if alternatives else ()
    _openssl("req", "-x509", *NEW_KEY, "-keyout", key, "-out", chain, "-days", DAYS, "-subj", f"/CN={name}", *more)


class Authority:
    """A test's own authority and what it signs."""

    def __init__(self, folder, name="authority"):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.file, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        self_signed(self.file, self.key, name)

    def certificate(self, name, alternatives):
        """(certificate, key) for the names given as OpenSSL writes them."""
        chain, key, request = (self.folder / f"{name}.{end}" for end in ("pem", "key", "csr"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternatives}\n")
        _openssl("req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-out", chain,
                 "-days", DAYS, "-extfile", extensions)
        for file in (chain, key, self.file):
            file.chmod(0o644)
        return chain, key
