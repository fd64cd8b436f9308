"""What people see: text made safe for a terminal, times, short ids, tables; and JSON for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")

SHORT_ID_LENGTH = 8
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~])", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Failed(click.ClickException):
    """The command failed; the message is a sentence for standard error. The exit code is 1."""


class Misconfigured(Failed):
    """The settings are wrong."""

    exit_code = 2


def clean(text: str) -> str:
    """Return the text without escape sequences and control characters (besides newline and tab) if it goes to a
    terminal: a message must not move the cursor, rename the window or type for the reader."""
    if not sys.stdout.isatty():
        return text
    return _CONTROL.sub("", _ESCAPE_SEQUENCE.sub("", text))


def line(text: str) -> str:
    """Return the text cleaned, on one line."""
    return " ".join(clean(text).split())


def short(identifier: str) -> str:
    """Return the end of an id (its beginning is a time, alike for all of one minute). It works as an argument."""
    return identifier[-SHORT_ID_LENGTH:]


def counted(number: int, one: str, many: str = "") -> str:
    """Return how many there are: 1 place, 2 places."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def when(at: str | datetime) -> str:
    """Return a time on the reader's clock; the date only if that is not today."""
    local = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone()
    today = local.date() == datetime.now().astimezone().date()
    return f"{local:%H:%M}" if today else f"{local:%Y-%m-%d %H:%M}"


def print_json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as they need; the last one runs on."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for number, row in enumerate((headings, *rows)):
        text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(text, dim=True) if number == 0 else text)


def note(text: str) -> None:
    """Say something about the command itself, beside its output."""
    click.echo(click.style(text, dim=True), err=True)
