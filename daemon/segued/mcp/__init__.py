"""MCP servers: one connection to each, which all sessions share."""

from segue.models import ConnectionInfo
from segued.mcp.pool import SharedMCPConnectionPool

__all__ = ["ConnectionInfo", "SharedMCPConnectionPool"]
