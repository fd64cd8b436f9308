"""What `segue export --all` writes and `segue import` takes back: a folder, or an archive, with a file for each session
and for the memories of each project."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import quote

from segue.cli.console import Failed, line
from segue.cli.files import unfinished, write

INDEX = "segue-export.json"  # written last: without it, not all is there
FORMAT = "segue-export/1"
MEMORIES = "memories-"


class Collection(Protocol):
    def has(self, name: str, changed: str) -> bool:
        """Whether the file is there, as of when its session changed last."""
        ...

    def add(self, name: str, pieces: Iterable[bytes], changed: str | None = None) -> None: ...


def session_file(session_id: str) -> str:
    return f"{session_id}.json"


def memories_file(project_id: str) -> str:
    return f"{MEMORIES}{quote(project_id, safe='')}.json"


@contextmanager
def collecting(target: str) -> Iterator[Collection]:
    """Give the folder, made where there is none, or the archive, which is there once all is in it."""
    if target.endswith(".zip"):
        with unfinished(Path(target)) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            yield _Archive(archive)
        return
    folder = Path(target)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / INDEX).unlink(missing_ok=True)
    except OSError as exc:
        raise Failed(f"cannot write to {line(target)}: {exc.strerror}") from exc
    yield _Folder(folder)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, name: str, changed: str) -> bool:
        with suppress(FileNotFoundError):
            return os.stat(self._folder / name).st_mtime_ns == _nanoseconds(changed)
        return False

    def add(self, name: str, pieces: Iterable[bytes], changed: str | None = None) -> None:
        file = self._folder / name
        write(pieces, str(file), quiet=True)
        if changed:
            os.utime(file, ns=(_nanoseconds(changed), _nanoseconds(changed)))


class _Archive:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def has(self, name: str, changed: str) -> bool:
        return False

    def add(self, name: str, pieces: Iterable[bytes], changed: str | None = None) -> None:
        with self._archive.open(name, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)


def _nanoseconds(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1e6) * 1000


def is_collection(file: str) -> bool:
    """Whether it is what `segue export --all` wrote, and no other folder or archive."""
    if os.path.isdir(file):
        return True
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(file) as archive:
        return INDEX in archive.namelist()
    return False


@contextmanager
def parts(file: str) -> Iterator[Iterator[tuple[str, BinaryIO, int]]]:
    """Give the files of a collection, each with its name, opened, and its size."""
    if os.path.isdir(file):
        yield _in_folder(Path(file))
        return
    with zipfile.ZipFile(file) as archive:
        yield _in_archive(archive)


def _in_folder(folder: Path) -> Iterator[tuple[str, BinaryIO, int]]:
    for path in sorted(folder.glob("*.json")):
        if path.name != INDEX:
            with path.open("rb") as content:
                yield path.name, content, os.fstat(content.fileno()).st_size


def _in_archive(archive: zipfile.ZipFile) -> Iterator[tuple[str, BinaryIO, int]]:
    for entry in archive.infolist():
        if entry.filename != INDEX:
            with archive.open(entry) as content:
                yield entry.filename, content, entry.file_size  # type: ignore[misc]


def index(sessions: int, projects: int) -> bytes:
    """Return what says that all is there."""
    return json.dumps({"format": FORMAT, "sessions": sessions, "projects": projects}).encode()
