"""What load_esme.py and load_smsc.py share: PDUs over asyncio streams, and books that are written before anything is said."""

import asyncio
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "deploy"))
from warp_cli.smpp_peers import RESPONSE, cstring, message_body, read_message  # noqa: E402, F401

BIND_TRANSCEIVER, SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK = 9, 4, 5, 6, 0x15


class Book:
    """Lines that a test reads after this process or the other side was killed."""

    def __init__(self, file):
        self.file = open(file, "a", buffering=1)

    def write(self, *words):
        self.file.write(" ".join(map(str, words)) + "\n")


class Session:
    def __init__(self, reader, writer):
        self.reader, self.writer, self.number, self.open = reader, writer, 0, True

    def send(self, command, status, number, body=b""):
        if self.open and not self.writer.transport.is_closing():
            self.writer.write(struct.pack(">IIII", 16 + len(body), command, status, number) + body)

    def request(self, command, body=b""):
        self.number = self.number % 0x7FFFFFFF + 1
        self.send(command, 0, self.number, body)
        return self.number

    async def receive(self):
        """(command, status, number, body), or None at the end."""
        try:
            length, command, status, number = struct.unpack(">IIII", await self.reader.readexactly(16))
            return command, status, number, await self.reader.readexactly(length - 16)
        except (asyncio.IncompleteReadError, OSError):
            self.open = False
            self.writer.close()
            return None
