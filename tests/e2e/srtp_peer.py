"""SRTP (RFC 3711, RFC 6188, RFC 7714) written from the RFCs, apart from the daemon's own: what the tests' peers speak."""

import base64
import hmac
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# name: octets of the key, of the salt, of the tag
SUITES = {"AES_CM_128_HMAC_SHA1_80": (16, 14, 10), "AES_CM_128_HMAC_SHA1_32": (16, 14, 4),
          "AES_256_CM_HMAC_SHA1_80": (32, 14, 10), "AES_256_CM_HMAC_SHA1_32": (32, 14, 4),
          "AEAD_AES_128_GCM": (16, 12, 16), "AEAD_AES_256_GCM": (32, 12, 16)}


def counter_mode(key, start, data):
    cipher = Cipher(algorithms.AES(key), modes.CTR(start)).encryptor()
    return cipher.update(data) + cipher.finalize()


def exclusive_or(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Context:
    """One direction of RTP. `key` is master key and salt as a=crypto has them."""

    def __init__(self, suite, key=None):
        self.suite = suite
        size, salt, self.tag = SUITES[suite]
        self.material = key or os.urandom(size + salt)
        assert len(self.material) == size + salt, len(self.material)
        self.gcm = "GCM" in suite
        master, master_salt = self.material[:size], self.material[size:]

        def derive(label, octets):
            block = master_salt + bytes(14 - len(master_salt))
            start = exclusive_or(block, bytes(7) + bytes([label]) + bytes(6)) + bytes(2)
            return counter_mode(master, start, bytes(octets))

        self.key, self.auth, self.salt = derive(0, size), derive(1, 20), derive(2, salt)
        self.rollover, self.highest = 0, None

    @property
    def inline(self):
        return "inline:" + base64.b64encode(self.material).decode()

    @classmethod
    def of_line(cls, value):
        """From the value of an a=crypto line."""
        suite, key = value.split()[1:3]
        return cls(suite, base64.b64decode(key.partition("inline:")[2].split("|")[0]))

    def _roc(self, sequence):
        if self.highest is None:
            self.highest = sequence
        if self.highest - sequence > 0x8000:
            self.rollover, self.highest = self.rollover + 1, sequence
        elif sequence - self.highest > 0x8000:
            return self.rollover - 1
        self.highest = max(self.highest, sequence)
        return self.rollover

    @staticmethod
    def _head(packet):
        size = 12 + 4 * (packet[0] & 15)
        return size + (4 + 4 * struct.unpack_from("!H", packet, size + 2)[0] if packet[0] & 16 else 0)

    def _crypt(self, ssrc, index, data):
        start = int.from_bytes(self.salt + b"\0\0", "big") ^ ssrc << 64 ^ index << 16
        return counter_mode(self.key, start.to_bytes(16, "big"), data)

    def _nonce(self, ssrc, index):
        return exclusive_or(bytes(2) + ssrc.to_bytes(4, "big") + index.to_bytes(6, "big"), self.salt)

    def protect(self, packet):
        sequence, _, ssrc = struct.unpack_from("!HII", packet, 2)
        roc = self._roc(sequence)
        index, head = roc << 16 | sequence, self._head(packet)
        if self.gcm:
            return packet[:head] + AESGCM(self.key).encrypt(self._nonce(ssrc, index), packet[head:], packet[:head])
        sealed = packet[:head] + self._crypt(ssrc, index, packet[head:])
        return sealed + hmac.digest(self.auth, sealed + struct.pack("!I", roc), "sha1")[:self.tag]

    def unprotect(self, packet):
        """None: not authentic."""
        if len(packet) < 12 + self.tag:
            return None
        sequence, _, ssrc = struct.unpack_from("!HII", packet, 2)
        before = (self.rollover, self.highest)
        roc = self._roc(sequence)
        index, head = roc << 16 | sequence, self._head(packet)
        if self.gcm:
            try:
                return packet[:head] + AESGCM(self.key).decrypt(self._nonce(ssrc, index), packet[head:], packet[:head])
            except InvalidTag:
                self.rollover, self.highest = before
                return None
        sealed, tag = packet[:-self.tag], packet[-self.tag:]
        if hmac.digest(self.auth, sealed + struct.pack("!I", roc & 0xFFFFFFFF), "sha1")[:self.tag] != tag:
            self.rollover, self.highest = before
            return None
        return sealed[:head] + self._crypt(ssrc, index, sealed[head:])
