"""`segue approvals`, `allow`, `deny`: tool calls that wait for a person, and answers that hold for later ones."""

from __future__ import annotations

from typing import Any, Literal

import click

from segue import routes
from segue.cli.console import Failed, json_option, line, note, print_json, print_table, short, when
from segue.cli.naming import WHOLE_ID_LENGTH, find_session, session_argument
from segue.cli.tools import describe
from segue.cli.wire import daemon
from segue.naming import SHORTEST_PART

_LISTED = 500


@click.command()
@session_argument(required=False)
@click.option("--always", is_flag=True, help="List the answers that hold for all later calls of a tool in SESSION.")
@click.option("--forget", metavar="TOOL", help="Forget such an answer in SESSION: TOOL is asked for again.")
@json_option
def approvals(session: str | None, always: bool, forget: str | None, as_json: bool) -> None:
    """List the tool calls that wait for a person, of SESSION or of all sessions.

    With --always or --forget, SESSION is the terminal's if it is left out. TOOL is as --always lists it."""
    if always or forget is not None:
        _standing(find_session(session)["id"], forget, as_json)
        return
    found = _pending()
    if session is not None:
        session_id = find_session(session)["id"]
        found = [approval for approval in found if approval["session_id"] == session_id]
    if as_json:
        print_json(found)
    elif found:
        rows = [
            (short(a["id"]), when(a["requested_at"]), when(a["expires_at"]), line(a["session_title"]), _call(a))
            for a in found
        ]
        print_table(("APPROVAL", "ASKED", "UNTIL", "SESSION", "CALL"), rows)
    else:
        note("nothing waits")


@click.command()
@click.argument("approval")
@click.option("--always", is_flag=True, help="Allow every later call of this tool in the session, too.")
@json_option
def allow(approval: str, always: bool, as_json: bool) -> None:
    """Allow a tool call: APPROVAL, as `segue approvals` calls it."""
    _decide(approval, "allow", always, as_json)


@click.command()
@click.argument("approval")
@click.option("--always", is_flag=True, help="Deny every later call of this tool in the session, too.")
@json_option
def deny(approval: str, always: bool, as_json: bool) -> None:
    """Deny a tool call: APPROVAL, as `segue approvals` calls it."""
    _decide(approval, "deny", always, as_json)


def _standing(session_id: str, forget: str | None, as_json: bool) -> None:
    """List the answers that hold for a whole session, or forget one."""
    found = daemon().get(routes.path(routes.TOOL_PERMISSIONS, session_id=session_id))
    if forget is not None:
        known = [p for p in found if forget in (_tool(p), p["tool"])]
        if len(known) != 1:
            problem = f"there is no such answer for '{forget}'" if not known else f"several servers have '{forget}'"
            raise Failed(f"{problem}: see `segue approvals --always`")
        which = {"server": known[0]["server"], "tool": known[0]["tool"]}
        daemon().delete(routes.path(routes.TOOL_PERMISSION, session_id=session_id, **which))
        note(f"forgotten: {_tool(which)} is asked for again")
    elif as_json:
        print_json(found)
    elif found:
        rows = [(p["decision"], line(p["decided_by"] or "a guest"), when(p["decided_at"]), _tool(p)) for p in found]
        print_table(("ANSWER", "BY", "AT", "TOOL"), rows)
    else:
        note("no answer holds for all later calls")


def _tool(permission: dict[str, Any]) -> str:
    return line(f"{permission['server']}/{permission['tool']}")


def _decide(name: str, decision: Literal["allow", "deny"], always: bool, as_json: bool) -> None:
    where = routes.path(routes.APPROVAL, approval_id=_find(name))
    decided = daemon().post(where, {"decision": decision, "remember": always})
    if as_json:
        print_json(decided)
    else:
        note(f"{decided['state']}{', always in this session' if always else ''}: {_call(decided)}")


def _find(name: str) -> str:
    """Return the id of the approval that `name`, an id or the end of one, means; of one that waits no more, if none
    does: the daemon says then who has answered it."""
    if len(name) >= WHOLE_ID_LENGTH:
        return name
    found = _ending(name, _pending()) or _ending(name, _pending(ended=True))
    if len(found) != 1:
        problem = f"no approval is called '{name}'" if not found else f"'{name}' could be any of {len(found)}"
        raise Failed(f"{problem}: see `segue approvals`")
    return found[0]


def _ending(name: str, approvals: list[dict[str, Any]]) -> list[str]:
    return [a["id"] for a in approvals if len(name) >= SHORTEST_PART and a["id"].endswith(name.lower())]


def _pending(**where: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = daemon().get(routes.PENDING_APPROVALS, limit=_LISTED, **where)
    return found


def _call(approval: dict[str, Any]) -> str:
    use = approval["call"]
    return describe(use["server"], use["tool"], use["arguments"])
