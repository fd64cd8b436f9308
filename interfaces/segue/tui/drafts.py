"""What was being written in each session when the chat was closed, kept for the next time."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from segue.paths import folders
from segue.tui import settings

log = logging.getLogger(__name__)


def drafts_file() -> Path:
    return folders().state / "segue-tui-drafts.json"


def load() -> dict[str, str]:
    """Return the drafts by session; none, with a line in the log, if they cannot be read."""
    try:
        kept = json.loads(drafts_file().read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as exc:
        log.warning("%s cannot be read: %s", drafts_file(), exc)
        return {}
    return {key: text for key, text in kept.items() if isinstance(text, str)} if isinstance(kept, dict) else {}


def keep(drafts: Mapping[str, str]) -> None:
    """Keep these drafts; an empty one is forgotten, those of other sessions stay."""
    now = {key: text for key, text in {**load(), **drafts}.items() if text}
    try:
        if now:
            settings.write(drafts_file(), json.dumps(now))
        else:
            drafts_file().unlink(missing_ok=True)
    except OSError as exc:
        log.warning("%s cannot be written: %s", drafts_file(), exc)
