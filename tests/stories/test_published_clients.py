"""Clients of other servers, as their users wrote them: they run against the daemon, and people see what they do."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Callable
from contextlib import aclosing

from segue.client import Client
from segue.events import MessageEvent, TurnEvent
from tests.daemons import Daemon
from tests.segued.api.doors import tcp_url

SHARED_CONTEXT = """
import os, requests

session = requests.Session()
session.headers["Authorization"] = f"Bearer {os.environ['KEY']}"
base = os.environ["URL"]

created = session.post(f"{base}/sessions")
assert created.status_code == 200
session_id = created.json()["session_id"]
for sender, content in [("planner", "Start with the tests."), ("coder", "They fail, as they should.")]:
    answer = session.post(f"{base}/sessions/{session_id}/messages", json={"sender": sender, "content": content})
    answer.raise_for_status()
    assert answer.json()["status"] == "message added"
history = session.get(f"{base}/sessions/{session_id}").json()["history"]
for message in history:
    assert message["session_id"] == session_id and message["id"] and message["timestamp"]
    print(f"{message['sender']}: {message['content']}")
assert requests.post(f"{base}/sessions").status_code == 401
"""

CONTEXT_AND_MEMORIES = """
import os, re, requests

base = os.environ["URL"]
session_id = requests.post(f"{base}/sessions").json()["session_id"]

assert requests.get(f"{base}/sessions/no-such-session/context").status_code == 404
empty = requests.get(f"{base}/sessions/{session_id}/context").json()
assert empty["context"] == {
    "files_accessed": [], "file_importance_scores": {}, "recent_searches": [], "decisions": [], "saved_memories": []
}
requests.post(f"{base}/sessions/{session_id}/context", json={"file_path": "app.py", "file_importance": 0.9})
for update in ({"search_query": "retry"}, {"decision": "use asyncio"}, {"memory_key": "style", "memory_id": "mem_1"}):
    answer = requests.post(f"{base}/sessions/{session_id}/context", json=update)
    assert answer.status_code == 200, answer.text
context = answer.json()["context"]
assert context["files_accessed"][0]["path"] == "app.py" and context["files_accessed"][0]["order"] == 1
assert context["file_importance_scores"] == {"app.py": 0.9}
assert answer.json()["compressed"] is False and answer.json()["size_bytes"] > 0

memory = {"key": "style", "value": "short sentences", "metadata": {"by": "ada"}, "ttl_seconds": 3600}
saved = requests.post(f"{base}/projects/docs/memories", json=memory).json()
assert re.fullmatch("mem_[0-9a-f]{12}", saved["memory_id"])
assert saved["message"] == "Memory created successfully"
listed = requests.get(f"{base}/projects/docs/memories", params={"limit": 20}).json()
assert listed["count"] == 1 and listed["memories"][0]["memory_value"] == "short sentences"
one = requests.get(f"{base}/projects/docs/memories", params={"key": "style"}).json()["memory"]
assert one["accessed_count"] >= 2 and one["metadata"] == {"by": "ada"}
assert requests.get(f"{base}/projects/docs/memories", params={"key": "none"}).status_code == 404
print(context["decisions"][0]["decision"])
"""

CHATS = """
import json, os
import httpx2 as httpx

client = httpx.Client(base_url=os.environ["URL"], headers={"Authorization": f"Bearer {os.environ['KEY']}"}, timeout=60)

chat = client.post("/chats/", json={"title": "Herons", "conversation": []}).raise_for_status().json()
conversation = [{"role": "user", "content": "We decided on the heron.", "metadata": {"device": "phone"}}]
updated = client.put(f"/chats/{chat['chat_id']}", json={"conversation": conversation}).raise_for_status().json()
assert updated["conversation"] == conversation

result = client.post("/chat/run", json={"input": "count to 3", "session_id": chat["chat_id"]}).json()
assert result["success"] and result["error"] is None and result["session_id"] == chat["chat_id"], result
text = ""
with client.stream("POST", "/chat/run", json={"input": "count to 5", "session_id": "mine", "stream": True}) as stream:
    for line in stream.iter_lines():
        if line.startswith("data: "):
            event = json.loads(line[6:])
            if event["type"] == "raw_response":
                text += event["delta"]
