"""How long something lasts, as people write it: 90s, 15m, 12h, 30d, 2w."""

from __future__ import annotations

import re
from typing import Any

import click

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_DURATION = re.compile(r"(\d{1,9})\s*([smhdw])")


class Duration(click.ParamType[int]):
    """A number of seconds, given with its unit."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _DURATION.fullmatch(value.strip().lower())
        if found is None:
            self.fail(f"'{value}' is no duration: write it like 12h, 30d or 2w", param, ctx)
        return int(found[1]) * _SECONDS[found[2]]
