"""A server written with the official SDK that says what it is told, for `bench.mcp`."""

from __future__ import annotations

from mcp.server import MCPServer

server = MCPServer("echo")


@server.tool()
async def echo(text: str) -> str:
    """Say the text."""
    return text


if __name__ == "__main__":
    server.run()
