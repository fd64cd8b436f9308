"""Which session is shown here: /sessions, /attach, /handoff, /new, /detach, /policy, /model, /who."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from segue.client import Client
from segue.discord_bot.commands.answers import (
    NOT_BOUND,
    bound_here,
    choices,
    is_linked,
    person,
    place_of,
    say,
    session_line,
    user_of,
)
from segue.discord_bot.commands.tree import Refusal, check_manager, managers_only
from segue.discord_bot.outlet import INTERFACE, Outlet, Refused, Unsure, channel_id
from segue.discord_bot.projects import project_of
from segue.discord_bot.render import Part, interface_name, nonce, plain
from segue.discord_bot.visitors import channels_of, place_title
from segue.errors import BindingNotFound, Forbidden, SessionNotFound
from segue.events import Snapshot
from segue.models import BindingState, Policy, SessionDetail, SessionSummary

if TYPE_CHECKING:
    from segue.discord_bot.bot import SegueBot

log = logging.getLogger(__name__)

_LISTED = 15
_PAGE = 100
_SHORTEST_PART = 4  # of an id
_UNLINKED = "I do not know who you are to Segue: use /link first, then I can show your sessions."
_PROMISES: dict[Policy, str] = {
    "live": "everything said there is shown here, answers while they are written",
    "final": "everything said there is shown here, answers once they are whole",
    "mention": "only what is asked here is answered here, and only when I am mentioned",
    "muted": "I say nothing here, and answer nothing",
}


class Sessions(commands.Cog):
    def __init__(self, bot: SegueBot) -> None:
        self.bot = bot

    @app_commands.command(description="Show your sessions")
    @app_commands.describe(search="Words that the title holds")
    async def sessions(self, interaction: discord.Interaction, search: str | None = None) -> None:
        page = await person(interaction).sessions(search=search, limit=_LISTED, archived=False)
        if not page.sessions:
            nothing = "You have no session like that." if search else "You have no sessions yet."
            return await say(interaction, nothing if await is_linked(interaction) else _UNLINKED)
        more = f"\n-# and {page.total - len(page.sessions)} more" if page.total > len(page.sessions) else ""
        return await say(interaction, "\n".join(map(session_line, page.sessions)) + more)

    @app_commands.command(description="Show one of your sessions in this channel, and talk in it from here")
    @app_commands.describe(session="Which one")
    @managers_only()
    async def attach(self, interaction: discord.Interaction, session: str) -> None:
        await self._bind(interaction, await _find(person(interaction), session))

    @attach.autocomplete("session")
    async def _offer(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        client = person(interaction)
        page = await client.sessions(search=typed or None, limit=25, archived=False)
        found = page.sessions or await _called(client, typed)
        return choices([(f"{s.title} · {s.message_count} messages", s.id) for s in found])

    @app_commands.command(description="Continue here what you were doing in your terminal")
    @managers_only()
    async def handoff(self, interaction: discord.Interaction) -> None:
        page = await person(interaction).sessions(limit=50, archived=False)
        if not page.sessions:
            raise Refusal("You have no session to continue." if await is_linked(interaction) else _UNLINKED)
        recent = max(page.sessions, key=lambda s: ("tui" in s.attached, s.updated_at))
        await self._bind(interaction, await person(interaction).session(recent.id, limit=1))

    async def _bind(self, interaction: discord.Interaction, session: SessionDetail) -> None:
        user = await user_of(interaction)
        if user is None or any(m.role == "reader" for m in session.members if m.user_id == user.id):
            raise Refusal("You may only read that session: whoever shows it here lets others write in it.")
        place = place_of(interaction)
        here = self.bot.settings.service(*channels_of(interaction.channel))
        bound = bound_here(interaction)
        policy: Policy = bound.policy if bound and bound.policy != "muted" else here.policy
        await self.bot.daemon.bind(INTERFACE, place, session.id, policy)
        await self._tell_others(interaction, f"shows **{plain(session.title)}** here from now on.")
        await say(
            interaction,
            f"This is **{plain(session.title)}** now: {_PROMISES[policy]}. "
            "Whoever may talk to me here takes part in it. /detach ends that.",
        )

    @app_commands.command(description="Begin a new session in this channel; the old one stays where else it is")
    @app_commands.describe(title="What it is called")
    @managers_only()
    async def new(self, interaction: discord.Interaction, title: str | None = None) -> None:
        here = self.bot.settings.service(*channels_of(interaction.channel))
        blank = title is None or not any(c.isprintable() and not c.isspace() for c in title)
        name = place_title(interaction.channel, interaction.user.display_name) if blank else title
        bound = bound_here(interaction)
        session = await self._create(interaction, name, here.agent)
        policy: Policy = bound.policy if bound else here.policy
        await self.bot.daemon.bind(INTERFACE, place_of(interaction), session.id, policy)
        await self._tell_others(interaction, f"began a new session here: **{plain(session.title)}**.")
        await say(interaction, f"A new session begins here: **{plain(session.title)}**.")

    async def _create(self, interaction: discord.Interaction, title: str | None, agent: str | None) -> SessionDetail:
        """Return a new session; one that begins in the direct talk of somebody whom Segue knows is their own."""
        is_theirs = interaction.guild is None and await is_linked(interaction)
        client = person(interaction) if is_theirs else self.bot.daemon
        make = partial(client.create_session, title=title, agent_name=agent, reply="always")
        try:
            return await make(project_id=project_of(self.bot.settings, interaction.channel))
        except Forbidden:  # the project is somebody else's: the bot's own, where a direct talk began before its link
            return await make()

    @app_commands.command(description="Show nothing here any more; the session stays")
    @managers_only()
    async def detach(self, interaction: discord.Interaction) -> None:
        try:
            await self.bot.daemon.unbind(INTERFACE, place_of(interaction))
        except BindingNotFound:
            raise Refusal("Nothing is bound here.") from None
        await self._tell_others(interaction, "ended the session's stay: this channel shows none now.")
        await say(interaction, "This channel shows no session any more. What was said is kept.")

    async def _tell_others(self, interaction: discord.Interaction, what: str) -> None:
        """Say in a channel who changed what it shows; in a direct talk nobody else is there."""
        if interaction.guild is None:
            return
        place = place_of(interaction)
        line = Part(f"-# **{plain(interaction.user.display_name)}** {what}")
        try:
            await Outlet(self.bot, place).send(line, nonce(str(interaction.id), 0, place))
        except (Refused, Unsure) as exc:
            log.info("the others at %s do not hear what it shows now: %s", place, exc)

    @app_commands.command(description="Change how this channel is served")
    @app_commands.describe(
        policy="live: answers grow here; final: they come whole; mention: only when I am mentioned; muted: nothing"
    )
    @managers_only()
    async def policy(self, interaction: discord.Interaction, policy: Policy) -> None:
        binding = _bound(interaction)
        await self.bot.daemon.update_binding(INTERFACE, binding.place, policy=policy)
        await say(interaction, f"From now on {_PROMISES[policy]}.")

    @app_commands.command(description="Show which model answers here, or choose another")
    @app_commands.describe(model='Its name as in the settings, like "openai:gpt-5"; "default" for the agent\'s own')
    async def model(self, interaction: discord.Interaction, model: str | None = None) -> None:
        binding = _bound(interaction)
        if model is None:
            session = await self.bot.daemon.session(binding.session_id, limit=1)
            agents = (await self.bot.daemon.status()).agents
            used = session.model_id or agents.get(session.agent_name, "the agent's own")
            return await say(interaction, f"**{plain(session.agent_name)}** answers here, with {plain(used)}.")
        await check_manager(interaction)
        chosen = None if model == "default" else model
        await self.bot.daemon.update_session(binding.session_id, model_id=chosen)
        return await say(interaction, f"From the next answer on: {plain(chosen or 'the model of the agent')}.")

    @app_commands.command(description="Show who takes part in this conversation, and from where")
    async def who(self, interaction: discord.Interaction) -> None:
        snapshot = await self.bot.daemon.snapshot(_bound(interaction).session_id)
        session = snapshot.session
        present = [f"- {plain(a.user)} ({interface_name(a.interface)})" for a in snapshot.attached]
        said = dict.fromkeys((m.sender, m.interface) for m in reversed(snapshot.messages) if m.role == "user")
        spoke = [f"- {plain(sender)} ({interface_name(interface)})" for sender, interface in said]
        members = ", ".join(plain(member.name) for member in session.members)
        lines = [f"**{plain(session.title)}** belongs to {members}.", "Attached now:", *(present or ["- nobody"])]
        lines += ["Said something lately:", *spoke] if spoke else []
        await say(interaction, "\n".join([*lines, await _shown(interaction, snapshot)]))


async def _shown(interaction: discord.Interaction, snapshot: Snapshot) -> str:
    """Say where a session is shown; who may not see it is told of this guild's channels alone."""
    places = [binding.place for binding in snapshot.bindings if binding.interface == INTERFACE]
    try:
        await person(interaction).session(snapshot.session.id, limit=1)
        named = places
    except SessionNotFound:
        named = [place for place in places if place == place_of(interaction) or _is_beside(interaction, place)]
    elsewhere = " and elsewhere" if len(named) < len(places) else ""
    return f"Shown in {', '.join(f'<#{place}>' for place in named)}{elsewhere}."


