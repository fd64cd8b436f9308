"""Messages: the transcript, in the order of their seqs."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from segue.errors import Forbidden
from segue.models import Message, MessageId, PostMessage, SessionId, TurnId
from segued.store.base import Actor
from segued.store.sqlite import access, fulltext, item_texts, people, places, quotas, summaries, transcript, turns
from segued.store.sqlite.transaction import Transaction, from_time, new_id, to_time

_MENTION = re.compile(r"(?<!\w)@([\w-]+)")


def listing(
    connection: sqlite3.Connection,
    by: Actor,
    session_id: SessionId,
    limit: int,
    offset: int | None = None,
    before_seq: int | None = None,
    after_seq: int | None = None,
) -> tuple[Message, ...]:
    access.visible(connection, by, session_id)
    low, high = after_seq if after_seq is not None else -1, before_seq if before_seq is not None else 2**62
    backwards = before_seq is not None and after_seq is None
    rows = connection.execute(
        "SELECT * FROM messages WHERE session_id = ? AND seq > ? AND seq < ? AND NOT deleted"
        f" ORDER BY seq {'DESC' if backwards else 'ASC'} LIMIT ? OFFSET ?",
        (session_id, low, high, limit, offset or 0),
    ).fetchall()
    return tuple(transcript.message_from_row(row) for row in (reversed(rows) if backwards else rows))


def for_prompt(connection: sqlite3.Connection, turn_id: TurnId, max_characters: int) -> tuple[Message, ...]:
    """Answers stand behind their questions, whatever was posted in between; what this turn answers stands last."""
    turn = connection.execute("SELECT * FROM turns WHERE id = ?", (turn_id,)).fetchone()
    question = turn["message_id"]
    rows = connection.execute(
        "SELECT * FROM messages WHERE session_id = :session AND seq <= :upto AND NOT deleted AND (turn_id IS NULL"
        " OR turn_id NOT IN (SELECT id FROM turns WHERE session_id = :session AND state = 'queued')) AND NOT"
        " (role IN ('assistant', 'tool') AND turn_id IN"
        " (SELECT id FROM turns WHERE session_id = :session AND message_id = :question AND id <> :turn))"
        " ORDER BY seq DESC",
        {"session": turn["session_id"], "upto": turn["prompted_seq"], "question": question, "turn": turn_id},
    )
    taken: list[Message] = []
    for row in rows:
        max_characters -= len(row["content"])
        if max_characters >= 0 or not taken:
            taken.append(transcript.message_from_row(row))
        elif row["id"] == question:
            taken.append(transcript.message_from_row(row))
            break
        elif question is None or question in {m.id for m in taken}:
            break
    return _in_reading_order(taken, turn_id, question)


def _in_reading_order(messages: list[Message], turn_id: TurnId, question: str | None) -> tuple[Message, ...]:
    """Sort by turn, the turn to be answered last; in a turn, what was handed to it stands behind the answer that was
    being written at the time."""
    first: dict[str, int] = {}
    answers: dict[str, list[int]] = {}
    for message in sorted(messages, key=lambda m: m.seq):
        turn = message.turn_id or message.id
        first.setdefault(turn, message.seq)
        if message.role in ("assistant", "tool"):
            answers.setdefault(turn, []).append(message.seq)

    def place(message: Message) -> tuple[bool, int, float, int]:
        turn = message.turn_id or message.id
        ours = message.turn_id == turn_id or message.id == question
        handed_over = message.role == "user" and message.seq > first[turn]
        if not handed_over:
            return (ours, first[turn], message.seq, 0)
        behind = min((seq for seq in answers.get(turn, ()) if seq > message.seq), default=math.inf)
        return (ours, first[turn], behind, message.seq)

    return tuple(sorted(messages, key=place))


def get(connection: sqlite3.Connection, by: Actor, session_id: SessionId, message_id: MessageId) -> Message:
    access.visible(connection, by, session_id)
    return transcript.find(connection, session_id, message_id)


def add(tx: Transaction, by: Actor, session_id: SessionId, posts: tuple[PostMessage, ...]) -> tuple[Message, ...]:
    session = access.writable_in_batch(tx, by, session_id)
    quotas.check_bytes(tx, by, session["owner_id"], (post.content for post in posts))
    for sender in {post.sender for post in posts if post.sender is not None and post.author is None}:
        people.check_own(tx.batch.connection, by, sender)
    seq = session["last_seq"]
    messages: list[Message] = []
    added: list[Message] = []
    for post in posts:
        if (known := _known(tx, post)) is not None:
            messages.append(known)
            continue
        seq += 1
        speaker = _speaker(tx, by, post)
        turn_id, steers = turns.ask(tx, session, post) if _asks(session, post) else (None, False)
        message = Message(
            id=MessageId(new_id()),
            session_id=session_id,
            seq=seq,
            role=post.role,
            sender=_sender(session, speaker, post),
            content=post.content,
            created_at=_time(tx, post),
            interface=speaker.interface,
            place=post.place,
            external_id=post.external_id,
            user_id=speaker.user_id,
            turn_id=turn_id,
            images=post.images,
            documents=post.documents,
        )
        transcript.add(tx, speaker, message)
        if turn_id is not None and steers:
            turns.hand_over(tx, turn_id, seq)
        elif turn_id is not None:
            seq += 1
            turns.queue(tx, speaker, session, turn_id, seq, message_id=message.id, mode=post.mode)
        messages.append(message)
        added.append(message)
    if added:
        newest = max(from_time(message.created_at) for message in added)
        transcript.count_messages(tx, session_id, seq, len(added), added[-1].content, newest)
        tx.batch.sessions[session_id] = session | {"last_seq": seq}
    return tuple(messages)


def _known(tx: Transaction, post: PostMessage) -> Message | None:
    """Return the message that a bridge brings in if it did so before, even into another session."""
    if post.author is None or post.place is None or post.external_id is None:
        return None
    return places.message_from(tx, post.author.interface, post.place, post.external_id)


def _time(tx: Transaction, post: PostMessage) -> datetime:
    """Return when it was said: now, or as a bridge tells, whose clock may be wrong."""
    if post.said_at is None:
        return tx.time
    return max(min(post.said_at, tx.time), to_time(0)).astimezone(UTC)


def _speaker(tx: Transaction, by: Actor, post: PostMessage) -> Actor:
    """Return whose words these are: the actor's own, or of somebody for whom they bring them in."""
    if post.author is None:
        return by
    user = people.speaker_of(tx.batch.connection, post.author.interface, post.author.external_id)
    if user is None:
        return Actor(None, post.sender or post.author.external_id, post.author.interface)
    return Actor(user.id, user.name, post.author.interface)


