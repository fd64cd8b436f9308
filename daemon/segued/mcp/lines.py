"""A line of a server's output, made into a message. One that is broken and answers somebody is not passed over: who
called would wait for it until the time is up."""

from __future__ import annotations

import json
from typing import Any

from mcp_types import PARSE_ERROR, ErrorData, JSONRPCError, JSONRPCMessage, jsonrpc_message_adapter
from pydantic import ValidationError

_SHOWN = 200  # characters of an answer that is none


def message_of(line: bytes) -> JSONRPCMessage | None:
    """Return the message; an error in place of an answer that breaks the protocol, None for what is no message."""
    try:
        return jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError:
        pass
    try:
        text = _whole(json.loads(line.decode(errors="replace")))
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    try:
        return jsonrpc_message_adapter.validate_json(text, by_name=False)
    except ValidationError:
        return _as_error(said, text)


def _whole(said: Any) -> str:
    """Return JSON without halves of surrogate pairs, which a text has that was cut inside an emoji."""
    return json.dumps(said, ensure_ascii=False).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _as_error(said: Any, text: str) -> JSONRPCError | None:
    request_id = said.get("id") if isinstance(said, dict) and "method" not in said else None
    if isinstance(request_id, bool) or not isinstance(request_id, int | str):
        return None
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    error = ErrorData(code=PARSE_ERROR, message=f"its answer breaks the protocol: {shown}")
    return JSONRPCError(jsonrpc="2.0", id=request_id, error=error)
