"""Who may do what in a session: the table in docs/people.md, and every operation that names something of a session."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal

import pytest

from segue import routes
from segue.client import Client
from tests.daemons import Daemon, Http
from tests.segued.api.doors import OPERATIONS, Target, make_target, tcp
from tests.segued.api.test_access import MINE_OR_NOT, call

DOCUMENT = Path(__file__).parents[3] / "docs" / "people.md"
_CALL = re.compile(r"`([A-Z]+) (/[^`]*)`")
ROLES = ("guest", "stranger", "reader", "writer", "owner")


def table() -> dict[tuple[str, str], dict[str, str]]:
    """Return for each call what the table says of each role."""
    rows = [line.strip("|").split("|") for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]
    begin = next(n for n, row in enumerate(rows) if row[-1].strip() == "calls")
    names = [cell.strip() for cell in rows[begin]][1:-1]
    said: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows[begin + 1 :]:
        for method, where in _CALL.findall(row[-1]) if len(row) == len(names) + 2 else ():
            assert (method, where) not in said, f"twice: {method} {where}"
            said[method, where] = dict(zip(names, (cell.strip() for cell in row[1:-1]), strict=True))
    return said


TABLE = table()
IN_THE_API = [o for o in OPERATIONS.values() if o.path.startswith(routes.API)]
UNDER_TEST = [o for o in IN_THE_API if (o.method, routes.at_root(o.path)) in TABLE]


def test_the_table_names_every_call_that_is_about_a_session() -> None:
    about = {(o.method, routes.at_root(o.path)) for o in MINE_OR_NOT if o.path.startswith(routes.API)}
    assert set(TABLE) ^ about <= {("POST", "/approvals/{approval_id}")}
    assert all(set(said) == set(ROLES) for said in TABLE.values())


def _given(role: str) -> Literal["owner", "writer", "reader"]:
    return "owner" if role == "owner" else "writer" if role == "writer" else "reader"


class People:
    """The owner, and somebody of each other role, each with their own way in."""

    def __init__(self, daemon: Daemon, owner: Client) -> None:
        self._daemon = daemon
        self._owner = owner
        self.ways: dict[str, Http] = {}
        self.ids: dict[str, str] = {}

    async def come(self, stack: AsyncExitStack) -> None:
        for role in ("stranger", "reader", "writer", "owner", "member"):
            token = await self._owner.create_token(role, user=f"the {role}")
            self.ways[role] = await stack.enter_async_context(tcp(self._daemon, token.token))
            self.ids[role] = token.user_id
        bridge = await self._owner.create_token("bridge", scopes=["read", "admin"])
        guest = tcp(self._daemon, bridge.token, **{routes.FOR: "irc/a-guest"})
        self.ways["guest"] = await stack.enter_async_context(guest)

    async def target(self) -> Target:
        """Return a session that is the owner's, with a reader and a writer, and things in it."""
        target = await make_target(self._owner)
        session_id = target.parameters["session_id"]
        for role in ("member", "reader", "writer", "owner"):
            await self._owner.put_member(session_id, self.ids[role], _given(role))
        target.parameters["user"] = self.ids["member"]
        return target


@pytest.fixture
async def people(tcp_daemon: Daemon, owner: Client) -> AsyncIterator[People]:
    people = People(tcp_daemon, owner)
    async with AsyncExitStack() as stack:
        await people.come(stack)
        yield people


EXPECTED = {"yes": "done", "no": "refused", "-": "not there"}


def verdict(status: int, code: str) -> str:
    """Say what came of a call. A conflict is one with the state of things: they were let in."""
    return {403: "refused", 404: "not there"}.get(status, "done" if status < 500 and status != 401 else code)


async def test_everybody_may_do_what_the_table_says_and_no_more(people: People) -> None:
    shared = await people.target()
    wrong = []
    for operation in sorted(UNDER_TEST, key=lambda o: o.method == "DELETE"):
        if operation.path == routes.APPROVAL:  # takes a tool that asks: tests/segued/sessions/test_tools.py
            continue
        said = TABLE[operation.method, routes.at_root(operation.path)]
        for role in ROLES:
            spoils = said[role] == "yes" and (operation.method == "DELETE" or operation.path == routes.ITEM_POP)
            target = await people.target() if spoils else shared
            came = verdict(*await call(people.ways[role], operation, target))
            if came != EXPECTED[said[role]]:
                wrong.append(f"{role}: {operation.method} {operation.path}: {came}")
    assert wrong == [], "\n".join(wrong)


async def test_who_is_let_in_by_a_place_is_not_let_in_by_its_session(people: People) -> None:
    """Calls that name a session in their body, their query, or not at all."""
    target = await people.target()
    session_id = target.parameters["session_id"]
    for role, shown in (("stranger", 0), ("guest", 0), ("reader", 1)):
        http = people.ways[role]
        seen = [s for s in (await http("GET", routes.SESSIONS))[1]["sessions"] if s["id"] == session_id]
        bound = [b for b in (await http("GET", routes.BINDINGS))[1]["bindings"] if b["session_id"] == session_id]
        assert (len(seen), len(bound)) == (shown, shown)
        items = {"additions": [{"session_id": session_id, "items": [{"role": "user", "content": "x"}]}]}
        (outcome,) = (await http("POST", routes.ITEMS, items))[1]["outcomes"]
        assert outcome["error"]["code"] == ("forbidden" if shown else "session_not_found")
        run = (await http("POST", routes.CHAT_RUN, {"input": "x", "session_id": session_id}))[1]
        assert run.get("chat_id") != session_id  # to them it is only a name, for a session of their own
    heard = (await people.ways["owner"]("GET", f"{routes.SESSIONS}/{session_id}/messages"))[1]
    assert [message["content"] for message in heard][-1] == "x"


async def ask(http: Http, session_id: str) -> list[str]:
    """Try to follow, to post and to tell of typing over a web socket; return what was said to each."""
    said = []
    async with http.session.ws_connect(routes.WEB_SOCKET) as socket:
        for command in (
            {"type": "subscribe", "session_id": session_id},
            {"type": "post", "session_id": session_id, "message": {"content": "x", "respond": False}},
            {"type": "typing", "session_id": session_id},
        ):
            await socket.send_json(command | {"request_id": len(said) + 1})
            while (frame := await socket.receive_json(timeout=30)).get("request_id") != len(said) + 1:
                pass
            said.append(frame["data"]["error"]["code"] if frame["event"] == "error" else "done")
    return said


async def test_the_web_socket_holds_to_it_too(people: People) -> None:
    session_id = (await people.target()).parameters["session_id"]
    assert await ask(people.ways["stranger"], session_id) == ["session_not_found"] * 3
    assert await ask(people.ways["guest"], session_id) == ["session_not_found"] * 3
    assert await ask(people.ways["reader"], session_id) == ["done", "forbidden", "forbidden"]
    assert await ask(people.ways["writer"], session_id) == ["done"] * 3
