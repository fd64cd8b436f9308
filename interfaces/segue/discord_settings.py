"""The `[discord]` part of the settings: checked by the daemon with the rest of the file, read here by the bot.

The token is never among them: it comes from an environment variable, a systemd credential, or a file of its own.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsError, TomlConfigSettingsSource

from segue.models import Name, Policy, Reply
from segue.paths import folders

CREDENTIAL = "discord_token"  # its name under $CREDENTIALS_DIRECTORY (systemd's LoadCredential=)

Snowflake = Annotated[int, Field(gt=0, lt=2**63)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ChannelSettings(Part):
    """What is different in one channel, and in the threads below it."""

    reply: Reply | None = None
    """When the agent answers there: always, mention (only where the bot is mentioned or replied to), never."""
    policy: Policy | None = None
    """How the channel is served when it gets a session: live, final, mention, muted."""
    agent: str = ""
    """Which agent of the settings answers in a session that begins there; empty = the default one."""


class Service(NamedTuple):
    """How one channel is served; without an `agent` the default one answers."""

    reply: Reply
    policy: Policy
    agent: str | None


class DiscordSettings(Part):
    """The Discord bot."""

    token_env: str = "DISCORD_TOKEN"
    """The name of the environment variable that holds the bot's token, never the token."""
    token_file: str = ""
    """A file that holds the token, used where the variable is not set."""
    allow_guilds: tuple[Snowflake, ...] = ()
    """The ids of the guilds whose members may use it in their channels. With allow_users empty too: nobody may."""
    allow_users: tuple[Snowflake, ...] = ()
    """The ids of the people who may use it everywhere, direct messages included."""
    allow_channels: tuple[Snowflake, ...] = ()
    """Where given, only these channels and their threads are served (and direct messages)."""
    allow_roles: tuple[Snowflake, ...] = ()
    """Where given, members of the guilds need one of these roles."""
    admin_users: tuple[Snowflake, ...] = ()
    """Who may use the commands that change how a channel is served, besides the guild's own administrators."""
    reply: Reply = "mention"
    """When the agent answers in channels: always, mention, never. Direct messages are always answered."""
    policy: Policy = "live"
    """How a place is served that gets a session: live (streamed), final, mention, muted."""
    project: str = "discord-{channel}"
    """Which project a session that begins there belongs to, so that it can remember; {channel} and {guild} are ids.
    With the guild's, all of its channels are told what was remembered in one. Empty = none."""
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    """What is different in single channels, by id: [discord.channels.123456789012345678]."""
    mirror_webhooks: bool = False
    """Show messages of other interfaces under their sender's name by a webhook, where the bot may manage webhooks.
    A webhook's message may come twice after a crash; with a name in front of the text it comes once."""
    edit_seconds: Annotated[float, Field(ge=0.2, le=60)] = 1.5
    """How often the preview of an answer is edited, at most, while it is being written."""
    max_parts: Annotated[int, Field(ge=1, le=50)] = 6
    """Into how many messages an answer may be split. A longer one is sent as a file."""
    max_attachment_bytes: Annotated[int, Field(ge=0, le=16 * 1024 * 1024)] = 4 * 1024 * 1024
    """The largest image or text file that is handed on to the session."""
    api_url: str = ""
    """Another server that speaks Discord's API, version included, like "http://127.0.0.1:9000/api/v10"."""
    gateway_url: str = ""
    """And its gateway, like "ws://127.0.0.1:9000"."""

    @field_validator("token_env")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not (name.isidentifier() and name.isascii()):
            raise ValueError("this must be the name of an environment variable, like DISCORD_TOKEN, never the token")
        return name

    @field_validator("project")
    @classmethod
    def _is_a_pattern(cls, project: str) -> str:
        try:
            TypeAdapter(Name).validate_python(project.format(channel=1, guild=1) or "none")
        except (AttributeError, LookupError, ValueError) as exc:
            raise ValueError("this must be a name, with {channel} and {guild} where their ids are to stand") from exc
        return project

    @field_validator("channels")
    @classmethod
    def _are_ids(cls, channels: dict[str, ChannelSettings]) -> dict[str, ChannelSettings]:
        if wrong := [name for name in channels if not (name.isascii() and name.isdigit())]:
            raise ValueError(f"{wrong[0]!r} is not the id of a channel: in Discord, copy it from the channel's menu")
        return channels

    def project_of(self, channel: int, guild: int | None) -> str | None:
        """Return the project of a session that begins in a channel; direct talk is a guild of its own."""
        return self.project.format(channel=channel, guild=guild or channel) or None

    def service(self, *ids: int) -> Service:
        """Return how a channel is served: as it says, or the one that it is part of, or else as all are:
        `service(thread.id, thread.parent_id)`."""
        own = next((self.channels[str(i)] for i in ids if str(i) in self.channels), ChannelSettings())
        return Service(own.reply or self.reply, own.policy or self.policy, own.agent or None)


class SettingsProblem(Exception):
    """What is wrong with the settings, in words for whoever wrote them."""


def load(config_file: Path | None = None) -> DiscordSettings:
    """Return the effective `[discord]` settings; raise `SettingsProblem` naming every problem."""
    file = config_file or folders().config_file

    class Whole(BaseSettings, env_prefix="SEGUE_", env_nested_delimiter="__", extra="ignore"):
        discord: DiscordSettings = DiscordSettings()

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    try:
        return Whole().discord
    except ValidationError as exc:
        problems = [_problem(e["loc"], e["msg"], e["type"]) for e in exc.errors()]
    except SettingsError as exc:
        problems = [f"environment: {exc}: {exc.__cause__ or 'not readable'}"]
    except tomllib.TOMLDecodeError as exc:
        problems = [f"not TOML: {exc}"]
    except (OSError, UnicodeDecodeError) as exc:
        problems = [f"not readable: {exc}"]
    raise SettingsProblem("\n  ".join([f"The settings are wrong ({file}, SEGUE_DISCORD__… variables):", *problems]))


def _problem(where: tuple[int | str, ...], message: str, kind: str) -> str:
    if kind == "extra_forbidden":
        message = "there is no such setting"
    return f"{'.'.join(map(str, where))}: {message.removeprefix('Value error, ')}"


def find_token(settings: DiscordSettings, environment: Mapping[str, str] = os.environ) -> tuple[SecretStr, str]:
    """Return the bot's token and where it was found; raise `SettingsProblem` saying where it may be."""
    if token := environment.get(settings.token_env, "").strip():
        return SecretStr(token), f"the variable {settings.token_env}"
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    files = [Path(credentials, CREDENTIAL)] if credentials else []
    files += [Path(settings.token_file).expanduser()] if settings.token_file else []
    for file in files:
        if token := _read(file):
            return SecretStr(token), f"the file {file}"
    raise SettingsProblem(
        f"there is no bot token: put it into the environment variable {settings.token_env}, into a file that"
        f" [discord] token_file names, or into the systemd credential {CREDENTIAL} (`segue discord setup` helps)"
    )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsProblem(f"the token's file {file} cannot be read: {exc}") from exc
