from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import BadRequest
from segued.imports import json_reader
from segued.imports.json_reader import MAX_DEPTH, JsonReader, TooLong

MUCH = 2**30
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=30,
)


@pytest.fixture(autouse=True, params=[7, 256 * 1024])
def _chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything holds however the file is cut into what is read at once."""
    monkeypatch.setattr(json_reader, "_CHUNK", request.param)


def reader(content: str | bytes) -> JsonReader:
    return JsonReader(io.BytesIO(content.encode() if isinstance(content, str) else content))


def whole(found: JsonReader) -> Any:
    """Return the next value, read part by part."""
    match found.peek():
        case b"{":
            return {key: whole(found) for key in found.fields()}
        case b"[":
            return [whole(found) for _ in found.elements()]
    return found.value(MUCH)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_read_is_what_was_written(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode(errors="replace")
    assert reader(text).value(MUCH) == json.loads(text)
    assert whole(reader(text)) == json.loads(text)
    pair = reader(b"[" + text + b" , 1]")
    numbers = [(pair.skip(), n)[1] if n == 1 else pair.value(9) for n in pair.elements()]
    assert numbers == [1, 1]


@given(st.dictionaries(st.text(), VALUES, min_size=1), st.data())
def test_a_file_that_is_cut_off_says_so_wherever_that_is(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value).encode()
    end = data.draw(st.integers(0, len(text) - 1))
    for read in (whole, lambda found: found.value(MUCH)):
        with pytest.raises(BadRequest, match=r"ends in the middle|is not JSON"):
            read(reader(text[:end]))


@pytest.mark.parametrize("text", ["[1,]", "[1 2]", "{1: 2}", '{"a" 1}', '{"a":}', "[nul]", "[+]", "[}"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="not JSON"):
        whole(reader(text))


def test_what_is_no_utf_8_says_at_which_byte() -> None:
    with pytest.raises(BadRequest, match="byte 9 is no UTF-8"):
        whole(reader(b'["good","\xff"]'))


def test_what_is_nested_too_deep_is_refused_however_deep() -> None:
    assert reader("[" * MAX_DEPTH + "]" * MAX_DEPTH).value(MUCH)
    with pytest.raises(BadRequest, match="deeper"):
        reader("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2)).skip()
    with pytest.raises(BadRequest, match="deeper"):
        reader("[" * 100_000).skip()


def test_a_value_that_is_too_long_is_read_over() -> None:
    found = reader('[{"a": "xxxxxxxxxxxxxxxxxxxx"}, 2]')
    values: list[Any] = []
    for _ in found.elements():
        try:
            values.append(found.value(10))
        except TooLong:
            values.append("too long")
    assert values == ["too long", 2]


def test_a_value_can_be_read_again_where_it_was() -> None:
    found = reader('\ufeff {"a": {"b": "ü"}, "c": 3}')
    keys = found.fields()
    assert next(keys) == "a"
    found.peek()
    begin = found.position
    found.skip()
    end = found.position
    assert next(keys) == "c"
    assert found.again(begin, end) == {"b": "ü"}
    assert found.value(9) == 3
    assert list(keys) == []
    found.seek(begin)
    assert found.value(99) == {"b": "ü"}


def test_half_of_a_surrogate_pair_is_read() -> None:
    assert reader(r'"\ud83d"').value(99) == "\ud83d"
