"""`segue man`: the manual pages, made from the help of the commands themselves."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click

from segue import __version__
from segue.cli.console import note
from segue.program import PYTHON

_ESCAPES = str.maketrans({"\\": r"\e", "-": r"\-", "‘": "'", "’": "'"})
_SEE_ALSO = "The documentation is in the folder docs of the sources; a running daemon describes its API at /docs."


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
def man(ctx: click.Context, folder: Path) -> None:
    """Write the manual pages into FOLDER, like ~/.local/share/man: `man segue` and `man segued` find them there."""
    for name, text in pages(ctx.find_root().command):
        page = folder / f"man{name[-1]}" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
        note(f"wrote {page}")


def pages(root: click.Command) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page: of the command, and of the daemon."""
    yield "segue.1", "".join(_segue(root))
    yield "segued.8", "".join(_segued())


def _segue(root: click.Command) -> Iterator[str]:
    yield _head("SEGUE", "1", "segue", "one conversation in the terminal, in Discord and for agents")
    ctx = click.Context(root, info_name="segue")
    yield ".SH SYNOPSIS\n.B segue\n[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]]\n"
    yield f".SH DESCRIPTION\n{_prose(root.help or '')}"
    yield f".SH OPTIONS\n{''.join(_options(root, ctx))}"
    yield ".SH COMMANDS\n"
    assert isinstance(root, click.Group)
    for words, command, inner in _commands(root, ctx):
        usage = " ".join(command.collect_usage_pieces(inner))
        yield f'.SS "segue {_escaped(words)} {_escaped(usage)}"\n{_prose(command.help or "")}'
        yield "".join(_options(command, inner))
    yield (
        ".SH EXIT STATUS\n0 done, 1 failed (of \\fBdoctor\\fR: something is wrong), 2 used wrongly, 3 no daemon,"
        " 130 interrupted.\n"
    )
    yield (
        ".SH ENVIRONMENT\n.TP\n.B SEGUE_HOME\nOne folder for settings, data, state and the socket.\n"
        ".TP\n.B SEGUE_URL\nWhere the daemon is: unix:/path or http://host:port.\n"
        ".TP\n.B SEGUE_TOKEN\nThe token that http needs.\n"
    )
    yield f".SH SEE ALSO\n.BR segued (8).\n{_SEE_ALSO}\n"


def _segued() -> Iterator[str]:
    told = subprocess.run([*PYTHON, "segued", "--help"], capture_output=True, text=True, check=True).stdout
    usage, _, rest = told.partition("\n\n")
    yield _head("SEGUED", "8", "segued", "the daemon that owns the conversations")
    yield f".SH SYNOPSIS\n.nf\n{_escaped(usage.removeprefix('usage: '))}\n.fi\n"
    yield f".SH DESCRIPTION\n.nf\n{_escaped(rest.strip())}\n.fi\n"
    yield (
        ".SH SIGNALS\n.TP\n.B SIGTERM, SIGINT\nStop; running answers get stop_grace_seconds to finish.\n"
        ".TP\n.B SIGHUP\nRead the settings again.\n.TP\n.B SIGUSR2\nWrite what every task does into the log.\n"
    )
    yield f".SH SEE ALSO\n.BR segue (1).\n{_SEE_ALSO}\n"


def _commands(
    group: click.Group, ctx: click.Context, before: str = ""
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Yield each command, with the words that call it and a context to ask it in."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=ctx)
        words = f"{before} {name}".strip()
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield words, command, inner
        if isinstance(command, click.Group):
            yield from _commands(command, inner, words)


def _options(command: click.Command, ctx: click.Context) -> Iterator[str]:
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None and record[1] and parameter.name != "help":
            yield f".TP\n.B {_escaped(record[0])}\n{_escaped(record[1])}\n"


def _head(title: str, section: str, name: str, what: str) -> str:
    return f'.TH {title} {section} "" "Segue {__version__}"\n.SH NAME\n{name} \\- {_escaped(what)}\n'


def _prose(text: str) -> str:
    """Return the text as paragraphs; one that begins with \\b keeps its lines."""
    lines = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if paragraph.lstrip().startswith("\b"):
            kept = "\n".join(line.strip() for line in paragraph.replace("\b", "").strip().splitlines())
            lines.append(f".PP\n.nf\n{_escaped(kept)}\n.fi\n")
        else:
            lines.append(f".PP\n{_escaped(' '.join(paragraph.split()))}\n")
    return "".join(lines)


def _escaped(text: str) -> str:
    """Return the text as roff takes it: a dot or a quote at the beginning of a line would be a command."""
    return re.sub(r"^([.'])", r"\\&\1", text.translate(_ESCAPES), flags=re.MULTILINE)
