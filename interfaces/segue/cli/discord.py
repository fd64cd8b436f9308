"""`segue discord`: the bot in the foreground; `setup` and `check`, so that it runs as it should."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from segue.cli.console import Misconfigured, json_option, print_json

if TYPE_CHECKING:
    from segue.discord_settings import DiscordSettings

snowflake = click.IntRange(min=1, max=2**63 - 1)


@click.group(invoke_without_command=True)
@click.option("--start/--no-start", default=True, help="Start the daemon where none runs.  [default: start]")
@click.pass_context
def discord(ctx: click.Context, start: bool) -> None:
    """Run the Discord bot here, until Ctrl-C; or set it up, or check how it is set up."""
    if ctx.invoked_subcommand is None:
        run_bot(start=start)


def run_bot(*, start: bool) -> None:
    """Run the bot and exit with its code."""
    from segue.cli.launch import ensure_running

    token_of(settings())
    if start:
        ensure_running()
    from segue.discord_bot.app import run

    sys.exit(run())


@discord.command()
@click.option("--guild", "guilds", multiple=True, type=snowflake, help="Let the members of this guild use it.")
@click.option("--user", "users", multiple=True, type=snowflake, help="Let this person use it, directly too.")
@click.option("--channel", "channels", multiple=True, type=snowflake, help="Serve only this channel.")
@click.option("--admin", "admins", multiple=True, type=snowflake, help="Let this person change how it is served.")
@click.option("--remove-guild", "no_guilds", multiple=True, type=snowflake, help="Serve this guild no more.")
@click.option("--remove-user", "no_users", multiple=True, type=snowflake, help="Take this person's leave back.")
@click.option("--remove-channel", "no_channels", multiple=True, type=snowflake, help="Take this channel off the list.")
@click.option("--remove-admin", "no_admins", multiple=True, type=snowflake, help="Let this person change no more.")
@click.option("--token-file", metavar="FILE", help="Where the bot's token is, or is to be kept.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: take what is given and what is set already.")
def setup(
    guilds: tuple[int, ...],
    users: tuple[int, ...],
    channels: tuple[int, ...],
    admins: tuple[int, ...],
    no_guilds: tuple[int, ...],
    no_users: tuple[int, ...],
    no_channels: tuple[int, ...],
    no_admins: tuple[int, ...],
    token_file: str | None,
    yes: bool,
) -> None:
    """Set the bot up: what to create at Discord, the token, the invite link, who may use it.

    --guild, --user, --channel and --admin may be given again, and add to what is set; --remove-guild and the like
    take away from it. Run again, it shows what is set and asks what to change. What is decided is written into the
    [discord] part of config.toml, and the rest of it stays as it is. The token itself never goes there. The exit code
    is 1 if something is missing still."""
    from segue.cli.discord_setup import Setup

    given = {"allow_guilds": guilds, "allow_users": users, "allow_channels": channels, "admin_users": admins}
    removed = dict(zip(given, (no_guilds, no_users, no_channels, no_admins), strict=True))
    complete = Setup(settings(), asking=not yes and sys.stdin.isatty()).run(given, removed, token_file)
    sys.exit(0 if complete else 1)


@discord.command()
@json_option
def check(as_json: bool) -> None:
    """Check how the bot is set up, at Discord and here. The exit code is 1 if something is missing."""
    from segue.cli.discord_check import checks

    found = list(checks(settings()))
    if as_json:
        print_json([finding.as_json() for finding in found])
    else:
        for finding in found:
            finding.show()
    sys.exit(1 if any(finding.state == "wrong" for finding in found) else 0)


def settings() -> DiscordSettings:
    from segue.discord_settings import SettingsProblem, load

    try:
        return load()
    except SettingsProblem as exc:
        raise Misconfigured(str(exc)) from exc


def token_of(settings: DiscordSettings) -> tuple[str, str]:
    """Return the bot's token and where it was found."""
    from segue.discord_settings import SettingsProblem, find_token

    try:
        token, where = find_token(settings)
    except SettingsProblem as exc:
        raise Misconfigured(str(exc)) from exc
    return token.get_secret_value(), where
