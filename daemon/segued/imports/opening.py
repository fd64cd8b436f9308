"""Which format a file has, and the conversations.json inside ChatGPT's archive."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from segue.errors import BadRequest, Invalid, TooLarge
from segue.models import ImportFormat
from segued.imports import chatgpt, discord, irc, own
from segued.imports.base import Read, Source
from segued.imports.json_reader import JsonReader
from segued.imports.spool import spool_file

READERS: Mapping[ImportFormat, Read] = {
    "segue": own.read,
    "chatgpt": chatgpt.read,
    "discord": discord.read,
    "irc": irc.read,
}
_TELLING: Mapping[str, ImportFormat] = {  # what a format's first object has and no other's
    "format": "segue",
    "exported_at": "segue",
    "session": "segue",
    "mapping": "chatgpt",
    "create_time": "chatgpt",
    "current_node": "chatgpt",
    "conversation_id": "chatgpt",
    "guild": "discord",
    "channel": "discord",
    "dateRange": "discord",
}
_CONVERSATIONS = re.compile(r"(.*/)?conversations(-\d+)?\.json")
_HEAD = 16 * 1024
_PIECE = 1024 * 1024
_MOST_CONTENTS = 4 * 1024 * 1024  # bytes of an archive's table of contents
_MOST_RATIO = 200  # of an archive: JSON becomes some 5 to 20 times smaller
_HARMLESS = 16 * 1024 * 1024  # bytes that anything may become, whatever the ratio


@contextmanager
def opened(
    file: BinaryIO, form: ImportFormat | None, name: str, most_bytes: int, most_unpacked: int, folder: Path
) -> Iterator[tuple[ImportFormat, Source]]:
    """Give the file's format, found out where it is None, and what it is to be read from. An archive is unpacked into a
    nameless file in the folder. Raises `BadRequest`, `Invalid` or `TooLarge`."""
    file.seek(0)
    if file.read(4) != b"PK\3\4":
        yield form or _format_of(file), Source(file, name, most_bytes)
        return
    if form not in (None, "chatgpt"):
        raise Invalid("this is an archive: unpack it, and bring in the files in it", field="format")
    with spool_file(folder) as unpacked:
        _unpack(file, unpacked, most_unpacked)
        yield "chatgpt", Source(unpacked, name, most_bytes)


def _format_of(file: BinaryIO) -> ImportFormat:
    file.seek(0)
    head = file.read(_HEAD)
    if not head.strip():
        raise BadRequest("the file is empty")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadRequest("byte 0 is no UTF-8 text (it looks like UTF-16): convert the file first")
    text = head.decode(errors="replace").removeprefix("\ufeff").lstrip()
    if "\0" not in text and irc.looks_like_one(text):
        return "irc"
    if text.startswith(("{", "[")):
        if form := _format_of_json(JsonReader(file)):
            return form
        raise Invalid("this is JSON, but no format that can be read: see `segue import --help`", field="format")
    raise Invalid("nobody knows this format: see `segue import --help` for those that can be read", field="format")


def _format_of_json(reader: JsonReader) -> ImportFormat | None:
    """Return the format of the first object in it."""
    if reader.peek() == b"[":
        next(reader.elements(), None)
    if reader.peek() != b"{":
        return None
    for key in reader.fields():
        if key in _TELLING:
            return _TELLING[key]
        reader.skip()
    return None


class _Modest(io.BufferedReader):
    """Refuses to read a table of contents that would fill the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        whole = size is None or size < 0
        read = super().read(_MOST_CONTENTS + 1 if whole else min(size or 0, _MOST_CONTENTS + 1))
        if len(read) > _MOST_CONTENTS:
            raise TooLarge(
                "the archive's table of contents is too long: unpack it, and bring in its conversations.json"
            )
        return read


def _unpack(file: BinaryIO, unpacked: BinaryIO, most: int) -> None:
    """Write the conversations in the archive to a file, one behind the other."""
    file.seek(0)
    modest = _Modest(file)  # type: ignore[arg-type]
    try:
        with zipfile.ZipFile(modest) as archive:
            found = sorted((i for i in archive.infolist() if _CONVERSATIONS.fullmatch(i.filename)), key=_name)
            if not found:
                raise Invalid("there is no conversations.json in the archive: unpack it, and bring in the files in it")
            for info in found:
                _check(info, most)
            for info in found:
                _write(archive, info, unpacked, most)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as exc:
        raise BadRequest(f"the archive cannot be read ({exc}): is it cut off?") from exc
    finally:
        modest.detach()


def _name(info: zipfile.ZipInfo) -> str:
    return info.filename


def _check(info: zipfile.ZipInfo, most: int) -> None:
    if info.file_size > most:
        raise TooLarge(f"{info.filename} in the archive has {info.file_size} bytes and the limit is {most}")
    if info.file_size > max(_HARMLESS, info.compress_size * _MOST_RATIO):
        raise TooLarge(f"{info.filename} is packed more tightly than any conversation can be: this is no export")


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, unpacked: BinaryIO, most: int) -> None:
    with archive.open(info) as packed:
        while piece := packed.read(_PIECE):
            unpacked.write(piece)
            if unpacked.tell() > most:
                raise TooLarge(f"what is in the archive has more than {most} bytes: bring it in piece by piece")
    unpacked.write(b"\n")
