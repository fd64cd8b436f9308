"""`segue schedule …`: prompts and reminders that are posted at some time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from segue import routes
from segue.cli.console import Failed, json_option, line, note, print_json, print_table, short, when
from segue.cli.naming import WHOLE_ID_LENGTH, find_session, session_option
from segue.cli.wire import daemon
from segue.naming import with_end
from segue.routes import path

_LISTED = 500
_LONGEST_TEXT = 60  # characters in a table

_WAITS = "waits: the session is archived"

schedule_argument = click.argument("identifier", metavar="SCHEDULE")


@click.group()
def schedule() -> None:
    """Have something asked or said at some time, once or again and again."""


@schedule.command()
@click.argument("time", metavar="WHEN")
@click.argument("text")
@session_option
@click.option("--reminder", is_flag=True, help="Only post TEXT; without it, TEXT is a prompt that the agent answers.")
@click.option("--tz", metavar="ZONE", help="Whose clocks WHEN means, like Europe/Berlin; by default this machine's.")
@click.option("--until", metavar="WHEN", help="The last day, like 2030-12-31, or the last moment, of its runs.")
@json_option
def add(
    time: str, text: str, session: str | None, reminder: bool, tz: str | None, until: str | None, as_json: bool
) -> None:
    """Post TEXT when it is WHEN.

    \b
    WHEN comes again:   "every weekday 9:00"   "every monday and friday at 18:30"
                        "every 15 minutes"     "every month on the 1st at 8:00"
                        "0 9 * * 1-5"          (five fields, as in cron)
    or comes once:      "in 20 minutes"        "tomorrow 9:00"
                        "on friday at 14:00"   "2030-12-01 09:00"
    """
    from segue.zone import local_zone

    body: dict[str, Any] = {"session_id": find_session(session)["id"], "when": time, "content": text}
    body["kind"] = "reminder" if reminder else "prompt"
    optional = {"timezone": tz or local_zone(), "until": until}
    _tell(daemon().post(routes.SCHEDULES, body | {k: v for k, v in optional.items() if v is not None}), as_json)


@schedule.command("list")
@session_option
@click.option("--all", "ended", is_flag=True, help="Those that are over, too.")
@json_option
def list_(session: str | None, ended: bool, as_json: bool) -> None:
    """List what is scheduled by you and in your sessions, what is due first at the beginning."""
    session_id = find_session(session)["id"] if session else None
    found = daemon().get(routes.SCHEDULES, session_id=session_id, ended=ended, limit=_LISTED)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            short(s["id"]),
            _WAITS if _waits(s) else _at(s, s["next_at"]) or s["state"],
            line(s["when"]),
            s["timezone"],
            s["last_outcome"] or "-",
            _session(s),
            line(s["user"]),
            _cut(s["content"]),
        )
        for s in found["schedules"]
    ]
    if rows:
        print_table(("SCHEDULE", "NEXT", "WHEN", "ZONE", "LAST", "SESSION", "BY", "TEXT"), rows)
    else:
        note('nothing is scheduled: `segue schedule add "tomorrow 9:00" "…"` does that')


@schedule.command()
@schedule_argument
@json_option
def show(identifier: str, as_json: bool) -> None:
    """Show all about SCHEDULE."""
    found = daemon().get(_path(identifier))
    if as_json:
        print_json(found)
        return
    told = {
        "schedule": short(found["id"]),
        "when": f"{line(found['when'])} ({found['timezone']})",
        "cron": found["cron"],
        "until": _at(found, found["until"]),
        "state": _WAITS if _waits(found) else found["state"],
        "next": ", ".join(filter(None, (_at(found, moment) for moment in found["next"]))),
        "session": _session(found),
        "by": line(found["user"]),
        "last": _last(found),
        "runs": str(found["run_count"]),
        found["kind"]: line(found["content"]),
    }
    for name, value in told.items():
        if value:
            click.echo(f"{click.style(f'{name:<9}', dim=True)} {value}")


@schedule.command()
@schedule_argument
@json_option
def pause(identifier: str, as_json: bool) -> None:
    """Let SCHEDULE rest."""
    _tell(daemon().patch(_path(identifier), {"paused": True}), as_json)


@schedule.command()
@schedule_argument
@json_option
def resume(identifier: str, as_json: bool) -> None:
    """Let SCHEDULE go on, with its next time from now."""
    _tell(daemon().patch(_path(identifier), {"paused": False}), as_json)


@schedule.command()
@schedule_argument
def remove(identifier: str) -> None:
    """Remove SCHEDULE. What it has posted stays."""
    daemon().delete(_path(identifier))
    note(f"removed: {line(identifier)}")


@schedule.command()
@schedule_argument
@json_option
def run(identifier: str, as_json: bool) -> None:
    """Post it now, besides its times."""
    found = daemon().post(routes.path(routes.SCHEDULE_RUN, schedule_id=_find(identifier)))
    if as_json:
        print_json(found)
    else:
        note(f"posted into {_session(found)}")


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    times = [_at(found, moment) for moment in found["next"]]
    following = f" next {', then '.join(filter(None, times))} ({found['timezone']})" if times else ""
    note(f"{short(found['id'])} in {_session(found)} is {found['state']}:{following or ' nothing comes'}")
    if _waits(found):
        note(f"{_WAITS}; `segue sessions archive --undo {short(found['session_id'])}` takes it back")


def _waits(found: dict[str, Any]) -> bool:
    return bool(found["session_archived"] and found["next_at"])


def _session(found: dict[str, Any]) -> str:
    return line(found["session_title"] or short(found["session_id"]))


def _path(identifier: str) -> str:
    return path(routes.SCHEDULE, schedule_id=_find(identifier))


def _find(name: str) -> str:
    """Return the id of the schedule that `name`, an id or either end of one, means."""
    if len(name) >= WHOLE_ID_LENGTH:
        return name
    found = daemon().get(routes.SCHEDULES, ended=True, limit=_LISTED)["schedules"]
    ids = with_end(name, (s["id"] for s in found))
    if len(ids) != 1:
        problem = f"no schedule is called '{name}'" if not ids else f"'{name}' could be any of {len(ids)}"
        raise Failed(f"{problem}: see `segue schedule list --all`")
    return str(ids[0])


def _at(found: dict[str, Any], moment: str | None) -> str | None:
    """Return a time on the clocks that the schedule goes by."""
    if moment is None:
        return None
    try:
        zone = ZoneInfo(found["timezone"])
    except (ZoneInfoNotFoundError, ValueError):  # known to the daemon's machine only
        return when(moment)
    return f"{datetime.fromisoformat(moment).astimezone(zone):%a %Y-%m-%d %H:%M}"


def _last(found: dict[str, Any]) -> str:
    if not found["last_at"]:
        return ""
    why = f" ({line(found['last_note'])})" if found["last_note"] else ""
    return f"{found['last_outcome']}{why}, {_at(found, found['last_at'])}"


def _cut(text: str) -> str:
    told = line(text)
    return told if len(told) <= _LONGEST_TEXT else f"{told[:_LONGEST_TEXT]}…"
