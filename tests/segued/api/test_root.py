"""Where programs that know another server look: at the root, with a slash at the end or without one."""

from __future__ import annotations

import re

import pytest

from segue import routes
from segue.client import Client
from segue.routes import at_root, path, twin
from segued.api.registry import Operation
from tests.daemons import Daemon, Http
from tests.segued.api.doors import OPERATIONS, Target, tcp

STREAMS = {routes.SESSION_EVENTS, routes.EVENTS, routes.WEB_SOCKET}
VIEWS = [o for o in OPERATIONS.values() if o.view_of]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
async def test_every_path_is_served_with_and_without_a_slash_at_its_end(http: Http, operation: Operation) -> None:
    """What is asked for is not there, or the body is none: whichever it is, it is the same for both."""
    if operation.path in STREAMS or (operation.method == "POST" and "{" not in operation.path):
        pytest.skip("it would go on for ever, or make something")
    values = dict.fromkeys(re.findall(r"{(\w+)}", operation.path), "none%2F")
    answers = []
    for template in (operation.path, twin(operation.path)):
        async with http.session.request(
            operation.method, path(template, **values), allow_redirects=False, data=b"{", headers=JSON
        ) as answer:
            answers.append((answer.status, answer.content_type))
    assert answers[0] == answers[1]
    assert answers[0][0] not in (301, 302, 307, 308, 405)


JSON = {"Content-Type": "application/json"}


async def test_a_body_is_not_lost_at_a_slash(http: Http) -> None:
    for where in ("/api/v1/sessions/", "/sessions/", "/chats/", "/chats", "/api/v1/chats"):
        async with http.session.post(where, json={"title": "Kept"}, allow_redirects=False) as response:
            assert (response.status in (200, 201), (await response.json())["title"]) == (True, "Kept")


async def test_a_quoted_slash_at_the_end_is_part_of_the_id(http: Http) -> None:
    project = "a%2Fb%2F"
    for key in ("c", "d"):
        slash = "/" if key == "d" else ""
        assert (await http("POST", f"/projects/{project}/memories{slash}", {"key": key, "value": "v"}))[0] == 200
    _, found = await http("GET", f"/projects/{project}/memories/")
    assert (found["project_id"], found["count"]) == ("a/b/", 2)
    assert (await http("GET", "/projects/a%2Fb/memories"))[1]["count"] == 0


async def test_a_path_with_two_slashes_is_not_there(http: Http) -> None:
    assert (await http("GET", "/api/v1/sessions//"))[0] == 404


@pytest.mark.parametrize("operation", VIEWS, ids=lambda o: f"{o.method} {o.path}")
async def test_a_view_answers_what_the_api_answers(
    tcp_daemon: Daemon, owner: Client, target: Target, operation: Operation
) -> None:
    """For a stranger, so that nothing changes in between."""
    assert operation.view_of is not None
    assert at_root(operation.view_of) == operation.path
    token = await owner.create_token("stranger", user="stranger", scopes=["read"])
    async with tcp(tcp_daemon, token.token) as http:
        answers = [
            await http(operation.method, path(template, **target.parameters) + "?q=x", target.body(operation))
            for template in (operation.path, operation.view_of)
        ]
    for _, answer in answers:
        answer.pop("exported_at", None)
    assert answers[0] == answers[1]


def test_the_context_and_the_memories_are_at_the_root() -> None:
    at = {(o.method, o.path) for o in VIEWS}
    assert {
        ("GET", "/sessions/{session_id}/context"),
        ("POST", "/sessions/{session_id}/context"),
        ("GET", "/projects/{project_id}/memories"),
        ("POST", "/projects/{project_id}/memories"),
        ("GET", "/projects/{project_id}/memories/{key}/versions"),
        ("GET", "/projects/{project_id}/memories/search"),
        ("GET", "/chats/"),
        ("POST", "/chat/run"),
    } <= at
