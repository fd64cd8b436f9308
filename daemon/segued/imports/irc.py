"""Plain logs of IRC, as WeeChat, irssi, ZNC and HexChat write them. What people said is brought in; who came and went,
topics and modes are left out."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time

from segue.errors import BadRequest, Invalid
from segued.imports.base import Begun, Item, LeftOut, Said, Source
from segued.imports.json_reader import TOO_LONG

_MONTHS = {
    name: n
    for n, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}
_TIME = re.compile(
    r"\[?(?:(?P<date>\d{4}-\d\d-\d\d)[T ]|(?P<month>[A-Z][a-z]{2}) (?P<day>[ \d]\d) )?"
    r"(?P<time>\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\]?(?P<gap>[ \t])"
)
_WRITTEN_DAY = re.compile(r"(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2})(?: \d\d:\d\d(?::\d\d)?)? (?P<year>\d{4})\b")
_NAMED_DAY = re.compile(r"(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
_DAY_IN_A_NAME = re.compile(rf"[-_. ]?{_NAMED_DAY.pattern}[-_ ]?")
_END_OF_A_NAME = re.compile(r"( \(\d+\)|\.(log|txt|weechatlog)(\.(\d+|old|bak))?)+$")  # " (1).log", ".log.1"
_MARKS_OF_A_DAY = ("--- Log ", "--- Day changed ", "**** BEGIN LOGGING ", "**** ENDING LOGGING ")
_SAID = re.compile(r"<[@+%&~! ]?(?P<nick>[^>\s]+)>[ \t](?P<text>.*)", re.DOTALL)
_DONE = re.compile(r" ?\*[ \t](?P<nick>\S+)[ \t](?P<text>.*)", re.DOTALL)
_IN_COLUMNS = re.compile(r"(?P<nick>[^\t]*)\t(?P<text>.*)", re.DOTALL)
_NOTICE = re.compile(r" ?(-!-|\*\*\*|-->|<--|--|=!=|-[^\s-]\S*-|\*\s*\t?$)")
_NOTICE_OF_HEXCHAT = re.compile(  # which marks them like what somebody does
    r"\(\S+@\S+\) has joined|has (left|quit)( \(.*\))?$|has (kicked|invited) \S+|is now known as \S+$|sets mode\b"
    r"|(gives|removes) (channel|voice)|talking on \S+$|(set )?(for|by) \S+ (is:|on )|has changed the topic"
)
_PREFIXES = "@+%&~!"
_LONGEST_LINE = 64 * 1024  # bytes; a message of IRC has 512
_REMEMBERED = 50_000  # different things said, some hours of the busiest channel: a clock is set back by one
_UNREADABLE = "nobody knows this kind of line"


@dataclass(slots=True)
class _Clock:
    """Which day it is in the log, and how often the same was said at the same time."""

    day: date | None
    year: int | None = None
    now: datetime | None = None
    said: OrderedDict[int, int] = field(default_factory=OrderedDict)

    def tick(self, found: re.Match[str], number: int) -> datetime:
        if found["date"]:
            self.day = date.fromisoformat(found["date"])
        elif found["month"]:
            self.day = self._in_the_year(_MONTHS.get(found["month"], 0), int(found["day"]))
        if self.day is None:
            raise Invalid(
                f"line {number}: the log does not say which day this is: give the file a name that does, like"
                " channel.2026-01-31.log"
            )
        self.now = datetime.combine(self.day, time.fromisoformat(found["time"]))
        return self.now

    def _in_the_year(self, month: int, day: int) -> date | None:
        """Return the day of a log that tells the year once: a month that is before the last one is of the next year."""
        if self.year is None or not month:
            return None
        if self.day is not None and month < self.day.month:
            self.year += 1
        return date(self.year, month, day)

    def identity(self, nick: str, text: str) -> str:
        """Return a name for what is said now: the same in every copy of the log."""
        what = hash((self.now, nick, text))
        count = self.said[what] = self.said.pop(what, 0) + 1
        if len(self.said) > _REMEMBERED:
            self.said.popitem(last=False)
        return f"{self.now} {count} {nick} {text}"


def read(source: Source) -> Iterator[Item]:
    clock = _Clock(_day_in(source.name))
    clock.year = clock.day.year if clock.day else None
    begun = False
    for number, line in _lines(source):
        item = _item(clock, number, line) if line is not None else LeftOut(f"line {number}", TOO_LONG)
        if isinstance(item, Said) and not begun:
            begun = True
            yield Begun(_origin(source.name, item), _title(source.name), item.at)
        if item is not None:
            yield item


def looks_like_one(text: str) -> bool:
    """Whether one of the first lines is one of a log."""
    return any(map(_is_of_a_log, text.splitlines()[:200]))


def _is_of_a_log(line: str) -> bool:
    if line.startswith(_MARKS_OF_A_DAY):
        return True
    if (at := _TIME.match(line)) is None:
        return False
    rest = line[at.end() :]
    return _is_notice(at, rest) or _message(at, rest) is not None


def _lines(source: Source) -> Iterator[tuple[int, str | None]]:
    """Yield the lines with their numbers; None for one that is too long."""
    source.file.seek(0)
    number = 0
    while raw := source.file.readline(_LONGEST_LINE):
        number += 1
        too_long = len(raw) == _LONGEST_LINE
        yield number, None if too_long else _decoded(raw, number)
        while too_long and raw and not raw.endswith(b"\n"):
            raw = source.file.readline(_LONGEST_LINE)


def _decoded(raw: bytes, number: int) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as exc:
        raise BadRequest(
            f"line {number} is no UTF-8 text: convert the file first, like `iconv -f latin1 -t utf-8 FILE`"
        ) from exc
    return text.removeprefix("\ufeff").rstrip("\r\n")


def _item(clock: _Clock, number: int, line: str) -> Item | None:
    where = f"line {number}"
    if not line.strip():
        return None
    if line.startswith(_MARKS_OF_A_DAY):
        if found := _WRITTEN_DAY.search(line):
            clock.year = int(found["year"])
            clock.day = _checked_day(clock.year, _MONTHS.get(found["month"], 0), int(found["day"]), number)
        return None
    if (at := _TIME.match(line)) is None:
        return LeftOut(where, _UNREADABLE)
    if (said := _message(at, line[at.end() :])) is None:
        return LeftOut(where, "who came and went, topics, modes and notices")
    if not said[1].strip():
        return LeftOut(where, "there is nothing in it")
    try:
        now = clock.tick(at, number).astimezone()
    except (ValueError, OverflowError):
        return LeftOut(where, "there is no such day or time")
    return Said(where, clock.identity(*said), "user", *said, now)


def _message(at: re.Match[str], rest: str) -> tuple[str, str] | None:
    """Return who says what behind a time; None if nobody says anything."""
    if said := _SAID.fullmatch(rest):
        return said["nick"], said["text"]
    if _is_notice(at, rest):
        return None
    if done := _DONE.fullmatch(rest):
        return done["nick"], f"_{done['text']}_"
    if at["gap"] == "\t" and (said := _IN_COLUMNS.fullmatch(rest)) and said["nick"].strip():
        return said["nick"].strip().lstrip(_PREFIXES) or said["nick"], said["text"]
    return None


def _is_notice(at: re.Match[str], rest: str) -> bool:
    if _NOTICE.match(rest):
        return True
    done = _DONE.fullmatch(rest) if at["month"] else None
    return done is not None and _NOTICE_OF_HEXCHAT.match(done["text"]) is not None


def _day_in(name: str) -> date | None:
    """Return the first day in a file's name; other digits may stand there as well."""
    for found in _NAMED_DAY.finditer(name):
        with suppress(ValueError):
            return date(*map(int, found.groups()))
    return None


def _checked_day(year: int, month: int, day: int, number: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as exc:
        raise BadRequest(f"line {number}: there is no such day") from exc


def _origin(name: str, first: Said) -> str:
    """Return what the conversation is called: in two channels the same may be said first."""
    channel = _channel(name)
    return f"irc/{channel[:100]}/{first.id}"[:200] if channel else f"irc/{first.id}"[:200]


def _channel(name: str) -> str:
    """Return the name of a log without what other copies of it may have another of: its days, its suffix."""
    without_days = _DAY_IN_A_NAME.sub(lambda found: " " if _day_in(found[0]) else found[0], name.lower())
    return _END_OF_A_NAME.sub("", without_days.strip()).strip(" .")


def _title(name: str) -> str:
    stem = re.sub(r"\.(log|txt|weechatlog)$", "", name)
    return stem or "IRC"
