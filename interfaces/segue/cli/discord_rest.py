"""Discord's REST as far as setting up a bot needs it: who it is, what it may, where it is."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from segue import __version__
from segue.cli.console import Failed

API_URL = "https://discord.com/api/v10"
PAGE = "https://discord.com/developers/applications"
TIMEOUT_SECONDS = 15.0
LONGEST_WAIT_SECONDS = 10.0

# What the bot does with each: https://discord.com/developers/docs/topics/permissions
PERMISSIONS = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Send Messages in Threads": 1 << 38,
    "Read Message History": 1 << 16,
    "Attach Files": 1 << 15,
    "Add Reactions": 1 << 6,
}
MANAGE_WEBHOOKS = {"Manage Webhooks": 1 << 29}
ADMINISTRATOR = 1 << 3
TEXT_CHANNELS = (0, 2, 5, 13)  # text, voice, announcements, stage: where people write
MESSAGE_CONTENT = (1 << 18) | (1 << 19)  # flags of the application, for bots in many guilds and in few


class TokenRefused(Failed):
    """Discord does not know the token."""


class Hidden(Failed):
    """It is not there, or not for this bot to see."""


@dataclass(frozen=True)
class Guild:
    id: int
    name: str
    permissions: int

    def missing(self, wanted: dict[str, int]) -> list[str]:
        """Return the names of those permissions that the bot's roles do not give it here."""
        if self.permissions & ADMINISTRATOR:
            return []
        return [name for name, bit in wanted.items() if not self.permissions & bit]


@dataclass(frozen=True)
class Bot:
    """The bot as Discord sees it. `owner` is the person, or the team, whose application it is."""

    id: int
    name: str
    application_id: int
    reads_messages: bool
    owner_id: int
    owner: str

    @property
    def page(self) -> str:
        return f"{PAGE}/{self.application_id}/bot"

    def invite(self, permissions: dict[str, int]) -> str:
        """Return the link that lets somebody add the bot to a guild of theirs."""
        asked = sum(permissions.values())
        return (
            f"https://discord.com/oauth2/authorize?client_id={self.application_id}"
            f"&scope=bot%20applications.commands&permissions={asked}"
        )


class DiscordRest:
    """Requests with the bot's token. Raises `Failed` in words for who sets the bot up."""

    def __init__(self, token: str, api_url: str = "") -> None:
        self._base = (api_url or API_URL).rstrip("/")
        proxies = [urllib.request.ProxyHandler({})] if api_url else []  # another server is near
        self._opener = urllib.request.build_opener(*proxies)
        self._headers = {
            "Authorization": f"Bot {token}",
            "User-Agent": f"DiscordBot (segue, {__version__})",  # others are turned away
        }

    def bot(self) -> Bot:
        me, application = self._get("/users/@me"), self._get("/applications/@me")
        owner = application.get("owner") or {}
        return Bot(
            id=int(me["id"]),
            name=str(me["username"]),
            application_id=int(application["id"]),
            reads_messages=bool(int(application.get("flags") or 0) & MESSAGE_CONTENT),
            owner_id=int(owner.get("id", 0)),
            owner=str(owner.get("username", "")),
        )

    def guilds(self) -> list[Guild]:
        """Return the guilds that the bot is in, up to 200."""
        found = self._get("/users/@me/guilds")
        return [Guild(int(guild["id"]), str(guild["name"]), int(guild["permissions"])) for guild in found]

    def channel_name(self, channel_id: int) -> str | None:
        """Return what the channel is called; None if the bot does not see it."""
        try:
            return str(self._get(f"/channels/{channel_id}").get("name") or channel_id)
        except Hidden:
            return None

    def user_name(self, user_id: int) -> str | None:
        """Return what somebody is called; None if there is nobody with this id."""
        try:
            found = self._get(f"/users/{user_id}")
        except Hidden:
            return None
        return str(found.get("global_name") or found["username"])

    def channels(self) -> list[tuple[str, str]]:
        """Return the channels of all guilds by id, each with its name as people know it: "#general @ The Pub"."""
        return [
            (str(channel["id"]), f"#{channel['name']} @ {guild.name}")
            for guild in self.guilds()
            for channel in self._get(f"/guilds/{guild.id}/channels")
            if channel["type"] in TEXT_CHANNELS
        ]

    def _get(self, path: str) -> Any:
        request = urllib.request.Request(self._base + path, headers=self._headers)
        give_up_at = time.monotonic() + LONGEST_WAIT_SECONDS
        while True:
            try:
                with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as exc:
                wait = _refused(exc)
            except (OSError, ValueError) as exc:
                reason = getattr(exc, "reason", exc)
                raise Failed(f"Discord does not answer at {self._base} ({reason}): is there a network?") from exc
            if time.monotonic() + wait > give_up_at:
                raise Failed(f"Discord wants {wait:.0f} s of rest: try again then")
            time.sleep(wait)


def _refused(exc: urllib.error.HTTPError) -> float:
    """Return after how many seconds to ask again; raise what asking again would not change."""
    with exc:
        if exc.code == 429:
            return float(exc.headers.get("Retry-After") or 1.0)
        if exc.code == 401:
            raise TokenRefused(
                f"Discord does not accept the token: at {PAGE}, on the bot's page, Reset Token gives a new one"
            ) from exc
        if exc.code in (403, 404):
            raise Hidden(f"Discord has nothing for this bot at {exc.url} ({exc.code})") from exc
        raise Failed(f"Discord answered {exc.code} {exc.reason}: try again in a moment") from exc
