"""`segue audit`: who did what."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from segue import routes
from segue.cli.console import json_option, line, note, short, when
from segue.cli.durations import Duration
from segue.cli.naming import find_session
from segue.cli.wire import daemon

_PAGE = 500
_FOLLOW_SECONDS = 1.0


@click.command()
@click.option("--user", metavar="USER", help="By whom: a name or an id.")
@click.option("--action", metavar="ACTION", help="What: token.created, or all of a kind: token.")
@click.option("--session", "-s", metavar="SESSION", help="In which session: an id, part of it, or its title.")
@click.option("--since", type=Duration(), help="Only what happened in the last 12h, 30d …")
@click.option("--limit", type=click.IntRange(1, _PAGE), default=50, show_default=True, help="The last so many.")
@click.option("--follow", "-f", is_flag=True, help="Go on, and print what happens from now on.")
@json_option
def audit(
    user: str | None,
    action: str | None,
    session: str | None,
    since: int | None,
    limit: int,
    follow: bool,
    as_json: bool,
) -> None:
    """Print who did what: users, tokens, links, members, deletions, exports, failed logins. Admins see everybody's,
    others their own. With --json, an object on each line."""
    query: dict[str, Any] = {"user": user, "action": action}
    if session is not None:
        query["session_id"] = find_session(session)["id"]
    begin = {"since": (datetime.now(UTC) - timedelta(seconds=since)).isoformat()} if since is not None else {}
    entries = daemon().get(routes.AUDIT, limit=limit, **query, **begin)["entries"][::-1]
    _print(entries, as_json)
    if not follow:
        if not entries and not as_json:
            note("nothing of that kind is written down")
        return
    last = entries[-1]["id"] if entries else 0
    while True:
        time.sleep(_FOLLOW_SECONDS)
        news = daemon().get(routes.AUDIT, after=last, limit=_PAGE, **query)["entries"]
        _print(news, as_json)
        last = news[-1]["id"] if news else last


def _print(entries: list[dict[str, Any]], as_json: bool) -> None:
    for entry in entries:
        click.echo(json.dumps(entry, ensure_ascii=False) if as_json else _line(entry))


def _line(entry: dict[str, Any]) -> str:
    target = line(entry["target"] or "")
    session = f" in {short(entry['session_id'])}" if entry["session_id"] else ""
    outcome = "" if entry["outcome"] == "done" else f" ({entry['outcome']})"
    whence = f"{line(entry['interface'])}, {_way(entry)}"
    at = click.style(when(entry["at"]), dim=True)
    return f"{at} {line(entry['user'])}: {entry['action']} {target}{session}{outcome}".rstrip() + f"  [{whence}]"


def _way(entry: dict[str, Any]) -> str:
    if entry["token_id"]:
        return f"{entry['address']}, token {short(entry['token_id'])}"
    return f"{entry['address']}, uid {entry['uid']}" if entry["uid"] is not None else str(entry["address"])
