"""The report: one Markdown table a section, and what the targets made of it."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Target:
    """One line of issue 2's "to reach"."""

    what: str
    asked: str
    came_out: str
    reached: bool


@dataclass
class Section:
    """A table under a title; `notes` say how it was measured."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def markdown(self) -> str:
        return "\n".join([f"## {self.title}", "", *table(self.columns, self.rows), "", *self.notes, ""])


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in (columns, *rows)) for i in range(len(columns))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (columns, *rows)]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return [f"| {line} |" for line in lines]


def targets_markdown(sections: list[Section]) -> str:
    rows = [(t.what, t.asked, t.came_out, "yes" if t.reached else "**no**") for s in sections for t in s.targets]
    return "\n".join(["## Targets", "", *table(("what", "asked", "came out", "reached"), rows), ""]) if rows else ""


def heading() -> str:
    """Say what it ran on."""
    machine = f"{platform.system()} {platform.release()}, {len(os.sched_getaffinity(0))} CPUs"
    return (
        f"# Segue, measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n"
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {machine}."
        " Every number is the best of its rounds: compare within a table, not with another machine.\n"
    )


def save(text: str) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.md"
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"\nWritten to {path}\n")
    return path
