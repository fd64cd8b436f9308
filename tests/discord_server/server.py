"""A local server that speaks Discord's REST (v10) and gateway, and the people who talk there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.discord_server import acting
from tests.discord_server.channels import DirectChannel
from tests.discord_server.commands import Commands
from tests.discord_server.control import PREFIX as CONTROL
from tests.discord_server.control import Control
from tests.discord_server.conversation import Channel
from tests.discord_server.drafts import ATTACHMENT_LIMIT_BYTES
from tests.discord_server.faults import Fault, Faults, Hold
from tests.discord_server.gateway import Gateway, Op
from tests.discord_server.guilds import Guild
from tests.discord_server.intents import Intent
from tests.discord_server.interactions import Interaction
from tests.discord_server.messages import Message
from tests.discord_server.rate_limits import RateLimits
from tests.discord_server.rest.answering import PREFIX, Requests
from tests.discord_server.rest.app import rest_app
from tests.discord_server.users import Payload, User
from tests.discord_server.world import World

TOKEN = "the.bots.token"
T = TypeVar("T")
_WAIT_SECONDS = 40.0
_SHUTDOWN_SECONDS = 0.5


class DiscordServer:
    """`async with DiscordServer() as discord`: listens on 127.0.0.1 until the block is left."""

    def __init__(self, port: int = 0, *, token: str = TOKEN, bot_name: str = "segue") -> None:
        self.world = World(token, bot_name)
        self.rate_limits = RateLimits()
        self.faults = Faults(self.world.changes)
        self.gateway = Gateway(self.world)
        self.requests = Requests(self.world.changes)
        self._port = port
        app = web.Application(client_max_size=11 * ATTACHMENT_LIMIT_BYTES)
        app.add_subapp(PREFIX, rest_app(self.world, self.requests, self.rate_limits, self.faults))
        app.add_subapp(CONTROL, Control(self).app())
        app.router.add_get("/", self.gateway.serve)
        app.router.add_get("/attachments/{channel}/{attachment}/{name}", self._attachment)
        self._runner = web.AppRunner(app, shutdown_timeout=_SHUTDOWN_SECONDS)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.world.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.faults.end_all()
        await self.gateway.drop(code=1001)
        await self._runner.cleanup()

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def api_url(self) -> str:
        return self.world.base_url + PREFIX

    @property
    def gateway_url(self) -> str:
        return self.world.base_url.replace("http", "ws", 1) + "/"

    @property
    def bot(self) -> User:
        return self.world.bot

    @property
    def commands(self) -> Commands:
        return self.world.commands

    def switch_off(self, intent: Intent) -> None:
        """Take a privileged intent from the application, as on its page for developers."""
        self.world.granted &= ~intent

    async def reset_token(self, token: str) -> None:
        """Make the old token worthless, also for whoever is connected with it."""
        self.world.token = token
        await self.gateway.drop(resume=False, code=4004)

    # People and places

    def add_user(
        self, name: str, *, bot: bool = False, display_name: str | None = None, guilds: Iterable[Guild] | None = None
    ) -> User:
        """Add somebody, as a member of the guilds given, or of all there are."""
        user = self.world.add_user(name, bot=bot, display_name=display_name)
        for guild in self.world.guilds.values() if guilds is None else guilds:
            guild.add_member(user)
        return user

    def add_guild(
        self, name: str = "guild", *, owner: User | None = None, members: Iterable[User] | None = None, bot: bool = True
    ) -> Guild:
        """Add a guild with the members given, or with everybody there is; with `bot`, ours is among them."""
        guild = self.world.add_guild(name, owner or self.world.application_owner)
        everybody = self.world.users.values() if members is None else [guild.owner, *members]
        for user in dict.fromkeys(everybody):
            if user is not self.bot:
                guild.add_member(user)
        if bot:
            guild.add_member(self.bot)
        return guild

    def direct_channel(self, person: User) -> DirectChannel:
        """Return the person's talk with the bot."""
        return self.world.direct_channel(person)

    # What people do with the bot

    async def slash(self, channel: Channel, user: User, command: str, **options: Any) -> Interaction:
        """Use a command ("attach", "memory set"); return what the person was shown."""
        return await acting.slash(self.world, channel, user, command, options)

    async def autocomplete(
        self, channel: Channel, user: User, command: str, option: str, typed: str = "", **others: Any
    ) -> list[Payload]:
        """Return the choices offered for what was typed so far: [{"name": …, "value": …}]."""
        return await acting.autocomplete(self.world, channel, user, command, option, typed, others)

    async def press(self, message: Message, button: str, *, by: User, values: Sequence[str] = ()) -> Interaction:
        """Press a button by its label or custom id, or choose `values` in a menu; return what was shown."""
        return await acting.press(self.world, message, button, by, values)

    async def submit(self, shown: Interaction, **values: str) -> Interaction:
        """Fill in and send the form that an interaction showed."""
        return await acting.submit(self.world, shown, values)

    # Waiting for the bot

    async def until(self, look: Callable[[], T | None], timeout: float = _WAIT_SECONDS) -> T:
        """Return the first true result of `look`, asked again after everything that happens here."""
        return await self.world.changes.until(look, timeout, lambda: "nothing")

    async def wait_until_online(self, timeout: float = _WAIT_SECONDS) -> None:
        await self.world.changes.until(lambda: self.world.sessions.online, timeout, lambda: "offline")

    async def wait_until_offline(self, timeout: float = _WAIT_SECONDS) -> None:
        await self.world.changes.until(lambda: not self.gateway.connections, timeout, lambda: "online")

    # What goes wrong on command

    def fail(
        self,
        method: str,
        pattern: str,
        status: int | None = 500,
        times: int | None = 1,
        *,
        after_doing: bool = False,
        retry_after: float = 0.1,
        code: int = 0,
    ) -> Fault:
        """Answer a status, or hang up with None. With `after_doing` the request was carried out all the same."""
        return self.faults.fail(
            method, pattern, status, times, after_doing=after_doing, retry_after=retry_after, code=code
        )

    def delay(self, method: str, pattern: str, seconds: float, times: int | None = None) -> Fault:
        return self.faults.delay(method, pattern, seconds, times)

    def hold(self, method: str, pattern: str, *, after_doing: bool = True, times: int | None = None) -> Hold:
        """`async with` it: requests are carried out and their answers wait; without `after_doing` both wait."""
        return self.faults.hold(method, pattern, after_doing=after_doing, times=times)

    async def drop_gateway(self, *, resume: bool = True, code: int = 4000, abrupt: bool = False) -> None:
        """Close the bot's connection, `abrupt` as a network does; without `resume` it has to begin anew."""
        await self.gateway.drop(resume=resume, code=code, abrupt=abrupt)

    async def ask_to_reconnect(self) -> None:
        """Send RECONNECT."""
        await self.gateway.send({"op": Op.RECONNECT, "d": None})

    async def invalidate_session(self, *, resumable: bool) -> None:
        """Send INVALID_SESSION."""
        if not resumable:
            self.world.sessions.end_all()
        await self.gateway.send({"op": Op.INVALID_SESSION, "d": resumable})

    async def ask_for_heartbeat(self) -> None:
        """Send HEARTBEAT, which the bot answers at once."""
        await self.gateway.send({"op": Op.HEARTBEAT, "d": None})

    @contextlib.contextmanager
    def refuse_gateway(self) -> Iterator[None]:
        """Answer 503 to whoever connects to the gateway."""
        self.gateway.refusing = True
        try:
            yield
        finally:
            self.gateway.refusing = False

    @contextlib.contextmanager
    def hold_gateway(self) -> Iterator[None]:
        """Let whoever connects to the gateway wait until the block is left: a gap of exactly that length."""
        with self.gateway.hold():
            yield

    @contextlib.contextmanager
    def hold_dispatches(self) -> Iterator[None]:
        """Keep events back until the block is left; heartbeats are answered."""
        self.gateway.flowing = False
        try:
            yield
        finally:
            self.gateway.flowing = True
            self.world.changes.notify()

    @contextlib.contextmanager
    def stop_heartbeat_acks(self) -> Iterator[None]:
        self.gateway.acknowledging = False
        try:
            yield
        finally:
            self.gateway.acknowledging = True

    def deaf(self) -> None:
        """Lose what happens from now on, until the bot connects anew; it stays online and heartbeats are answered."""
        self.world.sessions.deafen()

    def delay_dispatches(self, seconds: float) -> None:
        self.gateway.dispatch_delay_seconds = seconds

    def duplicate_next_dispatch(self, name: str = "MESSAGE_CREATE") -> None:
        self.world.sessions.duplicate_next(name)

    def forget_nonces(self) -> None:
        """Do as if the minutes were over in which a nonce is remembered."""
        self.world.forget_nonces()

    async def _attachment(self, request: web.Request) -> web.Response:
        attachment = self.world.attachments.get(int(request.match_info["attachment"]))
        if attachment is None:
            raise web.HTTPNotFound
        return web.Response(body=attachment.data, content_type=attachment.content_type)
