"""The streaming protocols of three vendors, as their servers write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

INPUT_TOKENS = 11
OUTPUT_TOKENS = 7


class Wire:
    """One answer being streamed, in the protocol that was asked in."""

    def __init__(self, request: web.Request, body: dict[str, Any]) -> None:
        self.request = request
        self.body = body
        self.response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        self.drips = False
        """Whether every byte comes for itself."""

    async def open(self) -> None:
        await self.response.prepare(self.request)

    async def text(self, text: str) -> None:
        raise NotImplementedError

    async def call(self, index: int, call_id: str, name: str, fragments: Sequence[str]) -> None:
        """Ask for a tool, its arguments in fragments."""
        raise NotImplementedError

    async def end(self, finish: str) -> None:
        raise NotImplementedError

    async def error(self, kind: str, message: str) -> None:
        """Report an error in the middle of the stream."""
        raise NotImplementedError

    async def think(self, text: str) -> None:
        """Say what a model says to itself."""
        raise NotImplementedError

    async def raw(self, frame: str) -> None:
        data = frame.encode()
        for piece in (data[at : at + 1] for at in range(len(data))) if self.drips else (data,):
            await self.response.write(piece)

    async def event(self, data: dict[str, Any]) -> None:
        prefix = f"event: {data['type']}\n" if "type" in data else ""
        await self.raw(f"{prefix}data: {json.dumps(data)}\n\n")

    def hang_up(self) -> None:
        if self.request.transport is not None:
            self.request.transport.abort()


class OpenAIWire(Wire):
    async def text(self, text: str) -> None:
        await self._chunk({"role": "assistant", "content": text}, None)

    async def call(self, index: int, call_id: str, name: str, fragments: Sequence[str]) -> None:
        function = {"name": name, "arguments": ""}
        first = {"index": index, "id": call_id, "type": "function", "function": function}
        await self._chunk({"role": "assistant", "content": None, "tool_calls": [first]}, None)
        for fragment in fragments:
            await self.more(index, fragment)

    async def more(self, index: int, fragment: str) -> None:
        """Go on with the arguments of a call."""
        await self._chunk({"tool_calls": [{"index": index, "function": {"arguments": fragment}}]}, None)

    async def error(self, kind: str, message: str) -> None:
        await self.event({"error": {"message": message, "type": kind, "code": kind}})

    async def think(self, text: str) -> None:
        await self._chunk({"role": "assistant", "reasoning_content": text}, None)

    async def end(self, finish: str) -> None:
        await self._chunk({}, finish)
        total = INPUT_TOKENS + OUTPUT_TOKENS
        usage = {"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS, "total_tokens": total}
        if self.body.get("stream_options", {}).get("include_usage"):
            await self.event({**self._frame(), "choices": [], "usage": usage})
        await self.raw("data: [DONE]\n\n")

    async def _chunk(self, delta: dict[str, Any], finish: str | None) -> None:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        await self.event({**self._frame(), "choices": choices})

    def _frame(self) -> dict[str, Any]:
        return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": self.body["model"]}


class AnthropicWire(Wire):
    _FINISHES = {  # noqa: RUF012
        "stop": "end_turn", "length": "max_tokens", "content_filter": "refusal", "tool_calls": "tool_use",
    }  # fmt: skip

    async def open(self) -> None:
        await super().open()
        message = {"id": "m1", "type": "message", "role": "assistant", "model": self.body["model"], "content": []}
        usage = {"input_tokens": INPUT_TOKENS, "output_tokens": 1}
        ending = {"stop_reason": None, "stop_sequence": None}
        await self.event({"type": "message_start", "message": {**message, **ending, "usage": usage}})
        await self.event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})

    async def text(self, text: str) -> None:
        delta = {"type": "text_delta", "text": text}
        await self.event({"type": "content_block_delta", "index": 0, "delta": delta})

    async def call(self, index: int, call_id: str, name: str, fragments: Sequence[str]) -> None:
        block = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
        await self.event({"type": "content_block_start", "index": index + 1, "content_block": block})
        for fragment in fragments:
            delta = {"type": "input_json_delta", "partial_json": fragment}
            await self.event({"type": "content_block_delta", "index": index + 1, "delta": delta})
        await self.event({"type": "content_block_stop", "index": index + 1})

    async def error(self, kind: str, message: str) -> None:
        await self.event({"type": "error", "error": {"type": kind, "message": message}})

    async def think(self, text: str) -> None:
        block = {"type": "thinking", "thinking": "", "signature": ""}
        await self.event({"type": "content_block_start", "index": 50, "content_block": block})
        delta = {"type": "thinking_delta", "thinking": text}
        await self.event({"type": "content_block_delta", "index": 50, "delta": delta})
        await self.event({"type": "content_block_stop", "index": 50})

    async def end(self, finish: str) -> None:
        await self.event({"type": "content_block_stop", "index": 0})
        delta = {"stop_reason": self._FINISHES[finish], "stop_sequence": None}
        await self.event({"type": "message_delta", "delta": delta, "usage": {"output_tokens": OUTPUT_TOKENS}})
        await self.event({"type": "message_stop"})


class GoogleWire(Wire):
    _FINISHES = {  # noqa: RUF012
        "stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY", "tool_calls": "STOP",
    }  # fmt: skip

    async def text(self, text: str) -> None:
        await self._part({"text": text})

    async def call(self, index: int, call_id: str, name: str, fragments: Sequence[str]) -> None:
        """Ask for a tool; this protocol knows no fragments."""
        await self._part(
            {"functionCall": {"id": call_id, "name": name, "args": json.loads("".join(fragments) or "{}")}}
        )

    async def think(self, text: str) -> None:
        await self._part({"text": text, "thought": True})

    async def error(self, kind: str, message: str) -> None:
        await self.event({"error": {"code": 503, "message": message, "status": kind}})

    async def end(self, finish: str) -> None:
        total = INPUT_TOKENS + OUTPUT_TOKENS
        usage = {"promptTokenCount": INPUT_TOKENS, "candidatesTokenCount": OUTPUT_TOKENS, "totalTokenCount": total}
        candidate = {"content": {"role": "model", "parts": []}, "finishReason": self._FINISHES[finish]}
        await self.event({"candidates": [candidate], "usageMetadata": usage, **self._frame()})

    async def _part(self, part: dict[str, Any]) -> None:
        await self.event({"candidates": [{"content": {"role": "model", "parts": [part]}}], **self._frame()})

    def _frame(self) -> dict[str, Any]:
        return {"modelVersion": "g", "responseId": "r1"}
