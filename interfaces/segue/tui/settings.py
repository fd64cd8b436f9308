"""What the terminal chat keeps from one run to the next, in a small file of its own."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from segue.paths import folders

log = logging.getLogger(__name__)

_MOST_BYTES = 65_536


@dataclass(frozen=True)
class Settings:
    """`theme` is "" as long as the reader has not chosen one; `sidebar`: whether it is open where there is room."""

    theme: str = ""
    sidebar: bool = True


def settings_file() -> Path:
    return folders().state / "segue-tui.json"


def load() -> Settings:
    """Return what was kept; a file that cannot be read gives the defaults and a line in the log."""
    try:
        with settings_file().open("rb") as file:
            kept = json.loads(file.read(_MOST_BYTES))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError) as exc:
        log.warning("%s cannot be read, the defaults stand in: %s", settings_file(), exc)
        return Settings()
    return _understood(kept)


def _understood(kept: Any) -> Settings:
    """Return the fields that are of the right type; others have their defaults."""
    if not isinstance(kept, dict):
        log.warning("%s holds no settings, the defaults stand in", settings_file())
        return Settings()
    default = Settings()
    known = {
        field.name: kept[field.name]
        for field in fields(Settings)
        if type(kept.get(field.name)) is type(getattr(default, field.name))
    }
    return replace(default, **known)


def change(**changes: Any) -> Settings:
    """Keep these from now on and return all: another window may have changed others meanwhile."""
    settings = replace(load(), **changes)
    try:
        write(settings_file(), json.dumps(asdict(settings), indent=2) + "\n")
    except OSError as exc:
        log.warning("%s cannot be written: %s", settings_file(), exc)
    return settings


def write(path: Path, text: str) -> None:
    """Put the text in place of the file at once: whoever reads it sees the old or the new one, and nobody else does."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            file.write(text)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
