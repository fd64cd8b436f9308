"""The MCP server itself, on the SDK's low-level one. Whoever calls is in the ASGI scope of each request, so that
every message is checked for itself, also within a session of the older protocol."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from mcp import MCPError
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.subscriptions import ListenHandler
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    EmptyResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    TextContent,
    Tool,
    ToolAnnotations,
    UnsubscribeRequestParams,
)
from pydantic import TypeAdapter, ValidationError

import segue
from segue.errors import Invalid, SegueError, SessionNotFound, TurnNotFound
from segue.models import Name
from segued.api.mcp_server import answer_tools, project_tools, resources, session_tools
from segued.api.mcp_server.door import CALL, Asgi, Message, Scope
from segued.api.mcp_server.posted import Clients
from segued.api.mcp_server.subscriptions import subscriptions_of
from segued.api.mcp_server.toolbox import Said
from segued.api.mcp_server.visit import Visit
from segued.api.registry import Call, invalid, once_of

log = logging.getLogger(__name__)

Context = ServerRequestContext[Any, Any]

MAX_SESSIONS = 1000
IDLE_SECONDS = 1800.0  # of a client's session in which nothing is open
_MAX_LISTENING = 1000
_NAME = TypeAdapter[str](Name)

TOOLS = {tool.name: tool for tool in (*session_tools.box.tools, *answer_tools.box.tools, *project_tools.box.tools)}

INSTRUCTIONS = """Segue keeps conversations ("sessions") in which people, in a terminal or on Discord, and agents take
part together. You have a session of your own, which every tool means where you name no other; list_sessions finds the
others. post_message says something, ask wants an answer of the session's agent and stop ends it, wait_for_messages
hears what others say. Projects join sessions that belong together: remember and recall what all of them should know."""


@asynccontextmanager
async def serving(max_body_bytes: int) -> AsyncIterator[Asgi]:
    """Serve inside the block; yields what answers the requests."""
    async with asyncio.TaskGroup() as tasks:
        manager = StreamableHTTPSessionManager(
            _Handlers(tasks).server(),
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the front door does
            session_idle_timeout=IDLE_SECONDS,
            max_request_body_size=max_body_bytes,
            max_sessions=MAX_SESSIONS,
        )

        async def asgi(
            scope: Scope, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
        ) -> None:
            """Say whose the request is: a session of the protocol serves only the user who began it."""
            user = scope[CALL].by.user_id or ""
            scope["user"] = AuthenticatedUser(AccessToken(token="", client_id=user, scopes=[]))
            await manager.handle_request(scope, receive, send)

        async with manager.run():
            yield asgi


class _Handlers:
    """What the server does for each method of the protocol."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._clients = Clients()
        self._listening = 0

    def server(self) -> Server[Any]:
        return Server(
            "segue",
            title="Segue",
            version=segue.__version__,
            instructions=INSTRUCTIONS,
            on_list_tools=self.list_tools,
            on_call_tool=self.call_tool,
            on_list_resources=self.list_resources,
            on_list_resource_templates=self.list_templates,
            on_read_resource=self.read_resource,
            on_subscribe_resource=self.subscribe,
            on_unsubscribe_resource=self.unsubscribe,
            on_subscriptions_listen=self.listen,
        )

    async def list_tools(self, ctx: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(
            tools=[
                Tool(
                    name=tool.name,
                    description=tool.description,
                    input_schema=tool.arguments.model_json_schema(),
                    annotations=ToolAnnotations(
                        read_only_hint=tool.scope == "read",
                        destructive_hint=False if tool.scope != "read" else None,
                        open_world_hint=tool.name == "ask",
                    ),
                )
                for tool in TOOLS.values()
            ]
        )

    async def call_tool(self, ctx: Context, params: CallToolRequestParams) -> CallToolResult:
        """Run a tool. What goes wrong is a result too, so that the model reads what to do."""
        try:
            said = await self._run(ctx, params)
        except ValidationError as exc:
            return _failed(invalid(exc).message)
        except SessionNotFound as exc:
            return _failed(f"{_bare(exc)}: the tool list_sessions gives those that there are")
        except TurnNotFound:
            return _failed("there is no such answer any more: read_session shows what was said")
        except SegueError as exc:
            return _failed(exc.message)
        except Exception:
            log.exception("the tool %s broke", params.name)
            return _failed("the daemon made a mistake: its log says more")
        return CallToolResult(content=[TextContent(text=said.text)], structured_content=said.facts or None)

    async def _run(self, ctx: Context, params: CallToolRequestParams) -> Said:
        tool, call = TOOLS.get(params.name), _call(ctx)
        if tool is None:
            raise Invalid(f"there is no tool {params.name!r}: there are {', '.join(TOOLS)}")
        call.caller.require(tool.scope)
        wanted = tool.arguments.model_validate(params.arguments or {})
        asked = json.dumps([params.name, params.arguments], sort_keys=True).encode()
        call = replace(call, by=replace(call.by, once=once_of(call.request, asked)))
        return await tool.do(Visit(call, _agent(ctx), ctx.session.report_progress, self._clients.posted(call)), wanted)

    async def list_resources(self, ctx: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        with _explained():
            return await resources.list_resources(_call(ctx), params.cursor if params else None)

    async def list_templates(self, ctx: Context, params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(resource_templates=resources.TEMPLATES)

    async def read_resource(self, ctx: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        with _explained():
            return ReadResourceResult(contents=[await resources.read_resource(_call(ctx), params.uri)])

    async def subscribe(self, ctx: Context, params: SubscribeRequestParams) -> EmptyResult:
        with _explained():
            resources.check(params.uri)
            (await subscriptions_of(ctx, _call(ctx), self._tasks)).add(params.uri)
        return EmptyResult()

    async def unsubscribe(self, ctx: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        (await subscriptions_of(ctx, _call(ctx), self._tasks)).discard(params.uri)
        return EmptyResult()

    async def listen(self, ctx: Context, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        """Tell of changes until the client goes: the newer protocol's way of subscribing."""
        if self._listening >= _MAX_LISTENING:
            raise MCPError(INTERNAL_ERROR, "too many listen already: try again later")
        with _explained():
            for uri in params.notifications.resource_subscriptions or ():
                resources.check(uri)
        call = _call(ctx)
        watch = resources.Watch(call.by)
        self._listening += 1
        try:
            async with call.manager.followers.attach_all(call.by, None, watch, deltas=False):
                return await ListenHandler(watch)(ctx, params)
        finally:
            self._listening -= 1


class _explained:
    """Turns the daemon's errors into the protocol's."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, exc: BaseException | None, trace: object) -> None:
        if isinstance(exc, SegueError):
            raise MCPError(INVALID_PARAMS, _bare(exc), {"code": exc.code}) from exc


def _bare(exc: SegueError) -> str:
    """Return what happened, without the operation of the API that helps: an agent has tools."""
    return exc.message.partition(": list them with ")[0]


def _failed(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=message)], is_error=True)


def _call(ctx: Context) -> Call:
    assert ctx.request is not None
    call = ctx.request.scope[CALL]
    assert isinstance(call, Call)
    return call


def _agent(ctx: Context) -> str:
    """Return what the client calls itself."""
    params = ctx.session.client_params
    try:
        return _NAME.validate_python(params.client_info.name if params else "agent")
    except ValidationError:
        return "agent"
