"""What commands read from files and write to them, whole or not at all."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import click

from segue.cli.console import Failed, line, note

output_option = click.option(
    "--output", "-o", metavar="FILE", type=click.Path(dir_okay=False), help="Write to this file instead."
)


def write(pieces: Iterable[bytes], file: str | None, *, quiet: bool = False) -> None:
    """Write the pieces to the file, or to standard output. A file is there when all of it is, and not before."""
    if file is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        if sys.stdout.isatty():
            click.echo()
        return
    with unfinished(Path(file)) as out:
        size = sum(out.write(piece) for piece in pieces)
    if not quiet:
        note(f"wrote {line(file)} ({size} bytes)")


@contextmanager
def unfinished(path: Path) -> Iterator[BinaryIO]:
    """Give a file that only its owner may read, and that has its name once the block is through."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as exc:
        raise Failed(f"cannot write to {line(str(path.parent))}: {exc.strerror}") from exc
    try:
        with open(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
        _sync(path.parent)
    except OSError as exc:
        raise Failed(f"cannot write {line(str(path))}: {exc.strerror}") from exc
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _sync(folder: Path) -> None:
    """Have the folder's list of names on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_text(file: str) -> str:
    """Return the text of a file, of standard input if it is '-'. Fails with a sentence if it is not UTF-8."""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as exc:
        raise Failed(f"cannot read {line(file)}: {exc.strerror}") from exc
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise Failed(f"{line(file)} is not UTF-8 text (byte {exc.start}): convert it first") from exc


def read_json(file: str) -> Any:
    """Return what a file holds as JSON. Fails with a sentence that says where it is not."""
    try:
        return json.loads(read_text(file))
    except json.JSONDecodeError as exc:
        raise Failed(f"{line(file)} is not JSON (line {exc.lineno}: {exc.msg}): is it cut off?") from exc
    except RecursionError as exc:
        raise Failed(f"{line(file)} is nested too deep to be read") from exc
