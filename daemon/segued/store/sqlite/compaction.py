"""What of a session no summary stands for yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from segue.models import Message, SessionId, Usage
from segued.store.base import Actor, Counted, Uncovered
from segued.store.sqlite import access, summaries, transcript


def uncovered(
    connection: sqlite3.Connection, by: Actor, session_id: SessionId, max_characters: int, to_write: bool = False
) -> Uncovered:
    row = (access.writable if to_write else access.visible)(connection, by, session_id)
    summary = summaries.current(connection, session_id)
    counted = _counted(connection, session_id)
    covered_seq = summary.upto_seq if summary else 0
    messages = list(_newest(connection, session_id, covered_seq, max_characters, counted))
    return Uncovered(
        session=access.session_from_row(connection, row),
        summary=summary,
        messages=tuple(reversed(messages)),
        waits_from=_waits_from(connection, session_id),
        counted=counted,
    )


def _newest(
    connection: sqlite3.Connection, session_id: SessionId, after_seq: int, max_characters: int, counted: Counted | None
) -> Iterator[Message]:
    """Yield the messages behind a seq, newest first, as far as there is room; what the provider counted takes none."""
    rows = connection.execute(
        "SELECT * FROM messages WHERE session_id = ? AND seq > ? AND NOT deleted ORDER BY seq DESC",
        (session_id, after_seq),
    )
    for row in rows:
        yield transcript.message_from_row(row)
        if counted is None or row["turn_id"] != counted.turn_id:
            max_characters -= len(row["content"])
        if max_characters < 0:
            return


def _counted(connection: sqlite3.Connection, session_id: SessionId) -> Counted | None:
    """Return what the provider counted for the last answer, if it was given the summary of now: made before it began,
    or for it, and not emptied since."""
    row = connection.execute(
        "SELECT id, usage, prompted_seq FROM turns WHERE session_id = ? AND state = 'completed'"
        " ORDER BY seq DESC LIMIT 1",
        (session_id,),
    ).fetchone()
    last = connection.execute(
        "SELECT seq, turn_id, deleted FROM summaries WHERE session_id = ? ORDER BY seq DESC LIMIT 1", (session_id,)
    ).fetchone()
    if row is None or row["usage"] is None:
        return None
    if last is not None and (last["deleted"] or (row["prompted_seq"] < last["seq"] and row["id"] != last["turn_id"])):
        return None
    tokens = Usage.model_validate_json(row["usage"]).context
    return Counted(tokens, row["id"], row["prompted_seq"]) if tokens else None


def _waits_from(connection: sqlite3.Connection, session_id: SessionId) -> int:
    """Return the seq of the first message that waits for an answer or is being answered (it stands right before the
    event that queued its turn), or one behind them all."""
    (seq,) = connection.execute(
        "SELECT min(seq) FROM turns WHERE session_id = ? AND state IN ('queued', 'running')", (session_id,)
    ).fetchone()
    return 2**62 if seq is None else int(seq) - 1
