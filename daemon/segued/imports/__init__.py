"""Conversations from elsewhere: a reader for each format, and the way of what they read into the store."""

from segued.imports.bringing_in import Limits, bring_in

__all__ = ["Limits", "bring_in"]
