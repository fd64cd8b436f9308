"""What users may be called: no name looks like nothing, and none is another's but for its case and what nobody sees."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

from segue.models.base import Name

# Of the characters that are letters or marks, these are drawn as nothing (Unicode: Default_Ignorable_Code_Point).
_DRAWN_AS_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0000, 0xE0FFF))


def _is_unseen(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
        or character in _DRAWN_AS_NOTHING
        or any(first <= ord(character) <= last for first, last in _SELECTORS)
    )


@lru_cache(maxsize=10_000)
def likeness(name: str) -> str:
    """Return what people see of a name, whatever its case: names of which this is the same are taken for one."""
    seen = "".join(c for c in unicodedata.normalize("NFKC", name) if c.isspace() or not _is_unseen(c))
    return " ".join(unicodedata.normalize("NFKC", seen.casefold()).split())


def _as_seen(name: str) -> str:
    seen = " ".join(unicodedata.normalize("NFKC", name).split())
    if any(map(_is_unseen, seen)):
        raise ValueError("must not contain characters that nobody sees")
    if not seen:
        raise ValueError("must not be blank")
    return seen


UserName = Annotated[Name, AfterValidator(_as_seen)]
