"""Setting the bot up in one sitting: from the page where it is created to the settings that say who may use it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import click

from segue import paths, routes
from segue.cli import toml_file
from segue.cli.console import Failed, line, note
from segue.cli.discord import token_of
from segue.cli.discord_allowed import Lists
from segue.cli.discord_check import allowed, intent, membership, wanted_permissions
from segue.cli.discord_rest import PAGE, Bot, DiscordRest, Guild, TokenRefused
from segue.cli.findings import Finding
from segue.cli.wire import daemon
from segue.discord_settings import DiscordSettings
from segue.errors import SegueError

WHAT_TO_CREATE = f"""\
1. At {PAGE} choose New Application, and give it a name: your bot's.
2. On its page Bot, under Privileged Gateway Intents, switch on Message Content Intent, and save.
3. On the same page choose Reset Token, and copy the token. It is a password: it goes into a file that only you can
   read, never into config.toml."""

T = TypeVar("T")
Ids = Mapping[str, tuple[int, ...]]


class Setup:
    """Asks a person where `asking`, and otherwise takes what is given."""

    def __init__(self, settings: DiscordSettings, *, asking: bool) -> None:
        self._settings = settings
        self._asking = asking
        self._changes: dict[str, toml_file.Value] = {}
        self._written = False

    def run(self, given: Ids, removed: Ids, token_file: str | None) -> bool:
        """Set up what can be, and return whether nothing is missing. `given` and `removed`: the ids by the setting that
        they go into, and that they are taken from."""
        if token_file is not None:
            self._set("token_file", str(Path(token_file).expanduser().absolute()))
        rest, bot = self._log_in()
        bot = self._read_messages(rest, bot)
        joined = self._invite(rest, bot)
        lists = Lists(self._settings, rest, joined)
        if self._asking:
            lists.show()
        for key, ids in removed.items():
            lists.remove(key, ids)
        if self._asking and not any(given.values()) and not any(removed.values()):
            lists.ask()
        self._allow(lists, bot, joined, given)
        everywhere = self._show_missing_guilds(bot, joined)
        self._write()
        if not self._asking:
            lists.show()
        who = allowed(self._settings)
        who.show()
        self._say_what_is_next(bot)
        return bool(joined) and everywhere and bot.reads_messages and who.state == "right"

    def _set(self, key: str, value: toml_file.Value) -> None:
        self._changes[key] = value
        self._settings = DiscordSettings.model_validate(self._settings.model_dump() | {key: value})

    # --- the token

    def _log_in(self) -> tuple[DiscordRest, Bot]:
        """Return the way to Discord with a token that it accepts."""
        try:
            token, where = token_of(self._settings)
        except Failed as exc:
            if not self._asking:
                raise Failed(f"{exc.message}\n\nTo get one:\n{WHAT_TO_CREATE}") from exc
            click.echo(WHAT_TO_CREATE)
            return self._ask_for_token()
        rest = DiscordRest(token, self._settings.api_url)
        return rest, self._introduce(rest, where)

    def _ask_for_token(self) -> tuple[DiscordRest, Bot]:
        while True:
            token = click.prompt("The token (it is not shown)", hide_input=True).strip()
            rest = DiscordRest(token, self._settings.api_url)
            try:
                bot = rest.bot()
            except TokenRefused as exc:
                note(exc.message)
                continue
            return rest, self._introduce(rest, self._keep(token), bot)

    def _introduce(self, rest: DiscordRest, where: str, known: Bot | None = None) -> Bot:
        bot = known or rest.bot()
        Finding("token", "right", f"from {where}: the bot is {bot.name} ({bot.id})").show()
        return bot

    def _keep(self, token: str) -> str:
        """Write the token into a file of its own, and at once the setting that names it, for the person may go away
        before the end; return where it is."""
        file = Path(self._settings.token_file or paths.folders().config / "discord_token")
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                os.fchmod(descriptor, 0o600)
                opened.write(token + "\n")
        except OSError as exc:
            raise Failed(f"{file} cannot be written ({exc.strerror}): --token-file names another") from exc
        self._set("token_file", str(file))
        self._write()
        return f"the file {file}"

    # --- at Discord

    def _read_messages(self, rest: DiscordRest, bot: Bot) -> Bot:
        """Return the bot once it is told what people write, or as it is where nobody can be asked."""
        return self._until(bot, rest.bot, lambda bot: bot.reads_messages, lambda bot: intent(bot).show())

    def _invite(self, rest: DiscordRest, bot: Bot) -> list[Guild]:
        """Return the guilds that the bot is in, once it is in one."""
        click.echo(f"  invite     {bot.invite(wanted_permissions(self._settings))}")

        def show(guilds: list[Guild]) -> None:
            names = ", ".join(f"{line(guild.name)} ({guild.id})" for guild in guilds)
            found = Finding("guilds", "right", f"the bot is in {names}")
            (found if guilds else Finding("guilds", "wrong", "the bot is in none: open the invite link above")).show()

        return self._until(rest.guilds(), rest.guilds, bool, show)

    def _until(self, now: T, look: Callable[[], T], good: Callable[[T], bool], show: Callable[[T], None]) -> T:
        """Show how it is, and look again whenever the person says so, until it is good or they go on without."""
        show(now)
        while self._asking and not good(now):
            if click.prompt("Enter when that is done, s to go on without", default="", show_default=False) == "s":
                break
            now = look()
            show(now)
        return now

    # --- who may use it

    def _allow(self, lists: Lists, bot: Bot, joined: list[Guild], given: Ids) -> None:
        """Take what is given; ask for those whom one would expect, where nothing is given and nothing is set yet."""
        self._take(lists)
        lists.add("allow_guilds", given["allow_guilds"] or self._chosen_guilds(joined))
        lists.add("allow_users", given["allow_users"] or self._chosen_owner(bot))
        lists.add("allow_channels", given["allow_channels"])
        lists.add("admin_users", given["admin_users"] or self._chosen_admins(bot))
        self._take(lists)

    def _take(self, lists: Lists) -> None:
        for key, ids in lists.changes():
            self._set(key, ids)

    def _show_missing_guilds(self, bot: Bot, joined: list[Guild]) -> bool:
        """Show which guilds are allowed and lack the bot, or give it too little; return whether none is."""
        known = {guild.id: guild for guild in joined}
        wanted = wanted_permissions(self._settings)
        each = [membership(guild_id, known.get(guild_id), bot, wanted) for guild_id in self._settings.allow_guilds]
        wrong = [result for result in each if result.state == "wrong"]
        for result in wrong:
            result.show()
        return not wrong

    def _chosen_guilds(self, joined: list[Guild]) -> tuple[int, ...]:
        new = [guild for guild in joined if guild.id not in self._settings.allow_guilds]
        if not self._asking:
            return ()
        return tuple(g.id for g in new if click.confirm(f"May the members of {line(g.name)} use it?", default=True))

    def _chosen_owner(self, bot: Bot) -> tuple[int, ...]:
        if not self._asking or not bot.owner_id or bot.owner_id in self._settings.allow_users:
            return ()
        question = f"May {line(bot.owner)}, whose application it is, use it everywhere, direct messages included?"
        return (bot.owner_id,) if click.confirm(question, default=True) else ()

    def _chosen_admins(self, bot: Bot) -> tuple[int, ...]:
        """Ask for the reader's linked accounts; where none is known, for the application's owner."""
        if not self._asking:
            return ()
        people = {account: f"you, Discord account {account}," for account in _linked_accounts()}
        if not people and bot.owner_id:
            people = {bot.owner_id: f"{line(bot.owner)}, whose application it is,"}
        new = {i: who for i, who in people.items() if i not in self._settings.admin_users}
        question = "May {} change how channels are served, in every guild?"
        return tuple(i for i, who in new.items() if click.confirm(question.format(who), default=True))

    # --- here

    def _write(self) -> None:
        file = paths.folders().config_file
        if not self._changes:
            if not self._written:
                note(f"nothing to write: {file} stays as it is")
            return
        try:
            toml_file.change(file, "discord", self._changes)
        except toml_file.NotChanged as exc:
            lines = toml_file.as_text("discord", self._changes)
            raise Failed(f"{file} was not changed: {exc}\nAdd these lines to it yourself:\n\n{lines}") from exc
        Finding("settings", "right", f"{', '.join(self._changes)} written to {file}").show()
        self._changes, self._written = {}, True

    def _say_what_is_next(self, bot: Bot) -> None:
        click.echo(f"""
Next:
  segue discord                the bot, in the foreground
  segue link                   a code: send {line(bot.name)} the command /link with it, and your messages are yours
  segue discord check          whether all is in place, any time
A bot that runs already takes up what is new when it is started again.""")


def _linked_accounts() -> list[int]:
    """Return the reader's own accounts at Discord, as far as a running daemon knows them."""
    try:
        identities = daemon().get(routes.ME)["user"]["identities"]
    except (SegueError, Failed):
        return []
    return [int(i["external_id"]) for i in identities if i["interface"] == "discord" and i["external_id"].isdecimal()]
