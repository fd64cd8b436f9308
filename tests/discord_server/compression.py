"""The gateway's transport compression: one stream for a whole connection, flushed after every message."""

from __future__ import annotations

import importlib
import zlib
from typing import Any, Protocol


class Stream(Protocol):
    def compress(self, data: bytes) -> bytes: ...


class ZlibStream:
    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def compress(self, data: bytes) -> bytes:
        return self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """For clients with zstandard or Python 3.14, which ask for it; these have what is needed here too."""

    def __init__(self) -> None:
        try:
            found: Any = importlib.import_module("compression.zstd").ZstdCompressor()
            self._flush = found.FLUSH_BLOCK
            self._compress = found.compress
        except ImportError:
            zstandard: Any = importlib.import_module("zstandard")
            stream = zstandard.ZstdCompressor().compressobj()
            self._flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
            self._compress = lambda data, flush: stream.compress(data) + stream.flush(flush)

    def compress(self, data: bytes) -> bytes:
        compressed: bytes = self._compress(data, self._flush)
        return compressed


def open_stream(name: str | None) -> Stream | None:
    """Return what `compress=` in the gateway's address asks for."""
    match name:
        case "zlib-stream":
            return ZlibStream()
        case "zstd-stream":
            return ZstdStream()
        case _:
            return None
