"""Schedules over HTTP: added once under a key, told with their next times, refused with what to do."""

from __future__ import annotations

from segue import routes
from segue.client import Client
from segue.routes import path
from tests.daemons import Daemon, Http
from tests.segued.api.doors import tcp


def body(session_id: str, **fields: object) -> dict[str, object]:
    given = {"when": "every weekday 9:00", "content": "what is new?", "timezone": "Europe/Berlin"}
    return {"session_id": session_id} | given | fields


async def test_a_schedule_is_added_once_under_its_key_and_told_with_its_next_times(client: Client, http: Http) -> None:
    session = await client.create_session()
    status, added = await http("POST", routes.SCHEDULES, body(session.id), Idempotency_Key=f"add {session.id}")
    assert (status, added["cron"], added["kind"], added["state"]) == (201, "0 9 * * 1-5", "prompt", "active")
    assert len(added["next"]) == 3
    assert added["next"][0] == added["next_at"]
    assert added["next_at"].endswith(("T08:00:00Z", "T07:00:00Z"))
    again = await http("POST", routes.SCHEDULES, body(session.id), Idempotency_Key=f"add {session.id}")
    assert again == (201, added)
    status, answer = await http(
        "POST", routes.SCHEDULES, body(session.id, content="else"), Idempotency_Key=f"add {session.id}"
    )
    assert (status, answer["error"]["code"]) == (409, "idempotency_conflict")
    _, listed = await http("GET", f"{routes.SCHEDULES}?session_id={session.id}")
    assert listed == {"schedules": [added], "count": 1}


async def test_it_is_run_by_hand_once_under_its_key(client: Client, http: Http) -> None:
    session = await client.create_session()
    schedule = await client.schedule(session.id, "every day at 9", "stretch", kind="reminder")
    where = path(routes.SCHEDULE_RUN, schedule_id=schedule.id)
    first = await http("POST", where, Idempotency_Key=f"run {schedule.id}")
    assert await http("POST", where, Idempotency_Key=f"run {schedule.id}") == first
    assert (first[0], first[1]["run_count"], first[1]["last_note"]) == (200, 1, "run by hand")
    (message,) = await client.messages(session.id)
    assert (message.content, message.sender, message.interface) == ("stretch", "reminder", "schedule")
    assert message.id == first[1]["last_message_id"]


async def test_refusals_say_what_to_do(client: Client, http: Http) -> None:
    session = await client.create_session()
    for fields, field in (({"when": "soon"}, "when"), ({"timezone": "Berlin"}, "timezone"), ({"until": "?"}, "until")):
        status, answer = await http("POST", routes.SCHEDULES, body(session.id, **fields))
        assert (status, answer["error"]["details"]) == (422, {"field": field})
        assert "like" in answer["error"]["message"]
    status, answer = await http("POST", routes.SCHEDULES, body("nothing"))
    assert (status, answer["error"]["code"]) == (404, "session_not_found")
    status, answer = await http("GET", path(routes.SCHEDULE, schedule_id="nothing"))
    assert (status, answer["error"]["code"]) == (404, "schedule_not_found")


async def test_who_may_not_run_turns_may_have_reminders_but_no_prompts(tcp_daemon: Daemon, owner: Client) -> None:
    session = await owner.create_session()
    prompt = await owner.schedule(session.id, "every day at 9", "what is new?")
    token = await owner.create_token("writer", scopes=["read", "write"])
    async with tcp(tcp_daemon, token.token) as http:
        where = path(routes.SCHEDULE, schedule_id=prompt.id)
        for answer in (
            await http("POST", routes.SCHEDULES, body(session.id)),
            await http("PATCH", where, {"content": "else"}),
            await http("POST", path(routes.SCHEDULE_RUN, schedule_id=prompt.id)),
        ):
            assert (answer[0], answer[1]["error"]["details"]) == (403, {"scope": "run"})
        assert (await http("POST", routes.SCHEDULES, body(session.id, kind="reminder")))[0] == 201
        assert (await http("DELETE", where))[0] == 204


async def test_an_admin_sees_everybodys_and_others_see_their_own(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("bob", user="bob", scopes=["read", "write", "run"])
    async with tcp(tcp_daemon, token.token) as http:
        _, session = await http("POST", routes.SESSIONS, {"title": "bob's"})
        status, mine = await http("POST", routes.SCHEDULES, body(session["id"]))
        assert (status, mine["user"]) == (201, "bob")
        owners = await owner.create_session()
        theirs = await owner.schedule(owners.id, "every day at 9", "x")
        where = path(routes.SCHEDULE, schedule_id=theirs.id)
        for method, at in (("GET", where), ("PATCH", where), ("DELETE", where), ("POST", f"{where}/run")):
            status, answer = await http(method, at, {"paused": True} if method == "PATCH" else None)
            assert (status, answer["error"]["code"]) == (404, "schedule_not_found")
        status, answer = await http("POST", routes.SCHEDULES, body(owners.id))
        assert (status, answer["error"]["code"]) == (404, "session_not_found")
        assert (await http("GET", routes.SCHEDULES))[1]["schedules"] == [mine]
    assert (await owner.get_schedule(mine["id"])).user == "bob"
    assert mine["id"] in {schedule.id for schedule in await owner.schedules(limit=500)}
