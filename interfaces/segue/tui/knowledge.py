"""A session's context and a project's memories, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from segue.tui.plain import one_line
from segue.tui.words import interface_name, local_time

if TYPE_CHECKING:
    from segue.models import Compression, ContextView, Memory, Summary, TokenCount

NOTHING = "Nothing yet. Agents add what they work with."
NO_MEMORIES = "Nothing. `segue memory set KEY VALUE` remembers something, agents remember by themselves."


def describe_context(view: ContextView, tokens: TokenCount | None = None) -> str:
    """Return a session's context under headings, the newest first, and what the model is given of what was said; ""
    parts are left out."""
    context = view.context
    scores = context.file_importance_scores
    parts = (
        _part("Files", (_file(f.path, scores.get(f.path), f.timestamp) for f in context.files_accessed)),
        _part("Searches", (f"{one_line(s.query)}  ({local_time(s.timestamp)})" for s in context.recent_searches)),
        _part("Decisions", (f"{one_line(d.decision)}  ({local_time(d.timestamp)})" for d in context.decisions)),
        _part("Memories used", (one_line(m.memory_key or m.memory_id or "") for m in context.saved_memories)),
    )
    told = "\n\n".join(filter(None, parts))
    left_out = "\n\nOlder entries are left out here." if view.left_out else ""
    given = filter(None, (_size(tokens), _summary(view.compressed_context)))
    return "\n\n".join([f"{told or NOTHING}{left_out}", *given])


def _size(tokens: TokenCount | None) -> str:
    if tokens is None:
        return ""
    counted = "counted by the provider" if tokens.source == "provider" else "estimated"
    return f"The model is given {tokens.count:,} tokens of this conversation ({counted})."


def _summary(summary: Summary | None) -> str:
    if summary is None:
        return ""
    what = f"Instead of the first {summary.message_count} messages, up to {local_time(summary.upto_at)}, it is given"
    return f"{what} this summary (the transcript is whole):\n\n{summary.text}"


def describe_compression(done: Compression) -> str:
    """Return what came of asking for a summary."""
    made = done.summary if done.changed else None
    if made is None:
        return f"{done.message[:1].upper()}{done.message[1:]}."
    return (
        f"The first {made.message_count} messages are summarised for the model: {made.tokens_after:,} tokens instead of"
        f" {made.tokens_before:,}. The transcript is whole; /context shows the summary."
    )


def _part(heading: str, lines: Iterable[str]) -> str:
    found = list(lines)[::-1]
    return "\n".join([heading, *(f"  {line}" for line in found)]) if found else ""


def _file(path: str, importance: float | None, at: datetime) -> str:
    weight = f", importance {importance:g}" if importance is not None else ""
    return f"{one_line(path)}  ({local_time(at)}{weight})"


def describe_memories(memories: Sequence[Memory]) -> str:
    """Return memories, each with who said so, where and when."""
    return "\n\n".join(_memory(memory) for memory in memories) or NO_MEMORIES


def _memory(memory: Memory) -> str:
    said = f"{one_line(memory.saved_by)} · {interface_name(memory.interface)} · {local_time(memory.saved_at)}"
    version = f" · version {memory.version}" if memory.version > 1 else ""
    return f"{one_line(memory.memory_key)}  ({said}{version})\n  {one_line(memory.memory_value)}"
