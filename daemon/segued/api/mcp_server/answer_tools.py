"""The tools about answers of a session's agent: to ask for one and wait, and to stop the one that is being written."""

from __future__ import annotations

from asyncio import CancelledError
from contextlib import suppress

import anyio

from segue.errors import MessageNotFound, TurnConflict
from segue.models import ENDED, MessageId, Request, Turn, TurnId
from segued.api.mcp_server.session_tools import Post, Seconds, say
from segued.api.mcp_server.toolbox import Said, Session, Toolbox
from segued.api.mcp_server.visit import Visit
from segued.api.mcp_server.waiting import TurnEar, listen
from segued.api.streams import OPEN

box = Toolbox()

_OPEN_TURNS = 500
_STOP_SECONDS = 10.0


class Ask(Post):
    timeout_seconds: Seconds = 120


@box.tool(
    Ask,
    "Ask the session's agent, who knows the conversation, and wait for the answer. Question and answer are part of the"
    " conversation for everybody. If the time is up before the answer, it is finished all the same: read it later, or"
    " call stop. If you cancel this call, the answer is stopped.",
    "run",
)
async def ask(visit: Visit, wanted: Ask) -> Said:
    call = visit.call
    session_id = await visit.session(wanted.session)
    question = await say(visit, session_id, wanted, respond=True)
    turn_id = TurnId(question.turn_id or "")
    ear = TurnEar(call.by, turn_id)
    try:
        await listen(visit, session_id, question.seq, ear, wanted.timeout_seconds)
    except CancelledError:
        await _give_up(visit, turn_id)
        raise
    turn = await call.store.get_turn(call.by, turn_id)
    answer = await _answer(visit, turn)
    facts = {"session": session_id, "seq": question.seq, "turn_id": turn.id, "state": turn.state, "answer": answer}
    if turn.state == "completed":
        return Said(answer or "(the answer is empty)", facts)
    if turn.state not in ENDED:
        text = f"There is no answer after {wanted.timeout_seconds} seconds ({ear.state}), but it is being worked on:"
        return Said(f"{text} call wait_for_messages with session={session_id}, after_seq={question.seq}.", facts)
    why = f": {turn.error.message}" if turn.error else "."
    return Said(f"The answer was {turn.state}{why}" + (f"\nSo far it says: {answer}" if answer else ""), facts)


async def _give_up(visit: Visit, turn_id: TurnId) -> None:
    """Stop an answer that nobody waits for any more; one that is cut off because the daemon stops goes on later."""
    if visit.call.request.app[OPEN].stopping:
        return
    call = visit.call
    with anyio.move_on_after(_STOP_SECONDS, shield=True):
        while (await call.store.get_turn(call.by, turn_id)).state not in ENDED:
            with suppress(TurnConflict):  # it ended meanwhile, or is about to start
                await call.manager.cancel_turn(call.by.without_key(), turn_id)


async def _answer(visit: Visit, turn: Turn) -> str | None:
    if turn.state not in ENDED or turn.answer_id is None:
        return None
    try:
        message = await visit.call.store.get_message(visit.call.by, turn.session_id, MessageId(turn.answer_id))
    except MessageNotFound:  # nothing was said, or somebody deleted it
        return None
    return message.content


class Stop(Request):
    session: Session = None


@box.tool(
    Stop,
    "Stop the answer that a session's agent is working on, whoever asked for it. What it has said so far is kept;"
    " questions that wait behind it are answered next.",
    "run",
)
async def stop(visit: Visit, wanted: Stop) -> Said:
    call = visit.call
    session_id = await visit.session(wanted.session)
    turns = await call.store.list_turns(call.by, session_id, _OPEN_TURNS)
    running = next((turn for turn in turns if turn.state == "running"), None)
    if running is None:
        return Said("No answer is being worked on there.", {"session": session_id, "state": None})
    turn = await call.manager.cancel_turn(call.by.without_key(), running.id)
    answer = await _answer(visit, turn)
    said = f" It said: {answer}" if answer else ""
    facts = {"session": session_id, "turn_id": turn.id, "state": turn.state, "answer": answer}
    return Said(f"The answer is {turn.state}.{said}", facts)
