"""An address as people write it, taken apart; and what to say when nobody answers there. Stdlib only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from segue.errors import Unreachable


@dataclass(frozen=True)
class Address:
    """Where a daemon listens: a socket file, or a host and port."""

    text: str
    socket: Path | None
    host: str
    port: int
    secure: bool = False

    @property
    def url(self) -> str:
        """The base of every request's URL; over a socket the host is only a name for the Host header."""
        if self.socket:
            return "http://localhost"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether a daemon at this address runs on this machine."""
        return self.socket is not None or self.host in ("localhost", "::1") or self.host.startswith("127.")

    def unreachable(self, reason: str) -> Unreachable:
        """Return the error for an address that nobody answers at, saying how to start a daemon."""
        advice = "start it with `segue server start`" if self.is_local else "start it there, or correct SEGUE_URL"
        return Unreachable(f"no daemon answers at {self.text} ({reason}): {advice}")


def parse(text: str) -> Address:
    """Take `unix:/path`, `http://host:port` or `https://host:port` apart; raise ValueError for anything else."""
    if text.startswith("unix:") and len(text) > len("unix:"):
        return Address(text, Path(text.removeprefix("unix:")).expanduser(), "localhost", 0)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as exc:
        raise ValueError(_help(text)) from exc
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.username:
        raise ValueError(_help(text))
    secure = parts.scheme == "https"
    return Address(text, None, parts.hostname, port or (443 if secure else 80), secure)


def _help(text: str) -> str:
    return f"'{text}' is not an address: use unix:/path/to/segue.sock or http://host:port"
