"""What a tool is: a description for a model, the arguments it takes, the scope it needs, and what runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from segue.models import Request, Scope
from segued.api.mcp_server.visit import Visit

_NAME = Annotated[str, Field(min_length=1, max_length=500)]
Session = Annotated[
    _NAME | None,
    Field(
        description="The session: its id, an end of that (4 characters or more), or its title. Without it: your own."
    ),
]
OnlySession = Annotated[
    _NAME | None, Field(description="Only in this session, given by its id, an end of that or its title.")
]
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most.")]


@dataclass(frozen=True)
class Said:
    """A tool's answer: a text for the model, and its facts for programs."""

    text: str
    facts: dict[str, Any] = field(default_factory=dict)


Do = Callable[[Visit, Any], Awaitable[Said]]


@dataclass(frozen=True)
class OwnTool:
    name: str
    description: str
    arguments: type[Request]
    scope: Scope
    do: Do


class Toolbox:
    """The tools of one part, gathered in their order."""

    def __init__(self) -> None:
        self.tools: list[OwnTool] = []

    def tool(self, arguments: type[Request], description: str, scope: Scope = "read") -> Callable[[Do], Do]:
        """Make a tool of the decorated function, under its name."""

        def register(do: Do) -> Do:
            self.tools.append(OwnTool(do.__name__, description, arguments, scope, do))
            return do

        return register
