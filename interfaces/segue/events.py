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
    OPEN_CALLS,
    PREVIEW_LENGTH,
    Approval,
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
    Summary,
    ToolCall,
    Turn,
    TurnId,
)


class Snapshot(Model):
    """What somebody who attaches needs: the session, its last messages (oldest first), the turns queued and running,
    the half-finished answer, the tool calls that run or wait, the approvals they wait for, who is attached, where it is
    bound, what was delivered of these messages, what was added to its context last (oldest first), and what stands for
    its earlier messages before the model."""

    session: Session
    messages: tuple[Message, ...] = ()
    turns: tuple[Turn, ...] = ()
    partial: Partial | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    approvals: tuple[Approval, ...] = ()
    attached: tuple[Attached, ...] = ()
    bindings: tuple[Binding, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    context: tuple[ContextEntry, ...] = ()
    summary: Summary | None = None


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


class Compressing(Model):
    active: bool


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


class ToolEvent(Envelope):
    """A tool call began, or ended; its result is a message, which comes before."""

    type: Literal["tool.called", "tool.finished"]
    data: ToolCall


class ApprovalEvent(Envelope):
    """A tool call waits for a person, or waits no more."""

    type: Literal["approval.requested", "approval.resolved"]
    data: Approval


class BindingEvent(Envelope):
    type: Literal["binding.added", "binding.removed"]
    data: Binding


class DeliveryEvent(Envelope):
    type: Literal["binding.delivered", "binding.failed"]
    data: Receipt


class ContextEvent(Envelope):
    type: Literal["context.added"]
    data: ContextEntry


class SummaryEvent(Envelope):
    """From here on a summary stands for the messages up to its `upto_seq` before the model; the transcript keeps them.
    That holds until one of them is edited or deleted."""

    type: Literal["context.compressed"]
    data: Summary


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


class CompressingEvent(Envelope):
    """Earlier messages are being summarised, or (`active` false) are no more; an answer may wait for it."""

    type: Literal["context.compressing"] = "context.compressing"
    data: Compressing


class ReadEvent(Envelope):
    """You have read the session up to `seq`, in another window: told on `/events`, to nobody else."""

    type: Literal["read"] = "read"
    data: ReadMark


class LeftEvent(Envelope):
    """You are no member of the session any more, whether somebody took you out or you left: told to you alone, on
    `/events` and as the last on the session's own stream."""

    type: Literal["session.left"] = "session.left"
    data: Nothing = Nothing()


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


DurableEvent = (
    SessionEvent
    | MessageEvent
    | TurnEvent
    | ToolEvent
    | ApprovalEvent
    | BindingEvent
    | DeliveryEvent
    | ContextEvent
    | SummaryEvent
    | MemoryEvent
)
LiveEvent = (
    DeltaEvent
    | PresenceEvent
    | TypingEvent
    | CompressingEvent
    | ReadEvent
    | LeftEvent
    | SnapshotEvent
    | SyncedEvent
    | ResetEvent
)
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
        case ToolEvent():
            return _apply_tool(state, event.data)
        case ApprovalEvent():
            return _apply_approval(state, event.data)
        case BindingEvent():
            return _apply_binding(state, event)
        case DeliveryEvent():
            return _apply_receipt(state, event.data)
        case ContextEvent(data=entry):
            updated_at = max(state.session.updated_at, entry.timestamp)
            session = state.session.model_copy(update={"updated_at": updated_at})
            return state.model_copy(update={"session": session, "context": (*state.context, entry)})
        case SummaryEvent(data=summary):
            return state.model_copy(update={"summary": None if summary.deleted else summary})
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
    if event.type != "message.created" and state.summary and message.seq <= state.summary.upto_seq:
        state = state.model_copy(update={"summary": None})
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
            "updated_at": max(state.session.updated_at, message.created_at),
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


def _apply_tool(state: Snapshot, call: ToolCall) -> Snapshot:
    others = tuple(c for c in state.tool_calls if c.id != call.id)
    now = (*others, call) if call.state in OPEN_CALLS else others
    return state.model_copy(update={"tool_calls": tuple(sorted(now, key=lambda c: c.seq))})


def _apply_approval(state: Snapshot, approval: Approval) -> Snapshot:
    others = tuple(a for a in state.approvals if a.id != approval.id)
    now = (*others, approval) if approval.state == "pending" else others
    return state.model_copy(update={"approvals": tuple(sorted(now, key=lambda a: (a.requested_at, a.id)))})


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
