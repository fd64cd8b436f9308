"""Items: what an agent program keeps in a session, given back as it was given. Each is a message that people see."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from segue.models.base import Model, Name, Request, SessionId

MAX_ITEMS = 10_000  # in one addition, and in one page
MAX_ADDITIONS = 500  # in one request

Item = dict[str, Any] | str


class AddItems(Request):
    """Items that go in together, in their order, or not at all."""

    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=MAX_ITEMS)] = Field(
        description="JSON objects; one that is given as a string is kept letter by letter."
    )
    agent: Name | None = Field(None, description="Who speaks in them as the assistant; by default the session's agent.")


class AddItemsTo(AddItems):
    session_id: SessionId


class AddItemsToSessions(Request):
    """Several additions, each of which succeeds or fails for itself."""

    additions: Annotated[tuple[AddItemsTo, ...], Field(min_length=1, max_length=MAX_ADDITIONS)]


class ItemsAdded(Model):
    """How many items went in, and the seq of the last."""

    added: int
    last_seq: int


class ItemsRefused(Model):
    """Why an addition failed: the error as it would be answered alone."""

    error: dict[str, Any]


class ItemsOutcomes(Model):
    """What became of the additions, in their order."""

    outcomes: tuple[ItemsAdded | ItemsRefused, ...]


class ItemPage(Model):
    """The last items before a point, oldest first; if there may be earlier ones, `before_seq` is where to go on."""

    items: tuple[dict[str, Any], ...]
    before_seq: int | None = None


class PoppedItem(Model):
    """The item that was taken away; null if there was none."""

    item: dict[str, Any] | None = None
