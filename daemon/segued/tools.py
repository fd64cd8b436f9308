"""What a tool is to an agent, wherever it comes from: a description for the model, and a call that gives text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from segue.models import Attachment, SessionId

BUILT_IN = "segue"  # the server of the tools that need none
UNKNOWN = ""  # the server of a call that cannot be made: its tool is called what the model called it

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


class AbsentServer(Protocol):
    """A server whose tools are not known yet."""

    @property
    def name(self) -> str: ...

    async def wait(self) -> None:
        """Return when it has told its tools, or has failed."""
        ...

    def tool(self, name: str) -> Tool | None:
        """Return its tool of that name. Before it has told, that is one which waits for it when it is called, and may
        turn out not to be there."""
        ...


@dataclass(frozen=True)
class Offer:
    """What servers offer: their tools, and the servers whose tools are not known yet."""

    tools: Sequence[Tool] = ()
    absent: Sequence[AbsentServer] = ()


@dataclass(frozen=True)
class Toolbox:
    """The tools of one turn, under names that are unique: `server__tool`, and the plain name for what is built in."""

    tools: Mapping[str, Tool] = field(default_factory=dict)
    absent: Sequence[AbsentServer] = ()

    @classmethod
    def of(cls, tools: Iterable[Tool], absent: Sequence[AbsentServer] = ()) -> Toolbox:
        named: dict[str, Tool] = {}
        for tool in tools:
            named[_unique(tool, named)] = tool
        return cls(named, absent)

    def named(self, name: str) -> Tool | None:
        """Return the tool that a model calls so, also one of a server that is absent."""
        if (tool := self.tools.get(name)) is not None:
            return tool
        return next((server.tool(plain) for server, plain in self._absent(name)), None)

    async def wait_for(self, names: Iterable[str]) -> None:
        """Wait for the absent servers whose tools a model asks for, so that it is known what these are."""
        servers = {server.name: server for name in names for server, _ in self._absent(name)}
        await asyncio.gather(*(server.wait() for server in servers.values()))

    def _absent(self, name: str) -> Iterator[tuple[AbsentServer, str]]:
        """Yield the absent servers that a tool of this name may be of, and what they call it."""
        for server in self.absent if name not in self.tools else ():
            plain = name.removeprefix(f"{server.name}__")
            if plain not in ("", name):
                yield server, plain

    def find(self, server: str, name: str) -> Tool | None:
        """Return the tool that a stored call names, if it is still there, or its server is absent."""
        for tool in self.tools.values():
            if (tool.server, tool.name) == (server, name):
                return tool
        return next((absent.tool(name) for absent in self.absent if absent.name == server), None)

    def name_of(self, server: str, name: str) -> str | None:
        """Return what the model calls a tool, if it is still there."""
        return next((n for n, t in self.tools.items() if (t.server, t.name) == (server, name)), None)


def unique_name(server: str, name: str) -> str:
    """Return what a model calls a tool, where no other tool's name comes to the same."""
    return _NO_NAME.sub("_", name if server in (BUILT_IN, UNKNOWN) else f"{server}__{name}")[:_NAME_LENGTH]


def _unique(tool: Tool, taken: Mapping[str, Tool]) -> str:
    name = wanted = unique_name(tool.server, tool.name)
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted[: _NAME_LENGTH - len(str(number)) - 1]}_{number}"
    return name
