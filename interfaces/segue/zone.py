"""The time zone of this machine."""

from __future__ import annotations

from zoneinfo import ZoneInfoNotFoundError


def local_zone() -> str | None:
    """Return its IANA name, like Europe/Berlin; None if the machine does not say which it is."""
    from tzlocal import get_localzone_name

    try:
        return get_localzone_name()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
