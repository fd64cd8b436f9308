"""The log as a file of its own: limited in size, some older ones kept, standard error in it too."""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from segued.errors import LogUnusable


class LogFile(RotatingFileHandler):
    """Writes the file, which is for its owner only. What is written to standard error (by Python when it crashes, by
    libraries) goes there too, unless that is a terminal. A file that was moved away is begun anew."""

    def __init__(self, path: Path, max_bytes: int, keep: int) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            super().__init__(path, maxBytes=max_bytes, backupCount=keep, encoding="utf-8", errors="backslashreplace")
        except OSError as exc:
            raise LogUnusable(
                f"the log file {path} cannot be written: {exc.strerror or exc}; give another in [log] file"
            ) from exc

    def _open(self) -> TextIOWrapper:
        stream = open(self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=_for_its_owner)  # noqa: SIM115
        if not os.isatty(2):
            os.dup2(stream.fileno(), 2)
        return stream

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.stream is not None and not self._is_current(self.stream):
                self.stream.close()
                self.stream = self._open()
        except OSError:
            self.handleError(record)
        super().emit(record)

    def _is_current(self, stream: TextIOWrapper) -> bool:
        """Whether what we write to is the file that people find (another program may have moved it away)."""
        try:
            found = os.stat(self.baseFilename)
        except FileNotFoundError:
            return False
        return os.path.samestat(found, os.fstat(stream.fileno()))


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
