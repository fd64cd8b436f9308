"""The log of the terminal chat: what the screen has no room for, and why it broke."""

from __future__ import annotations

import logging
from pathlib import Path

from textual.worker import WorkerFailed

from segue.paths import folders


def log_file() -> Path:
    return folders().state / "segue-tui.log"


def start_log() -> None:
    """Write warnings of the client library to the log file, where one can be written, and never on the screen."""
    log = logging.getLogger("segue")
    log.addHandler(_open_handler())
    log.propagate = False


def _open_handler() -> logging.Handler:
    try:
        log_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        log_file().touch(mode=0o600)
        handler = logging.FileHandler(log_file(), encoding="utf-8", errors="backslashreplace")
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler


def record_crash(error: BaseException) -> str:
    """Write the traceback to the log, and return one sentence for the terminal."""
    cause = error.error if isinstance(error, WorkerFailed) else error
    logging.getLogger(__name__).critical("the terminal chat broke", exc_info=cause)
    return (
        f"the terminal chat broke ({type(cause).__name__}); why is written in {log_file()}, "
        "the conversation is safe in the daemon: `segue` opens it again"
    )
