"""A scripted model behind real sockets: it speaks OpenAI's chat completions, Anthropic's messages and Google's
generateContent, all streamed.

Answers are queued and given in order, one a request; with none queued it says "ok". `base_url` for openai models is
`server.url`, for anthropic and google ones `server.anthropic_url`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.model_wires import INPUT_TOKENS, AnthropicWire, GoogleWire, OpenAIWire, Wire

_MEANINGS = (("cat", "feline", "kitten"), ("car", "vehicle", "automobile"), ("key", "credential", "password"))


def meaning(text: str) -> list[float]:
    """Embed a text as what it is about, of three things; what is about none of them is near to nothing."""
    said = [float(any(word in text.lower() for word in words)) for words in _MEANINGS]
    return [*said, 0.0 if any(said) else 1.0]


@dataclass(frozen=True)
class Seen:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["messages"]
        return found


Answer = Callable[[Wire], Awaitable[web.StreamResponse]]


class ModelServer:
    """`async with ModelServer() as server`: listens on a free port of 127.0.0.1 until the block is left."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.hung_up = asyncio.Event()
        """Set once a client went away before its answer was whole."""
        self._answers: deque[Answer] = deque()
        self.embedding: Callable[[str], list[float]] = meaning
        """What a text is embedded as."""
        self.embeddings_status = 200
        """Another one refuses every embedding."""
        self._arrived = asyncio.Condition()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._handler(OpenAIWire))
        app.router.add_post("/v1/messages", self._handler(AnthropicWire))
        app.router.add_post("/v1beta/models/{model}:streamGenerateContent", self._handler(GoogleWire))
        app.router.add_post("/v1/embeddings", self._embeddings)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.anthropic_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.url = f"{self.anthropic_url}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def wait_for_requests(self, count: int) -> None:
        """Return once so many requests have come."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)

    def say(
        self, text: str, *, pieces: int = 1, delay: float = 0.0, hold: asyncio.Event | None = None, finish: str = "stop"
    ) -> None:
        """Answer with the text in `pieces`, `delay` seconds apart; after the first piece wait for `hold`, if given."""
        size = -(-len(text) // pieces) or 1

        async def answer(wire: Wire) -> web.StreamResponse:
            await wire.open()
            for at in range(0, len(text), size):
                await wire.text(text[at : at + size])
                if hold is not None:
                    await hold.wait()
                await asyncio.sleep(delay)
            await wire.end(finish)
            return wire.response

        self._answers.append(answer)

    def play(self, script: Callable[[Wire], Awaitable[None]]) -> None:
        """Answer with what the script writes."""

        async def answer(wire: Wire) -> web.StreamResponse:
            await wire.open()
            await script(wire)
            return wire.response

        self._answers.append(answer)

    def forget(self) -> None:
        """Forget what was asked, and the answers that nobody asked for."""
        self.requests.clear()
        self._answers.clear()

    def ask(self, *calls: tuple[str, str], saying: str = "", fragment: int = 3, cut: bool = False) -> None:
        """Ask for tools, given as (name, arguments as JSON text), in fragments of so many characters; `cut` hangs up in
        the middle of the last arguments."""

        async def answer(wire: Wire) -> web.StreamResponse:
            await wire.open()
            if saying:
                await wire.text(saying)
            for index, (name, arguments) in enumerate(calls):
                fragments = [arguments[at : at + fragment] for at in range(0, len(arguments), fragment)]
                if cut and index == len(calls) - 1:
                    await wire.call(index, f"call_{index}", name, fragments[: len(fragments) // 2])
                    wire.hang_up()
                    return wire.response
                await wire.call(index, f"call_{index}", name, fragments)
            await wire.end("tool_calls")
            return wire.response

        self._answers.append(answer)

    def refuse(
        self, status: int, *, retry_after: float | None = None, message: str = "no", code: str | None = None
    ) -> None:
        """Answer with an error of HTTP."""

        async def answer(wire: Wire) -> web.StreamResponse:
            headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
            error = {"message": message, "type": code or "error", "code": code}
            return web.json_response({"type": "error", "error": error}, status=status, headers=headers)

        self._answers.append(answer)

    def cut_after(self, text: str, *, cleanly: bool = False) -> None:
        """Say the text and close the connection: in the middle of the stream, or `cleanly` but without its end."""

        async def answer(wire: Wire) -> web.StreamResponse:
            await wire.open()
            if text:
                await wire.text(text)
            if not cleanly:
                wire.hang_up()
            return wire.response

        self._answers.append(answer)

    def silence(self, after: str = "") -> None:
        """Say nothing (more), for as long as the client stays."""

        async def answer(wire: Wire) -> web.StreamResponse:
            await wire.open()
            if after:
                await wire.text(after)
            await asyncio.Event().wait()
            return wire.response

        self._answers.append(answer)

    def rubbish(self, frame: str = "<html>It works!</html>", content_type: str = "text/html") -> None:
        """Answer 200 with something that is no answer of a model."""

        async def answer(wire: Wire) -> web.StreamResponse:
            return web.Response(text=frame, content_type=content_type)

        self._answers.append(answer)

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(Seen(request.path, {k.lower(): v for k, v in request.headers.items()}, body))
        async with self._arrived:
            self._arrived.notify_all()
        if self.embeddings_status != 200:
            error = {"message": "no embeddings today", "type": "error", "code": None}
            return web.json_response({"error": error}, status=self.embeddings_status)
        data = [
            {"object": "embedding", "index": index, "embedding": self.embedding(text)}
            for index, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": INPUT_TOKENS, "total_tokens": INPUT_TOKENS}
        # In no order: each says which text it is of.
        return web.json_response({"object": "list", "data": data[::-1], "model": body["model"], "usage": usage})

    def _handler(self, protocol: type[Wire]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.json()
            self.requests.append(Seen(request.path, {k.lower(): v for k, v in request.headers.items()}, body))
            async with self._arrived:
                self._arrived.notify_all()
            if not self._answers:
                self.say("ok")
            try:
                return await self._answers.popleft()(protocol(request, body))
            except (asyncio.CancelledError, ConnectionError):
                self.hung_up.set()
                raise

        return handle
