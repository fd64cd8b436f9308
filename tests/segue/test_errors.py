from __future__ import annotations

import json

import pytest

from segue import errors
from segue.errors import Gap, Invalid, NotFound, SegueError, SessionNotFound, Unreachable, from_wire

CLIENT_ONLY = {Unreachable, Gap}
STATUSES = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503}


def classes() -> list[type[SegueError]]:
    return [
        c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, SegueError) and c is not SegueError
    ]


def test_every_error_has_a_code_of_its_own_and_a_status_of_the_contract() -> None:
    codes = [cls.code for cls in classes()]
    assert len(set(codes)) == len(codes)
    assert set(SegueError.by_code) == set(codes)
    assert {cls.status for cls in classes()} == STATUSES
    assert all(code == code.lower().strip() and code.isascii() for code in codes)


@pytest.mark.parametrize("cls", [cls for cls in classes() if cls not in CLIENT_ONLY])
def test_an_error_comes_over_the_wire_as_what_it_was(cls: type[SegueError]) -> None:
    sent = cls("what happened: what to do", session_id="s", limit=1)
    body = json.loads(json.dumps(sent.to_wire()))
    assert body["detail"] == body["error"]["message"] == "what happened: what to do"
    got = from_wire(cls.status, body, retry_after=3)
    assert type(got) is cls
    assert (got.message, got.details, got.retry_after) == (sent.message, {"session_id": "s", "limit": 1}, 3)


def test_a_code_of_a_later_version_is_the_class_of_its_status() -> None:
    body = {"error": {"code": "shelf_not_found", "message": "no shelf", "details": {}}}
    assert type(from_wire(404, body)) is NotFound
    assert type(from_wire(418, body)) is SegueError


@pytest.mark.parametrize(
    "body", [None, [], "text", 7, {}, {"error": "text"}, {"error": None}, {"error": {"message": None, "details": []}}]
)
def test_an_answer_without_the_shape_is_an_error_all_the_same(body: object) -> None:
    got = from_wire(422, body)
    assert type(got) is Invalid
    assert "422 without an explanation" in got.message
    assert got.details == {}


def test_who_catches_broadly_catches_the_narrow() -> None:
    with pytest.raises(NotFound):
        raise SessionNotFound("gone")
