"""Server-sent events, taken apart: bytes in, frames out. Stdlib only, and no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")  # a \r at the very end may be half of \r\n: it waits for more


@dataclass(frozen=True)
class Frame:
    """One event of a stream. Unlike in browsers `id` is that of this frame only: None if the frame carried none."""

    event: str
    data: str
    id: str | None = None


class FrameParser:
    """Feed it what arrives, cut anywhere; it gives each frame once it is whole. Comments are skipped."""

    def __init__(self) -> None:
        self._unfinished: list[bytes] = []
        self._fields: dict[str, str] = {}
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """Yield the frames that `chunk` completes. A frame without data is none, as the standard says."""
        self._unfinished.append(chunk)
        if b"\n" not in chunk and b"\r" not in chunk:
            return  # not joined until a line ends: a frame of megabytes comes in hundreds of chunks
        *lines, rest = _LINE_END.split(b"".join(self._unfinished))
        self._unfinished = [rest]
        for line in lines:
            if line:
                self._take(line.decode(errors="replace"))
            elif (frame := self._finish()) is not None:
                yield frame

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event" or (name == "id" and "\0" not in value):
            self._fields[name] = value

    def _finish(self) -> Frame | None:
        fields, data = self._fields, self._data
        self._fields, self._data = {}, []
        if not data:
            return None
        return Frame(event=fields.get("event") or "message", data="\n".join(data), id=fields.get("id"))
