"""A session as this window has it: what is known of it, what waits to be sent, and what was being written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from segue.tui import facts
from segue.tui.conversation import Conversation, GetClient
from segue.tui.prompt.draft import Draft
from segue.tui.view import View, advance, opened

if TYPE_CHECKING:
    from segue.events import Event


@dataclass
class Goal:
    """A message to go to as soon as the session is there."""

    message_id: str
    seq: int


@dataclass(eq=False)
class Visit:
    """`read_seq` is up to where the reader has read, `goal` where the reader wants to be, `is_loading` whether more
    messages are on their way."""

    tell: Callable[[facts.Fact], object]
    client: GetClient
    view: View = field(default_factory=View)
    draft: Draft = field(default_factory=Draft)
    read_seq: int = 0
    goal: Goal | None = None
    is_loading: bool = False
    is_open: bool = False

    def __post_init__(self) -> None:
        self.conversation = Conversation(self._tell, self.client)

    def _tell(self, fact: facts.Fact) -> None:
        fact.visit = self
        self.tell(fact)

    @property
    def session_id(self) -> str:
        """The session's id, "" until it is known."""
        return self.conversation.session_id

    def enter(self, read_seq: int) -> None:
        """Come (back) to it, having read it up to a seq."""
        self.read_seq = max(read_seq, self.read_seq)
        self.is_open = False
        self.view = replace(self.view, connection="connecting")

    def take(self, event: Event) -> None:
        """Take an event of the session in; raises `Gap` if one before it is missing."""
        self.view = advance(self.view, event)
        if event.type == "snapshot" and not self.is_open:
            self.is_open = True
            self.view = opened(self.view, self.read_seq)
