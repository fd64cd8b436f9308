"""Every setting, as one tree."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from segue.discord_settings import DiscordSettings
from segue.paths import DEFAULT_LISTEN, folders
from segued.config.parts import (
    AgentSettings,
    AuditSettings,
    BackupSettings,
    ImportSettings,
    LogSettings,
    McpServerSettings,
    MemorySettings,
    ScheduleSettings,
    SearchSettings,
    ServerSettings,
    SessionSettings,
    StoreSettings,
    TracingSettings,
    UserSettings,
)
from segued.tools import BUILT_IN

_SERVER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


class Settings(BaseSettings):
    """Every setting of the daemon."""

    model_config = SettingsConfigDict(
        env_prefix="SEGUE_", env_nested_delimiter="__", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    listen: Annotated[tuple[str, ...], NoDecode] = DEFAULT_LISTEN
    """Where to listen: "unix:" (the default socket), "unix:/path", "tcp:HOST:PORT"."""
    anonymous_loopback: Literal["off", "read", "read-write"] = "off"
    """What callers over loopback TCP may do without a token."""
    agents: dict[str, AgentSettings] = Field(default_factory=lambda: {"chat": AgentSettings()})
    """Any number of agents; "chat" is the default one."""
    sessions: SessionSettings = SessionSettings()
    schedules: ScheduleSettings = ScheduleSettings()
    memory: MemorySettings = MemorySettings()
    search: SearchSettings = SearchSettings()
    imports: ImportSettings = ImportSettings()
    mcp: dict[str, McpServerSettings] = Field(default_factory=dict)
    """Any number of MCP servers, whose tools agents may use."""
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    users: UserSettings = UserSettings()
    backup: BackupSettings = BackupSettings()
    audit: AuditSettings = AuditSettings()
    log: LogSettings = LogSettings()
    tracing: TracingSettings = TracingSettings()
    discord: DiscordSettings = DiscordSettings()

    @field_validator("agents", mode="after")
    @classmethod
    def _default_agent(cls, agents: dict[str, AgentSettings]) -> dict[str, AgentSettings]:
        return agents if "chat" in agents else {"chat": AgentSettings(), **agents}

    @field_validator("mcp")
    @classmethod
    def _known_servers(cls, mcp: dict[str, McpServerSettings], info: ValidationInfo) -> dict[str, McpServerSettings]:
        for name in mcp:
            if name == BUILT_IN or not _SERVER_NAME.fullmatch(name):
                taken = " is taken by the built-in tools" if name == BUILT_IN else " cannot be part of a tool's name"
                raise ValueError(f"'{name}'{taken}: call the server otherwise, with letters, digits, - and _")
        for agent, settings in info.data.get("agents", {}).items():
            for name in settings.tools:
                if name not in mcp and name not in ("*", BUILT_IN):
                    raise ValueError(f"agents.{agent}.tools names '{name}': add a table [mcp.{name}], or leave it out")
        return mcp

    @field_validator("listen", mode="before")
    @classmethod
    def _listed(cls, listen: Any) -> Any:
        """Read the environment's text: JSON, or addresses with commas between."""
        if not isinstance(listen, str):
            return listen
        if not listen.strip().startswith("["):
            return [uri.strip() for uri in listen.split(",")]
        try:
            return json.loads(listen)
        except ValueError as exc:
            raise ValueError('this is not readable: write "unix:,tcp:127.0.0.1:7348"') from exc

    @field_validator("listen")
    @classmethod
    def _known_listeners(cls, listen: tuple[str, ...]) -> tuple[str, ...]:
        if not listen:
            raise ValueError('give at least one address, like ["unix:"]')
        if wrong := [repr(uri) for uri in listen if not _is_address(uri)]:
            are = "is not an address" if len(wrong) == 1 else "are no addresses"
            raise ValueError(f'{", ".join(wrong)} {are}: use "unix:", "unix:/path" or "tcp:HOST:PORT"')
        return listen

    @property
    def database(self) -> Path:
        return Path(self.store.path).expanduser() if self.store.path else folders().data / "segue.db"

    @property
    def backup_folder(self) -> Path:
        return Path(self.backup.folder).expanduser() if self.backup.folder else self.database.parent / "backups"


def _is_address(uri: str) -> bool:
    kind, _, rest = uri.partition(":")
    host, _, port = rest.rpartition(":")
    return kind == "unix" or (kind == "tcp" and bool(host) and port.isdigit() and int(port) <= 65_535)
