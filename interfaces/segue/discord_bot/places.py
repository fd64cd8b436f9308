"""Which session is bound at which place, as the daemon knows it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from segue.client import Client
from segue.discord_bot.outlet import INTERFACE, channel_id
from segue.errors import Forbidden
from segue.events import BindingEvent
from segue.models import BindingState, Policy, SessionId


class Places:
    """The bindings of Discord, kept current by events."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._bindings: dict[str, BindingState] = {}

    def __iter__(self) -> Iterator[BindingState]:
        return iter(list(self._bindings.values()))

    @property
    def channels(self) -> list[int]:
        """The ids of the places, but for those that are no channels."""
        return [found for place in self._bindings if (found := channel_id(place))]

    async def load(self) -> None:
        """Ask the daemon for all of them."""
        found = await self._client.bindings()
        self._bindings = {b.place: b for b in found if b.interface == INTERFACE}

    def take(self, event: BindingEvent) -> None:
        """Take note of a change."""
        binding = event.data
        if binding.interface != INTERFACE:
            return
        known = self._bindings.get(binding.place)
        if event.type == "binding.added":
            same = known is not None and known.session_id == binding.session_id
            cursor = known.cursor if same and known else event.seq or 0
            self._bindings[binding.place] = BindingState(cursor=cursor, **binding.model_dump())
        elif known is not None and known.session_id == binding.session_id:
            del self._bindings[binding.place]

    def forget(self, session_id: SessionId) -> None:
        """Take note that a session is gone, and its bindings with it."""
        self._bindings = {place: b for place, b in self._bindings.items() if b.session_id != session_id}

    def get(self, place: int | str) -> BindingState | None:
        """Return what is bound at a place."""
        return self._bindings.get(str(place))

    def of_session(self, session_id: SessionId | str | None) -> list[BindingState]:
        """Return the places that a session is bound at."""
        return [b for b in self._bindings.values() if b.session_id == session_id]

    async def open(
        self,
        place: int,
        title: str,
        policy: Policy,
        agent: str | None,
        owner: Client | None = None,
        project: str | None = None,
    ) -> BindingState:
        """Return what is bound at a place; where nothing is, a new session, of `owner` and `project` if given."""
        if found := self.get(place):
            return found
        make = partial(
            (owner or self._client).create_session,
            title=title,
            agent_name=agent,
            reply="always",
            place=(INTERFACE, str(place)),
        )
        try:
            session = await make(project_id=project)
        except Forbidden:  # the project is somebody else's: the bot's own, where a direct talk began before its link
            session = await make()
        if policy != "live":
            await self._client.bind(INTERFACE, str(place), session.id, policy)
        await self.load()
        bound = self.get(place)
        assert bound is not None, "the daemon bound it a moment ago"
        return bound
