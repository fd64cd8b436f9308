"""Which format a file has, and what an archive may hold."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from segue.errors import BadRequest, Invalid, SegueError, TooLarge
from segued.imports.opening import READERS, opened
from tests.segued.imports.files import channel, discord_message, said, talk, zipped
from tests.segued.imports.test_irc import LOGS

MOST = 64 * 1024 * 1024
EXPORT = {"format": "segue-session/1", "exported_at": "2026-01-01T00:00:00Z", "session": {}, "messages": []}


def form_of(content: bytes, folder: Path, wanted: Any = None, most: int = MOST) -> str:
    with opened(io.BytesIO(content), wanted, "f", 1024 * 1024, most, folder) as (form, _):
        return form


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (EXPORT, "segue"),
        ([EXPORT], "segue"),
        (dict(sorted(EXPORT.items())), "segue"),
        ([talk(1)], "chatgpt"),
        (talk(1), "chatgpt"),
        (channel(discord_message(1)), "discord"),
    ],
)
def test_a_format_of_json_is_known_by_its_first_object(content: Any, form: str, tmp_path: Path) -> None:
    for text in (json.dumps(content), f"\ufeff\n {json.dumps(content, indent=1)}"):
        assert form_of(text.encode(), tmp_path) == form


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_a_log_is_known_by_its_first_lines(log: str, tmp_path: Path) -> None:
    assert form_of(log.encode(), tmp_path) == "irc"


def test_a_log_that_begins_with_who_came_is_not_taken_for_json(tmp_path: Path) -> None:
    log = "[18:02:12] *** Joins: x1 (a@b)\n" * 1000 + "[18:03:00] <ada> hi\n"
    assert form_of(log.encode(), tmp_path) == "irc"


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"", BadRequest, "empty"),
        (b" \n ", BadRequest, "empty"),
        (b"\xff\xfe{\0}\0", BadRequest, "UTF-16"),
        (b"\x00\x01\x02", Invalid, "nobody knows"),
        (b"Dear Ada,", Invalid, "nobody knows"),
        (b"[]", Invalid, "no format"),
        (b"{}", Invalid, "no format"),
        (b"[1]", Invalid, "no format"),
        (b'{"a": [', BadRequest, "cut off"),
        (b"[" * 100_000, Invalid, "no format"),
        (b'{"a":' + b"[" * 100_000, BadRequest, "deeper"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, error: type[SegueError], says: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=says):
        form_of(content, tmp_path)


def test_the_conversations_in_an_archive_are_read_in_order(tmp_path: Path) -> None:
    archive = zipped(
        {
            "export/conversations-001.json": json.dumps([talk(1, 2)]).encode(),
            "export/conversations-000.json": json.dumps([talk(2, 1)]).encode(),
            "export/user.json": b"{",
        }
    )
    with opened(io.BytesIO(archive), None, "f", 1024 * 1024, MOST, tmp_path) as (form, source):
        found = said(list(READERS[form](source)))
    assert (form, [s.id for s in found]) == ("chatgpt", ["1-0", "1-1", "2-0"])
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_no_export_is_refused(tmp_path: Path) -> None:
    archive = zipped({"notes.txt": b"hi"})
    with pytest.raises(Invalid, match=r"no conversations\.json"):
        form_of(archive, tmp_path)
    with pytest.raises(Invalid, match="unpack it"):
        form_of(archive, tmp_path, wanted="irc")
    whole = zipped({"conversations.json": json.dumps([talk(50)]).encode()})
    for broken in (whole[: len(whole) // 2], whole[:200] + b"\0" * 50 + whole[250:]):
        with pytest.raises(BadRequest, match="archive cannot be read"):
            form_of(broken, tmp_path)


def test_an_archive_that_would_become_huge_is_refused(tmp_path: Path) -> None:
    bomb = zipped({"conversations.json": b" " * (32 * 1024 * 1024)}, level=9)
    with pytest.raises(TooLarge, match="more tightly"):
        form_of(bomb, tmp_path)
    with pytest.raises(TooLarge, match="the limit is 1000"):
        form_of(zipped({"conversations.json": b" " * 2000}), tmp_path, most=1000)
    two = zipped({"a/conversations.json": b" " * 900, "b/conversations.json": b" " * 900})
    with pytest.raises(TooLarge, match="more than 1000"):
        form_of(two, tmp_path, most=1000)


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    archive = bytearray(zipped({"conversations.json": b" " * 100_000}))
    at = archive.rindex(b"PK\1\2") + 24
    assert struct.unpack_from("<I", archive, at) == (100_000,)
    struct.pack_into("<I", archive, at, 10)
    with pytest.raises((BadRequest, TooLarge)):
        form_of(bytes(archive), tmp_path, most=1000)


def test_an_archive_with_an_endless_table_of_contents_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(2):
            archive.writestr(f"{number}", b"")
    raw = file.getvalue()
    end = raw.rindex(b"PK\5\6")
    contents = raw[raw.index(b"PK\1\2") : end]
    many = contents * (5 * 1024 * 1024 // len(contents))
    head = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFE, 0xFFFE, len(many), end - len(contents), 0)
    with pytest.raises(TooLarge, match="table of contents"):
        form_of(raw[: end - len(contents)] + many + head, tmp_path)


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    archive = bytearray(zipped({"conversations.json": b"[]"}))
    for at, offset in ((archive.index(b"PK\3\4"), 6), (archive.rindex(b"PK\1\2"), 8)):
        archive[at + offset] |= 1
    with pytest.raises(BadRequest, match="encrypted"):
        form_of(bytes(archive), tmp_path)
