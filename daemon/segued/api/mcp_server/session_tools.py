"""The tools about sessions: each a view on an operation of the API, with a text for its answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from segue.models import Message, Name, PostMessage, Request, SessionId
from segued.api import messages, search, sessions
from segued.api.mcp_server import words
from segued.api.mcp_server.toolbox import Limit, OnlySession, Said, Session, Toolbox
from segued.api.mcp_server.visit import Visit
from segued.api.mcp_server.waiting import MessageEar, listen

box = Toolbox()

_LONGEST_WAIT = 600  # seconds

Seconds = Annotated[int, Field(ge=1, le=_LONGEST_WAIT, description="How long to wait at most, in seconds.")]
Sender = Annotated[
    Name | None, Field(description="The name to speak under. Without it: what your program calls itself.")
]


class ListSessions(Request):
    search: Annotated[str, Field(max_length=500)] | None = Field(None, description="Only where the title has this.")
    project: Name | None = Field(None, description="Only those of this project.")
    archived: bool | None = Field(None, description="Only archived ones, or only those that are not.")
    limit: Limit = 20
    offset: Annotated[int, Field(ge=0, le=2**53)] = 0


@box.tool(
    ListSessions,
    "List the conversations that you may see, the latest changed first: id, title, project, who has it open, what was"
    " said last. People take part in them from a terminal or from Discord, agents as you do. The ids are what the"
    " other tools take.",
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


@box.tool(
    ReadSession,
    "Read what was said in a conversation, oldest first: by default the newest messages. The number in brackets before"
    " each is its seq: read on with after_seq, or back with before_seq.",
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
    session: OnlySession = None
    project: Name | None = Field(None, description="Only in sessions of this project.")
    limit: Limit = 10


@box.tool(SearchMessages, "Search what was said in all conversations that you may see, best match first.")
async def search_messages(visit: Visit, wanted: SearchMessages) -> Said:
    within = await visit.named(wanted.session)
    query = search.SearchQuery(q=wanted.query, session_id=within, project_id=wanted.project, limit=wanted.limit)
    page = await search.search(visit.call, query)
    lines = [
        f"- {hit.message.sender} in “{hit.session_title}” (session {hit.message.session_id}, seq {hit.message.seq},"
        f" {hit.message.created_at:%Y-%m-%d %H:%M} UTC): {words.unmarked(hit.snippet)}"
        for hit in page.hits
    ]
    lines += [page.note] if page.note else []
    return Said("\n".join(lines) or "Nothing was found: try fewer or other words.", {"total": page.total})


class Post(Request):
    content: Annotated[str, Field(min_length=1, description="What to say; Markdown is fine.")]
    session: Session = None
    sender: Sender = None


@box.tool(
    Post,
    "Say something in a conversation. Everybody who follows it sees it at once, and it is kept. The agent of the"
    " session does not answer to it: to be answered, use ask.",
    "write",
)
async def post_message(visit: Visit, wanted: Post) -> Said:
    session_id = await visit.session(wanted.session)
    message = await say(visit, session_id, wanted, respond=False)
    facts = {"session": session_id, "message_id": message.id, "seq": message.seq}
    return Said(f"Posted in session {session_id} as seq {message.seq}.", facts)


async def say(visit: Visit, session_id: SessionId, wanted: Post, *, respond: bool) -> Message:
    """Post a message, and note whose it is."""
    post = PostMessage(content=wanted.content, sender=wanted.sender or visit.agent, respond=respond)
    async with visit.posted.posting():
        message: Message = await messages.post_message(visit.call, session_id, post)
        visit.posted.add(message)
    return message


class Wait(Request):
    session: Session = None
    after_seq: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        None, description="Wait for messages after this seq: the last that you know. Without it: from now on."
    )
    timeout_seconds: Seconds = 60


@box.tool(
    Wait,
    "Wait until somebody else says something in a conversation, and read it, with what you said yourself meanwhile. To"
    " follow a conversation, call it again and again, each time with after_seq as the last answer says: so you miss"
    " nothing in between.",
)
async def wait_for_messages(visit: Visit, wanted: Wait) -> Said:
    call = visit.call
    session_id = await visit.session(wanted.session)
    after = wanted.after_seq
    if after is None:
        after = (await call.store.get_session(call.by, session_id)).last_seq
    await listen(visit, session_id, after, MessageEar(visit), wanted.timeout_seconds)
    found = await messages.list_messages(call, session_id, messages.MessagesQuery(after_seq=after))
    last = found[-1].seq if found else after
    quiet = all([await visit.posted.has(message.id) for message in found])
    told = [f"Nobody else said anything for {wanted.timeout_seconds} seconds."] if quiet else []
    told += [words.transcript(found)] if found else []
    told += [f"(Go on with after_seq={last}.)"]
    return Said("\n\n".join(told), {"session": session_id, "last_seq": last})
