"""Where things are: the folders of one instance and its address, found the same way by the daemon and every client."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

DEFAULT_LISTEN = ("unix:", "tcp:127.0.0.1:7348")


@dataclass(frozen=True)
class Folders:
    """Where one instance keeps its settings, data, state (log, pid) and socket."""

    config: Path
    data: Path
    state: Path
    socket: Path

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def log_file(self) -> Path:
        return self.state / "segued.log"


def folders() -> Folders:
    """Return the folders: all under $SEGUE_HOME where it is set, else the XDG ones of the user."""
    if home := os.environ.get("SEGUE_HOME"):
        root = Path(home).expanduser().absolute()
        return Folders(config=root, data=root, state=root, socket=root / "segue.sock")
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("segue", appauthor=False)
    return Folders(
        config=Path(dirs.user_config_dir),
        data=Path(dirs.user_data_dir),
        state=Path(dirs.user_state_dir),
        socket=Path(dirs.user_state_dir) / "segue.sock",  # not $XDG_RUNTIME_DIR: cron and sudo do not know it
    )


def log_file(config_file: Path | None = None) -> Path:
    """Return where a daemon in the background writes its log: where the settings say, else in the state folder."""
    log = _settings(config_file).get("log")
    named = os.environ.get("SEGUE_LOG__FILE") or (log.get("file") if isinstance(log, dict) else None)
    return Path(named).expanduser().absolute() if isinstance(named, str) and named else folders().log_file


def database(config_file: Path | None = None) -> Path:
    """Return where a daemon keeps everything: where the settings say, else in the data folder."""
    store = _settings(config_file).get("store")
    named = os.environ.get("SEGUE_STORE__PATH") or (store.get("path") if isinstance(store, dict) else None)
    return Path(named).expanduser().absolute() if isinstance(named, str) and named else folders().data / "segue.db"


def address(config_file: Path | None = None) -> str:
    """Return where the daemon is found: $SEGUE_URL, else the first `unix:` entry of the settings, else its default.

    The result is `unix:/path/to/socket` or a URL `http://host:port`.
    """
    if url := os.environ.get("SEGUE_URL"):
        return url
    listen = _settings(config_file).get("listen", DEFAULT_LISTEN)
    entries = [e for e in listen if isinstance(e, str)] if isinstance(listen, (list, tuple)) else []
    for entry in entries:
        if entry.startswith("unix:"):
            return entry if entry != "unix:" else f"unix:{folders().socket}"
    for entry in entries:
        if entry.startswith("tcp:"):
            return "http://" + entry.removeprefix("tcp:")
    return f"unix:{folders().socket}"


def _settings(config_file: Path | None) -> dict[str, object]:
    try:
        with (config_file or folders().config_file).open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}  # no settings, or settings that the daemon will complain about: the defaults are the best guess
