"""Who acts, and what is told of what was committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from segue.events import DurableEvent
from segue.models import AddressKind, TokenId, UserId


@dataclass(frozen=True)
class Once:
    """An Idempotency-Key: the same key with the same fingerprint (of the whole request) gives the same answer again; if
    there is a secret in that, which is kept nowhere, it is refused."""

    key: str
    fingerprint: bytes
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Via:
    """By which way an actor came, for the audit log: "inside" is the daemon itself."""

    address: AddressKind = "inside"
    token_id: TokenId | None = None
    uid: int | None = None
    request_id: str | None = None


INSIDE = Via()


@dataclass(frozen=True)
class Actor:
    """Who acts, from which interface; what is written carries both. `sees_all`: every session (admin, the daemon)."""

    user_id: UserId | None
    name: str
    interface: str
    sees_all: bool = False
    once: Once | None = None
    via: Via = field(default=INSIDE, compare=False)

    def without_key(self) -> Actor:
        return replace(self, once=None)

    def given_a_secret(self) -> Actor:
        """Return the actor for a verb whose answer may not be kept."""
        return replace(self, once=replace(self.once, secret=True)) if self.once else self


@dataclass(frozen=True)
class Commit:
    """An event that is on disk, its position in the whole log, who may see it, and who may see no more of its session
    from here on."""

    event: DurableEvent
    position: int
    audience: frozenset[UserId]
    left: frozenset[UserId] = frozenset()


Publish = Callable[[Sequence[Commit]], None]
