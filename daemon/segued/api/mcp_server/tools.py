"""The tools: each a view on an operation of the API, with a text for its answer. Descriptions are for a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, model_validator

from segue.errors import MessageNotFound
from segue.models import (
    ENDED,
    AddContext,
    MemoryKey,
    MessageId,
    Name,
    PostMessage,
    Request,
    SaveMemory,
    Scope,
    SessionId,
    Turn,
    TurnId,
)
from segued.api import context, memories, messages, search, sessions
from segued.api.mcp_server import words
from segued.api.mcp_server.visit import Visit
from segued.api.mcp_server.waiting import MessageEar, TurnEar, listen

_LONGEST_WAIT = 600  # seconds

Session = Annotated[
    SessionId | None,
    Field(description="The session's id, as list_sessions gives it. Without it: your own session."),
]
Project = Annotated[
    Name | None,
    Field(description="The project's name. Without it: the one that the session belongs to, if it belongs to one."),
]
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most.")]
Seconds = Annotated[int, Field(ge=1, le=_LONGEST_WAIT, description="How long to wait at most, in seconds.")]
Sender = Annotated[
    Name | None, Field(description="The name to speak under. Without it: what your program calls itself.")
]


@dataclass(frozen=True)
class Said:
    """A tool's answer: a text for the model, and its facts for programs."""

    text: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToolOfOurs:
    """What is told of a tool, the scope that it needs, and what runs it."""

    name: str
    description: str
    arguments: type[Request]
    scope: Scope
    do: Callable[[Visit, Any], Awaitable[Said]]


TOOLS: dict[str, ToolOfOurs] = {}


def tool(
    description: str, scope: Scope = "read"
) -> Callable[[Callable[[Visit, Any], Awaitable[Said]]], Callable[[Visit, Any], Awaitable[Said]]]:
    """Make a tool of the decorated function: its name, and the model of its second argument."""

    def register(do: Callable[[Visit, Any], Awaitable[Said]]) -> Callable[[Visit, Any], Awaitable[Said]]:
        arguments = globals()[do.__annotations__["wanted"]]
        TOOLS[do.__name__] = ToolOfOurs(do.__name__, description, arguments, scope, do)
        return do

    return register


class ListSessions(Request):
    search: Annotated[str, Field(max_length=500)] | None = Field(None, description="Only where the title has this.")
    project: Name | None = Field(None, description="Only those of this project.")
    archived: bool | None = Field(None, description="Only archived ones, or only those that are not.")
    limit: Limit = 20
    offset: Annotated[int, Field(ge=0, le=2**53)] = 0


@tool(
    "List the conversations that you may see, the latest changed first: id, title, project, who has it open, what was"
    " said last. People take part in them from a terminal or from Discord, agents as you do. The ids are what the"
    " other tools take."
)
async def list_sessions(visit: Visit, wanted: ListSessions) -> Said:
    query = sessions.SessionsQuery(
        search=wanted.search,
        limit=wanted.limit,
        offset=wanted.offset,
        archived=wanted.archived,
        project_id=wanted.project,
    )
    page = await sessions.list_sessions(visit.call, query)
    lines = [words.summary(session) for session in page.sessions]
    lines += (
        [f"({page.total} in all: go on with offset={more})"] if (more := query.offset + len(lines)) < page.total else []
    )
    return Said("\n".join(lines) or "There are no sessions like that.", {"total": page.total})


class ReadSession(Request):
    session: Session = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many messages at most.")] = 50
    before_seq: Annotated[int, Field(ge=0, le=2**53)] | None = Field(None, description="Only what came before it.")
    after_seq: Annotated[int, Field(ge=0, le=2**53)] | None = Field(None, description="Only what came after it.")


@tool(
    "Read what was said in a conversation, oldest first: by default the newest messages. The number in brackets before"
    " each is its seq: read on with after_seq, or back with before_seq."
)
async def read_session(visit: Visit, wanted: ReadSession) -> Said:
    session_id = await visit.session(wanted.session)
    before = wanted.before_seq if wanted.after_seq is not None or wanted.before_seq is not None else 2**53
    query = messages.MessagesQuery(limit=wanted.limit, before_seq=before, after_seq=wanted.after_seq)
    found = await messages.list_messages(visit.call, session_id, query)
    facts = {"session": session_id, "seqs": [message.seq for message in found]}
    return Said(words.transcript(found) or "Nothing was said there.", facts)


