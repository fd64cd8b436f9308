"""A summary without a model: lines of the conversation itself, chosen by what they are about. The same messages give
the same summary.

It is lists under headings. What is made of an earlier summary and new messages has the lines of both, as far as there
is room.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from segue.models import Message
from segued.agent.prompt import estimate_tokens
from segued.agent.recollection import decisions, said
from segued.memory.words import telling

PARTS, EARLIER, DECIDED, ASKED, SAID = "Said so far", "Before that", "Decided", "Asked", "Said, word by word"
_SHARES = {PARTS: 0.2, EARLIER: 0.3, DECIDED: 0.3, ASKED: 0.15, SAID: 1.0}  # of the room that is left, in this order

_LONGEST_LINE = 200  # characters
_SHORTEST_SENTENCE = 4  # telling words, for one to be worth quoting
_MOST_SENTENCES = 20_000  # that are looked at, the newest
_MOST_CANDIDATES = 1000
_MOST_SPEAKERS = 5
_TOPICS = 3  # words that tell what somebody talked about most
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")
_CODE = re.compile(r"```.*?(?:```|\Z)", re.S)

Quote = tuple[Message, str]


def extract(earlier: str, messages: Sequence[Message], longest_tokens: int) -> str:
    """Return what the earlier summary says and the messages say, within `longest_tokens`."""
    spoken = [m for m in said(messages) if m.content.strip()]
    quotes = [(m, sentence) for m in spoken for sentence in _sentences(m.content)][-_MOST_SENTENCES:]
    decided = [(m, s) for m in spoken for s in decisions(_CODE.sub("", m.content))]
    asked = [quote for quote in quotes if quote[1].endswith("?") and quote[0].role == "user"]
    known = _sections(earlier)
    listed = {s for _, s in (*decided, *asked)}
    ranked = _ranked([quote for quote in quotes if quote[1] not in listed])
    sections = {
        PARTS: [*known.get(PARTS, ()), *([_part(spoken)] if spoken else ())],
        EARLIER: known.get(EARLIER, []),
        DECIDED: [*known.get(DECIDED, ()), *map(_quoted, decided)],
        ASKED: [*known.get(ASKED, ()), *map(_quoted, asked)],
        SAID: known.get(SAID, []),
    }
    return _within(sections, ranked, quotes[:1], longest_tokens)


def _within(
    sections: Mapping[str, list[str]], ranked: Iterable[Quote], first: Sequence[Quote], longest_tokens: int
) -> str:
    """Return the sections, each cut to its share: the newest lines stay. What is said last gets what is left."""
    told = []
    for heading, share in _SHARES.items():
        room = int(longest_tokens * share) - estimate_tokens(heading) - 1
        if heading == SAID:
            kept = list(_fitting(reversed(sections[SAID]), room // 2))[::-1]
            new = _fitting_quotes(chain(first, ranked), room - sum(map(_tokens, kept)))
            lines = list(dict.fromkeys([*kept, *new]))
        else:
            lines = list(_fitting(reversed(list(dict.fromkeys(sections[heading]))), room))[::-1]
        if lines:
            longest_tokens -= estimate_tokens(heading) + 1 + sum(map(_tokens, lines))
            told.append("\n".join([f"{heading}:", *(f"- {line}" for line in lines)]))
    return "\n\n".join(told)


def _tokens(line: str) -> int:
    return estimate_tokens(line) + 2


def _fitting(lines: Iterable[str], room: int) -> Iterator[str]:
    for line in lines:
        room -= _tokens(line)
        if room < 0:
            return
        yield line


def _fitting_quotes(quotes: Iterable[Quote], room: int) -> list[str]:
    """Return the best that fit, in the order in which they were said."""
    chosen: dict[str, Message] = {}
    for message, sentence in quotes:
        line = _quoted((message, sentence))
        if line in chosen:
            continue
        room -= _tokens(line)
        if room < 0:
            break
        chosen[line] = message
    return sorted(chosen, key=lambda line: chosen[line].seq)


def _sections(earlier: str) -> dict[str, list[str]]:
    """Return the lines of an earlier summary under their headings. One that somebody else wrote stands as it is."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = sections.setdefault(EARLIER, [])
    for line in filter(None, map(str.strip, earlier.splitlines())):
        heading = line.removesuffix(":")
        if heading in _SHARES and line != heading:
            lines = sections.setdefault(heading, [])
        else:
            lines.append(_short(line.removeprefix("- ")))
    return sections


def _part(messages: Sequence[Message]) -> str:
    """Return who said how much, about what, and when: "40 messages, 3 May 2026 12:01 to 15:30 UTC: ada 20 (launch)"."""
    counts = Counter(m.sender for m in messages).most_common(_MOST_SPEAKERS)
    who = ", ".join(f"{_short(name)} {count}{_topics(messages, name)}" for name, count in counts)
    number = f"{len(messages)} message{'s' if len(messages) > 1 else ''}"
    return f"{number}, {_span(messages[0].created_at, messages[-1].created_at)}: {who}"


def _span(begin: datetime, end: datetime) -> str:
    until = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{begin:%Y-%m-%d %H:%M} to {until} UTC"


def _topics(messages: Sequence[Message], sender: str) -> str:
    own = Counter(word for m in messages if m.sender == sender for word in _words(m.content))
    often = [word for word, count in own.most_common(_TOPICS) if count > 1]
    return f" ({', '.join(often)})" if often else ""


def _sentences(text: str) -> Iterator[str]:
    return filter(None, (s.strip(" \t*#>-") for s in _SENTENCES.split(_CODE.sub("", text))))


def _words(text: str) -> list[str]:
    return [word.lower() for word in telling(text) if not word.isdigit() and len(word) <= 40]


def _ranked(quotes: Sequence[Quote]) -> Iterator[Quote]:
    """Yield the sentences by how much they tell of what is talked about; what was told already counts less and less.
    Of those that differ only in their numbers and little words it is the first."""
    words = [sorted(set(_words(sentence))) for _, sentence in quotes]
    weight = {word: float(count) for word, count in Counter(w for found in words for w in found).items()}

    def score(number: int) -> float:
        return sum(weight[word] for word in words[number]) / (4 + len(words[number]))

    different = {tuple(found): n for n, found in reversed(list(enumerate(words))) if len(found) >= _SHORTEST_SENTENCE}
    heap = [(-score(n), n) for n in different.values()]
    heap = heapq.nsmallest(_MOST_CANDIDATES, heap)  # the best; a sorted list is a heap
    while heap:
        before, number = heapq.heappop(heap)
        if -before > (now := score(number)):  # one of its words was told meanwhile
            heapq.heappush(heap, (-now, number))
            continue
        yield quotes[number]
        for word in words[number]:
            weight[word] /= 3


def _quoted(quote: Quote) -> str:
    message, sentence = quote
    return f"{_short(message.sender)}: {_short(sentence)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
