#!/usr/bin/env python3
"""An upstream that keeps books: writes down each submit_sm before it answers, and gives the receipt of each until it is
taken, by whatever bind there is.

usage: load_smsc.py BOOK [SECONDS_TO_RECEIPT]
Prints its port. Lines of the book: "submitted ID TEXT", "taken ID" (the receipt). SIGTERM ends it."""

import asyncio
import collections
import itertools
import signal
import sys

from smpp_wire import BIND_TRANSCEIVER, DELIVER_SM, ENQUIRE_LINK, RESPONSE, SUBMIT_SM, UNBIND, Book, Session, cstring, \
    message_body, read_message

WINDOW = 50  # receipts without an answer
RECEIPT = 4


class Upstream:
    def __init__(self, book, delay):
        self.book, self.delay = Book(book), delay
        self.ids, self.owed, self.sessions = itertools.count(0x100000), collections.deque(), []

    async def serve(self, reader, writer):
        session = Session(reader, writer)
        session.receipts = {}
        while (pdu := await session.receive()) is not None:
            command, status, number, body = pdu
            if command == SUBMIT_SM:
                self.submitted(session, number, read_message(body))
            elif command == DELIVER_SM | RESPONSE:
                identity, body = session.receipts.pop(number)
                if status == 0:
                    self.book.write("taken", identity)
                else:
                    self.owe(identity, body)
                self.pump()
            elif command == BIND_TRANSCEIVER:
                session.send(command | RESPONSE, 0, number, cstring("UPSTREAM"))
                self.sessions.append(session)
                self.pump()
            elif command in (ENQUIRE_LINK, UNBIND):
                session.send(command | RESPONSE, 0, number)
        if session in self.sessions:
            self.sessions.remove(session)
        self.owed.extend(session.receipts.values())
        self.pump()

    def submitted(self, session, number, message):
        identity = f"{next(self.ids):x}"
        self.book.write("submitted", identity, message.octets.decode("latin-1"))
        session.send(SUBMIT_SM | RESPONSE, 0, number, cstring(identity))
        text = f"id:{identity} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 text:"
        self.owe(identity, message_body(message.destination, message.source, text.encode(), esm_class=RECEIPT))

    def owe(self, identity, body):
        asyncio.get_running_loop().call_later(self.delay, lambda: (self.owed.append((identity, body)), self.pump()))

    def pump(self):
        for session in self.sessions:
            while self.owed and session.open and len(session.receipts) < WINDOW:
                identity, body = self.owed.popleft()
                session.receipts[session.request(DELIVER_SM, body)] = (identity, body)


async def main():
    upstream = Upstream(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 0.05)
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


asyncio.run(main())
