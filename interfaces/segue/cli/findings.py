"""What a check found, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import click

from segue.cli.console import line

State = Literal["right", "wrong", "warning", "unknown"]
_SIGNS = {"right": ("✓", "green"), "wrong": ("✗", "red"), "warning": ("!", "yellow"), "unknown": ("–", "yellow")}


@dataclass(frozen=True)
class Finding:
    """`mend`, where there is one, puts right what is wrong, and returns in words what it did."""

    check: str
    state: State
    detail: str
    mend: Callable[[], str] | None = None

    def show(self) -> None:
        sign, color = _SIGNS[self.state]
        click.echo(f"{click.style(sign, fg=color)} {self.check:<10} {line(self.detail)}")

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check, "state": self.state, "detail": self.detail, "mendable": self.mend is not None}
