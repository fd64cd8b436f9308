"""What became of a file, added up while it is brought in."""

from __future__ import annotations

from dataclasses import dataclass, field

from segue.models import ImportedSession, ImportFormat, ImportRemark, ImportReport, SessionId
from segued.imports.base import Begun, Changed, Happened, Item, LeftOut, Said
from segued.store.base import Imported

_SESSIONS = 1000
_REASONS = 50  # told apart
_EXAMPLES = 3
_OTHER = "other reasons"


@dataclass
class _Count:
    title: str
    session_id: SessionId | None = None
    created: bool = False
    messages: int = 0
    context: int = 0
    known: int = 0
    begun: bool = False

    def told(self) -> ImportedSession:
        return ImportedSession(
            id=self.session_id,
            title=self.title,
            created=self.created,
            messages=self.messages,
            context=self.context,
            known=self.known,
        )


@dataclass
class Tally:
    """Counts conversations, and in each what was stored, or is to be. Of many, the first are remembered by name."""

    format: ImportFormat
    conversations: int = 0
    messages: int = 0
    context: int = 0
    known: int = 0
    present: int = 0
    _sessions: dict[str, _Count] = field(default_factory=dict)
    _origin: str = ""
    _current: _Count = field(default_factory=lambda: _Count(""))
    _left_out: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    _changed: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def begin(self, begun: Begun) -> None:
        """From here on it is this conversation that is counted, once there is something in it."""
        if begun.origin == self._origin:
            return
        self._origin = begun.origin
        self._current = self._sessions.get(begun.origin) or _Count(begun.title)
        if begun.whole:
            self._add()

    def found(self, item: Item) -> None:
        """Count an item that was read."""
        match item:
            case Begun():
                self.begin(item)
            case Said():
                self._add(messages=1)
            case Happened():
                self._add(context=1)
            case _:
                self.remark(item)

    def stored(self, imported: Imported) -> None:
        """Count what was stored of the conversation."""
        self._current.session_id = imported.session_id
        self._current.created |= imported.created
        self._add(imported.messages, imported.entries, imported.known)

    def _add(self, messages: int = 0, context: int = 0, known: int = 0) -> None:
        if not self._current.begun:
            self._current.begun = True
            self.conversations += 1
            if len(self._sessions) < _SESSIONS:
                self._sessions[self._origin] = self._current
        for counts in (self, self._current):
            counts.messages += messages
            counts.context += context
            counts.known += known

    def remark(self, item: LeftOut | Changed) -> None:
        reasons = self._left_out if isinstance(item, LeftOut) else self._changed
        reason = item.reason if item.reason in reasons or len(reasons) < _REASONS else _OTHER
        count, examples = reasons.get(reason, (0, []))
        if len(examples) < _EXAMPLES:
            examples.append(item.where)
        reasons[reason] = (count + 1, examples)

    @property
    def reasons(self) -> str:
        """Why nothing is left, in words."""
        return "; ".join(f"{reason} ({examples[0]})" for reason, (_, examples) in list(self._left_out.items())[:3])

    def report(self, dry_run: bool) -> ImportReport:
        return ImportReport(
            format=self.format,
            dry_run=dry_run,
            session_count=self.conversations,
            messages=self.messages,
            context=self.context,
            known=self.known,
            present=self.present,
            sessions=tuple(count.told() for count in self._sessions.values()),
            left_out=_remarks(self._left_out),
            changed=_remarks(self._changed),
        )


def _remarks(reasons: dict[str, tuple[int, list[str]]]) -> tuple[ImportRemark, ...]:
    ordered = sorted(reasons.items(), key=lambda item: -item[1][0])
    return tuple(ImportRemark(reason=r, count=count, examples=tuple(examples)) for r, (count, examples) in ordered)
