"""Sessions, messages and memories as text for a model."""

from __future__ import annotations

from collections.abc import Iterable

from segue.models import Memory, Message, SessionSummary

_LONGEST = 20_000  # characters of one text


def told(message: Message) -> str:
    """Return a message with its seq, who said it, from where and when."""
    remark = "" if message.status == "complete" else f", {message.status}"
    at = f"{message.created_at:%Y-%m-%d %H:%M:%S} UTC"
    text = "(deleted)" if message.deleted else shortened(message.content)
    return f"[{message.seq}] {message.sender} ({message.role}, {message.interface}, {at}{remark}):\n{text}"


def transcript(messages: Iterable[Message]) -> str:
    return "\n\n".join(map(told, messages))


def summary(session: SessionSummary) -> str:
    """Return a session in one line."""
    facts = [f"{session.message_count} messages", f"changed {session.updated_at:%Y-%m-%d %H:%M} UTC"]
    facts += [f"project {session.project_id}"] if session.project_id else []
    facts += [f"open in {', '.join(session.attached)}"] if session.attached else []
    facts += ["archived"] if session.archived else []
    said = f": {session.last_message_preview}" if session.last_message_preview else ""
    return f"- {session.id} “{session.title}” ({'; '.join(facts)}){said}"


def remembered(memory: Memory) -> str:
    """Return a memory with its key, and who saved it when."""
    return f"- {memory.memory_key}: {shortened(memory.memory_value)} (by {memory.saved_by}, {memory.saved_at:%Y-%m-%d})"


def unmarked(snippet: str) -> str:
    """Return a search hit's snippet without the marks around what was found."""
    return snippet.replace("⟦", "").replace("⟧", "")


def shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters in all)"
