"""What a message looks like at Discord: pure functions."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from segue.discord_bot.attachments import File, attached
from segue.discord_bot.splitting import closed, split
from segue.models import Message, Turn, TurnState

NONCE_LENGTH = 24
"""Discord takes 25 characters."""
_INTERFACES = {"tui": "terminal", "cli": "command line", "discord": "Discord", "http": "API", "mcp": "MCP"}
_MARKDOWN = re.compile(r"([\\*_`~|>\[\]#<:@-])")
_CONTROL = re.compile(r"\s+")


@dataclass(frozen=True)
class Part:
    """One message at Discord. `text` is as Discord keeps it: without white space around it."""

    text: str
    files: tuple[File, ...] = ()
    pings: tuple[int, ...] = ()
    """Who is told of it, if the text mentions them."""


def nonce(message_id: str, part: int, place: str, attempt: int = 0) -> str:
    """Return what makes a part's second sending the same message: Discord compares it across all channels."""
    source = f"{message_id}/{part}/{place}/{attempt}"
    return hashlib.blake2b(source.encode(), digest_size=NONCE_LENGTH // 2).hexdigest()


def render(message: Message, turn: Turn | None, max_parts: int, *, heading: bool = True) -> list[Part]:
    """Return the parts of a message: an answer as it is, anybody else's words under their name. What is attached to it
    goes with the last."""
    if message.role == "assistant":
        text, name = _with_end(message.content, ending(message, turn)), "answer.md"
    else:
        text, name = (_under_name(message) if heading else message.content), "message.md"
    files, links = attached(message)
    parts = in_parts("\n".join([text, *links]), max_parts, name) or [Part("")]
    return [*parts[:-1], Part(parts[-1].text, (*parts[-1].files, *files))]


def in_parts(text: str, max_parts: int, file_name: str) -> list[Part]:
    """Split a text; what does not fit into so many parts follows as a file that holds all of it."""
    parts = split(text)
    if len(parts) <= max_parts:
        return [Part(part.strip()) for part in parts]
    note = f"-# That is not all: the whole text has {len(text):,} characters and is in the file."
    return [*(Part(part.strip()) for part in parts[: max_parts - 1]), Part(note, (File(file_name, text.encode()),))]


def growing(text: str, max_parts: int) -> list[str]:
    """Return the parts of an answer that is being written, as far as they will stay parts whatever follows."""
    return [part.strip() for part in split(text)[: max(1, max_parts - 1)]]


def ending(message: Message, turn: Turn | None) -> str:
    """Return what has to be said below an answer that did not come to its end; nothing below one that did."""
    if message.status == "complete":
        return ""
    return f"-# {_ended(message.status, turn)}"


def notice(turn: Turn) -> str:
    """Return what is said of a turn that ended without an answer."""
    return f"-# {_ended(turn.state, turn)}"


def _ended(state: TurnState | str, turn: Turn | None) -> str:
    if state == "cancelled":
        return "⏹ Stopped."
    reason = f": {one_line(turn.error.message)}" if turn and turn.error else "."
    return f"⏹ Interrupted{reason}" if state == "interrupted" else f"⚠️ The answer failed{reason}"


def one_line(text: str, length: int = 300) -> str:
    """Return the text in one line, cut to `length`."""
    flat = _CONTROL.sub(" ", text).strip()
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def plain(text: str) -> str:
    """Return the text so that Discord shows it as it is: a name is no mark-up."""
    return _MARKDOWN.sub(r"\\\1", one_line(text))


def interface_name(interface: str) -> str:
    return _INTERFACES.get(interface, interface)


def _under_name(message: Message) -> str:
    heading = f"**{plain(message.sender)}** ({plain(interface_name(message.interface))}):"
    block = message.content.lstrip().startswith(("```", "#", ">", "- ", "* ", "1."))
    return f"{heading}{chr(10) if block else ' '}{message.content.strip()}"


def _with_end(text: str, end: str) -> str:
    return f"{closed(text)}\n{end}" if end else text
