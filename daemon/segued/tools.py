"""What a tool is to an agent, wherever it comes from: a description for the model, and a call that gives text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from segue.models import Attachment, SessionId

BUILT_IN = "segue"  # the server of the tools that need none

_NAME_LENGTH = 64  # what every provider takes
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class Outcome:
    """What a tool answered; where it `failed`, why."""

    text: str
    failed: bool = False
    images: tuple[Attachment, ...] = ()


class Tool(Protocol):
    """One thing that can be asked for. `parameters` is a JSON schema; one that is `read_only` changes nothing, and may
    be asked twice. One that `asks` is called only when a person allows it."""

    @property
    def server(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def read_only(self) -> bool: ...
    @property
    def asks(self) -> bool: ...

    async def call(self, arguments: Mapping[str, Any], session_id: SessionId) -> Outcome:
        """Do it, for a session. What goes wrong is an outcome, for the model to read."""
        ...


@dataclass(frozen=True)
class Toolbox:
    """The tools of one turn, under names that are unique: `server__tool`, and the plain name for what is built in."""

    tools: Mapping[str, Tool] = field(default_factory=dict)

    @classmethod
    def of(cls, tools: Iterable[Tool]) -> Toolbox:
        named: dict[str, Tool] = {}
        for tool in tools:
            named[_unique(tool, named)] = tool
        return cls(named)

    def find(self, server: str, name: str) -> Tool | None:
        """Return the tool that a stored call names, if it is still there."""
        return next((t for t in self.tools.values() if (t.server, t.name) == (server, name)), None)

    def name_of(self, server: str, name: str) -> str | None:
        """Return what the model calls a tool, if it is still there."""
        return next((n for n, t in self.tools.items() if (t.server, t.name) == (server, name)), None)


def _unique(tool: Tool, taken: Mapping[str, Tool]) -> str:
    plain = tool.name if tool.server == BUILT_IN else f"{tool.server}__{tool.name}"
    name = wanted = _NO_NAME.sub("_", plain)[:_NAME_LENGTH]
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted[: _NAME_LENGTH - len(str(number)) - 1]}_{number}"
    return name