class SearchMessages(Request):
    query: search.SearchWords = Field(description="A few words to look for.")
    session: SessionId | None = Field(None, description="Only in this session.")
    project: Name | None = Field(None, description="Only in sessions of this project.")
    limit: Limit = 10


@tool("Search what was said in all conversations that you may see, best match first.")
async def search_messages(visit: Visit, wanted: SearchMessages) -> Said:
    query = search.SearchQuery(q=wanted.query, session_id=wanted.session, project_id=wanted.project, limit=wanted.limit)
    page = await search.search(visit.call, query)
    lines = [
        f"- {hit.message.sender} in “{hit.session_title}” (session {hit.message.session_id}, seq {hit.message.seq},"
        f" {hit.message.created_at:%Y-%m-%d %H:%M} UTC): {hit.snippet}"
        for hit in page.hits
    ]
    lines += [page.note] if page.note else []
    return Said("\n".join(lines) or "Nothing was found: try fewer or other words.", {"total": page.total})


class Post(Request):
    content: Annotated[str, Field(min_length=1, description="What to say; Markdown is fine.")]
    session: Session = None
    sender: Sender = None


@tool(
    "Say something in a conversation. Everybody who follows it sees it at once, and it is kept. The agent of the"
    " session does not answer to it: to be answered, use ask.",
    "write",
)
async def post_message(visit: Visit, wanted: Post) -> Said:
    session_id = await visit.session(wanted.session)
    message = await messages.post_message(visit.call, session_id, _post(visit, wanted, respond=False))
    facts = {"session": session_id, "message_id": message.id, "seq": message.seq}
    return Said(f"Posted in session {session_id} as seq {message.seq}.", facts)


def _post(visit: Visit, wanted: Post, *, respond: bool) -> PostMessage:
    return PostMessage(content=wanted.content, sender=wanted.sender or visit.agent, respond=respond)


class Ask(Post):
    timeout_seconds: Seconds = 120


@tool(
    "Ask the session's agent, who knows the conversation, and wait for the answer. Question and answer are part of the"
    " conversation for everybody. If the time is up before the answer, it is finished all the same: read it later.",
    "run",
)
async def ask(visit: Visit, wanted: Ask) -> Said:
    call = visit.call
    session_id = await visit.session(wanted.session)
    question = await messages.post_message(call, session_id, _post(visit, wanted, respond=True))
    ear = TurnEar(call.by, question.turn_id)
    await listen(visit, session_id, question.seq, ear, wanted.timeout_seconds)
    turn = await call.store.get_turn(call.by, TurnId(question.turn_id or ""))
    answer = await _answer(visit, turn)
    facts = {"session": session_id, "seq": question.seq, "turn_id": turn.id, "state": turn.state, "answer": answer}
    if turn.state == "completed":
        return Said(answer or "(the answer is empty)", facts)
    if turn.state not in ENDED:
        text = f"There is no answer after {wanted.timeout_seconds} seconds ({ear.state}), but it is being worked on:"
        return Said(f"{text} call wait_for_messages with session={session_id}, after_seq={question.seq}.", facts)
    why = f": {turn.error.message}" if turn.error else "."
    return Said(f"The answer was {turn.state}{why}" + (f"\nSo far it says: {answer}" if answer else ""), facts)


async def _answer(visit: Visit, turn: Turn) -> str | None:
    if turn.state not in ENDED or turn.answer_id is None:
        return None
    try:
        message = await visit.call.store.get_message(visit.call.by, turn.session_id, MessageId(turn.answer_id))
    except MessageNotFound:  # nothing was said, or somebody deleted it
        return None
    return message.content


class Wait(Request):
    session: Session = None
    after_seq: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        None, description="Wait for messages after this seq: the last that you know. Without it: from now on."
    )
    timeout_seconds: Seconds = 60


