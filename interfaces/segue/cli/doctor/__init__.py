"""`segue doctor`: whether everything works, found out by doing it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import click

from segue.cli.console import counted, json_option, note, print_json
from segue.cli.findings import Finding
from segue.cli.holder import holder
from segue.errors import SegueError


@click.command()
@click.option("--fix", is_flag=True, help="Put right what can be put right without asking, and look again.")
@click.option("--model/--no-model", default=True, help="Ask each model a question; it costs a few tokens.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, fix: bool, model: bool, as_json: bool) -> None:
    """Check that everything works, by doing it; say what is wrong and what to do.

    Settings, folders, disk and clock; the daemon and its service; a conversation in a session that is thrown away;
    the database, tokens, models, MCP servers and Discord. The exit code is 1 if something is wrong."""
    found = []
    for finding in _findings(model=model):
        mended = _mended(finding) if fix and finding.mend else finding
        found.append(mended)
        if not as_json:
            mended.show()
    if as_json:
        print_json([finding.as_json() for finding in found])
    elif text := _summary(found):
        note(text)
    ctx.exit(1 if any(finding.state == "wrong" for finding in found) else 0)


def _findings(*, model: bool) -> Iterator[Finding]:
    """Yield what is found; what needs something that is broken itself is left out, and told as not looked at."""
    from segue.cli.doctor import data, here, outside, service, talk

    settings = here.Settings()
    yield from here.check(settings)
    answers = yield from service.check(settings)
    yield from outside.check_servers(settings)
    if not answers:
        if holder(settings.database) is None:
            yield from data.check_file(settings)
        yield Finding("the rest", "unknown", "not looked at: it needs the daemon")
        return
    for look in (talk.check, data.check, outside.check_mcp, outside.check_discord):
        yield from _whole(look(settings))
    if model:
        yield from _whole(outside.check_models(settings))


def _whole(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings, and what kept the rest from being found."""
    try:
        yield from findings
    except SegueError as exc:
        yield Finding("daemon", "wrong", f"it refused to be looked at: {exc.message}")


def _mended(finding: Finding) -> Finding:
    assert finding.mend is not None
    try:
        return replace(finding, state="right", detail=f"{finding.mend()} (before: {finding.detail})", mend=None)
    except (OSError, SegueError, click.ClickException) as exc:
        why = exc.message if isinstance(exc, SegueError | click.ClickException) else str(exc)
        return replace(finding, detail=f"{finding.detail}; this could not be put right here: {why}", mend=None)


def _summary(found: list[Finding]) -> str:
    wrong = sum(finding.state == "wrong" for finding in found)
    warnings = sum(finding.state == "warning" for finding in found)
    if not wrong and not warnings:
        return "all is well"
    counts = [counted(wrong, "thing is", "things are") + " wrong"] if wrong else []
    counts += [counted(warnings, "thing") + " to think about"] if warnings else []
    mend = "; `segue doctor --fix` puts some of it right" if any(f.mend and f.state == "wrong" for f in found) else ""
    return ", ".join(counts) + mend
