"""What tools the servers had last, kept in a file, so that a turn right after the start knows them. It is a hint: where
it is lost or cannot be written, they are known once the server is up again, and what has changed is found then."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from segue.models import McpTool
from segued.config import McpServerSettings

log = logging.getLogger(__name__)

_Lists = dict[str, tuple[str, tuple[McpTool, ...]]]
"""By server: a fingerprint of the settings under which it had the tools, and these."""

_FILE: TypeAdapter[_Lists] = TypeAdapter(_Lists)


class KnownTools:
    """`file` None keeps nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lists: _Lists = _read(file) if file else {}

    def get(self, server: str, settings: McpServerSettings) -> Mapping[str, McpTool] | None:
        """Return the tools that a server had last under these settings; None if it never told."""
        fingerprint, tools = self._lists.get(server, ("", ()))
        return {tool.name: tool for tool in tools} if fingerprint == _fingerprint(settings) else None

    def keep(self, server: str, settings: McpServerSettings, tools: Mapping[str, McpTool]) -> None:
        """Keep what tools a server has."""
        kept = (_fingerprint(settings), tuple(tools.values()))
        if self._lists.get(server) != kept:
            self._lists[server] = kept
            self._write()

    def forget_others(self, servers: Mapping[str, McpServerSettings]) -> None:
        """Keep only what is known of these servers, from the next time that something is kept."""
        self._lists = {name: kept for name, kept in self._lists.items() if name in servers}

    def _write(self) -> None:
        if self._file is None:
            return
        new = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.touch(mode=0o600)
            new.write_bytes(_FILE.dump_json(self._lists))
            os.replace(new, self._file)
        except OSError as exc:
            log.warning("the tools of MCP servers are not kept for the next start: %s", exc)


def _read(file: Path) -> _Lists:
    try:
        return _FILE.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return {}


def _fingerprint(settings: McpServerSettings) -> str:
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()
