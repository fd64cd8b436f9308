"""The daemon's own log: lines for people or JSON for programs, never a message's content nor a secret."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from segued.config import LogSettings
from segued.log_file import LogFile

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
session_id: ContextVar[str | None] = ContextVar("session_id", default=None)
turn_id: ContextVar[str | None] = ContextVar("turn_id", default=None)
_ABOUT = (request_id, session_id, turn_id)


def _about() -> dict[str, str]:
    """Return in the course of what a line is written."""
    return {variable.name: value for variable in _ABOUT if (value := variable.get())}


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        about = ", ".join(f"{name.removesuffix('_id')} {value}" for name, value in _about().items())
        return f"{line} [{about}]" if about else line


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= _about()
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure(settings: LogSettings) -> None:
    """Send the log to standard error or the file, as the settings say. Raises `LogUnusable`, and leaves it as it is."""
    handler: logging.Handler
    if settings.file:
        handler = LogFile(Path(settings.file).expanduser().absolute(), settings.max_bytes, settings.keep)
    else:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Json() if settings.format == "json" else _Text("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "httpx2", "httpcore", "mcp", "openai", "anthropic", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
