from __future__ import annotations

from segue.models import McpServer, McpTool
from segue.tui.mcp import NOTHING, describe_servers


def server(**fields: object) -> McpServer:
    return McpServer.model_validate(
        {"name": "time", "state": "idle", "transport": "stdio", "approve": "writes", "known_tools": ()} | fields
    )


def test_servers_are_told_with_how_they_are_and_what_they_can_do() -> None:
    tool = McpTool(
        server="time", name="set", description="Set the\nclock. " * 20, input_schema={}, read_only=False, asks=True
    )
    told = describe_servers(
        [
            server(software="clock 1", calls=3, errors=1, known_tools=(tool,)),
            server(name="git", state="closed", approve="never"),
            server(name="bad", state="error", detail="it ended", approve="always"),
        ]
    ).splitlines()
    assert told[0] == "● time: idle, clock 1, 3 calls and 1 failed since the daemon started, asks before it writes"
    assert told[1].startswith("    set (asks): Set the clock. Set")
    assert len(told[1]) < 100
    assert told[3:5] == [
        "○ git: closed",
        "    Its tools are known once it was started: with the next turn, or `segue mcp tools`.",
    ]
    assert told[6] == "✗ bad: error, it ended, asks before every call"
    assert describe_servers([]) == NOTHING
