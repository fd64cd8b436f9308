from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_WILD = {"**": ".+", "*": "[^/]+"}


@dataclass(frozen=True)
class Target:
    """Requests by method ("POST", "PUT|DELETE", "*") and path: `*` is one segment, `**` any number of them."""

    method: str
    pattern: str

    @cached_property
    def _path(self) -> re.Pattern[str]:
        parts = re.split(r"(\*\*|\*)", self.pattern)
        return re.compile("".join(_WILD.get(part, re.escape(part)) for part in parts))

    def covers(self, method: str, path: str) -> bool:
        return self._path.fullmatch(path) is not None and (self.method == "*" or method in self.method.split("|"))
