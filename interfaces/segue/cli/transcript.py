"""A conversation printed line by line: who, when, what, and answers while they are being written."""

from __future__ import annotations

from datetime import datetime

import click

from segue.cli.console import clean, line, when
from segue.cli.streaming import GrowingText

INDENT = "\n  "


def print_message(at: str | datetime, sender: str, content: str, remark: str = "") -> None:
    """Print one message: heading, text with its further lines indented, and a remark like "interrupted"."""
    click.echo(heading(at, sender) + _indented(content).rstrip() + _remark(remark))


def heading(at: str | datetime, sender: str) -> str:
    return f"{click.style(when(at), dim=True)} {click.style(line(sender), bold=True)}  "


def _indented(text: str) -> str:
    return clean(text).replace("\n", INDENT)


def print_remark(text: str) -> None:
    """Print something that happened, and that nobody said."""
    click.echo(click.style(f"· {line(text)}", dim=True))


def _remark(text: str) -> str:
    return click.style(f" [{text}]", dim=True) if text else ""


class LiveTranscript:
    """Messages one after the other, and the one that is being written left open at the end until it is done."""

    def __init__(self) -> None:
        self._growing: GrowingText | None = None
        self._growing_id: str | None = None
        self._open = False  # the cursor stands behind unfinished text

    def grow(self, message_id: str, at: datetime, sender: str, offset: int, text: str) -> None:
        """Print what is new in the answer `message_id`."""
        if self._growing is None or self._growing_id != message_id:
            self.interrupt()
            self._growing, self._growing_id = GrowingText(), message_id
        new = self._growing.take(offset, text)
        if not new:
            return
        if not self._open:
            click.echo(heading(at, sender), nl=False)
            self._open = True
        click.echo(_indented(new), nl=False)

    def add(self, message_id: str, at: datetime, sender: str, content: str, remark: str = "") -> None:
        """Print a message; of one that grew, what was not yet there."""
        if self._open and self._growing and self._growing_id == message_id:
            rest = self._growing.finish(content).rstrip()
            click.echo(_indented(rest) + _remark(remark))
            self._open, self._growing = False, None
            return
        self.interrupt()
        print_message(at, sender, content, remark)

    def remark(self, text: str) -> None:
        self.interrupt()
        print_remark(text)

    def interrupt(self) -> None:
        """Go to a new line, if an answer is open; it goes on behind a heading of its own."""
        if self._open:
            click.echo(" …")
            self._open = False
