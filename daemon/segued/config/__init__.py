"""The settings of the daemon: read from every source, all problems told at once."""

from segued.config.loading import load, unknown_variables
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
    check_model,
)
from segued.config.settings import Settings
from segued.config.toml import as_toml

__all__ = [
    "AgentSettings",
    "AuditSettings",
    "BackupSettings",
    "ImportSettings",
    "LogSettings",
    "McpServerSettings",
    "MemorySettings",
    "ScheduleSettings",
    "SearchSettings",
    "ServerSettings",
    "SessionSettings",
    "Settings",
    "StoreSettings",
    "TracingSettings",
    "UserSettings",
    "as_toml",
    "check_model",
    "load",
    "unknown_variables",
]
