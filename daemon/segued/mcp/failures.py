"""What goes wrong between us and a server, before it is told to a caller in the contract's words."""

from __future__ import annotations

from pydantic import ValidationError


class CannotStart(Exception):
    """The command cannot be run; the text says why and what to do."""


class LinkLost(Exception):
    """The connection is gone, or in doubt; the text says why."""


class NotReached(Exception):
    """The call never left, for there was nobody to take it; the text says why."""


class Refused(Exception):
    """The server answered that it will not do what it was asked; the text is its own."""


def cause(exc: BaseException) -> BaseException:
    """Return what failed first, out of whatever groups the SDK's tasks put around it."""
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    return exc


def reason(exc: BaseException) -> str:
    """Return why something failed, in words for people."""
    exc = cause(exc)
    if isinstance(exc, TimeoutError):
        return "it did not answer in time"
    if isinstance(exc, ValidationError):
        first = exc.errors(include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc']) or 'it'}: {first['msg']}"
    return str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
