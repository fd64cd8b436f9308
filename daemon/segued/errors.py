"""Why the daemon cannot start or go on, said to whoever runs it. What callers of the API meet is in `segue.errors`."""

from __future__ import annotations


class StartError(Exception):
    """The daemon does not start; the text says what is wrong and what to do. Nothing was changed."""

    exit_code = 1


class ConfigError(StartError):
    """The settings are wrong; the text lists every problem with its key or line."""

    exit_code = 2


class StoreLocked(StartError):
    """Another daemon owns the data."""


class StoreTooNew(StartError):
    """The database was written by a newer version."""


class StoreDamaged(StartError):
    """The file is not a database, or a damaged one."""


class StoreUnusable(StartError):
    """The folder or file cannot be written."""


class LogUnusable(StartError):
    """The log file cannot be written."""


class ListenError(StartError):
    """An address cannot be listened on."""
