"""Operations: a function, its path and its models. Reading, checking and answering happen here, once for all.

A handler takes the `Call`, then by name: the parameters of its path, `query` (a model of the query string) and `body`
(a model of the JSON body). It returns a model (or several), `Answer`, None for 204, or a response of its own.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from types import UnionType
from typing import Any, get_args, get_type_hints

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from segue import routes
from segue.errors import BadRequest, Invalid, UnsupportedMediaType
from segue.models import Scope
from segued.api.front_door import AUTHENTICATOR
from segued.identity import Caller, Gatekeeper
from segued.sessions.manager import UnifiedSessionManager
from segued.store.base import Actor, Once, Store

_MAX_KEY = 255
_JSON = {"Content-Type": "application/json"}
_ANYBODY = Caller(Actor(None, "anybody", "http"), frozenset())

MANAGER: web.AppKey[UnifiedSessionManager] = web.AppKey("manager", UnifiedSessionManager)
GATEKEEPER: web.AppKey[Gatekeeper] = web.AppKey("gatekeeper", Gatekeeper)


@dataclass(slots=True)
class Call:
    """One request: who asks for what."""

    request: web.Request
    caller: Caller
    by: Actor

    @property
    def manager(self) -> UnifiedSessionManager:
        return self.request.app[MANAGER]

    @property
    def store(self) -> Store:
        return self.manager.store


@dataclass(frozen=True)
class Answer:
    """A model with another status than the operation's usual one."""

    model: BaseModel
    status: int


@dataclass(frozen=True)
class Operation:
    """All that is known of one operation: what runs it, and what the OpenAPI document says of it. One that is the view
    at the root of another says of which path."""

    method: str
    path: str
    handler: Callable[..., Awaitable[Any]]
    status: int
    scope: Scope | None
    tag: str
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    body_required: bool
    answer: Any
    media_type: str
    view_of: str | None = None
    upload: bool = False
    frames: Any = None

    @property
    def name(self) -> str:
        return self.handler.__name__ + ("_at_root" if self.view_of else "")

    @property
    def summary(self) -> str:
        return (inspect.getdoc(self.handler) or "").split("\n\n")[0].replace("\n", " ")


class Registry:
    """The operations of one part of the API, gathered under a tag."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.operations: list[Operation] = []

    def operation(
        self,
        method: str,
        path: str,
        *,
        status: int = 200,
        scope: Scope | None = "read",
        media_type: str = "application/json",
        answer: Any = None,
        at_root: bool = False,
        upload: bool = False,
        frames: Any = None,
    ) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]:
        """Register the decorated handler; `scope` None lets everybody in. `answer` describes a stream's frames;
        `frames` does so where the answer may be a stream as well. With `at_root` it is served without the prefix of the
        API too; with `upload` the handler reads the body itself."""

        def register(handler: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            hints = get_type_hints(handler)
            body, body_required = _model_of(hints.get("body"))
            operation = Operation(
                method=method,
                path=path,
                handler=handler,
                status=status,
                scope=scope,
                tag=self.tag,
                query=hints.get("query"),
                body=body,
                body_required=body_required,
                answer=answer or _model_of(hints["return"])[0],
                media_type=media_type,
                upload=upload,
                frames=frames,
            )
            self.operations.append(operation)
            if at_root:
                self.operations.append(replace(operation, path=routes.at_root(path), view_of=path))
            return handler

        return register


def _model_of(hint: Any) -> tuple[Any, bool]:
    """Return the model that a type hint names (None if it names none), and whether there is always one."""
    choices = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    models = [c for c in choices if c not in (None, type(None), Answer) and not _is_response(c)]
    return (models[0] if models else None), type(None) not in choices


def _is_response(choice: Any) -> bool:
    return isinstance(choice, type) and issubclass(choice, web.StreamResponse)


def routes_of(operations: Sequence[Operation]) -> list[web.RouteDef]:
    """Return the aiohttp routes that run the operations. Each path is served with and without a slash at its end,
    without a redirect, which would lose bodies; the twins stand last, where they cost the others nothing."""
    served = [(operation, _runner(operation)) for operation in operations]
    twins = [web.route(operation.method, routes.twin(operation.path), run) for operation, run in served]
    return [web.route(operation.method, operation.path, run) for operation, run in served] + twins


def _runner(operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return what runs an operation: reads, checks, calls, answers."""
    handler, body_model, query_model = operation.handler, operation.body, operation.query
    body_type = TypeAdapter[Any](body_model) if body_model else None
    answer_type = TypeAdapter[Any](operation.answer) if operation.answer is not None else None
    writes = operation.method != "GET" and not operation.upload

    async def run(request: web.Request) -> web.StreamResponse:
        caller = _ANYBODY
        if operation.scope is not None:
            caller = await request.app[AUTHENTICATOR](request)
            caller.require(operation.scope)
        arguments: dict[str, Any] = dict(request.match_info)
        if query_model is not None:
            arguments["query"] = _query(query_model, request)
        raw = await request.read() if writes and request.body_exists else b""
        if body_type is not None:
            arguments["body"] = _body(body_type, request, raw, operation.body_required)
        once = once_of(request, raw) if writes else None
        interface = request.headers.get(routes.INTERFACE, "http")
        result = await handler(Call(request, caller, caller.acting(_name(interface), once)), **arguments)
        if isinstance(result, web.StreamResponse):
            return result
        if result is None or answer_type is None:
            return web.Response(status=204)
        status = operation.status
        if isinstance(result, Answer):
            return web.Response(body=_dump(result.model), status=result.status, headers=_JSON)
        payload = _dump(result) if isinstance(result, BaseModel) else answer_type.dump_json(result)
        return web.Response(body=payload, status=status, headers=_JSON)

    return run


