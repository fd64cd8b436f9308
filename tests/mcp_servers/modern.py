"""A server written with the official SDK: `modern.py` over standard input and output, `modern.py PORT` over HTTP."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp_types import ImageContent, ToolAnnotations

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

server = MCPServer("modern", version="1")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
async def echo(text: str, seconds: float = 0.0) -> str:
    """Say the text, after a while."""
    await anyio.sleep(seconds)
    return text


@server.tool()
async def linger(note: str) -> None:
    """Do nothing until the call is cancelled, and note that in a file."""
    _write(note, "lingers")
    try:
        await anyio.sleep_forever()
    finally:
        _write(note, "cancelled")


def _write(file: str, text: str) -> None:
    Path(file).write_text(text)


@server.tool()
def fail() -> str:
    """Fail, as tools do."""
    raise ValueError("it is broken")


@server.tool()
def show() -> ImageContent:
    """Show a picture."""
    return ImageContent(type="image", data=PIXEL, mime_type="image/png")


@server.tool()
async def crash() -> str:
    """End at once."""
    os._exit(3)


@server.tool()
async def shout(megabytes: int) -> str:
    """Say a text of so many megabytes."""
    return "x" * megabytes * 1024 * 1024


@server.tool()
async def grow(name: str, ctx: Context) -> str:
    """Get another tool."""
    server.add_tool(lambda: name, name=name, description="It is new.")
    await ctx.notify_tools_changed()
    return name


if __name__ == "__main__":
    if sys.argv[1:]:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run()
