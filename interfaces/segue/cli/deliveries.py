"""`segue deliveries`: what did not arrive where it was to go; to be tried again, or let be."""

from __future__ import annotations

from typing import Any

import click

from segue import routes
from segue.cli.console import Failed, counted, json_option, line, note, print_json, print_table, short, when
from segue.cli.places import describe
from segue.cli.status import unserved
from segue.cli.wire import daemon

_LISTED = 500


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def deliveries(ctx: click.Context, as_json: bool) -> None:
    """List what did not arrive, try it again, or let it be.

    With --json the places that wait for a front-end that is away are told beside the list, as a note."""
    if ctx.invoked_subcommand is None:
        _list(as_json)
    elif as_json:
        raise click.UsageError("--json lists them: leave the other word out")


@deliveries.command()
@click.argument("message", required=False)
def retry(message: str | None) -> None:
    """Bring what failed once more: MESSAGE, as `segue deliveries` calls it, or all of it."""
    again = _note(message, "retrying", "asked for again")
    note(f"{counted(again, 'part')} asked for again: `segue status` says what becomes of it")


@deliveries.command()
@click.argument("message", required=False)
def dismiss(message: str | None) -> None:
    """Let be what failed: MESSAGE, as `segue deliveries` calls it, or all of it. It is shown no more."""
    note(f"{counted(_note(message, 'dismissed', None), 'part')} let be")


def _list(as_json: bool) -> None:
    found = daemon().get(routes.DELIVERIES, limit=_LISTED)
    waiting = unserved(daemon().get(routes.STATUS))
    for told in waiting:
        note(told)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            short(d["message_id"]),
            when(d["at"]),
            d["state"],
            describe(d["interface"], d["place"], d["place_name"]),
            line(d["session_title"]),
            line(d["reason"] or "-"),
        )
        for d in found
    ]
    if rows:
        print_table(("MESSAGE", "WHEN", "STATE", "PLACE", "SESSION", "REASON"), rows)
    elif not waiting:
        note("all arrived")


def _note(message: str | None, state: str, reason: str | None) -> int:
    """Give the parts that failed another state; return how many they are."""
    wire = daemon()
    failed = [d for d in wire.get(routes.DELIVERIES, state="failed", limit=_LISTED) if _is_meant(d, message)]
    if not failed and message is not None:
        raise Failed(f"no message '{message}' failed to arrive: see `segue deliveries`")
    for delivery in sorted(failed, key=_order):
        where = routes.path(routes.RECEIPTS, interface=delivery["interface"], place=delivery["place"])
        receipt = {"message_id": delivery["message_id"], "part": delivery["part"], "state": state}
        wire.post(where, receipt | ({"reason": reason} if reason else {}))
    return len(failed)


def _order(delivery: dict[str, Any]) -> tuple[str, int]:
    """Sort what was said first to the front: ids grow with time."""
    return delivery["message_id"], delivery["part"]


def _is_meant(delivery: dict[str, Any], message: str | None) -> bool:
    return message is None or delivery["message_id"].endswith(message.lower())
