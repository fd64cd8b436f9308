from __future__ import annotations

import asyncio
from html.parser import HTMLParser
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from segue import routes
from segue.events import EVENT_TYPES
from segue.models import Message
from segued.api import operations
from tests.daemons import Http


@pytest.fixture
async def document(http: Http) -> Any:
    return (await http("GET", routes.OPENAPI))[1]


async def test_the_document_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


async def test_the_document_names_every_operation_once_and_says_what_it_does(document: Any) -> None:
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert named == {(o.method, o.path) for o in operations()}
    described = [o for methods in document["paths"].values() for o in methods.values()]
    assert len({o["operationId"] for o in described}) == len(described)
    assert all(o["summary"].endswith((".", "?")) and o["tags"] for o in described)


async def test_every_route_of_the_contract_is_served(document: Any) -> None:
    paths = {str(v) for name, v in vars(routes).items() if name.isupper() and str(v).startswith("/") and name != "API"}
    assert paths - set(document["paths"]) == {routes.OPENAPI, routes.DOCS, routes.MCP}


async def test_the_document_tells_limits_and_scopes(document: Any) -> None:
    listing = document["paths"][routes.SESSIONS]["get"]
    limit = next(p for p in listing["parameters"] if p["name"] == "limit")
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 100)
    assert listing["security"] == [{"bearer": ["read"]}]
    assert document["paths"][routes.HEALTH]["get"]["security"] == []
    assert "error" in document["components"]["schemas"]["ErrorAnswer"]["properties"]
    assert set(Message.model_fields) == set(document["components"]["schemas"]["Message"]["properties"])
    assert "message.delta" in EVENT_TYPES


async def test_the_page_is_html_and_names_every_path(http: Http) -> None:
    async with http.session.get(routes.DOCS) as response:
        assert response.content_type == "text/html"
        text = await response.text()
    shown: list[str] = []
    parser = HTMLParser()
    parser.handle_data = shown.append  # type: ignore[method-assign]
    parser.feed(text)
    parser.close()
    assert {o.path for o in operations()} <= set(shown)


async def test_status_says_what_is_going_on(http: Http) -> None:
    while (before := (await http("GET", routes.STATUS))[1])["attached"]:  # what earlier tests opened is being closed
        await asyncio.sleep(0.02)
    _, session = await http("POST", routes.SESSIONS)
    async with http.session.get(f"{routes.SESSIONS}/{session['id']}/events") as stream:
        while b"synced" not in await stream.content.readline():
            pass
        _, now = await http("GET", routes.STATUS)
        assert now["sessions"] == before["sessions"] + 1
        assert now["attached"] == before["attached"] + 1
        assert now["agents"] == {"chat": "offline"}
        assert now["listening"][0].startswith("unix:/")


async def test_ready_says_what_it_looked_at(http: Http) -> None:
    assert (await http("GET", routes.READY)) == (
        200,
        {"status": "ready", "checks": {"store": True, "listeners": True}, "trouble": None},
    )
    assert (await http("GET", routes.HEALTH))[1]["status"] == "ok"
