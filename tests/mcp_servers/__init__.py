"""MCP servers that tests start as processes of their own, and the settings that name them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from segued.config import McpServerSettings

_HERE = Path(__file__).parent


def modern(*arguments: str, **settings: Any) -> McpServerSettings:
    """Return the server written with the official SDK, which speaks the newest protocol."""
    return _settings("modern.py", arguments, settings)


def older(*arguments: str, **settings: Any) -> McpServerSettings:
    """Return the server of the older protocol, which starts in no time."""
    return _settings("older.py", arguments, settings)


def _settings(file: str, arguments: tuple[str, ...], settings: dict[str, Any]) -> McpServerSettings:
    return McpServerSettings(command=sys.executable, args=(str(_HERE / file), *arguments), **settings)


def as_environment(**servers: McpServerSettings) -> dict[str, str]:
    """Return the settings of a daemon (see `tests.daemons`) that name these servers."""
    told = {name: server.model_dump(exclude_defaults=True) for name, server in servers.items()}
    return {"MCP": json.dumps(told)}