def _dump(model: BaseModel) -> bytes:
    return model.__pydantic_serializer__.to_json(model)


def _name(interface: str) -> str:
    if not 0 < len(interface) <= 50 or not interface.isprintable():
        raise Invalid(f"the header {routes.INTERFACE} must be a short name, like 'tui'", field=routes.INTERFACE)
    return interface


def _query(model: type[BaseModel], request: web.Request) -> BaseModel:
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as exc:
        raise invalid(exc) from exc


def _body(body_type: TypeAdapter[Any], request: web.Request, raw: bytes, required: bool) -> Any:
    if not raw and not required:
        return None
    if request.content_type != "application/json":
        raise UnsupportedMediaType("send JSON, with the header 'Content-Type: application/json'")
    try:
        return body_type.validate_json(raw)
    except ValidationError as exc:
        raise invalid(exc) from exc


def once_of(request: web.Request, raw: bytes) -> Once | None:
    """Return the request's Idempotency-Key, with a fingerprint of what it asks for."""
    key = request.headers.get(routes.IDEMPOTENCY_KEY)
    if key is None:
        return None
    if not 0 < len(key) <= _MAX_KEY or not key.isprintable():
        text = f"the Idempotency-Key must have 1 to {_MAX_KEY} characters that can be printed"
        raise Invalid(text, field=routes.IDEMPOTENCY_KEY)
    asked = f"{request.method} {request.path_qs}\n".encode()
    return Once(key, hashlib.sha256(asked + raw).digest())


def invalid(exc: ValidationError) -> BadRequest | Invalid:
    """Say which field is wrong and why; JSON that cannot be read at all is a 400."""
    problems = []
    for error in exc.errors(include_url=False, include_context=False, include_input=False):
        if error["type"] == "json_invalid":
            return BadRequest(f"the body is not JSON that can be read: {error['msg'].removeprefix('Invalid JSON: ')}")
        message = "there is no such field" if error["type"] == "extra_forbidden" else error["msg"]
        field = ".".join(str(part) for part in error["loc"])
        problems.append({"field": field, "message": message.removeprefix("Value error, ")})
    text = "; ".join(f"{p['field']}: {p['message']}" if p["field"] else p["message"] for p in problems)
    return Invalid(text, errors=problems)