def _sender(session: Mapping[str, Any], speaker: Actor, post: PostMessage) -> str:
    if post.author is not None:
        return speaker.name
    return post.sender or (session["agent_name"] if post.role == "assistant" else speaker.name)


def _asks(session: Mapping[str, Any], post: PostMessage) -> bool:
    if post.respond is not None or post.role != "user":
        return bool(post.respond)
    if session["reply"] == "mention":
        return session["agent_name"].lower() in {name.lower() for name in _MENTION.findall(post.content)}
    return bool(session["reply"] == "always")


def update(tx: Transaction, by: Actor, session_id: SessionId, message_id: MessageId, content: str) -> Message:
    message = _own(tx, by, session_id, message_id)
    owner_id = access.visible(tx, by, session_id)["owner_id"]
    quotas.check_bytes(tx, by, owner_id, (content,), instead_of=message.content)
    summaries.forget(tx, session_id, message.seq)
    fulltext.forget_messages(tx, "id = ?", message_id)
    tx.batch.count_bytes(session_id, len(content.encode()) - len(message.content.encode()))
    tx.execute("UPDATE messages SET content = ?, edited_at = ? WHERE id = ?", (content, tx.now, message_id))
    fulltext.add_message(tx, message_id)
    item_texts.rewrite(tx, message, content)
    changed = message.model_copy(update={"content": content, "edited_at": tx.time})
    tx.append(by, session_id, tx.next_seq(session_id), "message.updated", changed)
    transcript.refresh(tx, by, session_id)
    return changed


def delete(tx: Transaction, by: Actor, session_id: SessionId, message_id: MessageId) -> None:
    message = _own(tx, by, session_id, message_id)
    turns.cancel_queued(tx, by, message)
    transcript.erase(tx, by, message)


def _own(tx: Transaction, by: Actor, session_id: SessionId, message_id: MessageId) -> Message:
    session = access.writable(tx, by, session_id)
    message = transcript.find(tx, session_id, message_id)
    if message.user_id != by.user_id and session["role"] != "owner" and not by.sees_all:
        raise Forbidden("only who wrote a message, or the session's owner, may change it")
    return message
