"""What every call is made of: a request, and its answer as a model of the contract."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from segue.connection import Connection, Query
from segue.errors import SegueError

T = TypeVar("T")
_adapters: dict[object, TypeAdapter[Any]] = {}  # building one costs far more than using it


class Calls:
    _connection: Connection

    async def _get(self, kind: type[T], where: str, query: Query | None = None) -> T:
        return decode(kind, await self._connection.request("GET", where, query=query))

    async def _write(self, kind: type[T], method: str, where: str, body: Any = None, key: str | None = None) -> T:
        return decode(kind, await self._connection.request(method, where, body=body, key=key))


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def decode(kind: type[T], answer: bytes) -> T:
    """Return the answer as a model of the contract; raise `SegueError` if it is none."""
    adapter = _adapters.get(kind) or _adapters.setdefault(kind, TypeAdapter(kind))
    try:
        decoded: T = adapter.validate_json(answer)
    except ValidationError as exc:
        raise SegueError(f"the answer is not what this version expects: is that a segue daemon? ({exc})") from exc
    return decoded
