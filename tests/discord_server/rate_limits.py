"""Discord's rate limits: fixed windows by route and major parameter, and one for the whole bot."""

from __future__ import annotations

import hashlib
import math
import re
import time
from dataclasses import dataclass, field

from tests.discord_server.targets import Target

_MAJOR = re.compile(r"/(?:channels|guilds)/(\d+)|/webhooks/(\d+/[^/]+)")
GLOBAL_PER_SECOND = 50
OLD_EDITS, OLD_EDITS_SECONDS = 3, 20.0


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds for every channel, guild or webhook."""

    target: Target
    requests: int
    seconds: float

    @property
    def hash(self) -> str:
        return hashlib.md5(f"{self.target.method} {self.target.pattern}".encode()).hexdigest()


DISCORDS_LIMITS = (
    Limit(Target("POST", "/channels/*/messages"), 5, 5.0),
    Limit(Target("PATCH", "/channels/*/messages/*"), 5, 5.0),
    Limit(Target("DELETE", "/channels/*/messages/*"), 5, 1.0),
    Limit(Target("PUT|DELETE", "/channels/*/messages/*/reactions/**"), 1, 0.25),
    Limit(Target("POST", "/channels/*/typing"), 5, 5.0),
    Limit(Target("POST", "/webhooks/*/*"), 5, 2.0),
    Limit(Target("PATCH|DELETE", "/webhooks/*/*/messages/*"), 5, 2.0),
)


@dataclass
class Bucket:
    limit: Limit
    ends_at: float = 0.0
    used: int = 0
    known_empty_until: float = 0.0

    def take(self, now: float, window: float) -> bool:
        """Use one request of the window, a new one where the last is over; False where nothing is left."""
        if now >= self.ends_at:
            self.ends_at, self.used = now + window, 0
        if self.used >= self.limit.requests:
            return False
        self.used += 1
        return True

    def headers(self, now: float) -> dict[str, str]:
        left = self.ends_at - now
        return {
            "X-RateLimit-Limit": str(self.limit.requests),
            "X-RateLimit-Remaining": str(self.limit.requests - self.used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{_up(left):.3f}",
            "X-RateLimit-Bucket": self.limit.hash,
        }


@dataclass
class Ticket:
    """What a request was told about its limit; `retry_after` is given where it was refused."""

    headers: dict[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    scope: str = "user"
    bucket: Bucket | None = None

    def tell(self) -> None:
        """Take note that the client was answered and so knows whether the bucket is empty."""
        if self.bucket is not None and self.headers.get("X-RateLimit-Remaining") == "0":
            self.bucket.known_empty_until = self.bucket.ends_at

    @property
    def body(self) -> dict[str, object]:
        text = "You are being rate limited."
        return {"message": text, "retry_after": self.retry_after, "global": self.scope == "global"}


class RateLimits:
    """Counts, refuses, and remembers who did not wait: `violations` are requests into a bucket known to be empty."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.refusals: list[str] = []
        self.speed = 1.0
        """How many times shorter all windows are than Discord's."""
        self._limits = list(DISCORDS_LIMITS)
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._global = Bucket(Limit(Target("*", "**"), GLOBAL_PER_SECOND, 1.0))
        self._old_edits: dict[int, Bucket] = {}

    def set(self, method: str, pattern: str, requests: int, seconds: float) -> None:
        """Limit these requests, before all limits there were; windows begin anew."""
        self._limits.insert(0, Limit(Target(method, pattern), requests, seconds))
        self._buckets.clear()

    def set_global(self, requests: int, seconds: float = 1.0) -> None:
        self._global = Bucket(Limit(Target("*", "**"), requests, seconds))

    def lift(self) -> None:
        """Allow everything at any pace, but for too many edits of old messages."""
        self._limits.clear()
        self._buckets.clear()
        self.set_global(1_000_000)

    def take(self, method: str, path: str, *, of_bot: bool) -> Ticket:
        """Count a request; those that carry a webhook's or an interaction's token are not `of_bot`."""
        now = time.monotonic()
        if of_bot and not self._global.take(now, self._window(self._global.limit)):
            return self._refuse(Ticket(scope="global", bucket=self._global), now, f"{method} {path}")
        limit = next((limit for limit in self._limits if limit.target.covers(method, path)), None)
        if limit is None:
            return Ticket()
        bucket = self._buckets.setdefault((limit.hash, _major(path)), Bucket(limit))
        allowed = bucket.take(now, self._window(limit))
        ticket = Ticket(bucket.headers(now), bucket=bucket)
        return ticket if allowed else self._refuse(ticket, now, f"{method} {path}")

    def take_old_edit(self, channel_id: int) -> float | None:
        """Count an edit of an old message; return the seconds to wait where there were too many."""
        limit = Limit(Target("PATCH", "/channels/*/messages/*"), OLD_EDITS, OLD_EDITS_SECONDS)
        bucket = self._old_edits.setdefault(channel_id, Bucket(limit))
        now = time.monotonic()
        return None if bucket.take(now, self._window(limit)) else _up(bucket.ends_at - now)

    def _refuse(self, ticket: Ticket, now: float, request: str) -> Ticket:
        bucket = ticket.bucket
        assert bucket is not None
        self.refusals.append(request)
        if now < bucket.known_empty_until:
            self.violations.append(f"{request}, {bucket.known_empty_until - now:.3f} s too early")
        bucket.known_empty_until = bucket.ends_at
        ticket.retry_after = _up(bucket.ends_at - now)
        ticket.headers |= {"X-RateLimit-Scope": ticket.scope, "Retry-After": str(math.ceil(ticket.retry_after))}
        if ticket.scope == "global":
            ticket.headers["X-RateLimit-Global"] = "true"
        return ticket

    def _window(self, limit: Limit) -> float:
        return limit.seconds / self.speed


def _major(path: str) -> str:
    found = _MAJOR.match(path)
    return next(filter(None, found.groups())) if found else ""


def _up(seconds: float) -> float:
    """Round up to milliseconds, so that who waits so long is not too early."""
    return math.ceil(max(seconds, 0.0) * 1000) / 1000
