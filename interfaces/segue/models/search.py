"""What a search finds."""

from __future__ import annotations

from segue.models.base import Model
from segue.models.messages import Message


class SearchHit(Model):
    """A message that matched. `snippet` marks each hit with ⟦ and ⟧; a higher `score` is a better match."""

    message: Message
    session_title: str
    snippet: str
    score: float


class SearchPage(Model):
    """A page of what was found, best first. Of what was found only the best 500 are ranked: `total` counts up to that.
    `note` says in words what was left out of the search, and why."""

    query: str
    hits: tuple[SearchHit, ...]
    total: int = 0
    limit: int = 20
    offset: int = 0
    note: str = ""


class Rebuilt(Model):
    """What is being put into the search index anew, and of how much that is gone the vectors were dropped."""

    messages: int
    memories: int
    vectors_dropped: int
