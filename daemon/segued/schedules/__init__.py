"""Schedules: when something is due, and posting it then."""

from segued.schedules.schedules import Schedules

__all__ = ["Schedules"]
