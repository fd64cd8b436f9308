"""State + events = state: for every action, what a client made of the events is what a fresh snapshot says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from segue import routes
from segue.client import Client
from segue.events import DURABLE_TYPES, EVENT, Snapshot, SnapshotEvent, apply
from segue.models import PostMessage, SessionDetail, Turn
from segue.routes import path
from segued.api import operations
from tests.daemons import Daemon, Http
from tests.segued.imports.files import channel, discord_message


class Scene:
    """One session with a few things in it, and the means to act on it."""

    def __init__(self, client: Client, http: Http, session: SessionDetail) -> None:
        self.client = client
        self.http = http
        self.session = session
        self.seen: set[str] = set()

    async def running_turn(self) -> Turn:
        message = await self.client.post(self.session.id, "count to 1000", respond=True)
        while True:
            (turn,) = [t for t in await self.client.turns(self.session.id) if t.id == message.turn_id]
            if turn.state == "running":
                return turn

    async def ended(self, turn_id: str) -> None:
        while any(t.id == turn_id for t in (await self.client.snapshot(self.session.id)).turns):
            pass


THE_END = "that was all"
Action = Callable[[Scene], Awaitable[object]]
ACTIONS: dict[tuple[str, str], list[Action]] = {}


def acts(method: str, route: str) -> Callable[[Action], Action]:
    """Name the operation that an action drives."""

    def register(action: Action) -> Action:
        ACTIONS.setdefault((method, route), []).append(action)
        return action

    return register


@acts("POST", routes.MESSAGES)
async def post(scene: Scene) -> None:
    await scene.client.post(scene.session.id, "a word " * 50, respond=False)
    for _ in range(60):
        await scene.client.post(scene.session.id, "many", respond=False)


@acts("POST", routes.MESSAGES)
async def ask_and_be_answered(scene: Scene) -> None:
    message = await scene.client.post(scene.session.id, "count to 20", respond=True)
    await scene.ended(message.turn_id or "")


@acts("POST", routes.MESSAGES)
async def have_a_tool_used(scene: Scene) -> None:
    message = await scene.client.post(scene.session.id, "use current_time", respond=True)
    await scene.ended(message.turn_id or "")


@acts("POST", routes.MESSAGES)
async def ask_while_it_runs(scene: Scene) -> None:
    await scene.running_turn()
    await scene.client.post(scene.session.id, "rather this", respond=True, mode="steer")
    second = await scene.client.post(scene.session.id, "count to 3", respond=True, mode="interrupt")
    await scene.ended(second.turn_id or "")


@acts("POST", routes.MESSAGES)
async def bring_in(scene: Scene) -> None:
    for name, respond in (("alice", True), ("alice again", False)):
        message = await scene.client.post(
            scene.session.id,
            "count to 3",
            author=("discord", "1"),
            sender=name,
            place=scene.session.id,
            external_id="1",
            said_at=datetime.now(UTC) - timedelta(hours=1),
            respond=respond,
        )
    await scene.ended(message.turn_id or "")


@acts("POST", routes.MESSAGE_BATCH)
async def post_many(scene: Scene) -> None:
    await scene.client.post_batch(scene.session.id, [PostMessage(content=str(n), respond=False) for n in range(70)])


@acts("PATCH", routes.MESSAGE)
async def edit(scene: Scene) -> None:
    first, *_, last = await scene.client.messages(scene.session.id)
    await scene.client.edit_message(scene.session.id, first.id, "another text")
    await scene.client.edit_message(scene.session.id, last.id, "another end")


@acts("DELETE", routes.MESSAGE)
async def delete(scene: Scene) -> None:
    first, *_, last = await scene.client.messages(scene.session.id)
    await scene.client.delete_message(scene.session.id, last.id)
    await scene.client.delete_message(scene.session.id, first.id)


@acts("DELETE", routes.MESSAGE)
async def delete_a_question_that_waits(scene: Scene) -> None:
    turn = await scene.running_turn()
    queued = await scene.client.post(scene.session.id, "never mind", respond=True)
    await scene.client.delete_message(scene.session.id, queued.id)
    await scene.client.cancel(turn.id)


@acts("PUT", routes.SESSION_READ)
@acts("POST", routes.SESSION_TYPING)
async def read_and_type(scene: Scene) -> None:
    await scene.client.mark_read(scene.session.id, 3)
    await scene.client.tell_typing(scene.session.id)


@acts("PATCH", routes.SESSION)
async def change_the_session(scene: Scene) -> None:
    await scene.client.update_session(scene.session.id, title="Renamed", pinned=True, project_id="p", reply="mention")
    await scene.client.update_session(scene.session.id, archived=True, members=[])


@acts("PUT", routes.SESSION_MEMBER)
@acts("DELETE", routes.SESSION_MEMBER)
@acts("POST", routes.SESSION_INVITATIONS)
@acts("DELETE", routes.INVITATION)
@acts("POST", routes.JOIN)
@acts("POST", routes.JOIN_AS_NEW_USER)
@acts("POST", routes.USERS)
@acts("PATCH", routes.USER)
@acts("DELETE", routes.USER)
async def let_people_come_and_go(scene: Scene) -> None:
    client, session_id = scene.client, scene.session.id
    me = (await client.session(session_id)).members[0].user_id
    await client.create_user(f"ada {session_id}")
    ada = await client.put_member(session_id, f"ada {session_id}", "reader")
    assert len(ada.members) == 2
    await client.put_member(session_id, f"ada {session_id}", "writer")
    await client.update_user(f"ada {session_id}", name=f"eve {session_id}")
    await client.put_member(session_id, f"eve {session_id}", "owner")
    await client.bind("irc", session_id, session_id)
    await client.remove_member(session_id, me)
    await client.join((await client.invite(session_id, "writer", uses=2)).code)
    await client.delete_invitation((await client.invite(session_id)).id)
    code = (await client.invite(session_id, new_user=True)).code
    newcomer = {"code": code, "name": f"new {session_id}"}
    assert (await scene.http("POST", routes.JOIN_AS_NEW_USER, newcomer))[0] == 201
    await client.remove_member(session_id, f"new {session_id}")
    await client.delete_user(f"eve {session_id}", to=me)
    await client.delete_user(f"new {session_id}")


@acts("POST", routes.SESSION_TURNS)
async def run_the_agent(scene: Scene) -> None:
    turn = await scene.client.run(scene.session.id)
    await scene.ended(turn.id)


@acts("POST", routes.TURN_CANCEL)
@acts("POST", routes.TURN_RETRY)
async def cancel_and_retry(scene: Scene) -> None:
    turn = await scene.running_turn()
    queued = await scene.client.post(scene.session.id, "wait", respond=True)
    await scene.client.cancel(queued.turn_id or "")
    await scene.client.cancel(turn.id)
    again = await scene.client.retry(turn.id)
    while (await scene.client.turns(scene.session.id))[-1].state != "running":
        pass
    await scene.client.cancel(again.id)


@acts("DELETE", routes.TURN)
async def withdraw(scene: Scene) -> None:
    turn = await scene.running_turn()
    queued = await scene.client.post(scene.session.id, "never mind", respond=True)
    await scene.client.withdraw(queued.turn_id or "")
    await scene.client.cancel(turn.id)


@acts("PUT", routes.BINDING)
@acts("DELETE", routes.BINDING)
async def bind_and_unbind(scene: Scene) -> None:
    place = scene.session.id
    await scene.client.bind("discord", place, scene.session.id)
    await scene.client.bind("discord", place, scene.session.id, "final")
    await scene.client.bind("irc", place, scene.session.id)
    await scene.client.unbind("discord", place)


@acts("PATCH", routes.BINDING)
async def name_a_place(scene: Scene) -> None:
    place = scene.session.id
    await scene.client.bind("discord", place, scene.session.id, name="#general")
    await scene.client.update_binding("discord", place, name="#random", policy="final")
    await scene.client.bind("discord", place, scene.session.id)


@acts("PUT", routes.CURSOR)
@acts("POST", routes.RECEIPTS)
async def deliver(scene: Scene) -> None:
    place = scene.session.id
    await scene.client.bind("discord", place, scene.session.id)
    (message,) = await scene.client.messages(scene.session.id, limit=1)
    where = path(routes.RECEIPTS, interface="discord", place=place)
    body = {"message_id": message.id, "part": 0, "state": "failed", "reason": "no network"}
    assert (await scene.http("POST", where, body))[0] == 201
    assert (await scene.http("POST", where, body | {"state": "sent", "external_id": "1", "reason": None}))[0] == 201
    where = path(routes.CURSOR, interface="discord", place=place)
    assert (await scene.http("PUT", where, {"seq": message.seq}))[0] == 200


@acts("POST", routes.SESSION_ITEMS)
@acts("POST", routes.ITEMS)
@acts("POST", routes.ITEM_POP)
async def keep_items(scene: Scene) -> None:
    call = {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
    await scene.client.add_items(scene.session.id, [{"role": "user", "content": "hi"}, call], key=scene.session.id)
    await scene.client.add_items(scene.session.id, [{"role": "assistant", "content": "bye"}] * 60)
    await scene.client.pop_item(scene.session.id)


@acts("DELETE", routes.SESSION_ITEMS)
async def clear_the_items(scene: Scene) -> None:
    turn = await scene.running_turn()
    await scene.client.post(scene.session.id, "never mind", respond=True)
    await scene.client.add_items(scene.session.id, [{"role": "user", "content": str(n)} for n in range(600)])
    await scene.client.clear_items(scene.session.id)
    await scene.client.cancel(turn.id)


@acts("POST", routes.CONTEXT)
async def add_to_the_context(scene: Scene) -> None:
    where = path(routes.CONTEXT, session_id=scene.session.id)
    everything = {
        "file_path": "a.py",
        "file_importance": 0.5,
        "search_query": "who",
        "decision": "we do",
        "memory_id": "mem_000000000000",
        "memory_key": "k",
    }
    assert (await scene.http("POST", where, everything))[0] == 200
    for number in range(30):
        assert (await scene.http("POST", where, {"file_path": f"{number}.py"}))[0] == 200


@acts("POST", routes.COMPRESS)
async def compress_and_change_what_is_covered(scene: Scene) -> None:
    notes = [PostMessage(content=f"number {n}: the lighthouse needs paint", respond=False) for n in range(60)]
    await scene.client.post_batch(scene.session.id, notes)
    assert (await scene.client.compress(scene.session.id)).changed
    first, *_ = await scene.client.messages(scene.session.id)
    await scene.client.edit_message(scene.session.id, first.id, "another text")
    assert (await scene.client.compress(scene.session.id)).changed


@acts("POST", routes.MEMORIES)
async def remember(scene: Scene) -> None:
    for value in ("one", "two"):
        await scene.client.save_memory("project", "k", value, session_id=scene.session.id)
    await scene.client.save_memory("project", "not from here", "three")


@acts("PUT", routes.CHAT)
@acts("DELETE", routes.CHAT)
async def rewrite_the_conversation(scene: Scene) -> None:
    where = path(routes.CHAT, chat_id=scene.session.id)
    _, chat = await scene.http("GET", where)
    first, *_, last = chat["conversation"]
    for conversation in ([*chat["conversation"], {"role": "ai", "text": "added"}], [first, last], [last, first]):
        assert (await scene.http("PUT", where, {"conversation": conversation}))[0] == 200
    assert (await scene.http("PUT", where, {"title": "Renamed"}))[0] == 200
    assert (await scene.http("DELETE", where))[0] == 200


@acts("POST", routes.CHAT_RUN)
async def run_the_agent_on_a_chat(scene: Scene) -> None:
    question = {"input": "count to 3", "session_id": scene.session.id}
    assert (await scene.http("POST", routes.CHAT_RUN, question))[1]["success"]


@acts("POST", routes.SHARED_MESSAGES)
async def share_a_message(scene: Scene) -> None:
    where = path(routes.SHARED_MESSAGES, session_id=scene.session.id)
    assert (await scene.http("POST", where, {"sender": "planner", "content": "a plan"}))[0] == 200


@acts("POST", routes.IMPORT)
async def bring_in_from_elsewhere(scene: Scene) -> None:
    for count in (70, 80):  # the second time most are known
        old = channel(*(discord_message(n, timestampEdited="2024-02-01") for n in range(count)))
        await scene.client.import_file(written(json.dumps(old).encode()), session_id=scene.session.id)
    taken = [piece async for piece in scene.client.export(scene.session.id)]
    await scene.client.import_file(written(*taken), session_id=scene.session.id)


async def written(*pieces: bytes) -> AsyncGenerator[bytes, None]:
    for piece in pieces:
        yield piece


@acts("POST", routes.SESSION_FORK)
async def fork(scene: Scene) -> None:
    copy = await scene.client.fork(scene.session.id)
    await scene.client.post(copy.id, "elsewhere", respond=False)


@acts("POST", routes.SCHEDULES)
@acts("PATCH", routes.SCHEDULE)
@acts("POST", routes.SCHEDULE_RUN)
@acts("DELETE", routes.SCHEDULE)
async def have_something_come_at_its_time(scene: Scene) -> None:
    single = await scene.client.schedule(scene.session.id, "in 1 second", "count to 3")
    daily = await scene.client.schedule(scene.session.id, "every day at 9", "look up", kind="reminder")
    await scene.client.update_schedule(daily.id, paused=True)
    await scene.client.run_schedule(daily.id)
    await scene.client.delete_schedule(daily.id)
    while (await scene.client.get_schedule(single.id)).state != "ended":
        await asyncio.sleep(0.01)
    while (await scene.client.snapshot(scene.session.id)).turns:
        await asyncio.sleep(0.01)


NOT_ABOUT_A_SESSION_IN_VIEW = {
    ("POST", routes.MCP_CALL),
    ("POST", routes.MCP_RESTART),
    ("POST", routes.CHATS),
    ("POST", routes.SHARED_SESSIONS),
    ("POST", routes.SESSIONS),
    ("DELETE", routes.SESSION),
    ("POST", routes.TOKENS),
    ("DELETE", routes.TOKEN),
    ("POST", routes.TOKEN_ROTATE),
    ("POST", routes.LINKS),
    ("POST", routes.LINK),
    ("DELETE", routes.IDENTITY),
    ("PUT", routes.FRONT_END),
    ("DELETE", routes.MEMORY),
    ("POST", routes.MEMORY_RESTORE),
    ("POST", routes.MEMORY_IMPORT),
    ("POST", routes.SEARCH_REINDEX),
    ("POST", routes.VACUUM),
    ("POST", routes.RELOAD),
    ("POST", routes.BACKUPS),
    ("DELETE", routes.BACKUP),
}
SHOWN_ELSEWHERE = {
    # They take a tool that asks: tests/segued/sessions/test_approvals.py
    ("POST", routes.APPROVAL),
    ("DELETE", routes.TOOL_PERMISSION),
}


def test_every_operation_that_writes_has_an_action_here() -> None:
    writing = {(o.method, o.view_of or o.path) for o in operations() if o.method != "GET"}
    assert set(ACTIONS) | NOT_ABOUT_A_SESSION_IN_VIEW | SHOWN_ELSEWHERE == writing


def comparable(snapshot: Snapshot, like: Snapshot) -> dict[str, object]:
    """Return the state with as many messages and entries as the other holds, and who is attached in no order."""
    messages = snapshot.messages[-len(like.messages) :] if like.messages else ()
    context = snapshot.context[-len(like.context) :] if like.context else ()
    ids = {message.id for message in messages}
    return snapshot.model_dump() | {
        "messages": [m.model_dump() for m in messages],
        "receipts": [r.model_dump() for r in snapshot.receipts if r.message_id in ids],
        "context": [entry.model_dump() for entry in context],
        "attached": sorted((a.user, a.interface) for a in snapshot.attached),
    }


@pytest.mark.parametrize(
    "action", [*dict.fromkeys(a for actions in ACTIONS.values() for a in actions)], ids=lambda a: a.__name__
)
async def test_state_and_events_make_the_new_state(shared_daemon: Daemon, action: Action) -> None:
    async with shared_daemon.client() as client, shared_daemon.http() as http:
        session = await client.create_session(title="Scene", reply="never")
        await client.post_batch(session.id, [PostMessage(content=str(n)) for n in range(5)])
        scene = Scene(client, http, session)
        state: Snapshot | None = None

        async def act() -> None:
            await action(scene)
            await client.post(session.id, THE_END, respond=False)

        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks, aclosing(client.follow(session.id)) as events:
            async for event in events:
                before, state = state, apply(state or Snapshot(session=session), event)
                if isinstance(event, SnapshotEvent):
                    tasks.create_task(act())
                elif before is not None and event.seq is not None:
                    assert state.session.last_seq == before.session.last_seq + 1
                if event.type == "message.created" and event.data.content == THE_END:
                    break
            fresh = await client.snapshot(session.id)
            assert state is not None
            assert comparable(state, fresh) == comparable(fresh, state)


async def test_the_log_alone_builds_every_session_again(shared_daemon: Daemon) -> None:
    """Applying all of a session's events to nothing gives its state: the log is complete."""
    async with shared_daemon.client() as client, shared_daemon.http() as http:
        session = await client.create_session(title="From nothing", reply="never")
        scene = Scene(client, http, session)
        await client.post(session.id, "first", respond=False)
        for action in (
            post_many,
            ask_and_be_answered,
            have_a_tool_used,
            edit,
            delete,
            add_to_the_context,
            compress_and_change_what_is_covered,
        ):
            await action(scene)
        for action in (change_the_session, bind_and_unbind, deliver):
            await action(scene)
        fresh = await client.snapshot(session.id)
        state = Snapshot(session=session.model_copy(update={"last_seq": 0}))
        kinds = set()
        async with aclosing(client.follow(session.id, after=0)) as events:
            async for event in events:
                kinds.add(event.type)
                state = apply(state, EVENT.validate_json(event.model_dump_json()))
                if event.seq == fresh.session.last_seq:
                    break
        without_presence = {"attached": ()}
        rebuilt = comparable(state.model_copy(update=without_presence), fresh)
        assert rebuilt == comparable(fresh.model_copy(update=without_presence), state)
        untouched = {"session.deleted", "turn.failed", "turn.cancelled", "turn.interrupted"}
        untouched |= {"approval.requested", "approval.resolved"}
        untouched |= {"memory.saved", "memory.deleted", "memory.expired"}  # they are in no session's log
        assert kinds & DURABLE_TYPES == DURABLE_TYPES - untouched
