"""What a person sees: stages with their time, progress of long work, cards. Nothing here knows about telephony."""

import sys
import threading
import time

_out = sys.stdout


class CommandError(Exception):
    """Ends the command with a message and, where it is known, the cure."""

    def __init__(self, message, cure=None):
        super().__init__(message)
        self.cure = cure


def quiet():
    """From now on progress goes to standard error: standard output carries JSON alone."""
    global _out
    _out = sys.stderr


def say(text=""):
    print(text, file=_out, flush=True)


class Stage:
    """One line a stage: its name at once, how it went and how long it took when it is over. Work that takes long shows
    its latest word: in place on a terminal, every ten seconds elsewhere."""

    def __init__(self, name):
        self.name = name
        self.note = ""
        self.word = ""
        self.began = time.monotonic()
        self.tty = _out.isatty()
        self.done = threading.Event()

    def __enter__(self):
        if self.tty:
            print(f"  {self.name} …", end="", file=_out, flush=True)
        self.ticker = threading.Thread(target=self._tick, daemon=True)
        self.ticker.start()
        return self

    def progress(self, word):
        self.word = word

    def result(self, note):
        self.note = note

    def _tick(self):
        every = 0.5 if self.tty else 10
        while not self.done.wait(every):
            seconds = time.monotonic() - self.began
            line = f"  {self.name} … {self.word} ({seconds:.0f} s)"
            print("\r\033[K" + line[:100] if self.tty else line, end="" if self.tty else "\n", file=_out, flush=True)

    def __exit__(self, kind, error, trace):
        self.done.set()
        self.ticker.join()
        seconds = time.monotonic() - self.began
        mark = "ok" if kind is None else "FAILED"
        line = f"  {self.name:<18} {mark:<6} {seconds:5.1f} s  {self.note}".rstrip()
        print(("\r\033[K" if self.tty else "") + line, file=_out, flush=True)
        return False


def card(title, rows):
    """A framed table of (label, value) pairs; None is a rule."""
    rows = [row if row is None else (str(row[0]), str(row[1])) for row in rows]
    label = max(len(row[0]) for row in rows if row)
    width = max([len(title) + 2] + [label + 2 + len(row[1]) for row in rows if row])
    lines = [f"┌─ {title} " + "─" * (width - len(title) - 1) + "┐"]
    for row in rows:
        if row is None:
            lines.append("├" + "─" * (width + 2) + "┤")
        else:
            lines.append(f"│ {row[0]:<{label}}  {row[1]:<{width - label - 2}} │")
    lines.append("└" + "─" * (width + 2) + "┘")
    return "\n".join(lines)


def table(rows, header):
    """Columns padded to their widest cell; numbers to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [header] + rows) for i in range(len(header))]

    def line(row):
        cells = [cell.rjust(width) if cell[:1].isdigit() or cell[:1] in "-–" else cell.ljust(width)
                 for cell, width in zip(row, widths)]
        return "  ".join(cells).rstrip()

    return "\n".join([line(header), "  ".join("─" * width for width in widths)] + [line(row) for row in rows])
