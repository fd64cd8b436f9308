"""The command `segue`. Without a command it opens the terminal chat. Exit codes: 0 done, 1 failed, 2 used wrongly,
3 no daemon, 130 interrupted."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

import click

from segue import __version__
from segue.cli.lazy import LazyGroup
from segue.errors import SegueError, Unreachable

NO_DAEMON = 3
INTERRUPTED = 130

COMMANDS = {
    "allow": "segue.cli.approvals:allow",
    "approvals": "segue.cli.approvals:approvals",
    "ask": "segue.cli.ask:ask",
    "audit": "segue.cli.audit:audit",
    "backup": "segue.cli.backup:backup",
    "bind": "segue.cli.places:bind",
    "bindings": "segue.cli.places:bindings",
    "completion": "segue.cli.completion:completion",
    "config": "segue.cli.config:config",
    "connect": "segue.cli.connect:connect",
    "deliveries": "segue.cli.deliveries:deliveries",
    "deny": "segue.cli.approvals:deny",
    "discord": "segue.cli.discord:discord",
    "doctor": "segue.cli.doctor:doctor",
    "export": "segue.cli.export:export",
    "import": "segue.cli.imports:import_",
    "invitations": "segue.cli.members:invitations",
    "invite": "segue.cli.members:invite",
    "join": "segue.cli.members:join",
    "link": "segue.cli.people:link",
    "links": "segue.cli.people:links",
    "logs": "segue.cli.logs:logs",
    "man": "segue.cli.man:man",
    "mcp": "segue.cli.mcp:mcp",
    "memory": "segue.cli.memory:memory",
    "reindex": "segue.cli.search:reindex",
    "restore": "segue.cli.backup:restore",
    "retry": "segue.cli.turns:retry",
    "schedule": "segue.cli.schedules:schedule",
    "search": "segue.cli.search:search",
    "send": "segue.cli.send:send",
    "server": "segue.cli.server:server",
    "sessions": "segue.cli.sessions:sessions",
    "status": "segue.cli.status:status",
    "stop": "segue.cli.turns:stop",
    "tail": "segue.cli.tail:tail",
    "token": "segue.cli.people:token",
    "tui": "segue.cli.connect:tui",
    "unbind": "segue.cli.places:unbind",
    "unlink": "segue.cli.people:unlink",
    "users": "segue.cli.users:users",
}


@click.group(
    cls=LazyGroup,
    commands_in=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--session", "-s", metavar="SESSION", help="Open this session: an id, part of it, or its title.")
@click.option("--continue", "-c", "continue_", is_flag=True, help="Open the session that was used last, anywhere.")
@click.option("--address", metavar="URL", help="Where the daemon is: unix:/path or http://host:port.  [env: SEGUE_URL]")
@click.option("--token", metavar="TOKEN", help="Needed over http; better kept in the environment.  [env: SEGUE_TOKEN]")
@click.version_option(__version__, prog_name="segue")
@click.pass_context
def cli(ctx: click.Context, session: str | None, continue_: bool, address: str | None, token: str | None) -> None:
    """One conversation in the terminal, in Discord and for agents. Without a command: the terminal chat."""
    if address:
        os.environ["SEGUE_URL"] = address  # the terminal chat and the client library look there
    if token:
        os.environ["SEGUE_TOKEN"] = token
    if session and continue_:
        raise click.UsageError("--session and --continue exclude each other")
    if ctx.invoked_subcommand is None:
        from segue.cli.connect import open_chat

        open_chat(session, last_used=continue_)
    elif session or continue_:
        raise click.UsageError(f"--session and --continue stand behind '{ctx.invoked_subcommand}', if it has them")


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong is a sentence on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # half of a surrogate pair is storable, but not printable
    try:
        result = cli.main(arguments, prog_name="segue", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except click.UsageError as exc:
        exc.show()
        return exc.exit_code
    except click.ClickException as exc:
        return _fail(exc.format_message(), exc.exit_code)
    except SegueError as exc:
        return _fail(exc.message, NO_DAEMON if isinstance(exc, Unreachable) else 1)
    except Exception as exc:
        if isinstance(exc, OSError) and not isinstance(exc, (ConnectionError, TimeoutError)):
            return _fail(_unusable(exc), 1)
        if sys.flags.dev_mode:
            raise
        return _fail(f"this should not have happened ({type(exc).__name__}: {exc}): please report it", 1)


def _unusable(exc: OSError) -> str:
    """Return what to say of a file that cannot be used, or where it has no name, of our output."""
    if exc.filename is not None:
        return f"cannot use {exc.filename}: {exc.strerror}"
    _forget_output()
    return f"cannot write: {exc.strerror or exc}"


def _forget_output() -> None:
    """Have what could not be written not be tried again at the exit: that would fail with words of Python's."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _fail(message: str, exit_code: int) -> int:
    from segue.cli.console import clean

    click.echo(f"segue: {clean(message)}", err=True)
    return exit_code


if __name__ == "__main__":
    main()
