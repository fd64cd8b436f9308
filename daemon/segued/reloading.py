"""Taking over changed settings while the daemon runs: which can be, which need a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from segue.errors import Invalid
from segue.models import Reloaded
from segued.config import Settings
from segued.errors import StartError

log = logging.getLogger(__name__)

RELOADABLE = (
    "agents",
    "anonymous_loopback",
    "backup.every_hours",
    "backup.keep",
    "imports",
    "log",
    "mcp",
    "server.allowed_hosts",
    "server.allowed_origins",
    "server.heartbeat_seconds",
    "server.max_backlog_bytes",
    "server.requests_per_minute",
    "server.stop_grace_seconds",
    "server.unix_users",
    "sessions.approval_minutes",
    "sessions.tool_timeout_seconds",
    "sessions.turn_timeout_seconds",
)
"""What the parts read anew; everything else needs a restart."""

TakeOver = Callable[[Settings], Awaitable[None] | None]


class Reloader:
    """Holds the settings that are in force; `read` gives those of now, or raises a `ConfigError`."""

    def __init__(self, settings: Settings, read: Callable[[], Settings]) -> None:
        self.settings = settings
        self._read = read
        self._parts: list[TakeOver] = []
        self._one_by_one = asyncio.Lock()

    def tell(self, part: TakeOver) -> None:
        """Have the part take over what is changed from now on, after those that were named before."""
        self._parts.append(part)

    async def reload(self) -> Reloaded:
        """Read the settings and put in force what can be. Raises `Invalid`, and changes nothing, if they are wrong."""
        async with self._one_by_one:
            try:
                found = await asyncio.to_thread(self._read)
                wanted = _taken_over(self.settings, found)
                for part in self._parts:
                    if (taking := part(wanted)) is not None:
                        await taking
            except StartError as exc:
                log.error("the settings were not taken over, the old ones stay in force. %s", exc)
                raise Invalid(f"{exc}\nThe old settings stay in force.") from exc
            done = Reloaded(
                changed=tuple(_differences(self.settings, wanted)), needs_restart=tuple(_differences(wanted, found))
            )
            self.settings = wanted
        _say(done)
        return done


def _say(done: Reloaded) -> None:
    log.info("settings read anew; changed: %s", ", ".join(done.changed) or "nothing")
    if done.needs_restart:
        log.warning("these need a restart: %s", ", ".join(done.needs_restart))


def _taken_over(old: Settings, new: Settings) -> Settings:
    """Return the old settings with those of the new that can be taken over."""
    update: dict[str, Any] = {}
    for key in RELOADABLE:
        part, _, name = key.partition(".")
        value = getattr(new, part)
        if name:
            value = update.get(part, getattr(old, part)).model_copy(update={name: getattr(value, name)})
        update[part] = value
    return old.model_copy(update=update)


def _differences(old: Settings, new: Settings) -> Iterator[str]:
    """Name the settings that differ; never their values, which may be secrets."""
    yield from _differing(old.model_dump(), new.model_dump())


def _differing(old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Name what differs in two tables: an entry that only one of them has is named as a whole."""
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield f"{prefix}{name} (removed)"
        elif name not in old:
            yield f"{prefix}{name} (added)"
        elif isinstance(old[name], dict) and isinstance(new[name], dict):
            yield from _differing(old[name], new[name], f"{prefix}{name}.")
        elif old[name] != new[name]:
            yield prefix + name
