"""Events: numbered facts about a session, the snapshot they change, and `apply`, which turns one into the next.

A durable event has a `seq`: 1, 2, 3 … in its session, without a gap. `id` is the cursor of the stream it came on: the
seq on a session's own stream, the position in the whole log on `/events`. Events without a seq (deltas, presence,
typing) are about the moment and are never replayed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import Field, TypeAdapter

from segue.errors import Gap
from segue.models import (
    ENDED,
    PREVIEW_LENGTH,
    Attached,
    Binding,
    ContextEntry,
    Memory,
    Message,
    MessageId,
    Model,
    Partial,
    ReadMark,
    Receipt,
    Session,
    SessionId,
    Turn,
    TurnId,
)


class Snapshot(Model):
    """What somebody who attaches needs: the session, its last messages (oldest first), the turns queued and running,
    the half-finished answer, who is attached, where it is bound, what was delivered of these messages, and what was
    added to its context last (oldest first)."""

    session: Session
    messages: tuple[Message, ...] = ()
    turns: tuple[Turn, ...] = ()
    partial: Partial | None = None
    attached: tuple[Attached, ...] = ()
    bindings: tuple[Binding, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    context: tuple[ContextEntry, ...] = ()


class Delta(Model):
    """Text that follows at `offset` (code points) of the answer `message_id`; offset 0 begins it anew."""

    turn_id: TurnId
    message_id: MessageId
    offset: int
    text: str


class PresenceChange(Attached):
    state: Literal["attached", "detached"]


class Typing(Model):
    user: str
    interface: str


class Nothing(Model):
    """The data of events that say all by their type."""


class Envelope(Model):
    id: int | None = None
    session_id: SessionId | None = None
    seq: int | None = None
    at: datetime
    actor: str | None = None
    interface: str | None = None


class SessionEvent(Envelope):
    type: Literal["session.created", "session.updated", "session.deleted"]
    data: Session


class MessageEvent(Envelope):
    type: Literal["message.created", "message.updated", "message.deleted"]
    data: Message


class TurnEvent(Envelope):
    type: Literal["turn.queued", "turn.started", "turn.completed", "turn.failed", "turn.cancelled", "turn.interrupted"]
    data: Turn


class BindingEvent(Envelope):
    type: Literal["binding.added", "binding.removed"]
    data: Binding


class DeliveryEvent(Envelope):
    type: Literal["binding.delivered", "binding.failed"]
    data: Receipt


class ContextEvent(Envelope):
    type: Literal["context.added"]
    data: ContextEntry


class MemoryEvent(Envelope):
    """A project's memory changed. It belongs to no session: it has a position in the whole log, and no seq. One that
    is gone is told without its value."""

    type: Literal["memory.saved", "memory.deleted", "memory.expired"]
    data: Memory


class DeltaEvent(Envelope):
    type: Literal["message.delta"] = "message.delta"
    data: Delta


class PresenceEvent(Envelope):
    type: Literal["presence"] = "presence"
    data: PresenceChange


class TypingEvent(Envelope):
    type: Literal["typing"] = "typing"
    data: Typing


class ReadEvent(Envelope):
    """You have read the session up to `seq`, in another window: told on `/events`, to nobody else."""

    type: Literal["read"] = "read"
    data: ReadMark


class SnapshotEvent(Envelope):
    type: Literal["snapshot"] = "snapshot"
    data: Snapshot


class SyncedEvent(Envelope):
    """The replay is over; from here on it is live."""

    type: Literal["synced"] = "synced"
    data: Nothing = Nothing()


class ResetEvent(Envelope):
    """The cursor cannot be served (too old, or from another life of the data): a snapshot follows."""

    type: Literal["reset"] = "reset"
    data: Nothing = Nothing()


DurableEvent = SessionEvent | MessageEvent | TurnEvent | BindingEvent | DeliveryEvent | ContextEvent | MemoryEvent
LiveEvent = DeltaEvent | PresenceEvent | TypingEvent | ReadEvent | SnapshotEvent | SyncedEvent | ResetEvent
Event = Annotated[DurableEvent | LiveEvent, Field(discriminator="type")]

EVENT: TypeAdapter[DurableEvent | LiveEvent] = TypeAdapter(Event)
DURABLE_TYPES: frozenset[str] = frozenset(
    name for model in get_args(DurableEvent) for name in get_args(model.model_fields["type"].annotation)
)
EVENT_TYPES: frozenset[str] = DURABLE_TYPES | {model.model_fields["type"].default for model in get_args(LiveEvent)}


def apply(state: Snapshot, event: DurableEvent | LiveEvent) -> Snapshot:
    """Return the snapshot after `event`.

    A durable event that is already in `state` changes nothing; one that comes too early raises `Gap`.
    """
    if isinstance(event, SnapshotEvent):
        return event.data
    if event.seq is None:
        return _apply_live(state, event)
    if event.seq <= state.session.last_seq:
        return state
    if event.seq != state.session.last_seq + 1:
        raise Gap(f"event {event.seq} came after {state.session.last_seq}: attach again from there")
    session = state.session.model_copy(update={"last_seq": event.seq})
    state = state.model_copy(update={"session": session})
    match event:
        case SessionEvent():
            return state.model_copy(update={"session": event.data})
        case MessageEvent():
            return _apply_message(state, event)
        case TurnEvent():
            return _apply_turn(state, event.data)
        case BindingEvent():
            return _apply_binding(state, event)
        case DeliveryEvent():
            return _apply_receipt(state, event.data)
        case ContextEvent(data=entry):
            session = state.session.model_copy(update={"updated_at": entry.timestamp})
            return state.model_copy(update={"session": session, "context": (*state.context, entry)})
    return state


def _apply_live(state: Snapshot, event: DurableEvent | LiveEvent) -> Snapshot:
    match event:
        case DeltaEvent(data=delta):
            so_far = state.partial.text if state.partial and state.partial.message_id == delta.message_id else ""
            if delta.offset > len(so_far):
                return state  # the beginning was missed; the whole text follows when the answer is done
            text = so_far[: delta.offset] + delta.text
            partial = Partial(turn_id=delta.turn_id, message_id=delta.message_id, text=text)
            return state.model_copy(update={"partial": partial})
        case PresenceEvent(data=change):
            who = Attached(user=change.user, interface=change.interface)
            others = tuple(a for a in state.attached if a != who)
            now = (*others, who) if change.state == "attached" else others
            return state.model_copy(update={"attached": now})
    return state


def _apply_message(state: Snapshot, event: MessageEvent) -> Snapshot:
    message = event.data
    if event.type == "message.deleted":
        receipts = tuple(r for r in state.receipts if r.message_id != message.id)
        messages = tuple(m for m in state.messages if m.id != message.id)
        return state.model_copy(update={"messages": messages, "receipts": receipts})
    if event.type == "message.updated":
        return state.model_copy(
            update={"messages": tuple(message if m.id == message.id else m for m in state.messages)}
        )
    partial = None if state.partial and state.partial.message_id == message.id else state.partial
    session = state.session.model_copy(
        update={
            "message_count": state.session.message_count + 1,
            "last_message_preview": message.content[:PREVIEW_LENGTH],
            "updated_at": message.created_at,
        }
    )
    return state.model_copy(update={"session": session, "messages": (*state.messages, message), "partial": partial})


def _apply_turn(state: Snapshot, turn: Turn) -> Snapshot:
    others = tuple(t for t in state.turns if t.id != turn.id)
    ours = state.partial is not None and state.partial.turn_id == turn.id
    if turn.state in ENDED:
        return state.model_copy(update={"turns": others, "partial": None if ours else state.partial})
    turns = tuple(sorted((*others, turn), key=lambda t: t.seq))
    partial = state.partial
    if turn.state == "running" and turn.answer_id is not None:
        partial = Partial(turn_id=turn.id, message_id=turn.answer_id)
    return state.model_copy(update={"turns": turns, "partial": partial})


def _apply_binding(state: Snapshot, event: BindingEvent) -> Snapshot:
    place = (event.data.interface, event.data.place)
    others = tuple(b for b in state.bindings if (b.interface, b.place) != place)
    now = (*others, event.data) if event.type == "binding.added" else others
    return state.model_copy(update={"bindings": tuple(sorted(now, key=lambda b: (b.interface, b.place)))})


def _apply_receipt(state: Snapshot, receipt: Receipt) -> Snapshot:
    if all(m.id != receipt.message_id for m in state.messages):
        return state

    def key(r: Receipt) -> tuple[str, str, str, int]:
        return (r.message_id, r.interface, r.place, r.part)

    others = tuple(r for r in state.receipts if key(r) != key(receipt))
    return state.model_copy(update={"receipts": tuple(sorted((*others, receipt), key=key))})
