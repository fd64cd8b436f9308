"""The people's side over HTTP, for trying a bot by hand and for tests in other processes.

Channels go by name or id, "@alice" is alice's direct channel; users by name, and who is not there joins every guild.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.discord_server.conversation import Channel
from tests.discord_server.interactions import Interaction
from tests.discord_server.messages import Message
from tests.discord_server.users import Payload, User

if TYPE_CHECKING:
    from tests.discord_server.server import DiscordServer

PREFIX = "/control"


class Control:
    def __init__(self, discord: DiscordServer) -> None:
        self._discord = discord

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self.overview),
                web.get("/channels/{channel}/messages", self.messages),
                web.post("/say", self.say),
                web.post("/edit", self.edit),
                web.post("/delete", self.delete),
                web.post("/react", self.react),
                web.post("/press", self.press),
                web.post("/slash", self.slash),
                web.post("/drop", self.drop),
            ]
        )
        return app

    async def overview(self, request: web.Request) -> web.Response:
        discord = self._discord
        guilds = [
            {"name": guild.name, "id": str(guild.id), "channels": {c.name: str(c.id) for c in guild.channels.values()}}
            for guild in discord.world.guilds.values()
        ]
        return web.json_response(
            {
                "api_url": discord.api_url,
                "gateway_url": discord.gateway_url,
                "token": discord.token,
                "online": discord.world.sessions.online,
                "guilds": guilds,
                "users": {user.name: str(user.id) for user in discord.world.users.values()},
            }
        )

    async def messages(self, request: web.Request) -> web.Response:
        channel = self._channel(request.match_info["channel"])
        return web.json_response([_described(message) for message in channel.messages])

    async def say(self, request: web.Request) -> web.Response:
        body = await request.json()
        channel = self._channel(body["channel"])
        reply_to = channel.posts[int(body["reply_to"])] if "reply_to" in body else None
        said = await channel.say(self._user(body["user"]), body.get("content", ""), reply_to=reply_to)
        return web.json_response(_described(said))

    async def edit(self, request: web.Request) -> web.Response:
        body = await request.json()
        message = self._message(body)
        await message.channel.edit(message, body["content"])
        return web.json_response(_described(message))

    async def delete(self, request: web.Request) -> web.Response:
        message = self._message(await request.json())
        await message.channel.delete(message)
        return web.json_response(_described(message))

    async def react(self, request: web.Request) -> web.Response:
        body = await request.json()
        message = self._message(body)
        await message.channel.react(message, self._user(body["user"]), body["emoji"])
        return web.json_response(_described(message))

    async def press(self, request: web.Request) -> web.Response:
        body = await request.json()
        message, user = self._message(body), self._user(body["user"])
        values = body.get("values", [])
        return web.json_response(_shown(await self._discord.press(message, body["button"], by=user, values=values)))

    async def slash(self, request: web.Request) -> web.Response:
        body = await request.json()
        channel, user = self._channel(body["channel"]), self._user(body["user"])
        return web.json_response(
            _shown(await self._discord.slash(channel, user, body["command"], **body.get("options", {})))
        )

    async def drop(self, request: web.Request) -> web.Response:
        """Close the bot's connection to the gateway: `{"resume": true or false}`."""
        body = await request.json()
        await self._discord.drop_gateway(resume=body.get("resume", True))
        return web.json_response({})

    def _channel(self, name: str) -> Channel:
        if name.startswith("@"):
            return self._discord.direct_channel(self._user(name[1:]))
        for channel in self._discord.world.channels.values():
            if name in (channel.name, str(channel.id)):
                return channel
        raise web.HTTPNotFound(text=f"no channel {name}")

    def _user(self, name: str) -> User:
        for user in self._discord.world.users.values():
            if name in (user.name, str(user.id)):
                return user
        return self._discord.add_user(name)

    def _message(self, body: Payload) -> Message:
        found = self._channel(body["channel"]).posts.get(int(body["message"]))
        if found is None:
            raise web.HTTPNotFound(text=f"no message {body['message']}")
        return found


def _described(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "author": message.author.name,
        "content": message.content,
        "reply_to": str(message.reply_to.id) if message.reply_to else None,
        "edits": message.edits,
        "embeds": message.embeds,
        "attachments": [{"filename": item.filename, "url": item.url} for item in message.attachments],
        "buttons": [part.get("label") or part["custom_id"] for part in message.buttons],
        "reactions": {emoji: [user.name for user in users] for emoji, users in message.reactions.items()},
    }


def _shown(interaction: Interaction) -> dict[str, Any]:
    return {
        "failed": interaction.failed,
        "ephemeral": any(message.ephemeral for message in interaction.messages),
        "messages": [_described(message) for message in interaction.messages],
        "form": interaction.form,
    }
