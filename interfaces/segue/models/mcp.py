"""MCP servers, the connections to them that all sessions share, and how their tools are used."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from segue.models.base import Model, Request, SessionId

ConnectionState = Literal["idle", "busy", "error", "closed"]


class ConnectionInfo(Model):
    """How the one connection to an MCP server is. `busy`: it starts, or calls run. `error`: it failed, `detail` says
    why and what is done about it. `closed`: it was not needed yet, or not for long; the next call opens it. Counts are
    since the daemon started."""

    name: str
    state: ConnectionState
    detail: str = ""
    transport: Literal["stdio", "http"]
    approve: Literal["never", "writes", "always"]
    software: str | None = Field(None, description="What the server calls itself, with its version.")
    protocol: str | None = Field(None, description="The version of MCP that is spoken with it.")
    pid: int | None = Field(None, description="The leader of the server's process group.")
    tools: int = Field(0, description="How many tools of it are known.")
    running: int = 0
    waiting: int = 0
    calls: int = 0
    errors: int = 0
    starts: int = 0
    connected_at: datetime | None = None
    last_used_at: datetime | None = None
    retry_at: datetime | None = Field(None, description="Until when a server that failed is left alone.")


class McpServerList(Model):
    servers: tuple[ConnectionInfo, ...]


class McpTool(Model):
    """A tool of a server; one that `asks` is called by an agent only when a person allows it."""

    server: str
    name: str
    unique_name: str = Field("", description="What agents call it, among the tools of all servers.")
    description: str
    input_schema: dict[str, Any]
    read_only: bool
    asks: bool


class McpToolList(Model):
    """The tools that are known. `absent` are the servers whose tools are not known yet, or that failed: `detail` says
    why."""

    tools: tuple[McpTool, ...]
    absent: tuple[ConnectionInfo, ...] = ()


class McpServer(ConnectionInfo):
    """A server and the tools of it that are known."""

    known_tools: tuple[McpTool, ...]


class CallMcpTool(Request):
    arguments: dict[str, Any] = Field(default_factory=dict)


class McpResult(Model):
    """A tool's result, as MCP gives it."""

    content: tuple[dict[str, Any], ...]
    structured_content: Any = Field(None, alias="structuredContent")
    is_error: bool = Field(False, alias="isError")


class ToolUsage(Model):
    """How often a tool was called, and how long that took, in seconds."""

    server: str
    tool: str
    calls: int
    errors: int
    mean_seconds: float
    max_seconds: float
    last_used_at: datetime


class SessionToolUsage(Model):
    """How often tools were called in a session."""

    session_id: SessionId
    calls: int
    errors: int
    last_used_at: datetime


class McpUsage(Model):
    """Use by tool, and by session: of the sessions that one may see, the last used first."""

    tools: tuple[ToolUsage, ...]
    sessions: tuple[SessionToolUsage, ...]
