"""JSON of any length, read where it lies in a file: only the value that is asked for is ever held."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

from pydantic_core import from_json

from segue.errors import BadRequest

MAX_DEPTH = 100
TOO_LONG = "it is longer than a message may be"
_CHUNK = 256 * 1024
_LONGEST_KEY = 64 * 1024
_LONGEST_SCALAR = 4096  # a number or a word
_SPACE = re.compile(rb"[ \t\r\n]*")
_WITHIN_STRING = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_FLAT = re.compile(  # what opens nothing that it does not close at once
    rb'[^"\[\]{}]*(?:(?:"[^"\\]*(?:\\.[^"\\]*)*"|\[\]|\{\})[^"\[\]{}]*)*', re.DOTALL
)
_SCALAR = re.compile(rb'[^\s,:\[\]{}"]*')
_OPENING, _QUOTE = b"[{", ord('"')


class TooLong(BadRequest):
    """A value is longer than was asked for. It has been read over: the next one can be read."""

    def __init__(self, position: int, size: int) -> None:
        super().__init__(f"the value at byte {position} is longer than may be ({size} bytes)")


class JsonReader:
    """Reads a file from its beginning. What stands behind each key and element that is told must be read over, by
    `value`, `skip`, `fields` or `elements`, before the next is. Raises `BadRequest`, which says where, on no JSON."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek(0)
        if self._load() and self._buffer.startswith(b"\xef\xbb\xbf"):
            self._at = 3

    @property
    def position(self) -> int:
        """The next byte's place in the file."""
        return self._base + self._at

    def seek(self, position: int) -> None:
        """Go on at a position that was told before."""
        self._file.seek(position)
        self._buffer, self._base, self._at = b"", position, 0

    def peek(self) -> bytes:
        """Return the byte that the next value, or what stands in its place, begins with; nothing at the end."""
        while True:
            self._at = self._end_of(_SPACE)
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            if not self._load():
                return b""

    def fields(self) -> Iterator[str]:
        """Read an object, telling key by key."""
        for _ in self._parts(b"{", b"}", "an object"):
            if self.peek() != b'"':
                raise self._wrong("a key")
            key = self.value(_LONGEST_KEY)
            self._take(b":", "':'")
            yield key

    def elements(self) -> Iterator[int]:
        """Read an array, element by element: 1, 2, 3 …"""
        return self._parts(b"[", b"]", "an array")

    def value(self, limit: int) -> Any:
        """Return the next value. Raises `TooLong` if it has more bytes than `limit`."""
        self.peek()
        begin = self.position
        self.skip()
        if self.position - begin > limit:
            raise TooLong(begin, self.position - begin)
        return self.again(begin, self.position)

    def again(self, begin: int, end: int) -> Any:
        """Return a value that was read over before, and where. What is read next stays what it was."""
        raw = self._between(begin, end)
        with suppress(ValueError):  # that is faster, and stricter: it takes no half of a surrogate pair
            return from_json(raw)
        try:
            return json.loads(raw.decode())
        except UnicodeDecodeError as exc:
            raise BadRequest(f"byte {begin + exc.start} is no UTF-8 text: convert the file first") from exc
        except ValueError as exc:
            raise BadRequest(f"this is not JSON (the value at byte {begin}: {exc})") from exc

    def skip(self) -> None:
        """Read over the next value."""
        match self.peek():
            case b'"':
                self._at += 1
                self._skip_string()
            case b"[" | b"{":
                self._skip_nested()
            case _:
                self._skip_scalar()

    def _parts(self, first: bytes, last: bytes, what: str) -> Iterator[int]:
        self._take(first, what)
        if self.peek() == last:
            self._at += 1
            return
        number = 1
        while True:
            yield number
            if self.peek() == last:
                self._at += 1
                return
            self._take(b",", f"',' or '{last.decode()}'")
            number += 1

    def _take(self, byte: bytes, what: str) -> None:
        if self.peek() != byte:
            raise self._wrong(what)
        self._at += 1

    def _skip_string(self) -> None:
        """Read to the end of a string that has begun."""
        while True:
            self._at = self._end_of(_WITHIN_STRING)
            if self._at < len(self._buffer) and self._buffer[self._at] == _QUOTE:
                self._at += 1
                return
            self._load_more()

    def _skip_nested(self) -> None:
        self._at += 1
        depth = 1
        while depth:
            self._at = self._end_of(_FLAT)
            if self._at == len(self._buffer):
                self._load_more()
                continue
            byte = self._buffer[self._at]
            self._at += 1
            if byte == _QUOTE:
                self._skip_string()
                continue
            depth += 1 if byte in _OPENING else -1
            if depth > MAX_DEPTH:
                raise BadRequest(f"it is nested deeper than {MAX_DEPTH} levels (byte {self.position})")

    def _skip_scalar(self) -> None:
        begin = self.position
        while (end := self._end_of(_SCALAR)) == len(self._buffer) and self.position - begin < _LONGEST_SCALAR:
            self._at = end
            if not self._load():
                break
        self._at = end
        if not 0 < self.position - begin < _LONGEST_SCALAR:
            raise self._wrong("a value")

    def _end_of(self, pattern: re.Pattern[bytes]) -> int:
        found = pattern.match(self._buffer, self._at)
        return found.end() if found else self._at

    def _load_more(self) -> None:
        if not self._load():
            raise self._wrong("more")

    def _load(self) -> bool:
        """Read on in the file, and drop what is behind us; False at its end."""
        if not (more := self._file.read(_CHUNK)):
            return False
        self._base += self._at
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
        return True

    def _between(self, begin: int, end: int) -> bytes:
        if begin >= self._base:
            return self._buffer[begin - self._base : end - self._base]
        here = self._file.tell()
        self._file.seek(begin)
        raw = self._file.read(end - begin)
        self._file.seek(here)
        return raw

    def _wrong(self, expected: str) -> BadRequest:
        found = self._buffer[self._at : self._at + 1]
        if not found:
            return BadRequest(f"the file ends in the middle (byte {self.position}): is it cut off?")
        return BadRequest(f"this is not JSON (byte {self.position}: {expected} was expected): is it damaged?")
