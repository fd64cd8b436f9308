"""The agent that answers where no model is configured: no language model, and it says so; it knows what was said."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from segue.errors import SegueError
from segue.models import Message, Summary, Usage
from segued.agent import recollection
from segued.agent.base import Asked, Finished, Piece, Prompt, Text
from segued.tools import Toolbox

MODEL_ID = recollection.MODEL_ID
HELP = """\
I am Segue's built-in offline agent. I am no language model: I cannot reason or write for you. What I can do:

- `search X`, or "what did we say about X?": find what was said here (while you are alone, in your other sessions too)
- `remember that X`: keep it for every session of this project; "what do you know about X?" brings it back
- `decisions`, or "what did we decide about X?": the decisions of this session
- `recap`: who said how much, and what was said last
- `tools`, `use NAME {…}`: the tools that a model could use here, and what one of them answers
- `time`: the time and date where the daemon runs
- `count to 100`: a long answer, to see one arrive

For a real model, set one in the daemon's `config.toml` and run `segue server reload`:

```toml
[agents.chat]
model = "openai:gpt-5"             # or anthropic:…, google:…, ollama:…, openai-compatible:…
api_key_env = "OPENAI_API_KEY"     # the variable that holds the key
```"""

_NO_PROJECT = """\
This session belongs to no project, so there is no memory to keep that in (here it is kept as a message). \
`segue sessions project {session} NAME` puts it into one; all sessions of a project share what it remembers."""

_HIGHEST_COUNT = 2000
_LONGEST_ANSWER = 10_000  # characters
_LONGEST_QUOTE = 120

_MENTIONS = re.compile(r"^(?:@[\w-]+[\s,:]*)+")
_COUNT = re.compile(r"\bcount (?:up )?to (\d{1,9})\b", re.I)
_HELP = re.compile(
    r"^(?:/?help|hi|hello|hey|\?|how do i (?:configure|set).*)\W*$|\b(?:what can you do|who are you)\b", re.I
)
_USE = re.compile(r"^(?:use|call) ([\w-]+)(?:\s+(\{.*\}))?\s*$", re.I | re.S)
_TOOLS = re.compile(r"^(?:list |show |what )?tools?\W*$|\bwhat tools (?:are there|do you have|can you use)\b", re.I)
_TIME = re.compile(
    r"^(?:time|date|today|now)\W*$|\bwhat(?:'s| is) the (?:time|date)\b|\bwhat (?:time|day|date) is it\b", re.I
)
_RECAP = re.compile(
    r"\b(?:summary|summari[sz]e|recap|tl;?dr|catch me up|what happened)\b|\bwhat did we (?:say|talk about)\W*$", re.I
)
_DECISIONS = re.compile(
    r"^(?:(?:list|show)\b.*)?decisions?\W*$|\b(?:list|show|what are|what were)\b.*\bdecisions\b"
    r"|\bwhat (?:did|have|had|has) \w+ (?:decided?|agreed?)\b",
    re.I,
)


class OfflineAgent:
    """Answers out of the conversation itself, word by word with `pause_seconds` between, so that one sees it stream."""

    def __init__(self, pause_seconds: float = 0.015) -> None:
        self._pause_seconds = pause_seconds

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        if (asked := asks_for_tool(prompt)) is not None:
            yield asked
        else:
            for word in words(await compose(prompt, datetime.now().astimezone())):
                yield Text(word)
                await asyncio.sleep(self._pause_seconds)
        yield Finished(Usage(), MODEL_ID)


def asks_for_tool(prompt: Prompt) -> Asked | None:
    """Return the tool that the last message tells to use, or None if it asks for something else."""
    asked = prompt.messages[-1] if prompt.messages else None
    found = _USE.search(_MENTIONS.sub("", asked.content.strip())) if asked and asked.tool_call is None else None
    if found is None or prompt.toolbox.named(found[1]) is None:
        return None
    try:
        arguments = json.loads(found[2] or "{}")
    except ValueError as exc:
        return Asked(found[1], {}, wrong=str(exc))
    return Asked(found[1], arguments if isinstance(arguments, dict) else {})


async def compose(prompt: Prompt, now: datetime) -> str:
    """Return the whole answer to the last message; times are shown in the zone of `now`."""
    asked = prompt.messages[-1] if prompt.messages else None
    if asked is not None and asked.tool_call is not None:
        return _bounded(_report(asked))
    whole = _MENTIONS.sub("", asked.content.strip()) if asked else ""
    text = whole[: recollection.LONGEST_QUESTION]
    if memo := recollection.memo(whole):
        return await _remember(prompt, *memo)
    if asked is None or not text or _HELP.search(text):
        return HELP
    said = recollection.said(prompt.messages[:-1])
    topic = recollection.topic(text)
    if _DECISIONS.search(text):
        answer = recollection.list_decisions(said, topic, now)
        return _bounded(answer if answer or not topic else await _search(prompt, asked, topic, now))
    if topic:
        return _bounded(await _search(prompt, asked, topic, now))
    return _bounded(_direct(text, said, now, prompt) or _honest(text, len(said)))


def _report(result: Message) -> str:
    """Return what a tool answered."""
    said = f"\n\n```\n{result.content}\n```" if "\n" in result.content else f" {result.content or '(nothing)'}"
    return f"`{result.sender}` {'could not do that' if result.is_error else 'answered'}:{said}"


def _tools(toolbox: Toolbox) -> str:
    lines = [f"- `{name}`: {' '.join(tool.description.split())}" for name, tool in toolbox.tools.items()]
    return "\n".join(['What can be used here (`use NAME {"argument": "value"}`):', "", *lines])


def words(text: str) -> list[str]:
    """Split into words with the blanks before them; joined again, they are the text."""
    return re.findall(r"\s*\S+|\s+$", text)


def _direct(text: str, said: Sequence[Message], now: datetime, prompt: Prompt) -> str:
    if count := _COUNT.search(text):
        return " ".join(map(str, range(1, min(int(count[1]), _HIGHEST_COUNT) + 1)))
    if _TOOLS.search(text):
        return _tools(prompt.toolbox)
    if _TIME.search(text):
        return f"It is {now:%H:%M} on {now:%A}, {now.day} {now:%B %Y} ({now:%Z}, where the daemon runs)."
    return _recap(said, now, prompt.summary) if _RECAP.search(text) else ""


def _recap(said: Sequence[Message], now: datetime, summary: Summary | None) -> str:
    told = recollection.recap(said, now)
    return f"{told}\n\nOf the first {summary.message_count} messages:\n\n{summary.text}" if summary else told


async def _search(prompt: Prompt, asked: Message, topic: str, now: datetime) -> str:
    """Return what is remembered of the topic, and what was said about it."""
    remembered = await prompt.notebook.recall(topic) if prompt.notebook else ()
    if prompt.notebook:
        await prompt.notebook.note_use(remembered)
    hits = [hit for hit in await prompt.search(topic) if hit.message.id != asked.id]
    found = (
        recollection.list_memories(topic, remembered, now),
        recollection.list_hits(topic, hits, prompt.session.id, now, without_memos=prompt.notebook is not None),
    )
    nothing = f"I found nothing about “{topic}” in what was said. Fewer or other words may find more: `search WORDS`."
    return "\n\n".join(filter(None, found)) or nothing


async def _remember(prompt: Prompt, key: str, value: str) -> str:
    if prompt.notebook is None:
        return _NO_PROJECT.format(session=prompt.session.id)
    try:
        await prompt.notebook.remember(key, value)
    except SegueError as exc:
        return f"I could not keep that: {exc.message}."
    return f"Kept in the memory of {prompt.session.project_id}, under “{key}”."


def _honest(text: str, said: int) -> str:
    one_line = " ".join(text.split())
    quote = one_line if len(one_line) <= _LONGEST_QUOTE else f"{one_line[:_LONGEST_QUOTE]}…"
    offer = "`recap` sums up what was said so far, and " if said else ""
    return (
        f"I received “{quote}”, but I am Segue's built-in offline agent and no language model: "
        f"I cannot answer that. It is kept in this session. {offer}`search WORDS` finds what was said about something. "
        "For a real model, set `model` under `[agents.chat]` in `config.toml`; `help` shows how."
    )


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST_ANSWER else f"{text[:_LONGEST_ANSWER]}…\n\n(Cut here: too long.)"
