"""`segue mcp …`: the MCP servers that all sessions share, and their tools; and Segue as such a server itself."""

from __future__ import annotations

import json
from typing import Any

import click

from segue import routes
from segue.cli.console import Failed, clean, counted, json_option, line, note, print_json, print_table, short, when
from segue.cli.naming import find_session
from segue.cli.wire import daemon

PATIENCE_SECONDS = 3600.0  # the daemon's own limits are narrower
_SHOWN = 100  # characters of a description
SIGNS = {"idle": ("●", "green"), "busy": ("●", "green"), "closed": ("○", "white"), "error": ("✗", "red")}


@click.group()
def mcp() -> None:
    """Look at the MCP servers of the settings, restart one, call a tool; or be one, for other agents."""


@mcp.command()
def serve() -> None:
    """Be an MCP server on standard input and output, for agents: {"command": "segue", "args": ["mcp", "serve"]}."""
    from segue.cli.mcp_serve import serve_stdio

    serve_stdio()


@mcp.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the servers, and how the connection to each is."""
    found = daemon().get(routes.MCP_SERVERS)
    if as_json:
        print_json(found)
        return
    rows = [
        (s["name"], s["state"], s["transport"], str(s["tools"]), str(s["calls"]), str(s["errors"]), line(s["detail"]))
        for s in found["servers"]
    ]
    if rows:
        print_table(("SERVER", "STATE", "OVER", "TOOLS", "CALLS", "ERRORS", ""), rows)
        note("calls and errors are since the daemon started; `segue mcp usage` tells all")
    else:
        note("there are none: add a table [mcp.NAME] to the settings, then `segue server reload`")


@mcp.command()
@click.argument("server")
@json_option
def show(server: str, as_json: bool) -> None:
    """Show how a server is, and the tools of it that are known."""
    found = daemon().get(routes.path(routes.MCP_SERVER, server=server))
    if as_json:
        print_json(found)
        return
    sign, color = SIGNS[found["state"]]
    click.echo(f"{click.style(sign, fg=color)} {found['name']}: {line(how(found))}")
    for tool in found["known_tools"]:
        click.echo(f"  {line(_signature(tool))}")


def how(server: dict[str, Any]) -> str:
    """Return in words how a server is."""
    facts = [server["state"]]
    facts += [server["detail"]] if server["detail"] else []
    if server["software"]:
        facts.append(f"{server['software']}, MCP {server['protocol']}")
    if server["pid"]:
        facts.append(f"pid {server['pid']}")
    if server["running"] or server["waiting"]:
        facts.append(f"{server['running']} running, {server['waiting']} waiting")
    if server["calls"]:
        counts = f"{counted(server['calls'], 'call')} and {counted(server['errors'], 'error')}"
        facts.append(f"{counts} since the daemon started")
    if server["approve"] != "never":
        facts.append(f"a person allows {'writes' if server['approve'] == 'writes' else 'every call'}")
    return ", ".join(facts)


def _signature(tool: dict[str, Any]) -> str:
    """Return a tool as one line: its arguments, those that may be left out in brackets, and what it does."""
    schema = tool["input_schema"]
    required = schema.get("required", ())
    names = [name if name in required else f"[{name}]" for name in schema.get("properties", {})]
    about = " ".join(tool["description"].split())
    about = about if len(about) <= _SHOWN else about[: _SHOWN - 1] + "…"
    hints = (" (only reads)" if tool["read_only"] else "") + (" (asks a person)" if tool["asks"] else "")
    return f"{' '.join([tool['unique_name'], *names])}{hints}" + (f": {about}" if about else "")


@mcp.command()
@click.argument("server")
@json_option
def restart(server: str, as_json: bool) -> None:
    """End a server with all that runs on it and start it again, however often it failed."""
    found = daemon(PATIENCE_SECONDS).post(routes.path(routes.MCP_RESTART, server=server))
    if as_json:
        print_json(found)
    else:
        note(f"{found['name']}: {line(how(found))}")


@mcp.command()
@click.argument("server", required=False)
@json_option
def tools(server: str | None, as_json: bool) -> None:
    """List the tools of all servers, or of one, under the names that agents use, and the servers that are not there."""
    found = daemon(PATIENCE_SECONDS).get(routes.MCP_TOOLS, server=server)
    if as_json:
        print_json(found)
        return
    for tool in found["tools"]:
        click.echo(line(_signature(tool)))
    for absent in found["absent"]:
        note(f"{absent['name']}: {line(absent['detail'] or absent['state'])}")
    if not found["tools"] and not found["absent"]:
        remedy = "add a table [mcp.NAME] to the settings, then `segue server reload`"
        note(f"{server} has none" if server else f"there are none: {remedy}")


@mcp.command()
@click.option("--session", "-s", metavar="SESSION", help="Only of this one: an id, part of it, or its title.")
@json_option
def usage(session: str | None, as_json: bool) -> None:
    """Tell how often tools were called, by tool and by session."""
    session_id = find_session(session)["id"] if session else None
    found = daemon().get(routes.MCP_USAGE, session_id=session_id)
    if as_json:
        print_json(found)
        return
    if not found["tools"]:
        note("no tool was called yet")
        return
    rows = [
        (
            u["server"],
            u["tool"],
            str(u["calls"]),
            str(u["errors"]),
            f"{u['mean_seconds']:.3f} s",
            f"{u['max_seconds']:.3f} s",
            when(u["last_used_at"]),
        )
        for u in found["tools"]
    ]
    print_table(("SERVER", "TOOL", "CALLS", "ERRORS", "MEAN", "MOST", "LAST"), rows)
    if found["sessions"] and not session:
        by_session = [
            (short(u["session_id"]), str(u["calls"]), str(u["errors"]), when(u["last_used_at"]))
            for u in found["sessions"]
        ]
        click.echo()
        print_table(("SESSION", "CALLS", "ERRORS", "LAST"), by_session)


@mcp.command()
@click.argument("server")
@click.argument("tool", required=False)
@click.argument("arguments", required=False)
@json_option
def call(server: str, tool: str | None, arguments: str | None, as_json: bool) -> None:
    """Call a tool with ARGUMENTS, a JSON object, and print its result: `segue mcp call time now '{"zone": "UTC"}'`.

    In place of SERVER TOOL the name does that agents use: `segue mcp call time__now '{"zone": "UTC"}'`."""
    if "__" in server and (tool is None or tool.lstrip().startswith("{")):
        arguments = tool
        server, tool = _apart(server)
    if tool is None:
        raise click.UsageError(f"which tool? `segue mcp show {server}` lists those of {server}")
    where = routes.path(routes.MCP_CALL, server=server, tool=tool)
    result = daemon(PATIENCE_SECONDS).post(where, {"arguments": _object(arguments)})
    failed = result.get("isError", False)
    if as_json:
        print_json(result)
    else:
        for block in result["content"]:
            click.echo(clean(_text(block)), err=failed)
    if failed:
        raise Failed(f"{tool} of {server} failed")


def _apart(unique_name: str) -> tuple[str, str]:
    """Return the server and the tool that agents call so."""
    servers = [server["name"] for server in daemon().get(routes.MCP_SERVERS)["servers"]]
    named = [server for server in servers if unique_name.startswith(f"{server}__")]
    if not named:
        server, _, tool = unique_name.partition("__")
        return server, tool
    server = max(named, key=len)
    known = daemon().get(routes.path(routes.MCP_SERVER, server=server))["known_tools"]
    plain = unique_name.removeprefix(f"{server}__")
    return server, next((tool["name"] for tool in known if tool["unique_name"] == unique_name), plain)


def _object(arguments: str | None) -> dict[str, Any]:
    try:
        given = json.loads(arguments) if arguments else {}
    except ValueError as exc:
        raise click.UsageError(f"ARGUMENTS is no JSON: {exc}") from exc
    if not isinstance(given, dict):
        raise click.UsageError('ARGUMENTS is no JSON object: write it like \'{"text": "hi"}\'')
    return given


def _text(block: dict[str, Any]) -> str:
    return str(block["text"]) if block["type"] == "text" else f"({block['type']}: --json prints it)"
