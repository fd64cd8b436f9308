"""Running the agent on a chat: the question is a message, the answer a turn like any other, and whoever is attached to
the session sees both. The caller follows the turn to its end, or goes away: it is answered all the same."""

from __future__ import annotations

import json
from contextlib import suppress

from aiohttp import web

from segue import routes
from segue.errors import MessageNotFound, SegueError, Stopping, Unauthorized
from segue.events import EVENT, DeltaEvent, MessageEvent, TurnEvent
from segue.models import (
    ENDED,
    ChatComplete,
    ChatDelta,
    ChatFailure,
    ChatFrame,
    ChatResult,
    ChatUsage,
    Message,
    MessageId,
    RunChat,
    Turn,
    TurnId,
    Usage,
)
from segued.api.registry import Call, Registry
from segued.api.streams import BEAT, OPEN, OpenStream, begin, chunk, chunked
from segued.sessions.chats import ask

api = Registry("Chats")

_HEARD = frozenset({"message.delta", "message.created"})


@api.operation("POST", routes.CHAT_RUN, scope="run", answer=ChatResult, frames=ChatFrame, at_root=True)
async def run_chat(call: Call, body: RunChat) -> ChatResult | web.StreamResponse:
    """Add to a session, run the agent on it, and wait for the answer; or with `stream`, or Accept: text/event-stream,
    get it as it comes: frames of type raw_response, each with a `delta`, and at last stream_complete."""
    question = await ask(call.manager, call.by, body)
    name = body.session_id or question.session_id
    if body.stream or "text/event-stream" in call.request.headers.get("Accept", ""):
        return await _stream(call, question, name)
    await _hear(call, question, _Listener(call, question))
    return await _result(call, question, name)


async def _stream(call: Call, question: Message, name: str) -> web.StreamResponse:
    response = await begin(call)
    speaker = _Speaker(call, question)
    try:
        await _hear(call, question, speaker)
        result = await _result(call, question, name)
    except SegueError as exc:  # the status is sent already
        result = ChatResult(
            final_output=None, success=False, error=exc.message, session_id=name, chat_id=question.session_id
        )
    speaker.conclude(result)
    return response


async def _hear(call: Call, question: Message, listener: _Listener) -> None:
    with call.request.app[OPEN].holding(listener):
        async with call.manager.followers.attach(call.by, question.session_id, question.seq, listener):
            await listener.ended.wait()
    if why := listener.dismissed:
        raise Unauthorized(why)


async def _result(call: Call, question: Message, name: str) -> ChatResult:
    turn = await call.store.get_turn(call.by, TurnId(question.turn_id or ""))
    if turn.state not in ENDED:
        text = "the daemon stops before the answer is ready: it is finished after the next start, in the same session"
        raise Stopping(text, retry_after=2)
    answer = None
    if turn.answer_id is not None:
        with suppress(MessageNotFound):  # somebody deleted it
            answer = await call.store.get_message(call.by, turn.session_id, turn.answer_id)
    return ChatResult(
        final_output=answer.content if answer else None,
        success=turn.state == "completed",
        error=_error(turn),
        usage=_usage(turn.usage),
        response_id=turn.answer_id,
        session_id=name,
        chat_id=turn.session_id,
    )


def _error(turn: Turn) -> str | None:
    if turn.state == "completed":
        return None
    return turn.error.message if turn.error else f"the answer was {turn.state}"


def _usage(usage: Usage | None) -> ChatUsage | None:
    if usage is None:
        return None
    asked, said = usage.input_tokens, usage.output_tokens
    return ChatUsage(input_tokens=asked, output_tokens=said, total_tokens=(asked or 0) + (said or 0))


def _line(cursor: int | None, kind: str, data: bytes) -> bytes:
    """Encode what a listener has to know, one event a line."""
    return data + b"\n" if kind in _HEARD or kind.startswith("turn.") else b""


class _Listener(OpenStream):
    """The connection of a program that waits for an answer, as a follower that waits for the turn's end."""

    def __init__(self, call: Call, question: Message) -> None:
        super().__init__(call, _line, b"")
        self._turn_id = question.turn_id

    def write(self, data: bytes) -> None:
        for line in data.split(b"\n"):
            if line:
                self._note(line)

    def beat(self) -> None:
        """Send nothing: an answer in JSON has no place for it."""

    def _note(self, line: bytes) -> None:
        match EVENT.validate_json(line):
            case DeltaEvent(data=delta) if delta.turn_id == self._turn_id:
                self.say(delta.message_id, delta.offset, delta.text)
            case MessageEvent(data=message) if message.turn_id == self._turn_id and message.role == "assistant":
                self.say(message.id, 0, message.content)
            case TurnEvent(data=turn) if turn.id == self._turn_id and turn.state in ENDED:
                self.ended.set()

    def say(self, message_id: MessageId, offset: int, text: str) -> None:
        """Take a piece of an answer that begins at `offset`."""


class _Speaker(_Listener):
    """One that passes the answer on as it comes, in the frames that clients of such a server know."""

    def __init__(self, call: Call, question: Message) -> None:
        super().__init__(call, question)
        self._chunked = chunked(call)
        self._said: dict[MessageId, int] = {}
        self._frames = 0

    def beat(self) -> None:
        self._send(BEAT)

    def say(self, message_id: MessageId, offset: int, text: str) -> None:
        said = self._said.get(message_id, 0)
        new = text[said - offset :] if offset <= said else ""
        if not new:
            return
        self._said[message_id] = said + len(new)
        self._tell(ChatDelta(delta=new, item_id=message_id, sequence_number=self._frames))
        self._frames += 1

    def conclude(self, result: ChatResult) -> None:
        """Tell how it ended; nothing comes behind that."""
        if result.error is not None:
            self._tell(ChatFailure(message=result.error, session_id=result.session_id))
        self._tell(ChatComplete(**result.model_dump()))

    def _tell(self, frame: ChatDelta | ChatFailure | ChatComplete) -> None:
        """Send a frame as such servers print it: its type first, and spaces between."""
        fields = {"type": frame.type} | frame.model_dump(mode="json")
        self._send(b"data: %b\n\n" % json.dumps(fields, ensure_ascii=False).encode())

    def _send(self, data: bytes) -> None:
        self._transport.write(chunk(data) if self._chunked else data)
