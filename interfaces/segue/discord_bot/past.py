"""What a place showed before it was bound otherwise: what was said there then belongs to that session."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from segue.client import Client
from segue.discord_bot.outlet import INTERFACE
from segue.errors import NotFound
from segue.events import BindingEvent, ResetEvent, SyncedEvent
from segue.models import BindingState, Message, SessionId


@dataclass(frozen=True)
class Past:
    """A session, and until when the place showed it."""

    session_id: SessionId
    until: datetime


async def past_of(client: Client, binding: BindingState) -> Past | None:
    """Return what was bound where something was said last, if the place shows another session since."""
    if binding.last_external_id is None:
        return None
    try:
        last = await client.message_at(INTERFACE, binding.place, binding.last_external_id)
        return await _end_of(client, binding, last) if last.session_id != binding.session_id else None
    except NotFound:
        return None


async def _end_of(client: Client, binding: BindingState, last: Message) -> Past | None:
    """Look in the log of a message's session for the moment when it left the place that the message came from; where
    the log does not reach back so far, that is when the place was bound as it is now, at the latest."""
    place = binding.place
    async with aclosing(client.follow(last.session_id, after=last.seq)) as events:
        async for event in events:
            if isinstance(event, ResetEvent):
                return Past(last.session_id, binding.created_at)
            if isinstance(event, SyncedEvent):
                return None
            if isinstance(event, BindingEvent) and event.type == "binding.removed" and event.data.place == place:
                return Past(last.session_id, event.at)
    return None
