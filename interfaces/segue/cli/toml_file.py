"""Changing single settings in a TOML file that people write: all that they wrote stays as it is."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_BRACKETS = re.compile(r"\s*\[\s*(#[^\n]*)?\n\s*\]\s*(#[^\n]*)?\n?")

Value = str | bool | int | float | list[int] | list[str]


class NotChanged(Exception):
    """The file could not be changed safely; it is as it was."""


def change(file: Path, table: str, values: Mapping[str, Value]) -> None:
    """Set the values in a table of the file, made where it is not there; raise `NotChanged` where that is not safe."""
    file = file.resolve()
    try:
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        _replace(file, changed(old, table, values))
    except (OSError, UnicodeDecodeError) as exc:
        raise NotChanged(f"{file} cannot be written: {exc}") from exc


def changed(text: str, table: str, values: Mapping[str, Value]) -> str:
    """Return the TOML text with these values in the table; raise `NotChanged` unless exactly they are different."""
    try:
        expected = tomllib.loads(text)
        lines = re.findall(r"[^\n]*\n|[^\n]+", text)  # not splitlines: to TOML, only this ends a line
        for key, value in values.items():
            _set(lines, table, key, value)
        new = "".join(lines)
        expected[table] = expected.get(table, {}) | values
        if tomllib.loads(new) == expected:
            return new
    except (tomllib.TOMLDecodeError, TypeError) as exc:
        raise NotChanged(f"the file is not TOML that can be changed line by line: {exc}") from exc
    raise NotChanged(f"the table [{table}] is written in a way that is not understood here")


def as_text(table: str, values: Mapping[str, Value]) -> str:
    """Return the lines that a person would add."""
    return "\n".join([f"[{table}]", *(f"{key} = {_literal(value)}" for key, value in values.items())])


def _set(lines: list[str], table: str, key: str, value: Value) -> None:
    begin, end = _section(lines, table)
    for number in range(begin, end):
        if re.match(rf"\s*{re.escape(key)}\s*=", lines[number]):
            last = _last_line(lines, number, end)
            old = lines[number : last + 1]
            new = _item_by_item(old, key, value) or [f"{key} = {_literal(value)}{_comment(old)}\n"]
            lines[number : last + 1] = new
            return
    said = [number for number in range(begin, end) if not re.match(r"\s*(#.*)?$", lines[number])]
    lines.insert(said[-1] + 1 if said else begin, f"{key} = {_literal(value)}\n")


def _section(lines: list[str], table: str) -> tuple[int, int]:
    """Return where the lines of the table begin and end; add its heading where there is none."""
    heading = re.compile(rf"\s*\[\s*{re.escape(table)}\s*\]\s*(#.*)?$")
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    begin = next((number for number, line in enumerate(lines) if heading.match(line)), None)
    if begin is None:
        lines += ["\n"] * bool(lines) + [f"[{table}]\n"]
        begin = len(lines) - 1
    later = (number for number in range(begin + 1, len(lines)) if re.match(r"\s*\[", lines[number]))
    return begin + 1, next(later, len(lines))


def _last_line(lines: list[str], first: int, end: int) -> int:
    """Return the line on which the value that begins on `first` ends."""
    for last in range(first, end):
        if _parse("".join(lines[first : last + 1])) is not None:
            return last
    raise NotChanged(f"the value on line {first + 1} has no end")


def _item_by_item(old: list[str], key: str, value: Value) -> list[str] | None:
    """Return the lines of a list with an item on each, so that what is written beside an item stays with it; None if
    it is written otherwise."""
    if not isinstance(value, list) or len(old) < 2 or not _BRACKETS.fullmatch(old[0].partition("=")[2] + old[-1]):
        return None
    read = [(text, _items(text)) for text in old[1:-1]]
    kept = [_with_comma(text) for text, items in read if items is not None and all(item in value for item in items)]
    known = [item for _, items in read for item in items or ()]
    added = [f"    {_literal(item)},\n" for item in value if item not in known]
    new = [*old[:1], *kept, *added, *old[-1:]]
    return new if _parse("".join(new)) == {key: value} else None


def _items(text: str) -> list[Any] | None:
    """Return the items on one line of a list."""
    read = _parse(f"x = [\n{text}\n]")
    return read["x"] if read else None


def _with_comma(text: str) -> str:
    """Return a line of a list so that more may follow it."""
    items = _items(text)
    if not items or _items(f"{text}\n0") is not None:
        return text
    ends = (found.start() for found in re.finditer(r"\s*(?:#|$)", text))
    end = next(end for end in ends if _items(text[:end]) == items)
    return f"{text[:end]},{text[end:]}"


def _comment(lines: list[str]) -> str:
    """Return the comment behind a value that stands on one line."""
    (line, *more) = lines
    value = _parse(line)
    for found in re.finditer(r"\s*#", line):
        if not more and value is not None and _parse(line[: found.start()]) == value:
            return line[found.start() :].rstrip()
    return ""


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _literal(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _replace(file: Path, text: str) -> None:
    """Write the file as a whole or not at all, with the permissions that it had."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        os.chmod(name, mode)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
