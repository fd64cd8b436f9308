"""The application's commands as the bot registered them: everywhere, or in one guild."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord_server.errors import InvalidForm, unknown
from tests.discord_server.snowflakes import Snowflakes
from tests.discord_server.users import Payload

_DESCRIPTION_LIMIT = 100
_COMMANDS_LIMIT = 100
_CHAT_INPUT = 1
_DEFAULTS: Payload = {
    "type": _CHAT_INPUT,
    "default_member_permissions": None,
    "dm_permission": True,
    "contexts": None,
    "integration_types": [0],
    "name_localizations": None,
    "description_localizations": None,
    "nsfw": False,
}


@dataclass(frozen=True)
class Sync:
    """One bulk overwrite: where, and the names that were sent."""

    guild_id: int | None
    names: list[str]


class Commands:
    def __init__(self, ids: Snowflakes) -> None:
        self._ids = ids
        self._registered: dict[int | None, list[Payload]] = {}
        self.syncs: list[Sync] = []

    def all(self, guild_id: int | None) -> list[Payload]:
        return self._registered.get(guild_id, [])

    def names(self, guild_id: int | None = None) -> list[str]:
        return [command["name"] for command in self.all(guild_id)]

    def overwrite(self, application_id: int, guild_id: int | None, commands: list[Payload]) -> list[Payload]:
        """Register exactly these; one that was there under its name keeps its id."""
        self.syncs.append(Sync(guild_id, [command["name"] for command in commands]))
        if len(commands) > _COMMANDS_LIMIT:
            text = f"Maximum number of application commands reached ({_COMMANDS_LIMIT})."
            raise InvalidForm({"": ("APPLICATION_COMMANDS_LIMIT", text)})
        filled = [self._filled(application_id, guild_id, command) for command in commands]
        self._registered[guild_id] = filled
        return filled

    def add(self, application_id: int, guild_id: int | None, command: Payload) -> Payload:
        """Register one, in place of the one with its name."""
        filled = self._filled(application_id, guild_id, command)
        others = [other for other in self.all(guild_id) if other["name"] != filled["name"]]
        self._registered[guild_id] = [*others, filled]
        return filled

    def get(self, guild_id: int | None, command_id: str) -> Payload:
        for command in self.all(guild_id):
            if command["id"] == command_id:
                return command
        raise unknown("application command")

    def delete(self, guild_id: int | None, command_id: str) -> None:
        gone = self.get(guild_id, command_id)
        self._registered[guild_id] = [command for command in self.all(guild_id) if command is not gone]

    def find(self, name: str, guild_id: int | None) -> Payload:
        """Return what a person gets who types /name in a guild, or in a direct channel."""
        for command in [*(self.all(guild_id) if guild_id is not None else []), *self.all(None)]:
            if command["name"] == name and command["type"] == _CHAT_INPUT:
                return command
        raise AssertionError(f"no command /{name} is registered; there are {self.names()} and {self.names(guild_id)}")

    def _filled(self, application_id: int, guild_id: int | None, command: Payload) -> Payload:
        if len(command.get("description", "")) > _DESCRIPTION_LIMIT:
            text = f"Must be between 1 and {_DESCRIPTION_LIMIT} in length."
            raise InvalidForm({"description": ("BASE_TYPE_BAD_LENGTH", text)})
        known = next((other for other in self.all(guild_id) if other["name"] == command["name"]), None)
        ids = {"id": known["id"] if known else str(self._ids.next()), "application_id": str(application_id)}
        place = {} if guild_id is None else {"guild_id": str(guild_id)}
        return _DEFAULTS | command | ids | place | {"version": str(self._ids.next())}
