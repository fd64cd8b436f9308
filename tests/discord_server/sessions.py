"""What the gateway owes to each of the bot's sessions: numbered events, kept for whoever resumes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from tests.discord_server.changes import Changes
from tests.discord_server.intents import Intent
from tests.discord_server.users import Payload


@dataclass(eq=False)
class Session:
    """Events are numbered from 1; `connected` while a socket serves them, `deaf` while what happens is lost to it."""

    id: str
    intents: Intent
    events: list[tuple[str, Payload]] = field(default_factory=list)
    connected: bool = False
    deaf: bool = False

    def payload(self, seq: int) -> Payload:
        name, data = self.events[seq - 1]
        return {"op": 0, "t": name, "s": seq, "d": data}


class Sessions:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._open: dict[str, Session] = {}
        self._twice: list[str] = []

    @property
    def online(self) -> bool:
        return any(session.connected for session in self._open.values())

    def open(self, intents: Intent) -> Session:
        session = Session(secrets.token_hex(16), intents)
        self._open[session.id] = session
        return session

    def find(self, session_id: str) -> Session | None:
        return self._open.get(session_id)

    def end(self, session: Session) -> None:
        """Make the session one that cannot be resumed."""
        self._open.pop(session.id, None)

    def end_all(self) -> None:
        self._open.clear()

    def deafen(self) -> None:
        """Tell the sessions there are nothing more, not even later, until each is connected anew."""
        for session in self._open.values():
            session.deaf = True

    def duplicate_next(self, name: str) -> None:
        self._twice.append(name)

    def dispatch(self, name: str, data: Payload, needs: Intent | None = None, hidden: Payload | None = None) -> None:
        """Owe the event to every session that asked for it; to those without message content owe `hidden` instead."""
        times = 1
        if name in self._twice:
            self._twice.remove(name)
            times = 2
        for session in self._open.values():
            if session.deaf or (needs is not None and not session.intents & needs):
                continue
            sees_all = hidden is None or Intent.MESSAGE_CONTENT in session.intents
            session.events += [(name, data if sees_all or hidden is None else hidden)] * times
        self._changes.notify()
