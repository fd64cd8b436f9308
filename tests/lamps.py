"""Settings of a daemon with an MCP server called "lamp", each of whose tools a person must allow: `lamp__echo`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

_SERVER = Path(__file__).parent / "mcp_servers" / "modern.py"

LAMP = {
    "MCP__LAMP__COMMAND": sys.executable,
    "MCP__LAMP__ARGS": json.dumps([str(_SERVER)]),
    "MCP__LAMP__APPROVE": "always",
    "MCP__LAMP__START": "ahead",
}
