"""What can be told of a conversation without a model: hits, decisions, who said how much. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from segue.models import MemoryHit, Message, SearchHit, SessionId
from segued.memory.words import telling

MODEL_ID = "offline"
LONGEST_QUESTION = 2000  # characters; what follows is not looked at to find out what is asked

_LONGEST_LINE = 240
_MOST_LINES = 20
_LAST_SAID = 5

_ASKS_ABOUT = (
    re.compile(
        r"^(?:please |can you |could you )*(?:search|find|recall|look up|grep)(?: for| about)? (.+)$", re.I | re.S
    ),
    re.compile(r"^(?:do|can) you (?:remember|recall) (.+)$", re.I | re.S),
    re.compile(
        r"\bwhat (?:do (?:you|we)|is) (?:know|remember|recall|known|remembered) (?:about|of) (.+)$", re.I | re.S
    ),
    re.compile(
        r"\bwh(?:at|en|o|ere) (?:(?:did|have|has|had|was|were) (?:\w+ ){0,2})?"
        r"(?:say|said|decided?|agreed?|talk(?:ed)?|discuss(?:ed)?|mention(?:ed)?)\b"
        r"(?: (?:about|on|for|regarding))? (?!(?:about|on|for)\W*$)(.+)$",
        re.I | re.S,
    ),
)
_REMEMBER = re.compile(
    r"^(?:please,? |can you |could you )*remember(?: that\b|:)?\s+(?!(?:when|what|who|how|where|why|if|me)\b)(.+)$",
    re.I | re.S,
)
_NAMED = re.compile(r"^([\w][\w .-]{0,59}?)\s*(?:=|:\s)\s*(\S.*)$", re.S)
_KEY_WORDS = 5
_DECISION = re.compile(
    r"\b(?:decided|decision|agreed|settled on|going with|we(?:'ll| will| shall| go with| use now)"
    r"|let(?:'s| us) (?:use|go with|take|do|keep))\b",
    re.I,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")


def said(messages: Sequence[Message]) -> list[Message]:
    """Return what people and models said, without this agent's own echoes of it."""
    return [m for m in messages if m.role in ("user", "assistant") and m.model_id != MODEL_ID and not m.deleted]


def topic(text: str) -> str | None:
    """Return what a text asks to recall, or None if it asks for something else."""
    found = next(filter(None, (asks.search(text[:LONGEST_QUESTION]) for asks in _ASKS_ABOUT)), None)
    return (found[1].strip(" \t\n?!.\"'“”`") or None) if found else None


def memo(text: str) -> tuple[str, str] | None:
    """Return the key and the value of what a text asks to remember, or None if it asks for something else.

    "remember editor = helix" names its key; "remember that we deploy on Friday" gets it from its words."""
    found = _REMEMBER.search(text)
    if found is None:
        return None
    value = found[1].strip()
    if named := _NAMED.search(value):
        return named[1].strip(), named[2].strip()
    words = [word for word in telling(value) if not word.isdigit()]
    return "-".join(words[:_KEY_WORDS]).lower() or "note", value


def list_memories(about: str, memories: Sequence[MemoryHit], now: datetime) -> str:
    """Return what is remembered about it, who said so and when; "" if it is nothing."""
    lines = [
        f"- **{_one_line(memory.key)}**: {_one_line(memory.value)} ({memory.saved_by}, {_at(memory.saved_at, now)})"
        for memory in memories
    ]
    return "\n".join([f"What is remembered about “{about}”:", "", *lines]) if lines else ""


def list_hits(
    about: str, hits: Sequence[SearchHit], here: SessionId, now: datetime, *, without_memos: bool = False
) -> str:
    """Return who said what and when about it, best first; "" if nobody said anything. `without_memos` leaves out what
    was told to be remembered: it is listed as a memory."""
    lines = [_hit_line(hit, here, now) for hit in hits if _tells(hit.message, without_memos)]
    return "\n".join([f"What I found about “{about}”:", "", *lines]) if lines else ""


def _tells(message: Message, without_memos: bool) -> bool:
    """Tell whether a message is more than a question about the same."""
    text = message.content[:LONGEST_QUESTION]
    return bool(said([message])) and topic(text) is None and not (without_memos and memo(text))


def _hit_line(hit: SearchHit, here: SessionId, now: datetime) -> str:
    where = "" if hit.message.session_id == here else f" in “{hit.session_title}”"
    marked = hit.snippet.replace("⟦", "**").replace("⟧", "**")
    return f"- {_who_and_when(hit.message, now)}{where}: {_one_line(marked)}"


def list_decisions(messages: Sequence[Message], about: str | None, now: datetime) -> str:
    """Return the sentences that sound decided, oldest first; with `about` only those about it, and "" if none are."""
    found = [(m, s) for m in messages for s in decisions(m.content) if not about or _shares_a_word(s, about)]
    if not found:
        return "" if about else "Nothing here sounds like a decision yet (“we decided…”, “we will…”, “let's use…”)."
    title = f"Decided about “{about}”:" if about else "What sounds decided here:"
    return "\n".join([title, "", *(f"- {_who_and_when(m, now)}: {_one_line(s)}" for m, s in found[-_MOST_LINES:])])


def decisions(text: str) -> Iterator[str]:
    """Yield the sentences that sound like a decision."""
    return (s for s in _SENTENCES.split(text) if _DECISION.search(s) and not s.rstrip().endswith("?"))


def _shares_a_word(sentence: str, about: str) -> bool:
    meant = {w for w in re.findall(r"\w+", about.lower()) if len(w) > 2} or {about.lower()}
    return any(w in sentence.lower() for w in meant)


def recap(messages: Sequence[Message], now: datetime) -> str:
    """Return who said how much since when, and the last things said."""
    if not messages:
        return "Nothing was said here before your message."
    counts = Counter(m.sender for m in messages).most_common(_MOST_LINES)
    who = ", ".join(f"{name} {n}" for name, n in counts)
    total = f"{len(messages)} message{'s' if len(messages) != 1 else ''} since {_when(messages[0], now)}"
    last = [f"- {_who_and_when(m, now)}: {_one_line(m.content)}" for m in messages[-_LAST_SAID:]]
    return "\n".join([f"{total}: {who}.", "", "Said last:", "", *last])


def _who_and_when(message: Message, now: datetime) -> str:
    return f"{message.sender}, {_when(message, now)}"


def _when(message: Message, now: datetime) -> str:
    return _at(message.created_at, now)


def _at(time: datetime, now: datetime) -> str:
    at = time.astimezone(now.tzinfo)
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at.day} {at:%B %Y %H:%M}"


def _one_line(text: str) -> str:
    line = " ".join(text[: 4 * _LONGEST_LINE].split())
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
