"""`segue status`: everything on one screen, and nothing better than it is."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import click

from segue import routes
from segue.cli.console import counted, json_option, line, note, print_json, when
from segue.cli.knock import ANSWER_SECONDS
from segue.cli.mcp import SIGNS
from segue.cli.mcp import how as how_server
from segue.cli.places import describe
from segue.cli.wire import daemon, where
from segue.errors import SegueError, Unavailable, Unreachable

WATCH_SECONDS = 2.0
LATE_SECONDS = 0.5
SHOWN_DELIVERIES = 10
SHOWN_CHARACTERS = 40  # of what was said
RECENT_SECONDS = 86_400  # a delivery that failed before that is no news
_SIGNS = {"online": ("●", "green"), "connecting": ("○", "yellow"), "stopped": ("○", "white")}
_BRINGING = ("online", "deaf")  # it says itself what waits
_BAD = ("✗", "red")
_WARNING = ("!", "yellow")  # it is online, and has something to say about it


@click.command()
@click.option("--watch", "-w", is_flag=True, help="Look again every two seconds, until Ctrl-C.")
@json_option
def status(watch: bool, as_json: bool) -> int:
    """Say how everything is: the daemon, its sessions and the queue, the database, the models, the front-ends, the MCP
    servers, and what could not be delivered.

    The exit code is 1 where something is wrong with the daemon or its database, and 3 where no daemon answers; bots and
    MCP servers that are not well leave it 0: `segue doctor` looks at everything."""
    if not watch:
        return 0 if _show(as_json) else 1
    while True:
        if not as_json and sys.stdout.isatty():
            click.clear()
        try:
            _show(as_json)
        except (Unreachable, Unavailable) as exc:
            note(exc.message)
        time.sleep(WATCH_SECONDS)


def _show(as_json: bool) -> bool:
    """Print it; return whether all is well with the daemon itself."""
    found = daemon(ANSWER_SECONDS).get(routes.STATUS)
    is_well = not found["store_trouble"]
    deliveries = daemon(ANSWER_SECONDS).get(routes.DELIVERIES) if is_well else _deliveries_if_told()
    if as_json:
        print_json(found | {"deliveries": deliveries})
        return is_well
    uptime = duration(found["uptime_seconds"])
    lag = f", late by {found['loop_lag_seconds']:.1f} s" if found["loop_lag_seconds"] > LATE_SECONDS else ""
    pid = f"pid {found['pid']}, " if found["pid"] else ""
    about = f"{pid}up for {uptime}, {size(found['memory_bytes'])} of memory{lag}, at {where().text}"
    _say("daemon", f"segued {found['version']}, {about}")
    attached = ", ".join(f"{count} {interface}" for interface, count in found["attached_by"].items())
    _say("sessions", f"{found['sessions']} with {found['messages']} messages; attached now: {attached or 'nobody'}")
    _say("queue", f"{found['turns_running']} running, {found['turns_queued']} waiting")
    _show_store(found)
    _say("search", found["search"])
    for name, model in found["agents"].items():
        _show_agent(name, model, found["latest_turns"].get(name))
    _show_front_ends(found["front_ends"])
    if all(front_end["name"] != "discord" for front_end in found["front_ends"]):
        _show_missing_bot(uptime)
    for server in found["mcp"]:
        _sign("mcp", SIGNS[server["state"]], f"{server['name']}: {how_server(server)}")
    _show_deliveries(found, deliveries)
    return is_well


def _deliveries_if_told() -> list[dict[str, Any]]:
    """Return those that did not arrive, as far as a database in trouble tells."""
    with suppress(SegueError):
        found: list[dict[str, Any]] = daemon(ANSWER_SECONDS).get(routes.DELIVERIES)
        return found
    return []


def _say(name: str, text: str) -> None:
    click.echo(f"{name:<11} {line(text)}")


def _sign(name: str, sign: tuple[str, str], text: str) -> None:
    click.echo(f"{line(name):<11} {click.style(sign[0], fg=sign[1])} {line(text)}")


def _show_store(found: dict[str, Any]) -> None:
    if found["store_trouble"]:
        _sign("database", _BAD, found["store_trouble"])
    if not found["store_path"]:  # told to admins only
        return
    backup = f"last backup {_ago(found['last_backup_at'])} ago" if found["last_backup_at"] else "no backup"
    left = f"{size(found['disk_free_bytes'])} free"
    _say("database", f"{found['store_path']}, {size(found['store_bytes'])}, {left}, {backup}")
    if found["backup_error"]:
        _sign("backup", _BAD, found["backup_error"])


def _show_agent(name: str, model: str, latest: dict[str, Any] | None) -> None:
    """Say which model answers, and how it did the last time."""
    text = f"{name}: {model}"
    if latest is None:
        _say("agent", text)
    elif latest["error"]:
        _sign("agent", _BAD, f"{text}, {latest['state']} {_ago(latest['at'])} ago: {latest['error']}")
    else:
        _say("agent", f"{text}, {latest['state']} {_ago(latest['at'])} ago after {latest['seconds']:.1f} s")


def _show_front_ends(front_ends: list[dict[str, Any]]) -> None:
    for front_end in front_ends:
        sign, color = _SIGNS.get(front_end["state"], _BAD)
        if front_end["state"] == "online" and front_end["detail"]:
            sign, color = _WARNING
        _sign(front_end["name"], (sign, color), how(front_end))


def _show_missing_bot(uptime: str) -> None:
    """Say so where channels are bound and nobody serves them."""
    places = sum(binding["interface"] == "discord" for binding in daemon().get(routes.BINDINGS)["bindings"])
    if places:
        text = (
            f"not heard of since the daemon started {uptime} ago; {counted(places, 'place')} there: run `segue discord`"
        )
        _sign("discord", _BAD, text)


def how(front_end: dict[str, Any]) -> str:
    """Return in words how a front-end is."""
    age = duration(front_end["age_seconds"])
    state = front_end["state"]
    if state == "stopped":
        return f"stopped {age} ago" + (f": {front_end['detail']}" if front_end["detail"] else "")
    if state == "lost":
        return f"lost: nothing was heard of it for {age}; see whether it runs"
    named = state + (f" as {front_end['account']}" if front_end["account"] else "")
    facts = [f"{named}: connected, and told nothing of what happens there" if state == "deaf" else named]
    facts += [front_end["detail"]] if front_end["detail"] else []
    facts += _details(front_end) if state == "online" else []
    if waiting := front_end["deliveries_waiting"]:
        facts.append(f"{counted(waiting, 'delivery', 'deliveries')} waiting")
    return ", ".join(facts)


def _details(front_end: dict[str, Any]) -> list[str]:
    facts = []
    if front_end["latency_ms"] is not None:
        facts.append(f"{front_end['latency_ms']:.0f} ms away")
    if front_end["places"] is not None:
        facts.append(counted(front_end["places"], "place"))
    if front_end["last_event_at"] is not None:
        facts.append(f"last heard of something there {_ago(front_end['last_event_at'])} ago")
    return facts


def _show_deliveries(found: dict[str, Any], deliveries: list[dict[str, Any]]) -> None:
    counts = []
    if found["deliveries_retrying"] + found["deliveries_failed"]:
        counts.append(f"{found['deliveries_retrying']} being tried again")
        counts.append(f"{found['deliveries_failed']} failed in all")
    if waiting := sum(front_end["deliveries_waiting"] for front_end in found["front_ends"]):
        counts.append(f"{waiting} waiting")
    counts += unserved(found)
    _say("deliveries", ", ".join(counts) or "all arrived")
    news = [d for d in deliveries if d["state"] == "retrying" or _seconds_since(d["at"]) < RECENT_SECONDS]
    for delivery in news[:SHOWN_DELIVERIES]:
        sign, color = ("↻", "yellow") if delivery["state"] == "retrying" else _BAD
        click.echo(f"  {click.style(sign, fg=color)} {line(_told(delivery))}")
    if len(news) > SHOWN_DELIVERIES:
        click.echo(f"    and {len(news) - SHOWN_DELIVERIES} more: segue deliveries")
    if any(delivery["state"] == "failed" for delivery in news):
        click.echo("  see to the cause, then `segue deliveries retry`; `segue deliveries dismiss` lets them be")


def unserved(status: dict[str, Any]) -> list[str]:
    """Return in words which places are owed something while the front-end that would bring it is not there."""
    states = {"discord": "not there"} | {front_end["name"]: front_end["state"] for front_end in status["front_ends"]}
    return [
        f"{counted(status['places_waiting'][name], 'place')} waiting for {name}, which is {state}"
        for name, state in states.items()
        if name in status["places_waiting"] and state not in _BRINGING
    ]


def _told(delivery: dict[str, Any]) -> str:
    """Return which message did not arrive where, and why."""
    words = delivery["preview"]
    said = f"“{words if len(words) <= SHOWN_CHARACTERS else words[: SHOWN_CHARACTERS - 1] + '…'}”"
    place = describe(delivery["interface"], delivery["place"], delivery["place_name"])
    reason = f": {delivery['reason']}" if delivery["reason"] else ""
    return f"{when(delivery['at'])}  {said} of “{delivery['session_title']}” to {place}{reason}"


def duration(seconds: float) -> str:
    """Return a time span in its largest units: 12 s, 3 min, 5 h 12 min, 2 days."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} days" if whole >= 2 * 86_400 else "1 day"


def size(count: int) -> str:
    """Return a number of bytes in a unit that suits it."""
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"


def _ago(at: str) -> str:
    return duration(max(0.0, _seconds_since(at)))


def _seconds_since(at: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
