"""Which session a name means, the same on the command line and in the tools of agents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SHORTEST_PART = 4  # characters of an id that stand for it
_LEADING = re.compile(r"^[\W_]+")


def called(name: str, sessions: Sequence[tuple[str, str]]) -> list[str]:
    """Return the ids of the sessions, given as (id, title), that `name` means: those with this id or title, else those
    whose id begins or ends so, else those whose title is so but for capitals and its leading punctuation (general:
    "#General")."""
    bare = _bare(name)
    for matches in (
        [key for key, title in sessions if name in (key, title)],
        with_end(name, (key for key, _ in sessions)),
        [key for key, title in sessions if bare and _bare(title) == bare],
    ):
        if matches:
            return matches
    return []


def with_end(part: str, ids: Iterable[str]) -> list[str]:
    """Return those of the ids that begin or end so; none for what is too short to stand for one."""
    return [key for key in ids if len(part) >= SHORTEST_PART and _has_end(key, part.lower())]


def _bare(title: str) -> str:
    return _LEADING.sub("", title).casefold()


def _has_end(key: str, part: str) -> bool:
    return key.startswith(part) or key.endswith(part)