@tool(
    "Wait until somebody else says something in a conversation, and read it. To follow a conversation, call it again"
    " and again, each time with after_seq as the last answer says: so you miss nothing in between."
)
async def wait_for_messages(visit: Visit, wanted: Wait) -> Said:
    call = visit.call
    session_id = await visit.session(wanted.session)
    after = wanted.after_seq
    if after is None:
        after = (await call.store.get_session(call.by, session_id)).last_seq
    heard = await listen(visit, session_id, after, MessageEar(visit), wanted.timeout_seconds)
    found = await messages.list_messages(call, session_id, messages.MessagesQuery(after_seq=after)) if heard else ()
    last = found[-1].seq if found else after
    text = words.transcript(found) or f"Nobody said anything for {wanted.timeout_seconds} seconds."
    return Said(f"{text}\n\n(Go on with after_seq={last}.)", {"session": session_id, "last_seq": last})


class Remember(Request):
    key: MemoryKey = Field(description="A short name for it, like deploy-day.")
    value: Annotated[str, Field(min_length=1, description="The fact, in words that make sense by themselves.")]
    project: Project = None
    session: SessionId | None = Field(None, description="The session that it comes from.")
    ttl_seconds: Annotated[int, Field(ge=1)] | None = Field(None, description="Forget it after so long.")


@tool(
    "Save a fact for every conversation of a project, for people and agents alike. The same key again saves its next"
    " version; earlier ones are kept.",
    "write",
)
async def remember(visit: Visit, wanted: Remember) -> Said:
    project = await visit.project(wanted.project, wanted.session)
    new = SaveMemory(key=wanted.key, value=wanted.value, ttl_seconds=wanted.ttl_seconds, session_id=wanted.session)
    saved = await memories.save_memory(visit.call, project, new)
    return Said(
        f"Remembered under {saved.key!r} in project {project!r}, version {saved.version}.",
        {"project": project, "key": saved.key, "version": saved.version},
    )


class Recall(Request):
    about: search.SearchWords | None = Field(None, description="A few words, or a question. Without it: the latest.")
    project: Project = None
    session: SessionId | None = Field(None, description="A session of the project, in place of its name.")
    limit: Limit = 10


@tool("Look up what a project remembers, best match first.")
async def recall(visit: Visit, wanted: Recall) -> Said:
    project = await visit.project(wanted.project, wanted.session)
    note = ""
    if wanted.about is None:
        latest = await memories.list_memories(visit.call, project, memories.MemoriesQuery(limit=wanted.limit))
        found: Any = latest.memories
    else:
        query = memories.SearchQuery(q=wanted.about, limit=wanted.limit)
        hits = await memories.search_memories(visit.call, project, query)
        found, note = hits.memories, hits.note
    lines = [words.remembered(memory) for memory in found] + ([note] if note else [])
    facts = {"project": project, "memories": {memory.memory_key: memory.memory_value for memory in found}}
    return Said("\n".join(lines) or f"Project {project!r} remembers nothing about that.", facts)


class ReadContext(Request):
    session: Session = None
    limit: Annotated[int, Field(ge=1, le=1000, description="How many entries of each kind at most.")] = 50


@tool(
    "Read what happened in a conversation besides talk: files that were accessed and how important they are, searches,"
    " decisions, memories used. JSON, oldest first."
)
async def read_context(visit: Visit, wanted: ReadContext) -> Said:
    session_id = await visit.session(wanted.session)
    view = await context.get_context(visit.call, session_id, context.ContextQuery(limit=wanted.limit))
    return Said(view.model_dump_json(exclude_none=True))


class AppendContext(AddContext):
    session: Session = None

    @model_validator(mode="after")
    def _holds_something(self) -> AppendContext:
        return self  # `AddContext` checks it, to which a session alone is nothing


@tool(
    "Note in a conversation that you read or wrote a file, made a search, took a decision or used a memory, so that"
    " the others know. Give at least one of them.",
    "write",
)
async def add_context(visit: Visit, wanted: AppendContext) -> Said:
    body = AddContext(**wanted.model_dump(exclude={"session"}, exclude_none=True))
    session_id = await visit.session(wanted.session)
    await context.add_context(visit.call, session_id, body)
    return Said(f"Noted in session {session_id}.", {"session": session_id})