def _is_beside(interaction: discord.Interaction, place: str) -> bool:
    """Tell whether a place is another channel of the same guild, which whoever asks may see."""
    number, user = channel_id(place), interaction.user
    if interaction.guild is None or number is None or not isinstance(user, discord.Member):
        return False
    channel = interaction.guild.get_channel_or_thread(number)
    return channel is not None and channel.permissions_for(user).view_channel


def _bound(interaction: discord.Interaction) -> BindingState:
    binding = bound_here(interaction)
    if binding is None:
        raise Refusal(NOT_BOUND)
    return binding


async def _find(client: Client, wanted: str) -> SessionDetail:
    """Return a session of the person by its id or an end of it, or by its title if only one is called so."""
    try:
        return await client.session(wanted, limit=1)
    except SessionNotFound:
        page = await client.sessions(search=wanted, limit=10)
    exact = [s for s in page.sessions if s.title.casefold() == wanted.casefold()]
    exact = exact or list(page.sessions) or await _called(client, wanted)
    if len(exact) != 1:
        problem = "You have no such session" if not exact else "That is the name of several of your sessions"
        raise Refusal(f"{problem}: choose one from the list that appears while you type. Not linked yet? Use /link.")
    return await client.session(exact[0].id, limit=1)


async def _called(client: Client, part: str) -> list[SessionSummary]:
    """Return those of the person's sessions whose id begins or ends so: what `segue sessions` prints is its end."""
    if len(part) < _SHORTEST_PART:
        return []
    found: list[SessionSummary] = []
    offset, total = 0, 1
    while offset < total:
        page = await client.sessions(limit=_PAGE, offset=offset)
        found += [s for s in page.sessions if s.id.startswith(part.lower()) or s.id.endswith(part.lower())]
        offset, total = offset + _PAGE, page.total
    return found
