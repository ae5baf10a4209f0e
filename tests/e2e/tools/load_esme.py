#!/usr/bin/env python3
"""A customer that keeps books: submits at a steady rate and writes down each answer before it does anything else with it.
It binds again whenever its session ends, and never submits a text twice.

usage: load_esme.py PORT SYSTEM_ID PASSWORD SENDER PREFIX PER_SECOND BOOK [COUNT]
Lines of the book: "accepted ID TEXT", "refused STATUS TEXT", "unknown TEXT" (the session ended before the answer),
"told ID STATE". SIGUSR1: submits no more. SIGTERM: the end; prints one line of figures."""

import asyncio
import collections
import signal
import sys
import time

from smpp_wire import BIND_TRANSCEIVER, DELIVER_SM, ENQUIRE_LINK, RESPONSE, SUBMIT_SM, UNBIND, Book, Session, cstring, \
    message_body, read_message

WINDOW = 45
THROTTLED = 0x58


class Customer:
    def __init__(self, port, system_id, password, sender, prefix, rate, book, count):
        self.port, self.sender, self.prefix, self.rate, self.count = port, sender, prefix, rate, count
        self.bind_body = cstring(system_id) + cstring(password) + cstring("") + bytes([0x34, 0, 0]) + cstring("")
        self.book, self.figures, self.texts = Book(book), collections.Counter(), 0
        self.submitting, self.ended = True, asyncio.Event()

    async def live(self):
        sending = asyncio.ensure_future(self.submit())
        while not self.ended.is_set():
            await self.one_session()
            await asyncio.sleep(0.05)
        sending.cancel()

    session, waiting = None, {}

    async def one_session(self):
        try:
            session = Session(*await asyncio.open_connection("127.0.0.1", self.port))
        except OSError:
            return
        session.request(BIND_TRANSCEIVER, self.bind_body)
        self.waiting = waiting = {}
        while (pdu := await session.receive()) is not None:
            command, status, number, body = pdu
            if command == SUBMIT_SM | RESPONSE:
                self.answered(waiting.pop(number), status, body)
            elif command == BIND_TRANSCEIVER | RESPONSE and status == 0:
                self.session = session
                self.figures["binds"] += 1
            elif command == DELIVER_SM:
                self.told(read_message(body).octets.decode("latin-1"))
                session.send(command | RESPONSE, 0, number, b"\0")
            elif command in (ENQUIRE_LINK, UNBIND):
                if command == UNBIND:
                    self.session = None  # nothing more is submitted here
                session.send(command | RESPONSE, 0, number)
        self.session = None
        for text in waiting.values():
            self.figures["unknown"] += 1
            self.book.write("unknown", text)

    def answered(self, text, status, body):
        if status == 0:
            self.book.write("accepted", body.split(b"\0")[0].decode(), text)
        else:
            self.book.write("refused", hex(status), text)
        self.figures["accepted" if status == 0 else "throttled" if status == THROTTLED else "refused"] += 1

    def told(self, receipt):
        self.book.write("told", receipt.partition("id:")[2].split()[0], receipt.partition("stat:")[2][:7])
        self.figures["told"] += 1

    async def submit(self):
        began, owed = time.monotonic(), 0
        while not self.ended.is_set():
            await asyncio.sleep(0.004)
            now = time.monotonic()
            owed, began = min(owed + (now - began) * self.rate, 50), now
            while owed >= 1 and self.submitting and self.session and self.session.open and len(self.waiting) < WINDOW:
                if self.count and self.texts >= self.count:
                    return
                owed -= 1
                text = f"Text {self.texts}"
                body = message_body(self.sender, f"{self.prefix}{self.texts:07}", text.encode(), registered_delivery=1)
                self.texts += 1
                self.waiting[self.session.request(SUBMIT_SM, body)] = text


async def main():
    port, system_id, password, sender, prefix, rate, book = sys.argv[1:8]
    customer = Customer(int(port), system_id, password, sender, prefix, float(rate), book,
                        int(sys.argv[8]) if len(sys.argv) > 8 else 0)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: setattr(customer, "submitting", False))
    task = asyncio.ensure_future(customer.live())

    def end():
        customer.ended.set()
        task.cancel()
    loop.add_signal_handler(signal.SIGTERM, end)
    try:
        await task
    except asyncio.CancelledError:
        pass
    print(" ".join(f"{name}={value}" for name, value in sorted(customer.figures.items())), f"submitted={customer.texts}")


asyncio.run(main())