assert event["type"] == "stream_complete" and event["final_output"] == text == "1 2 3 4 5"

stored = client.get(f"/chats/{chat['chat_id']}").json()
assert stored["conversation"][0] == conversation[0]
print([message["content"] for message in stored["conversation"]][1:])
listed = client.get("/chats/", params={"limit": 10, "offset": 0}).json()
assert listed["total"] == 2
assert client.delete(f"/chats/{chat['chat_id']}").raise_for_status().json()["is_active"] is False
assert client.get("/chats/").json()["total"] == 1
"""


def serving(make_daemon: Callable[..., Daemon], **settings: str) -> Daemon:
    return make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]', **settings)


async def run(daemon: Daemon, script: str, key: str = "") -> str:
    """Run a client's script as its user would, and return what it prints."""
    env = os.environ | {"URL": tcp_url(daemon), "KEY": key}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, env=env, stdout=PIPE, stderr=STDOUT)
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def test_programs_that_share_a_context(make_daemon: Callable[..., Daemon]) -> None:
    daemon = serving(make_daemon)
    async with daemon.client() as person:
        token = await person.create_token("agents")
        printed = await run(daemon, SHARED_CONTEXT, token.token)
        (session,) = (await person.sessions()).sessions
        assert printed.splitlines() == ["planner: Start with the tests.", "coder: They fail, as they should."]
        assert not await person.turns(session.id)


async def test_a_script_without_credentials_keeps_context_and_memories(make_daemon: Callable[..., Daemon]) -> None:
    daemon = serving(make_daemon, ANONYMOUS_LOOPBACK="read-write")
    assert await run(daemon, CONTEXT_AND_MEMORIES) == "use asyncio\n"


async def test_a_program_that_stores_chats_and_has_them_answered(make_daemon: Callable[..., Daemon]) -> None:
    daemon = serving(make_daemon)
    async with daemon.client() as person:
        token = await person.create_token("app", user="somebody else")
        assert await run(daemon, CHATS, token.token) == "['count to 3', '1 2 3']\n"
        titles = {session.title: session.archived for session in (await person.sessions()).sessions}
        assert titles == {"Herons": True, "New Chat": False}


async def test_two_agents_and_a_person_share_one_context_at_once(make_daemon: Callable[..., Daemon]) -> None:
    daemon = serving(make_daemon)
    script = """
import os, requests
where = f"{os.environ['URL']}/sessions/{os.environ['KEY'].partition(' ')[2]}/messages"
headers = {"Authorization": f"Bearer {os.environ['KEY'].partition(' ')[0]}"}
for number in range(50):
    message = {"sender": f"agent {os.getpid()}", "content": str(number)}
    requests.post(where, json=message, headers=headers).raise_for_status()
"""
    async with daemon.client() as person:
        session = await person.create_session(title="Everybody")
        key = f"{(await person.create_token('agents')).token} {session.id}"
        async with asyncio.timeout(100), asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(run(daemon, script, key))
            tasks.create_task(_says(person, session.id))
            seen = await _followed(person, session.id, 2 * 50 + 50 + 1)
    assert len(seen) == len(set(seen))
    for sender in {sender for sender, _ in seen if sender.startswith("agent")}:
        assert [text for who, text in seen if who == sender] == [str(number) for number in range(50)]


async def _says(person: Client, session_id: str) -> None:
    for number in range(50):
        await person.post(session_id, f"person {number}", respond=number == 25)


async def _followed(person: Client, session_id: str, messages: int) -> list[tuple[str, str]]:
    """Return who said what, once so many messages were said and no turn is left."""
    seen: list[tuple[str, str]] = []
    async with aclosing(person.follow(session_id, after=0)) as events:
        async for event in events:
            if isinstance(event, MessageEvent):
                seen.append((event.data.sender, event.data.content))
            if len(seen) >= messages and isinstance(event, MessageEvent | TurnEvent):
                return seen
    raise AssertionError("the stream ended")
